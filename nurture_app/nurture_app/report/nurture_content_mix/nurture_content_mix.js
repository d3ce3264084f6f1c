frappe.query_reports["Nurture Content Mix"] = {
	onload(report) {
		report.page.set_title(__("Help and Promotion"));
	},
	filters: [
		{
			fieldname: "status",
			label: __("Status"),
			fieldtype: "Select",
			options: ["", "Draft", "Active", "Paused", "Retired"],
			default: "Active",
		},
		{ fieldname: "days", label: __("Sent in the Last (days)"), fieldtype: "Int", default: 90 },
	],

	formatter(value, row, column, data, default_formatter) {
		const shown = default_formatter(value, row, column, data);
		return data?.too_much && column.fieldname.endsWith("percent")
			? `<span class="text-danger">${shown}</span>`
			: shown;
	},
};
