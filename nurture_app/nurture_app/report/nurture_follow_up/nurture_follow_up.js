frappe.query_reports["Nurture Follow-Up"] = {
	onload(report) {
		report.page.set_title(__("Follow-Up on Leads"));
	},
	filters: [
		{
			fieldname: "from_date",
			label: __("From"),
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
			fieldname: "since",
			label: __("Waiting since"),
			fieldtype: "Select",
			options: [
				{ value: "MQL Reached", label: __("MQL Reached") },
				{ value: "SQL Reached", label: __("SQL Reached") },
				{ value: "High-Touch Reached", label: __("High-Touch Reached") },
				{ value: "Demo Request", label: __("Demo Request") },
				{ value: "Email Reply", label: __("Email Reply") },
				{ value: "Lead Created", label: __("Lead Created") },
			],
			default: "MQL Reached",
			reqd: 1,
		},
		{
			fieldname: "hours",
			label: __("To be contacted within (hours)"),
			fieldtype: "Float",
			precision: 1,
			default: 24,
			reqd: 1,
		},
		{
			fieldname: "at_work",
			label: __("Hours of Work Only"),
			fieldtype: "Check",
		},
		{
			fieldname: "show",
			label: __("Show"),
			fieldtype: "Select",
			options: [
				{ value: "Owners", label: __("Owners") },
				{ value: "Waiting", label: __("Leads Nobody Has Contacted") },
			],
			default: "Owners",
			reqd: 1,
		},
	],
	formatter(value, row, column, data, default_formatter) {
		const shown = default_formatter(value, row, column, data);
		return data && data.bold ? `<b>${shown}</b>` : shown;
	},
};
