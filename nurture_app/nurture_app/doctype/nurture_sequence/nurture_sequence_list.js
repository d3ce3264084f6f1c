frappe.listview_settings["Nurture Sequence"] = {
	add_fields: ["status"],
	hide_name_column: true,
	has_indicator_for_draft: true,
	get_indicator(doc) {
		const colours = { Draft: "grey", Active: "green", Paused: "orange", Retired: "grey" };
		return [__(doc.status), colours[doc.status] || "grey", `status,=,${doc.status}`];
	},
};
