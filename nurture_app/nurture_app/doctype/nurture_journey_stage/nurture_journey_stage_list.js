// The stages of the journey; ready-made lists are chosen here.

frappe.listview_settings["Nurture Journey Stage"] = {
	add_fields: ["enabled", "funnel"],
	hide_name_column: true,

	get_indicator: (doc) =>
		cint(doc.enabled)
			? [__(doc.funnel), "blue", `funnel,=,${doc.funnel}`]
			: [__("Not in use"), "gray", "enabled,=,0"],

	onload(list) {
		if (!frappe.model.can_write("Nurture Journey Stage")) return;
		list.page.add_inner_button(__("Ready-Made Lists"), () => choose_list(list));
	},
};

function choose_list(list) {
	frappe.prompt(
		[
			{
				fieldname: "kind",
				fieldtype: "Select",
				label: __("Stages"),
				reqd: 1,
				options: [
					{ value: "four", label: __("Awareness, Consideration, Evaluation, Decision") },
					{ value: "three", label: __("Awareness, Consideration, Decision") },
					{ value: "funnel", label: __("TOFU, MOFU, BOFU") },
				],
				description: __(
					"Titles and order become those of the list. Leads of a stage that is not in it go to the stage that covers it; stages of your own stay."
				),
			},
		],
		({ kind }) =>
			frappe
				.xcall("nurture_app.site.api.journey.use_list", { kind })
				.then(() => list.refresh()),
		__("Ready-Made Lists"),
		__("Use")
	);
}
