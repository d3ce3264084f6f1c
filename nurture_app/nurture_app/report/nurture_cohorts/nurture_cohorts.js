frappe.query_reports["Nurture Cohorts"] = {
	onload(report) {
		report.page.set_title(__("Cohorts"));
	},
	filters: [
		{
			fieldname: "from_date",
			label: __("Began from"),
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
				{ value: "Sequence", label: __("Sequence They Entered") },
				{ value: "Version", label: __("Version of a Sequence") },
			],
			default: "Month",
			reqd: 1,
		},
		{
			fieldname: "sequence",
			label: __("Sequence"),
			fieldtype: "Link",
			options: "Nurture Sequence",
			depends_on: "eval:doc.by == 'Version'",
		},
		{
			fieldname: "shown",
			label: __("Show"),
			fieldtype: "Select",
			options: [
				{ value: "Converted", label: __("How Many Got There") },
				{ value: "Revenue", label: __("Revenue per Person") },
				{ value: "Active", label: __("How Many Are Still Active") },
			],
			default: "Converted",
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
			depends_on: "eval:doc.shown == 'Converted'",
		},
		{
			fieldname: "months",
			label: __("Months"),
			fieldtype: "Int",
			default: 6,
			reqd: 1,
		},
	],
};
