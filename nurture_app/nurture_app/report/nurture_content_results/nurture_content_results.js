frappe.query_reports["Nurture Content Results"] = {
	onload(report) {
		report.page.set_title(__("Content Results"));
	},
	filters: [
		{
			fieldname: "from_date",
			label: __("Sent from"),
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
				{ value: "Asset", label: __("Asset") },
				{ value: "Block", label: __("Block and Variant") },
				{ value: "Content", label: __("Content") },
				{ value: "Language", label: __("Language") },
				{ value: "Country", label: __("Country of the Lead") },
			],
			default: "Asset",
			reqd: 1,
		},
	],
};
