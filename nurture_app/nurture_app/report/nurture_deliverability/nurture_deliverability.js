frappe.query_reports["Nurture Deliverability"] = {
	onload(report) {
		report.page.set_title(__("Bounce and Complaint Rates"));
	},
	filters: [
		{
			fieldname: "from_date",
			label: __("Sent from"),
			fieldtype: "Date",
			default: frappe.datetime.add_days(frappe.datetime.get_today(), -30),
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
			fieldname: "by",
			label: __("By"),
			fieldtype: "Select",
			options: [
				{ value: "Step", label: __("Step") },
				{ value: "Sequence", label: __("Sequence") },
				{ value: "Sender", label: __("Sender") },
				{ value: "Month", label: __("Month") },
			],
			default: "Step",
			reqd: 1,
		},
		{
			fieldname: "sequence",
			label: __("Sequence"),
			fieldtype: "Link",
			options: "Nurture Sequence",
		},
	],
};
