frappe.listview_settings["Nurture Suppression"] = {
	add_fields: ["reason"],
	hide_name_column: true,
	get_indicator: (doc) => [
		__(doc.reason),
		doc.reason === "Manual" ? "orange" : "red",
		`reason,=,${doc.reason}`,
	],
};
