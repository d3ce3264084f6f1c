frappe.pages["nurture-gallery"].on_page_load = (wrapper) => {
	const page = frappe.ui.make_app_page({
		parent: wrapper,
		title: __("Sequence Gallery"),
		single_column: true,
	});
	page.add_inner_button(__("All Sequences"), () => frappe.set_route("List", "Nurture Sequence"));
	page.add_inner_button(__("Launch Checklist"), () => frappe.set_route("nurture-launch"));
	page.add_inner_button(__("Results So Far"), () =>
		frappe.set_route("query-report", "Nurture Sequence Results")
	);
	wrapper.gallery = new NurtureGallery($('<div class="nurture-gallery">').appendTo(page.main));
};

frappe.pages["nurture-gallery"].on_page_show = (wrapper) => wrapper.gallery.load();

const GALLERY_STATES = {
	Draft: ["grey", __("Draft")],
	Active: ["green", __("Active")],
	Paused: ["orange", __("Paused")],
	Retired: ["grey", __("Retired")],
};

class NurtureGallery {
	constructor($root) {
		const $tools = $('<div class="ng-tools">').appendTo($root);
		this.$search = $('<input type="search" class="form-control input-sm">')
			.attr({ placeholder: __("Search"), "aria-label": __("Search") })
			.on("input", () => this.show())
			.appendTo($tools);
		this.$group = $('<select class="form-control input-sm">')
			.attr("aria-label", __("Group"))
			.on("change", () => this.show())
			.appendTo($tools);
		this.$body = $('<div aria-live="polite">').appendTo($root);
		this.groups = [];
	}

	load() {
		return frappe
			.xcall("nurture_app.site.api.gallery.cards")
			.then((groups) => {
				this.groups = groups;
				this.fill_groups();
				this.show();
			})
			.catch(() =>
				this.$body.empty().append($('<p class="text-muted">').text(__("The gallery could not be loaded.")))
			);
	}

	fill_groups() {
		const chosen = this.$group.val();
		this.$group.empty().append($("<option>").val("").text(__("All groups")));
		for (const { group, label } of this.groups) this.$group.append($("<option>").val(group).text(label));
		this.$group.val(chosen || "");
	}

	show() {
		const words = this.$search.val().toLowerCase().split(/\s+/).filter(Boolean);
		const group = this.$group.val();
		this.$body.empty();
		for (const one of this.groups) {
			if (group && one.group !== group) continue;
			const cards = one.cards.filter((card) => {
				const text = `${card.title} ${card.description} ${card.channels_note}`.toLowerCase();
				return words.every((word) => text.includes(word));
			});
			if (!cards.length) continue;
			$("<h4>").text(one.label).appendTo(this.$body);
			const $cards = $('<div class="ng-cards">').appendTo(this.$body);
			for (const card of cards) $cards.append(gallery_card(card));
		}
		if (!this.$body.children().length)
			this.$body.append($('<p class="text-muted">').text(__("Nothing fits.")));
	}
}

function gallery_card(card) {
	const $card = $('<article class="ng-card">');
	const $head = $('<div class="ng-head">').appendTo($card);
	$('<div class="ng-title">').text(card.title).appendTo($head);
	const [color, label] = GALLERY_STATES[card.status] || GALLERY_STATES.Draft;
	const state = card.edited ? __("{0}, edited", [label]) : label;
	$(`<span class="indicator-pill no-indicator-dot whitespace-nowrap ${color}">`).text(state).appendTo($head);
	$("<div>").text(card.description || "").appendTo($card);

	const $facts = $('<dl class="ng-facts">').appendTo($card);
	const fact = (name, value) => {
		if (value) $facts.append($("<dt>").text(name), $("<dd>").text(value));
	};
	const goal = [__(card.goal_kind || ""), card.goal_activity && __(card.goal_activity)].filter(Boolean);
	fact(__("Goal"), goal.join(": ") + (card.goal_target ? `, ${card.goal_target} %` : ""));
	fact(__("Length"), gallery_length(card));
	fact(__("Channels"), card.channels_note);
	fact(__("Stage"), card.journey_stage);

	if (card.set_up_notes) {
		const $notes = $('<div class="ng-notes">').appendTo($card);
		$("<b>").text(__("Fill in first")).appendTo($notes);
		$("<div>").text(card.set_up_notes).appendTo($notes);
	}

	const $actions = $('<div class="ng-actions">').appendTo($card);
	const open = () => frappe.set_route("Form", "Nurture Sequence", card.name);
	const draft = card.status === "Draft";
	$(`<button type="button" class="btn btn-sm ${draft ? "btn-primary" : "btn-default"}">`)
		.text(draft ? __("Use This") : __("Open"))
		.attr("aria-label", `${draft ? __("Use This") : __("Open")}: ${card.title}`)
		.on("click", open)
		.appendTo($actions);
	if (frappe.model.can_create("Nurture Sequence")) {
		$('<button type="button" class="btn btn-sm btn-default">')
			.text(__("Copy"))
			.attr("aria-label", `${__("Copy")}: ${card.title}`)
			.on("click", () => copy_sequence(card.name))
			.appendTo($actions);
	}
	return $card;
}

function gallery_length({ expected_days, messages, tasks }) {
	const parts = [];
	if (expected_days) parts.push(expected_days === 1 ? __("1 day") : __("{0} days", [expected_days]));
	if (messages) parts.push(messages === 1 ? __("1 message") : __("{0} messages", [messages]));
	if (tasks) parts.push(tasks === 1 ? __("1 task") : __("{0} tasks", [tasks]));
	return parts.join(", ");
}

/** A new draft with the same steps; its name has to be another one. */
function copy_sequence(name) {
	return frappe.model.with_doctype("Nurture Sequence").then(() =>
		frappe.model.with_doc("Nurture Sequence", name).then(() => {
			const copy = frappe.model.copy_doc(frappe.get_doc("Nurture Sequence", name));
			copy.title = __("{0} (copy)", [name]);
			copy.status = "Draft";
			frappe.set_route("Form", "Nurture Sequence", copy.name);
		})
	);
}
