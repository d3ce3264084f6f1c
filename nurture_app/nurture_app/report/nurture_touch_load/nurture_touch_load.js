frappe.query_reports["Nurture Touch Load"] = {
	onload(report) {
		report.page.set_title(__("Touches by Persona"));
	},
	filters: [
		{ fieldname: "days", label: __("In the Last (days)"), fieldtype: "Int", default: 30 },
		{
			fieldname: "most",
			label: __("Too Much above"),
			fieldtype: "Int",
			description: __("Empty: what the frequency cap lets through."),
		},
	],
};
