frappe.listview_settings["Nurture Consent"] = {
	add_fields: ["status"],
	hide_name_column: true,
	get_indicator(doc) {
		const colours = { Given: "green", Pending: "orange", Withdrawn: "red" };
		return [__(doc.status), colours[doc.status] || "grey", `status,=,${doc.status}`];
	},
};
