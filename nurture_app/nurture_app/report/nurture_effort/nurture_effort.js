frappe.query_reports["Nurture Effort"] = {
	onload(report) {
		report.page.set_title(__("Effort and Result"));
	},
	filters: [
		{
			fieldname: "from_date",
			label: __("From"),
			fieldtype: "Date",
			default: frappe.datetime.add_months(frappe.datetime.get_today(), -3),
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
				{ value: "Touch Tier", label: __("Touch Tier") },
				{ value: "Nurture Type", label: __("Nurture Type") },
				{ value: "Persona", label: __("Persona") },
				{ value: "Source", label: __("Source") },
				{ value: "Lead Owner", label: __("Lead Owner") },
			],
			default: "Touch Tier",
			reqd: 1,
		},
	],
	formatter(value, row, column, data, default_formatter) {
		const shown = default_formatter(value, row, column, data);
		return data && data.bold ? `<b>${shown}</b>` : shown;
	},
};
