frappe.listview_settings["Nurture Asset"] = {
	hide_name_column: true,
	add_fields: ["enabled", "link_status", "review_on", "is_offer", "valid_until"],
	get_indicator(doc) {
		const today = frappe.datetime.get_today();
		if (!doc.enabled) return [__("Off"), "grey", "enabled,=,0"];
		if (doc.is_offer && doc.valid_until < today) return [__("Over"), "grey", `valid_until,<,${today}`];
		if (doc.link_status === "Broken") return [__("Broken Link"), "red", "link_status,=,Broken"];
		if (doc.review_on && doc.review_on <= today) return [__("Review Due"), "orange", `review_on,<=,${today}`];
		return [__("In Use"), "green", "enabled,=,1"];
	},
};
