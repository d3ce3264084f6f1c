frappe.query_reports["Nurture Signals"] = {
	onload(report) {
		report.page.set_title(__("Signals and Owners"));
	},
	filters: [],
};
