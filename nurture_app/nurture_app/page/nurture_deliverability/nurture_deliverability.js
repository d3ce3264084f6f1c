frappe.pages["nurture-deliverability"].on_page_load = (wrapper) => {
	const page = frappe.ui.make_app_page({
		parent: wrapper,
		title: __("Deliverability"),
		single_column: true,
	});
	const $body = $('<div class="frappe-card p-4" aria-live="polite">').appendTo(page.main);
	const load = () => show_checklist($body);
	page.set_primary_action(__("Check Again"), load, "refresh");
	page.add_inner_button(__("Rates"), () => frappe.set_route("query-report", "Nurture Deliverability"));
	page.add_inner_button(__("Bounces"), () => frappe.set_route("List", "Nurture Bounce"));
	page.add_inner_button(__("Mail Providers"), () => frappe.set_route("List", "Nurture Mail Provider"));
	page.add_inner_button(__("Settings"), () => frappe.set_route("Form", "Nurture Settings"));
	load();
};

const NURTURE_STATES = {
	ok: ["green", __("Fine")],
	fix: ["red", __("To Fix")],
	unknown: ["orange", __("Not Known")],
};

function show_checklist($body) {
	$body.empty().append($('<p class="text-muted m-0">').text(__("Asking the name server…")));
	return frappe
		.xcall("nurture_app.site.api.deliverability.checklist")
		.then((lines) => {
			$body.empty();
			for (const line of lines) $body.append(checklist_row(line));
		})
		.catch(() => {
			$body.empty().append($('<p class="text-muted m-0">').text(__("The checklist could not be loaded.")));
		});
}

function checklist_row({ title, state, found, todo }) {
	const [color, label] = NURTURE_STATES[state] || NURTURE_STATES.unknown;
	const $row = $('<div class="d-flex flex-wrap py-3 border-bottom" style="gap: 1rem">');
	const $state = $('<div style="flex: 0 0 7rem">').appendTo($row);
	$(`<span class="indicator-pill ${color}">`).text(label).appendTo($state);
	const $text = $('<div style="flex: 1 1 20rem; min-width: 0; overflow-wrap: anywhere">').appendTo($row);
	$('<div class="font-weight-bold">').text(title).appendTo($text);
	if (found) $('<div class="text-muted">').text(found).appendTo($text);
	if (todo) $("<div>").text(todo).appendTo($text);
	return $row;
}
