frappe.listview_settings["Nurture Lead Type"] = {
	add_fields: ["enabled"],
	hide_name_column: true,

	get_indicator: (doc) =>
		cint(doc.enabled)
			? [__("Enabled"), "green", "enabled,=,1"]
			: [__("Off"), "grey", "enabled,=,0"],

	onload(list) {
		if (!frappe.model.can_write(list.doctype)) return;
		list.page.add_actions_menu_item(__("Enable with Segments"), () => enable(list), true);
	},
};

async function enable(list) {
	await frappe.require("nurture.bundle.js");
	nurture.enable_with_segments(
		list,
		__(
			"Enable the types you ticked, and with them the segments they go by? Every lead then gets the first type that fits. Sequences that begin when a lead enters one of these segments begin too, if they are active."
		),
		__("Leads get their types within minutes.")
	);
}
