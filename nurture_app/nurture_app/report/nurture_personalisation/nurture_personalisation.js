frappe.query_reports["Nurture Personalisation"] = {
	onload(report) {
		report.page.set_title(__("Personalisation"));
	},
	filters: [
		{
			fieldname: "from_date",
			label: __("Sent from"),
			fieldtype: "Date",
			default: frappe.datetime.add_days(frappe.datetime.get_today(), -90),
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
			fieldname: "measure",
			label: __("Measure"),
			fieldtype: "Select",
			options: [
				{ value: "Clicked", label: __("Clicked") },
				{ value: "Replied", label: __("Replied") },
				{ value: "Went On", label: __("Went On") },
			],
			default: "Clicked",
			reqd: 1,
		},
		{
			fieldname: "content",
			label: __("Message"),
			fieldtype: "Link",
			options: "Nurture Content",
		},
	],
};
