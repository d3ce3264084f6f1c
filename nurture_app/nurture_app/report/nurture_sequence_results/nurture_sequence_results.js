frappe.query_reports["Nurture Sequence Results"] = {
	onload(report) {
		report.page.set_title(__("Results of Sequences"));
	},
	filters: [
		{
			fieldname: "status",
			label: __("Status"),
			fieldtype: "Select",
			options: ["", "Draft", "Active", "Paused", "Retired"],
		},
		{
			fieldname: "goal_kind",
			label: __("Kind of Goal"),
			fieldtype: "Select",
			options: ["", "Conversion", "Re-engagement", "Expansion"],
		},
	],
};
