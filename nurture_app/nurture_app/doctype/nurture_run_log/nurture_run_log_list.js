frappe.listview_settings["Nurture Run Log"] = {
	add_fields: ["failed", "message"],
	hide_name_column: true,
	get_indicator: (doc) =>
		doc.failed ? [__("With Failures"), "red", "failed,>,0"] : [__("Done"), "green", "failed,=,0"],
};
