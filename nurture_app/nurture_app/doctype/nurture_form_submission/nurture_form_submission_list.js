frappe.listview_settings["Nurture Form Submission"] = {
	add_fields: ["status"],
	get_indicator: (doc) => [
		__(doc.status || ""),
		{ Accepted: "green", Refused: "orange" }[doc.status] || "gray",
		`status,=,${doc.status}`,
	],
};
