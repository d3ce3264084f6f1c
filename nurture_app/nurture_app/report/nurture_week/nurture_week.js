frappe.query_reports["Nurture Week"] = {
	onload(report) {
		report.page.set_title(__("Weekly View"));
	},
	filters: [
		{
			fieldname: "to_date",
			label: __("Seven Days until"),
			fieldtype: "Date",
			default: frappe.datetime.get_today(),
			reqd: 1,
		},
		{
			fieldname: "by",
			label: __("By"),
			fieldtype: "Select",
			options: [
				{ value: "Stage", label: __("Stage") },
				{ value: "Source", label: __("Source") },
				{ value: "Touch Tier", label: __("Touch Tier") },
				{ value: "Segment", label: __("Segment") },
			],
			default: "Stage",
			reqd: 1,
		},
	],
	formatter(value, row, column, data, default_formatter) {
		const shown = default_formatter(value, row, column, data);
		return data && data.bold ? `<b>${shown}</b>` : shown;
	},
};
