frappe.listview_settings["Lead Scoring Rule"] = {
	add_fields: ["enabled", "points", "rule_type"],
	hide_name_column: true,
	get_indicator(doc) {
		return doc.enabled ? [__("Enabled"), "green", "enabled,=,1"] : [__("Off"), "grey", "enabled,=,0"];
	},
	formatters: {
		points(value) {
			const points = cint(value);
			return `<span class="${points < 0 ? "text-danger" : ""}"><b>${
				points > 0 ? "+" : ""
			}${points}</b></span>`;
		},
	},
};
