frappe.listview_settings["Nurture Segment"] = {
	add_fields: ["enabled", "last_error", "member_count"],
	hide_name_column: true,
	get_indicator(doc) {
		if (doc.last_error) return [__("Error"), "red", "last_error,is,set"];
		return doc.enabled ? [__("Enabled"), "green", "enabled,=,1"] : [__("Off"), "grey", "enabled,=,0"];
	},
};
