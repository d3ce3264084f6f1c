frappe.query_reports["Nurture Drop-Offs"] = {
	filters: [
		{
			fieldname: "sequence",
			label: __("Sequence"),
			fieldtype: "Link",
			options: "Nurture Sequence",
			reqd: 1,
		},
		{
			fieldname: "from_date",
			label: __("Entered since"),
			fieldtype: "Date",
		},
	],
};
