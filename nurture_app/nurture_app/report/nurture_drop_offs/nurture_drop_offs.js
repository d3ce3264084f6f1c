frappe.query_reports["Nurture Drop-Offs"] = {
	onload(report) {
		report.page.set_title(__("Where People Stop"));
	},
	filters: [
		{
			fieldname: "sequence",
			label: __("Sequence"),
			fieldtype: "Link",
			options: "Nurture Sequence",
		},
		{
			fieldname: "from_date",
			label: __("Entered since"),
			fieldtype: "Date",
		},
	],
};
