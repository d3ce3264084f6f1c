frappe.query_reports["Nurture Compared Links"] = {
	onload(report) {
		report.page.set_title(__("Compared Links"));
	},
	filters: [
		{
			fieldname: "from_date",
			label: __("First Visit from"),
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
			fieldname: "activity_type",
			label: __("Hoped for"),
			fieldtype: "Link",
			options: "Nurture Activity Type",
			default: "Form Submitted",
			reqd: 1,
		},
		{
			fieldname: "campaign",
			label: __("Campaign (utm_campaign)"),
			fieldtype: "Data",
		},
	],
};
