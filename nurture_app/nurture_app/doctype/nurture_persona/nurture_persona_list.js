frappe.listview_settings["Nurture Persona"] = {
	add_fields: ["enabled", "evidence_count"],
	hide_name_column: true,
	get_indicator(doc) {
		if (!doc.evidence_count)
			return [__("Assumption, not data"), "orange", "evidence_count,=,0"];
		return doc.enabled ? [__("Enabled"), "green", "enabled,=,1"] : [__("Off"), "grey", "enabled,=,0"];
	},
};
