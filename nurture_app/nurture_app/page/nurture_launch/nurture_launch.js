frappe.pages["nurture-launch"].on_page_load = (wrapper) => {
	const page = frappe.ui.make_app_page({
		parent: wrapper,
		title: __("Launch Checklist"),
		single_column: true,
	});
	wrapper.$guide = $('<div class="frappe-card p-4 mb-4" aria-live="polite">').appendTo(page.main);
	wrapper.$checklist = $('<div class="frappe-card p-4" aria-live="polite">').appendTo(page.main);
	page.set_primary_action(__("Check Again"), () => show_both(wrapper), "refresh");
	page.add_inner_button(__("Sequence Gallery"), () => frappe.set_route("nurture-gallery"));
	if (frappe.user.has_role(["Nurture Manager", "System Manager"]))
		page.add_inner_button(__("Deliverability"), () => frappe.set_route("nurture-deliverability"));
};

frappe.pages["nurture-launch"].on_page_show = (wrapper) => show_both(wrapper);

const show_both = (wrapper) => {
	show_guide(wrapper.$guide);
	return show_launch(wrapper.$checklist);
};

/** Preparations and steps of the set-up, each with where to go on. */
function show_guide($body) {
	const parts = { before: __("Before You Begin"), steps: __("Five Steps to a Programme") };
	return frappe
		.require("nurture.bundle.js")
		.then(() => frappe.xcall("nurture_app.site.api.launch.guide"))
		.then((lines) => {
			$body.empty();
			for (const [part, title] of Object.entries(parts)) {
				$(`<h4 class="${part === "before" ? "" : "mt-4"}">`).text(title).appendTo($body);
				for (const line of lines.filter((one) => one.part === part)) {
					const $row = nurture.checklist_row(line).appendTo($body);
					const $text = $row.find(".nurture-check-text");
					$text.find(".font-weight-bold").after($('<div class="text-muted small">').text(line.asked));
					if (!line.route) continue;
					$('<button type="button" class="btn btn-xs btn-default mt-2">')
						.text(__("Go There"))
						.attr("aria-label", `${__("Go There")}: ${line.title}`)
						.on("click", () => frappe.set_route(...line.route.split("/")))
						.appendTo($text);
				}
			}
		})
		.catch(() => {
			$body.empty().append($('<p class="text-muted m-0">').text(__("The guide could not be loaded.")));
		});
}

function show_launch($body) {
	return frappe
		.require("nurture.bundle.js")
		.then(() => frappe.xcall("nurture_app.site.api.launch.checklist"))
		.then((lines) => {
			const open = lines.filter((line) => line.state !== "ok").length;
			const headline = open
				? __("{0} of {1} points are open.", [open, lines.length])
				: __("Everything is settled.");
			$body.empty().append($('<p class="text-muted">').text(headline));
			for (const line of lines) $body.append(launch_row(line, $body));
		})
		.catch(() => {
			$body.empty().append($('<p class="text-muted m-0">').text(__("The checklist could not be loaded.")));
		});
}

function launch_row(line, $body) {
	const $row = nurture.checklist_row(line);
	const $text = $row.find(".nurture-check-text");
	$text.find(".font-weight-bold").after($('<div class="text-muted small">').text(line.asked));
	$text.find(".text-muted").not(".small").removeClass("text-muted");
	if (line.word) $('<div class="text-muted">').text(line.word).appendTo($text);
	const $actions = $('<div class="d-flex flex-wrap mt-2" style="gap: 0.5rem">').appendTo($text);
	const button = (label, action) =>
		$('<button type="button" class="btn btn-xs btn-default">')
			.text(label)
			.attr("aria-label", `${label}: ${line.title}`)
			.on("click", action)
			.appendTo($actions);
	if (line.route && line.state !== "ok")
		button(__("Mend It"), () => frappe.set_route(...line.route.split("/")));
	if (line.needs_word && frappe.model.can_write("Nurture Launch Check")) {
		if (line.confirmed) button(__("Take Back"), () => confirm_launch(line, 0, "", $body));
		else button(__("Confirm"), () => ask_for_word(line, $body));
	}
	return $row;
}

function ask_for_word(line, $body) {
	frappe.prompt(
		[
			{
				fieldname: "note",
				fieldtype: "Small Text",
				label: __("Note"),
				description: __("What was agreed, with whom, and where it is written down."),
				reqd: 1,
			},
		],
		({ note }) => confirm_launch(line, 1, note, $body),
		line.title,
		__("Confirm")
	);
}

function confirm_launch(line, confirmed, note, $body) {
	return frappe
		.xcall("nurture_app.site.api.launch.confirm", { check: line.code, confirmed, note })
		.then(() => show_launch($body));
}
