// The steps of a sequence as a timeline that a marketer reads, made from the rows of the form as they stand.

const ICONS = {
	Email: "mail",
	"Appointment Offer": "mail",
	SMS: "phone",
	WhatsApp: "phone",
	"Portal Message": "bell",
	Wait: "clock",
	Notification: "bell",
	Handoff: "leave",
	Approval: "check",
	"Wait Until": "clock",
	Branch: "branch",
	Split: "split",
	Task: "check",
	Tag: "tag",
	Enroll: "enter",
	Leave: "leave",
	Pause: "clock",
	"Add Score": "plus",
	"Set Field": "edit",
	"Set Owner": "edit",
	Opportunity: "plus",
	Event: "clock",
	Webhook: "send",
	Audience: "send",
	End: "stop",
};

// Own glyphs: icon names differ between versions of Frappe.
const GLYPHS = {
	mail: '<rect x="2" y="3.5" width="12" height="9" rx="1.5"/><path d="m2.5 4.5 5.5 4 5.5-4"/>',
	clock: '<circle cx="8" cy="8" r="6"/><path d="M8 4.5V8l2.5 1.5"/>',
	branch: '<circle cx="4.5" cy="3.5" r="1.5"/><circle cx="4.5" cy="12.5" r="1.5"/><circle cx="11.5" cy="5.5" r="1.5"/><path d="M4.5 5v6M11.5 7c0 2.5-7 1.5-7 4"/>',
	split: '<circle cx="3.5" cy="8" r="1.5"/><path d="M5 8h3M8 8c2 0 2-4.5 5-4.5M8 8h5M8 8c2 0 2 4.5 5 4.5"/>',
	tag: '<path d="M2.5 2.5h5l6 6-5 5-6-6z"/><circle cx="5.5" cy="5.5" r=".8"/>',
	bell: '<path d="M4 11V7.5a4 4 0 0 1 8 0V11l1.5 1.5h-11zM6.5 14h3"/>',
	enter: '<path d="M8.5 2.5h5v11h-5M2.5 8h7M7 5l3 3-3 3"/>',
	leave: '<path d="M7.5 2.5h-5v11h5M6 8h7.5M11 5l3 3-3 3"/>',
	plus: '<circle cx="8" cy="8" r="6"/><path d="M8 5v6M5 8h6"/>',
	check: '<rect x="2.5" y="2.5" width="11" height="11" rx="2"/><path d="m5 8 2 2 4-4"/>',
	edit: '<path d="m3 13 .6-2.8L11 2.8l2.2 2.2-7.4 7.4z"/>',
	phone: '<rect x="4.5" y="1.5" width="7" height="13" rx="1.5"/><path d="M7 12.5h2"/>',
	send: '<path d="M14 2 2 7l5 2 2 5z"/><path d="M14 2 7 9"/>',
	stop: '<circle cx="8" cy="8" r="6"/><rect x="6" y="6" width="4" height="4"/>',
};

const glyph = (name) =>
	`<svg viewBox="0 0 16 16" width="16" height="16" fill="none" stroke="currentColor" stroke-width="1.3" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${GLYPHS[name]}</svg>`;

nurture.step_glyph = (step_type) => glyph(ICONS[step_type] || "mail");

const UNITS = {
	Minutes: (n) => (n === 1 ? __("1 minute") : __("{0} minutes", [n])),
	Hours: (n) => (n === 1 ? __("1 hour") : __("{0} hours", [n])),
	Days: (n) => (n === 1 ? __("1 day") : __("{0} days", [n])),
	Weeks: (n) => (n === 1 ? __("1 week") : __("{0} weeks", [n])),
	Months: (n) => (n === 1 ? __("1 month") : __("{0} months", [n])),
};

/** When a step is carried out, in words. `first` is true for the first step of the sequence. */
nurture.step_when = (step, first = false) => {
	const when = planned_when(step, first);
	return step.at_weekday ? __("{0}, on a {1} at the earliest", [when, __(step.at_weekday)]) : when;
};

function planned_when(step, first) {
	if (step.step_type === "Email" && cint(step.at_once)) return __("Answers at once, at any hour");
	if (step.timing === "On Day") {
		const day = __("Day {0}", [cint(step.day) || 1]);
		if (step.at_time)
			return __("{0}, from {1}", [day, String(step.at_time).split(":").slice(0, 2).join(":")]);
		if (step.step_type !== "Email") return day;
		return cint(step.day) <= 1 ? __("{0}, at once", [day]) : __("{0}, when the send window opens", [day]);
	}
	const delay = cint(step.delay);
	if (!delay) return first ? __("At once") : __("Right after");
	const long = (UNITS[step.delay_unit] || UNITS.Days)(delay);
	if (step.step_type === "Wait") return __("Wait {0}", [long]);
	return first ? __("{0} after the start", [long]) : __("{0} later", [long]);
}

const arrow = (target, next) =>
	target
		? __("go to {0}", [`<b>${nurture.esc(target)}</b>`])
		: next
		? __("go on with {0}", [`<b>${nurture.esc(next)}</b>`])
		: __("end");

/** The ways of a split as they stand in the row; nothing when they cannot be read. */
nurture.split_ways = (step) => {
	try {
		const ways = JSON.parse(step.split_ways || "[]");
		return Array.isArray(ways) ? ways.filter((way) => way && typeof way === "object") : [];
	} catch {
		return [];
	}
};

function describe_ways(step, next) {
	const ways = nurture.split_ways(step);
	if (!ways.length) return `<span class="text-danger">${__("Set the ways")}</span>`;
	const sum = ways.reduce((total, way) => total + (cint(way.weight) || 0), 0) || 1;
	return ways
		.map((way) => {
			const share = Math.round((100 * cint(way.weight)) / sum);
			return `<div class="no-arrow"><b>${nurture.esc(way.name || "?")}</b> ${share} % ${arrow(way.to, next)}</div>`;
		})
		.join("");
}

/** By which channels a mail goes to those who prefer them. */
function other_channels(step) {
	if (!cint(step.follow_channel)) return "";
	const ways = [];
	if (step.sms_content) ways.push(__("SMS"));
	if (step.whatsapp_content) ways.push(__("WhatsApp"));
	if ((step.hand_text || "").trim()) ways.push(__("Phone"), __("LinkedIn"));
	return ways.length
		? ` <span class="text-muted">${__("or, for those who prefer it, by {0}", [ways.join(", ")])}</span>`
		: ` <span class="text-danger">${__("Write a text for another channel")}</span>`;
}

/** In which countries people get it. */
function only_for(step) {
	const countries = (step.only_countries || "").split("\n").map((one) => one.trim());
	const named = countries.filter(Boolean).map((one) => __(one));
	if (!named.length) return "";
	return ` <span class="text-muted">· ${__("only in {0}", [nurture.esc(named.join(", "))])}</span>`;
}

/** A condition in words; they come from the server and may not be here yet. */
function describe_condition(condition, sentences) {
	const known = sentences[condition];
	if (!known) return `<span class="text-muted">…</span>`;
	return known.error
		? `<span class="text-danger">${nurture.esc(known.error)}</span>`
		: nurture.esc(known.sentence);
}

function describe_wait(step, next, sentences) {
	const parts = [];
	if (step.wait_activity)
		parts.push(
			`<b>${nurture.esc(__(step.wait_activity))}</b>${
				step.wait_detail ? ` (${nurture.esc(step.wait_detail)})` : ""
			}`
		);
	if (step.condition) parts.push(describe_condition(step.condition, sentences));
	if (!parts.length) return `<span class="text-danger">${__("Choose what it waits for")}</span>`;
	const longest = (UNITS[step.timeout_unit] || UNITS.Days)(cint(step.timeout));
	return `<div>${parts.join(` ${__("and")} `)}</div>
		<div class="no-arrow"><span class="no-yes">${__("Then")}</span> ${arrow(step.on_true, next)}</div>
		<div class="no-arrow"><span class="no-no">${__("After {0}", [longest])}</span> ${arrow(step.on_false, next)}</div>`;
}

/** The type of a step, and for a task its kind. */
const step_kind = (step) =>
	step.step_type === "Task" && !["", "To Do", "Other"].includes(step.task_kind || "")
		? `${__(step.step_type)}: ${__(step.task_kind)}`
		: __(step.step_type);

/** What the step's channel is good for, as Nurture Channel Guide has it. */
function good_for(step, channels) {
	const kind = step.step_type === "Task" ? step.task_kind : "";
	const channel = channels.find(
		(one) => one.step_type === step.step_type && (one.task_kind || "") === (kind || "")
	);
	if (!channel || !channel.good_for) return "";
	return ` · <span class="no-good-for">${__("for {0}", [nurture.esc(__(channel.good_for))])}</span>`;
}

/** What is made for whom, and for an entry in the calendar when. */
function describe_record(step) {
	if (!(step.record_text || "").trim()) return `<span class="text-danger">${__("Enter the title")}</span>`;
	const parts = [step.record_user || __("lead owner")];
	if (step.step_type === "Event") {
		const begins = step.event_time ? String(step.event_time).split(":").slice(0, 2).join(":") : "10:00";
		parts.push(__("in {0} days, from {1}", [cint(step.event_days), begins]));
		parts.push(UNITS.Minutes(cint(step.event_minutes)));
	} else if (step.sales_stage) parts.push(step.sales_stage);
	return `${nurture.esc(step.record_text)} <span class="text-muted">· ${nurture.esc(parts.join(", "))}</span>`;
}

const due = (days) => (days === 1 ? __("due after 1 day") : __("due after {0} days", [days]));

function describe_step(step, next, sentences) {
	switch (step.step_type) {
		case "Email":
		case "Appointment Offer":
		case "SMS":
		case "WhatsApp":
		case "Portal Message":
			return step.content
				? nurture.route_link("Nurture Content", step.content) + other_channels(step) + only_for(step)
				: `<span class="text-danger">${__("Choose a content")}</span>`;
		case "Wait Until":
			return describe_wait(step, next, sentences);
		case "Branch": {
			const question = step.condition
				? describe_condition(step.condition, sentences)
				: `<span class="text-danger">${__("Set the condition")}</span>`;
			return `<div>${question}</div>
				<div class="no-arrow"><span class="no-yes">${__("Yes")}</span> ${arrow(step.on_true, next)}</div>
				<div class="no-arrow"><span class="no-no">${__("No")}</span> ${arrow(step.on_false, next)}</div>`;
		}
		case "Task":
			return `${nurture.esc(step.task_description || __("Describe what to do"))}
				<span class="text-muted">· ${nurture.esc(step.task_assign_to || __("lead owner"))}, ${due(
				cint(step.task_due_days)
			)}</span>`;
		case "Split":
			return describe_ways(step, next);
		case "Notification": {
			const whom = {
				User: step.notify_user || __("choose the user"),
				Role: step.notify_role || __("choose the role"),
			};
			return `${nurture.esc(step.notify_text || __("Enter the text"))}
				<span class="text-muted">· ${nurture.esc(whom[step.notify_who] || __("lead owner"))}${
				cint(step.notify_by_email) ? `, ${__("by e-mail too")}` : ""
			}</span>`;
		}
		case "Handoff": {
			const to = {
				User: step.handoff_user || __("choose the colleague"),
				"Assignment Rule": __("whom the assignment rule chooses"),
			};
			return __("The lead goes to {0}.", [
				`<b>${nurture.esc(to[step.handoff_to] || __("its owner"))}</b>`,
			]);
		}
		case "Approval":
			return `<div>${__("Waits until {0} has released it.", [
				`<b>${nurture.esc(step.approve_by || __("the lead owner"))}</b>`,
			])}</div>
				<div class="no-arrow"><span class="no-no">${__("Refused")}</span> ${
				step.refused_to ? arrow(step.refused_to, "") : __("end")
			}</div>`;
		case "Tag":
			return step.tag
				? step.tag_action === "Remove"
					? __("Tag {0} is taken off.", [`<b>${nurture.esc(step.tag)}</b>`])
					: __("Gets the tag {0}.", [`<b>${nurture.esc(step.tag)}</b>`])
				: `<span class="text-danger">${__("Enter a tag")}</span>`;
		case "Add Score": {
			const points = cint(step.score_points);
			const text = __("{0} points for {1}", [
				`<b>${points > 0 ? "+" : ""}${points}</b>`,
				nurture.esc(__(step.score_part || "Engagement")),
			]);
			return cint(step.score_days) ? `${text}, ${__("for {0} days", [cint(step.score_days)])}` : text;
		}
		case "Audience":
			return step.audience
				? (step.audience_action === "Remove" ? __("Out of {0}", [nurture.route_link("Nurture Audience", step.audience)]) : __("Into {0}", [nurture.route_link("Nurture Audience", step.audience)]))
				: `<span class="text-danger">${__("Choose an audience")}</span>`;
		case "Webhook":
			return step.webhook
				? __("Call {0}", [nurture.route_link("Nurture Webhook", step.webhook)])
				: `<span class="text-danger">${__("Choose a webhook")}</span>`;
		case "Enroll":
			return step.target_sequence
				? __("Enters {0}.", [nurture.route_link("Nurture Sequence", step.target_sequence)])
				: `<span class="text-danger">${__("Choose a sequence")}</span>`;
		case "Leave":
			return step.target_sequence
				? __("Leaves {0}.", [nurture.route_link("Nurture Sequence", step.target_sequence)])
				: __("Leaves all other sequences.");
		case "Pause":
			return step.target_sequence
				? __("{0} waits until this sequence is over.", [
						nurture.route_link("Nurture Sequence", step.target_sequence),
				  ])
				: __("All other sequences wait until this one is over.");
		case "Set Owner": {
			if (!step.owner_user) return `<span class="text-danger">${__("Choose the new owner")}</span>`;
			const owner = `<b>${nurture.esc(step.owner_user)}</b>`;
			return cint(step.owner_if_none)
				? __("{0} becomes the owner, if there is none.", [owner])
				: __("{0} becomes the owner.", [owner]);
		}
		case "Opportunity":
		case "Event":
			return describe_record(step);
		case "Set Field":
			return step.field_name
				? __("{0} becomes {1}", [
						`<b>${nurture.esc(__(frappe.meta.get_label("Lead", step.field_name)))}</b>`,
						`<b>${nurture.esc(step.field_value || __("empty"))}</b>`,
				  ])
				: `<span class="text-danger">${__("Choose a field")}</span>`;
		case "End":
			return step.end_outcome === "No Reaction"
				? __("The sequence ends; no more marketing e-mail to this person.")
				: __("The sequence ends.");
		default:
			return "";
	}
}

/**
 * Draw `steps` into `$parent`. `actions(step)` gives buttons [{label, action}] for a step; with a `builder`
 * (nurture.StepBuilder) steps are changed here too, by whoever may.
 * Sentences of branch conditions come from the server and are remembered.
 */
nurture.Outline = class Outline {
	constructor({ parent, actions, on_open, builder }) {
		this.$parent = $(parent);
		this.actions = actions;
		this.on_open = on_open;
		this.builder = builder;
		this.sentences = {};
		this.channels = [];
		this.fetch_channels();
	}

	/** Once; without permission the outline says nothing of channels. */
	fetch_channels() {
		if (!frappe.model.can_read("Nurture Channel Guide")) return;
		const fields = ["step_type", "task_kind", "good_for"];
		frappe.db.get_list("Nurture Channel Guide", { fields, limit: 50 }).then((channels) => {
			this.channels = channels || [];
			if (this.steps?.length) this.render(this.steps);
		});
	}

	render(steps) {
		this.steps = steps;
		// what comes late from the server takes no open menu away
		if (this.$parent.find(".dropdown-menu.show").length) {
			this.$parent.off("hidden.bs.dropdown").one("hidden.bs.dropdown", () => this.render(this.steps));
			return;
		}
		const editable = Boolean(this.builder?.can_edit());
		this.$parent.empty();
		if (!steps.length) {
			$(`<div class="text-muted nurture-empty">${__("No steps yet.")}</div>`).appendTo(this.$parent);
			if (editable) this.add_button(0, __("Add the First Step")).appendTo(this.$parent);
			return;
		}
		const labels = new Set(steps.map((step) => step.step_label));
		const $list = $('<ol class="nurture-outline"></ol>');
		steps.forEach((step, index) => {
			const next = steps[index + 1]?.step_label;
			const icon = ICONS[step.step_type] || "mail";
			const jump =
				step.go_to && !["Branch", "Wait Until", "Split", "End"].includes(step.step_type)
					? `<div class="no-arrow">${arrow(step.go_to, "")}</div>`
					: "";
			const ways = step.step_type === "Split" ? nurture.split_ways(step).map((way) => way.to) : [];
			const lost = [step.go_to, step.on_true, step.on_false, step.refused_to, ...ways]
				.filter((target) => target && !labels.has(target))
				.map(
					(target) =>
						`<div class="text-danger">${__("There is no step {0}.", [nurture.esc(target)])}</div>`
				)
				.join("");
			const $item = $(`
				<li class="no-step" data-type="${icon}">
					<div class="no-when"></div>
					<div class="no-icon" title="${nurture.esc(__(step.step_type))}">${glyph(icon)}</div>
					<div class="no-body">
						<div class="no-title">
							<a href="#" class="no-label">${nurture.esc(step.step_label || __("Step {0}", [index + 1]))}</a>
							<span class="no-type text-muted">${nurture.esc(step_kind(step))}${good_for(step, this.channels)}</span>
							<span class="no-actions"></span>
						</div>
						<div class="no-what">${describe_step(step, next, this.sentences)}${jump}${lost}</div>
					</div>
				</li>`).appendTo($list);
			$item.find(".no-when").append(this.when_of(step, index, editable));
			$item.find(".no-label").on("click", (event) => {
				event.preventDefault();
				this.on_open && this.on_open(step);
			});
			for (const { label, action } of this.actions ? this.actions(step) : []) {
				$(`<button type="button" class="btn btn-xs btn-default">${nurture.esc(label)}</button>`)
					.on("click", () => action(step))
					.appendTo($item.find(".no-actions"));
			}
			if (!editable) return;
			$item.find(".no-actions").append(this.more_of(step, index));
			const last = index === steps.length - 1;
			$item.append(this.add_button(index + 1, last ? __("Add a Step") : ""));
		});
		this.$parent.append($list);
		if (editable) this.make_sortable($list);
		this.fetch_sentences();
	}

	when_of(step, index, editable) {
		const when = nurture.step_when(step, index === 0);
		if (!editable) return $("<span></span>").text(when);
		return $('<button type="button" class="no-set-when"></button>')
			.text(when)
			.attr("title", __("Change When"))
			.on("click", () => this.builder.ask_when(step));
	}

	/** Adds a step at `index`. */
	add_button(index, label) {
		const before = this.steps[index]?.step_label;
		const name = label || __("Add a Step Before {0}", [before]);
		return $('<button type="button" class="btn btn-xs btn-default no-add"></button>')
			.attr({ "aria-label": name, title: name })
			.text(label ? `+ ${label}` : "+")
			.on("click", () => this.builder.ask_type(index));
	}

	/** What else may be done with a step. */
	more_of(step, index) {
		const { builder } = this;
		const choices = [
			[__("Edit"), () => builder.edit(step), true],
			[__("Move Up"), () => builder.move(step, index - 1), index > 0],
			[__("Move Down"), () => builder.move(step, index + 1), index < this.steps.length - 1],
			[__("Duplicate"), () => builder.duplicate(step), true],
			[__("Take Out"), () => builder.remove(step), true],
		];
		const $more = $(`
			<span class="dropdown">
				<button type="button" class="btn btn-xs btn-default" data-toggle="dropdown" aria-haspopup="true" aria-expanded="false"
					aria-label="${nurture.esc(__("More for {0}", [step.step_label]))}">⋯</button>
				<div class="dropdown-menu dropdown-menu-right"></div>
			</span>`);
		for (const [label, action, possible] of choices) {
			if (!possible) continue;
			$('<button type="button" class="dropdown-item"></button>')
				.text(label)
				.on("click", action)
				.appendTo($more.find(".dropdown-menu"));
		}
		return $more;
	}

	/** Steps are dragged by their icons; the menu of each does the same. */
	make_sortable($list) {
		if (!window.Sortable) return;
		$list.addClass("is-sortable");
		new Sortable($list[0], {
			handle: ".no-icon",
			draggable: ".no-step",
			animation: 150,
			onEnd: ({ oldDraggableIndex, newDraggableIndex }) =>
				this.builder.move(this.steps[oldDraggableIndex], newDraggableIndex),
		});
	}

	fetch_sentences() {
		const labels = JSON.stringify(this.steps.map((step) => step.step_label));
		for (const step of this.steps) {
			const condition = step.condition || "";
			if (!["Branch", "Wait Until"].includes(step.step_type) || !condition || this.sentences[condition]) continue;
			nurture
				.quiet_call("conditions.describe", { condition, in_sequence: 1, steps: labels })
				.then((answer) => {
					if (!answer) return;
					this.sentences[condition] = answer;
					this.render(this.steps);
				});
		}
	}
};
