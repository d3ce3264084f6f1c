frappe.query_reports["Nurture Content Gaps"] = {
	onload(report) {
		report.page.set_title(__("Content Gaps"));
	},
	filters: [
		{ fieldname: "language", label: __("Language"), fieldtype: "Link", options: "Language" },
		{ fieldname: "by_language", label: __("Each Language by Itself"), fieldtype: "Check" },
	],

	/** An empty cell is the news of this report. */
	formatter(value, row, column, data, default_formatter) {
		const shown = default_formatter(value, row, column, data);
		if (column.fieldtype !== "Int" || !data || data[column.fieldname]) return shown;
		const middle = ["consideration", "evaluation"].includes(column.fieldname);
		return `<span class="indicator-pill ${middle ? "red" : "orange"}">${__("None")}</span>`;
	},
};
