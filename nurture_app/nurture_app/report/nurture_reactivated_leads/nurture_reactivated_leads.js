frappe.query_reports["Nurture Reactivated Leads"] = {
	onload(report) {
		report.page.set_title(__("Reactivated Leads"));
	},
	filters: [
		{
			fieldname: "from_date",
			label: __("Came Back or Created from"),
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
			fieldname: "days",
			label: __("Followed for (days)"),
			fieldtype: "Int",
			default: 90,
			reqd: 1,
		},
		{
			fieldname: "tag",
			label: __("Tag"),
			fieldtype: "Data",
			default: "Reactivated",
			reqd: 1,
		},
	],
};
