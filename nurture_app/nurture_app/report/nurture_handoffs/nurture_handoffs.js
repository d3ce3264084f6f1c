frappe.query_reports["Nurture Handoffs"] = {
	onload(report) {
		report.page.set_title(__("Handoffs to Sales"));
	},
	filters: [
		{
			fieldname: "from_date",
			label: __("From"),
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
			fieldname: "by",
			label: __("By"),
			fieldtype: "Select",
			options: [
				{ value: "Colleague", label: __("Colleague") },
				{ value: "Sequence", label: __("Sequence") },
				{ value: "Source", label: __("Source") },
				{ value: "Score", label: __("Score") },
				{ value: "Reason", label: __("Reason") },
			],
			default: "Colleague",
			reqd: 1,
		},
		{
			fieldname: "show",
			label: __("Show"),
			fieldtype: "Select",
			options: [
				{ value: "Groups", label: __("Groups") },
				{ value: "Leads", label: __("All Leads") },
				{ value: "No Answer", label: __("Leads without an Answer") },
				{ value: "Given Back", label: __("Leads Given Back") },
			],
			default: "Groups",
			reqd: 1,
		},
	],
	formatter(value, row, column, data, default_formatter) {
		const shown = default_formatter(value, row, column, data);
		return data && data.bold ? `<b>${shown}</b>` : shown;
	},
};
