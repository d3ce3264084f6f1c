frappe.query_reports["Nurture Data Check"] = {
	onload(report) {
		report.page.set_title(__("Data Check"));
		if (!frappe.model.can_read("Nurture Data Record")) return;
		report.page.add_inner_button(__("Keep as Record"), keep);
		report.page.add_inner_button(__("Records"), () => frappe.set_route("List", "Nurture Data Record"));
	},
	filters: [
		{
			fieldname: "show",
			label: __("Show"),
			fieldtype: "Select",
			default: "Findings",
			options: [
				{ value: "Findings", label: __("Findings") },
				{ value: "Leads", label: __("Incomplete Leads") },
			],
		},
	],
	tree: true,
	name_field: "what",
	parent_field: "group",
	initial_depth: 2,
	formatter(value, row, column, data, default_formatter) {
		if (data?.bold && column.fieldname !== "what") return "";
		const shown = default_formatter(value, row, column, data);
		if (!data) return shown;
		if (data.bold) return `<b>${shown}</b>`;
		if (column.fieldname === "count" && value && data.goes_to) {
			const finding = JSON.stringify({ goes_to: data.goes_to, where: data.where });
			return `<a href="#" data-finding="${frappe.utils.escape_html(finding)}">${shown}</a>`;
		}
		if (column.fieldname === "title" && data.lead)
			return frappe.utils.get_form_link("Lead", data.lead, true, frappe.utils.escape_html(value));
		return shown;
	},
	after_datatable_render(datatable) {
		$(datatable.wrapper)
			.off("click.finding")
			.on("click.finding", "[data-finding]", (event) => {
				event.preventDefault();
				open_finding(JSON.parse(event.currentTarget.dataset.finding));
			});
	},
};

function open_finding({ goes_to, where }) {
	if (goes_to === "duplicates") return frappe.set_route("query-report", "Nurture Duplicates");
	if (goes_to === "incomplete") return frappe.query_report.set_filter_value("show", "Leads");
	frappe.set_route("List", "Lead", { status: ["not in", ["Converted", "Do Not Contact"]], ...where });
}

/** The numbers of all leads, with today's date, beside those of the last time. */
function keep() {
	frappe
		.xcall("nurture_app.site.api.data_check.keep")
		.then((name) => frappe.set_route("Form", "Nurture Data Record", name));
}
