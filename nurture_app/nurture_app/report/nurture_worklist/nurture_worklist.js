frappe.query_reports["Nurture Worklist"] = {
	onload(report) {
		report.page.set_title(__("Leads to Contact"));
	},
	filters: [
		{
			fieldname: "user",
			label: __("Owner or Assigned to"),
			fieldtype: "Link",
			options: "User",
			default: frappe.session.user,
		},
		{
			fieldname: "stage",
			label: __("Stage, and above"),
			fieldtype: "Select",
			options: [
				{ value: "", label: __("Ready or Assigned") },
				{ value: "SQL", label: __("SQL") },
				{ value: "MQL", label: __("MQL") },
				{ value: "Nurture", label: __("Nurture") },
				{ value: "Recycle", label: __("Recycle") },
			],
		},
		{
			fieldname: "state",
			label: __("State"),
			fieldtype: "Select",
			options: [
				{ value: "", label: __("All") },
				{ value: "Waiting", label: __("Waiting") },
				{ value: "New Signal", label: __("New Signal") },
				{ value: "In Touch", label: __("In Touch") },
			],
		},
	],
	formatter(value, row, column, data, default_formatter) {
		const shown = default_formatter(value, row, column, data);
		if (!data || !value) return shown;
		const text = frappe.utils.escape_html(value);
		if (column.fieldname === "state") {
			const colour = { Waiting: "orange", "New Signal": "blue" }[value] || "gray";
			return `<span class="indicator-pill no-indicator-dot ${colour}">${__(value)}</span>`;
		}
		if (column.fieldname === "title") {
			return frappe.utils.get_form_link("Lead", data.lead, true, text);
		}
		if (["signal_on", "contacted_on"].includes(column.fieldname)) {
			return frappe.datetime.comment_when(value);
		}
		if (column.fieldname === "phone") {
			return `<a href="tel:${text.replace(/[^+\d]/g, "")}">${text}</a>`;
		}
		if (column.fieldname === "email") {
			return `<a href="mailto:${encodeURIComponent(value)}">${text}</a>`;
		}
		return shown;
	},
};
