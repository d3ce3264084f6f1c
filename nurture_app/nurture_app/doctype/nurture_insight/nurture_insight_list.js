frappe.listview_settings["Nurture Insight"] = {
	hide_name_column: true,
	add_fields: ["for_copy"],
	get_indicator: (doc) => (doc.for_copy ? [__("May Be Used in Texts"), "green", "for_copy,=,1"] : null),
};
