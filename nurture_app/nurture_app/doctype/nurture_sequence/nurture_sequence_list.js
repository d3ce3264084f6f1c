frappe.listview_settings["Nurture Sequence"] = {
	hide_name_column: true,
	// whoever looks for retired ones takes the filter away
	filters: [["status", "!=", "Retired"]],
};
