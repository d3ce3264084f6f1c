frappe.query_reports["Nurture Attribution"] = {
	onload(report) {
		report.page.set_title(__("Attribution"));
	},
	filters: [
		{
			fieldname: "from_date",
			label: __("Reached from"),
			fieldtype: "Date",
			default: frappe.datetime.add_months(frappe.datetime.get_today(), -12),
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
			fieldname: "step",
			label: __("What Was Reached"),
			fieldtype: "Select",
			options: [
				{ value: "customer", label: __("Customer") },
				{ value: "opportunity", label: __("Opportunity") },
				{ value: "sql", label: __("SQL") },
				{ value: "mql", label: __("MQL") },
			],
			default: "customer",
			reqd: 1,
		},
		{
			fieldname: "model",
			label: __("Model"),
			fieldtype: "Select",
			options: [
				{ value: "First Touch", label: __("First Touch") },
				{ value: "Last Touch", label: __("Last Touch") },
				{ value: "Linear", label: __("Linear") },
				{ value: "U-Shaped", label: __("U-Shaped") },
				{ value: "W-Shaped", label: __("W-Shaped") },
			],
			default: "Linear",
			reqd: 1,
		},
		{
			fieldname: "percent",
			label: __("Each Touch That Stands Out (%, 0: as usual)"),
			fieldtype: "Float",
			precision: 1,
			depends_on: "eval:['U-Shaped', 'W-Shaped'].includes(doc.model)",
		},
		{
			fieldname: "by",
			label: __("By"),
			fieldtype: "Select",
			options: [
				{ value: "Source", label: __("Source") },
				{ value: "Campaign", label: __("Campaign") },
				{ value: "Sequence", label: __("Sequence") },
				{ value: "Activity", label: __("Activity") },
				{ value: "Content", label: __("Content") },
			],
			default: "Source",
			reqd: 1,
		},
		{
			fieldname: "days",
			label: __("Touches of the Last (days)"),
			fieldtype: "Int",
			default: 365,
			reqd: 1,
		},
		{
			fieldname: "conversations",
			label: __("With Calls and Meetings"),
			fieldtype: "Check",
		},
	],
	formatter(value, row, column, data, default_formatter) {
		const shown = default_formatter(value, row, column, data);
		return data && data.bold ? `<b>${shown}</b>` : shown;
	},
};
