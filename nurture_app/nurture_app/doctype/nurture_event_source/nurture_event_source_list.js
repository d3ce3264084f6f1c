frappe.listview_settings["Nurture Event Source"] = {
	hide_name_column: true,
	get_indicator: (doc) =>
		doc.enabled ? [__("Enabled"), "green", "enabled,=,1"] : [__("Disabled"), "grey", "enabled,=,0"],
};
