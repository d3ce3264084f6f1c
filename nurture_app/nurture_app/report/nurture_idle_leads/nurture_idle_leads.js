frappe.query_reports["Nurture Idle Leads"] = {
	onload(report) {
		report.page.set_title(__("Idle Leads"));
		if (!frappe.boot.nurture?.may_enroll) return;
		report.page.add_inner_button(__("Enroll in Sequence"), () => enroll_checked(report));
	},
	get_datatable_options(options) {
		return { ...options, checkboxColumn: Boolean(frappe.boot.nurture?.may_enroll) };
	},
	filters: [
		{
			fieldname: "days",
			label: __("Without a Sign for (days)"),
			fieldtype: "Int",
			default: 30,
			reqd: 1,
		},
		{
			fieldname: "owner",
			label: __("Lead Owner"),
			fieldtype: "Link",
			options: "User",
		},
		{
			fieldname: "stage",
			label: __("Stage"),
			fieldtype: "Select",
			options: [
				{ value: "", label: __("Any Stage") },
				{ value: "SQL", label: __("SQL") },
				{ value: "MQL", label: __("MQL") },
				{ value: "Nurture", label: __("Nurture") },
				{ value: "Recycle", label: __("Recycle") },
				{ value: "None", label: __("Below Nurture") },
			],
		},
		{
			fieldname: "with_consent",
			label: __("With Consent to E-mail"),
			fieldtype: "Check",
		},
	],
	formatter(value, row, column, data, default_formatter) {
		const shown = default_formatter(value, row, column, data);
		if (!data || !value) return shown;
		if (column.fieldname === "title") {
			return frappe.utils.get_form_link("Lead", data.lead, true, frappe.utils.escape_html(value));
		}
		if (["active_on", "contacted_on"].includes(column.fieldname)) {
			return frappe.datetime.comment_when(value);
		}
		return shown;
	},
};

function enroll_checked(report) {
	const leads = report.get_checked_items().map((row) => row.lead);
	if (!leads.length) {
		frappe.msgprint(__("Tick the leads you want to enroll first."));
		return;
	}
	frappe
		.require(["nurture.bundle.js", "nurture.bundle.css"])
		.then(() => nurture.enroll_dialog({ leads, after: () => report.refresh() }));
}
