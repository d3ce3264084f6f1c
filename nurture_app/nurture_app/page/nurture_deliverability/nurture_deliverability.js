frappe.pages["nurture-deliverability"].on_page_load = (wrapper) => {
	const page = frappe.ui.make_app_page({
		parent: wrapper,
		title: __("Deliverability"),
		single_column: true,
	});
	const $body = $('<div class="frappe-card p-4" aria-live="polite">').appendTo(page.main);
	const load = () => show_checklist($body);
	page.set_primary_action(__("Check Again"), load, "refresh");
	page.add_inner_button(__("Bounce and Complaint Rates"), () => frappe.set_route("query-report", "Nurture Deliverability"));
	page.add_inner_button(__("Bounces"), () => frappe.set_route("List", "Nurture Bounce"));
	page.add_inner_button(__("Mail Providers"), () => frappe.set_route("List", "Nurture Mail Provider"));
	page.add_inner_button(__("Settings"), () => frappe.set_route("Form", "Nurture Settings"));
	load();
};

function show_checklist($body) {
	$body.empty().append($('<p class="text-muted m-0">').text(__("Asking the name server…")));
	return frappe
		.require("nurture.bundle.js")
		.then(() => frappe.xcall("nurture_app.site.api.deliverability.checklist"))
		.then((lines) => {
			$body.empty();
			for (const line of lines) $body.append(nurture.checklist_row(line));
		})
		.catch(() => {
			$body.empty().append($('<p class="text-muted m-0">').text(__("The checklist could not be loaded.")));
		});
}
