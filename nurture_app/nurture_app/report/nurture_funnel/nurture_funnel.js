frappe.query_reports["Nurture Funnel"] = {
	onload(report) {
		report.page.set_title(__("Lead Funnel"));
	},
	filters: [
		{
			fieldname: "from_date",
			label: __("Created from"),
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
			fieldname: "by",
			label: __("By"),
			fieldtype: "Select",
			options: [
				{ value: "Month", label: __("Month of Creation") },
				{ value: "Source", label: __("Source") },
				{ value: "Campaign", label: __("Campaign") },
				{ value: "Industry", label: __("Industry") },
				{ value: "Country", label: __("Country") },
				{ value: "Territory", label: __("Territory") },
				{ value: "Lead Owner", label: __("Lead Owner") },
				{ value: "Persona", label: __("Persona") },
				{ value: "Nurture Type", label: __("Nurture Type") },
				{ value: "Touch Tier", label: __("Touch Tier") },
				{ value: "Segment", label: __("Segment") },
				{ value: "Sequence", label: __("Sequence") },
				{ value: "Nurtured", label: __("In a Sequence or Not") },
			],
			default: "Month",
			reqd: 1,
		},
	],
	formatter(value, row, column, data, default_formatter) {
		const shown = default_formatter(value, row, column, data);
		return data && data.bold ? `<b>${shown}</b>` : shown;
	},
};
