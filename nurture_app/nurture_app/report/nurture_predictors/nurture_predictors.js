frappe.query_reports["Nurture Predictors"] = {
	onload(report) {
		report.page.set_title(__("Signals and Outcomes"));
	},
	filters: [
		{
			fieldname: "from_date",
			label: __("Created from"),
			fieldtype: "Date",
			default: frappe.datetime.add_days(frappe.datetime.get_today(), -365),
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
			fieldname: "outcome",
			label: __("Outcome"),
			fieldtype: "Select",
			options: [
				{ value: "Became Customer", label: __("Became Customer") },
				{ value: "Opportunity Created", label: __("Opportunity Created") },
				{ value: "Meeting", label: __("Meeting") },
			],
			default: "Became Customer",
			reqd: 1,
		},
	],
	formatter(value, row, column, data, default_formatter) {
		if (column.fieldname === "verdict" && value) {
			const colour = { "More Often": "green", "Less Often": "red" }[value] || "gray";
			return `<span class="indicator-pill no-indicator-dot ${colour}">${__(value)}</span>`;
		}
		return default_formatter(value, row, column, data);
	},
};
