frappe.pages["nurture-content-plan"].on_page_load = (wrapper) => {
	const page = frappe.ui.make_app_page({
		parent: wrapper,
		title: __("Content Plan"),
		single_column: true,
	});
	wrapper.$plan = $('<div class="frappe-card p-4" aria-live="polite">').appendTo(page.main);
	page.set_primary_action(__("Refresh"), () => show_content_plan(wrapper.$plan), "refresh");
	page.add_inner_button(__("New Asset"), () => frappe.new_doc("Nurture Asset"));
	page.add_inner_button(__("Journey Map"), () => frappe.set_route("nurture-journey"));
};

frappe.pages["nurture-content-plan"].on_page_show = (wrapper) => show_content_plan(wrapper.$plan);

function show_content_plan($body) {
	return frappe
		.require("nurture.bundle.js")
		.then(() => frappe.xcall("nurture_app.site.api.content_plan.steps"))
		.then((steps) => {
			$body.empty();
			for (const step of steps) {
				const $row = nurture.checklist_row(step).appendTo($body);
				$('<button type="button" class="btn btn-xs btn-default mt-2">')
					.text(__("Open"))
					.attr("aria-label", `${__("Open")}: ${step.title}`)
					.on("click", () => frappe.set_route(...step.route.split("/")))
					.appendTo($row.find(".nurture-check-text"));
			}
		})
		.catch(() => {
			$body.empty().append($('<p class="text-muted m-0">').text(__("The plan could not be loaded.")));
		});
}
