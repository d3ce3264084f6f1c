frappe.query_reports["Nurture Paths"] = {
	onload(report) {
		report.page.set_title(__("Paths"));
	},
	filters: [
		{
			fieldname: "outcome",
			label: __("To"),
			fieldtype: "Select",
			options: [
				{ value: "Customer", label: __("Customer") },
				{ value: "Meeting", label: __("Meeting or Booking") },
				{ value: "Lost", label: __("Opportunity Lost") },
				{ value: "Opted Out", label: __("Opt-Out") },
			],
			default: "Customer",
			reqd: 1,
		},
		{
			fieldname: "from_date",
			label: __("Got There from"),
			fieldtype: "Date",
			default: frappe.datetime.add_months(frappe.datetime.get_today(), -6),
			reqd: 1,
		},
		{
			fieldname: "to_date",
			label: __("to"),
			fieldtype: "Date",
			default: frappe.datetime.get_today(),
			reqd: 1,
		},
		{
			fieldname: "steps",
			label: __("Steps"),
			fieldtype: "Int",
			default: 3,
			reqd: 1,
		},
		{
			fieldname: "days",
			label: __("In the Last (days)"),
			fieldtype: "Int",
			default: 90,
			reqd: 1,
		},
	],
};
