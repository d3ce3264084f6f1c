frappe.query_reports["Nurture Duplicates"] = {
	onload(report) {
		report.page.set_title(__("Duplicate Leads"));
		if (!frappe.model.can_read("Nurture Not Duplicate")) return;
		report.page.add_inner_button(__("Said to Be Different"), () =>
			frappe.set_route("List", "Nurture Not Duplicate")
		);
	},
	filters: [
		{
			fieldname: "evidence",
			label: __("Alike In"),
			fieldtype: "Select",
			options: [
				{ value: "", label: __("Anything") },
				{ value: "Address", label: __("Address") },
				{ value: "Telephone", label: __("Telephone") },
				{ value: "Name and Company", label: __("Name and Company") },
			],
		},
	],
	tree: true,
	name_field: "title",
	parent_field: "group",
	initial_depth: 2,
	formatter(value, row, column, data, default_formatter) {
		const shown = default_formatter(value, row, column, data);
		if (!data) return shown;
		if (column.fieldname === "title" && data.leads) {
			const leads = frappe.utils.escape_html(JSON.stringify(data.leads));
			return `<b>${frappe.utils.escape_html(value)}</b>
				<button type="button" class="btn btn-xs btn-default" data-merge="${leads}">${__("Compare")}</button>`;
		}
		if (column.fieldname === "title" && data.lead)
			return frappe.utils.get_form_link("Lead", data.lead, true, frappe.utils.escape_html(value));
		if (column.fieldname === "score" && data.leads) return "";
		return shown;
	},
	after_datatable_render(datatable) {
		$(datatable.wrapper)
			.off("click.merge")
			.on("click.merge", "[data-merge]", (event) => compare(JSON.parse(event.currentTarget.dataset.merge)));
	},
};

/** Side by side; then one remains, or they are noted as different people. */
function compare(leads) {
	frappe
		.require(["nurture.bundle.js", "nurture.bundle.css"])
		.then(() => nurture.merge_dialog({ leads, after: () => frappe.query_report.refresh() }));
}
