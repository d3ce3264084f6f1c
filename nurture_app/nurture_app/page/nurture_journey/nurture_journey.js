frappe.pages["nurture-journey"].on_page_load = (wrapper) => {
	const page = frappe.ui.make_app_page({
		parent: wrapper,
		title: __("Journey Map"),
		single_column: true,
	});
	wrapper.$map = $('<div class="nurture-journey" aria-live="polite">').appendTo(page.main);
	page.set_primary_action(__("Refresh"), () => show_journey(wrapper.$map), "refresh");
	page.add_inner_button(__("Sequence Gallery"), () => frappe.set_route("nurture-gallery"));
	page.add_inner_button(__("Content Gaps"), () =>
		frappe.set_route("query-report", "Nurture Content Gaps")
	);
};

frappe.pages["nurture-journey"].on_page_show = (wrapper) => show_journey(wrapper.$map);

function show_journey($map) {
	return frappe
		.require(["nurture.bundle.js", "nurture.bundle.css"])
		.then(() => frappe.model.with_doctype("Lead"))
		.then(() => frappe.xcall("nurture_app.site.api.journey.stages"))
		.then((stages) => {
			$map.empty();
			for (const stage of stages) $map.append(journey_stage(stage));
		})
		.catch(() => {
			$map.empty().append($('<p class="text-muted m-0">').text(__("The map could not be loaded.")));
		});
}

function journey_stage(stage) {
	const $stage = $('<section class="nj-stage frappe-card">').attr("aria-label", stage.label);
	const $head = $("<h3>").text(stage.label).appendTo($stage);
	if (stage.funnel) $head.append(nurture.pill(stage.funnel, "blue"));
	if (stage.meaning) $('<p class="text-muted">').text(stage.meaning).appendTo($stage);
	if (stage.aim) $("<p>").text(__("Goal: {0}", [stage.aim])).appendTo($stage);
	const $numbers = $('<p class="nj-numbers">').appendTo($stage);
	const filters = {
		nurture_journey_stage: stage.stage ? ["in", stage.stages] : ["is", "not set"],
	};
	const leads = __("{0} leads", [stage.leads]);
	if (frappe.model.can_read("Lead"))
		journey_link(leads, () => frappe.set_route("List", "Lead", filters)).appendTo($numbers);
	else $("<span>").text(leads).appendTo($numbers);
	if (stage.stage) $("<span>").text(__("{0} pieces of content", [stage.content])).appendTo($numbers);
	if (!stage.sequences.length) {
		$('<p class="text-muted">')
			.text(__("Nothing runs here: leads at this stage hear nothing."))
			.appendTo($stage);
	}
	for (const sequence of stage.sequences) $stage.append(journey_sequence(sequence));
	return $stage;
}

const journey_link = (text, action) =>
	$('<a href="#">')
		.text(text)
		.on("click", (event) => {
			event.preventDefault();
			action();
		});

/** A sequence with its touchpoints and branches; opened by a click. */
function journey_sequence(sequence) {
	const $details = $("<details>");
	const $summary = $("<summary>").appendTo($details);
	$("<b>").text(sequence.name).appendTo($summary);
	$('<span class="text-muted">')
		.text(
			` ${__("{0} on the way, {1} of {2} reached the goal", [
				sequence.live,
				sequence.reached,
				sequence.people,
			])}`
		)
		.appendTo($summary);
	if (sequence.status !== "Active") $summary.append(" ", nurture.status_pill(sequence.status));
	const open_form = () => frappe.set_route("Form", "Nurture Sequence", sequence.name);
	const $body = $("<div>").appendTo($details);
	journey_link(__("Open the Sequence"), open_form).appendTo($("<p>").appendTo($details));
	$details.one("toggle", () => {
		new nurture.Outline({ parent: $body, on_open: open_form }).render(sequence.steps);
		for (const [step, count] of Object.entries(sequence.standing))
			$body
				.find(".no-label")
				.filter((_index, label) => $(label).text() === step)
				.after(` ${nurture.pill(__("{0} here", [count]), "green")}`);
	});
	return $details;
}
