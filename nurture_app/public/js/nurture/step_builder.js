// Steps are added, moved and taken away where they are read: in the outline of a sequence (SE-07). Everything stands in the form
// until it is saved, like a change in the table beneath.

const STEP = "Nurture Sequence Step";
const TARGETS = ["go_to", "on_true", "on_false", "refused_to"];
const WHEN = ["step_type", "timing", "day", "delay", "delay_unit", "at_weekday", "at_time", "at_once"];
const WITH_PAUSE = ["Email", "Appointment Offer", "SMS", "WhatsApp", "Portal Message", "Task", "Wait"];
const USUAL_PAUSE = 3;
/** Days between two messages, until somebody says otherwise. */

/** Types of steps by what they are for, each with what it does. */
const step_groups = () => [
	[
		__("Messages"),
		[
			["Email", __("A mail with one of your texts.")],
			["Appointment Offer", __("A mail with the link to book a talk.")],
			["SMS", __("A text message, with consent for it.")],
			["WhatsApp", __("An approved template, with consent for it.")],
			["Portal Message", __("A note on the customer portal.")],
		],
	],
	[
		__("Time and Ways"),
		[
			["Wait", __("Nothing happens for a while.")],
			["Wait Until", __("Goes on when something happens, or after some days.")],
			["Branch", __("One way for those who fit a condition, another for the rest.")],
			["Split", __("Deals people out to several ways by chance.")],
			["End", __("The sequence is over.")],
		],
	],
	[
		__("Colleagues"),
		[
			["Task", __("A call, a LinkedIn message or other work by hand.")],
			["Notification", __("Tells a colleague something.")],
			["Handoff", __("Gives the lead to sales, who take it or give it back.")],
			["Approval", __("Waits until somebody says yes.")],
		],
	],
	[
		__("The Lead"),
		[
			["Tag", __("Puts a tag on, or takes it off.")],
			["Set Field", __("Writes a field of the lead.")],
			["Set Owner", __("Gives the lead an owner.")],
			["Add Score", __("Adds or takes points.")],
			["Opportunity", __("Makes an opportunity.")],
			["Event", __("Makes an entry in the calendar.")],
		],
	],
	[
		__("Other Sequences and Systems"),
		[
			["Enroll", __("Starts another sequence.")],
			["Leave", __("Ends other sequences.")],
			["Pause", __("Makes other sequences wait for this one.")],
			["Webhook", __("Calls another system.")],
			["Audience", __("Into or out of an audience for ads.")],
		],
	],
];

nurture.StepBuilder = class StepBuilder {
	constructor(frm) {
		this.frm = frm;
	}

	get steps() {
		return this.frm.doc.steps || [];
	}

	get grid() {
		return this.frm.fields_dict.steps.grid;
	}

	can_edit() {
		return this.grid.is_editable();
	}

	edit(step) {
		this.grid.get_row(step.name)?.toggle_view(true);
	}

	/** Ask what kind of step comes at `index`, counted from 0. */
	ask_type(index) {
		const dialog = new frappe.ui.Dialog({ title: __("Add a Step"), size: "large" });
		const $groups = $('<div class="nurture-step-types"></div>').appendTo(dialog.body);
		for (const [label, types] of step_groups()) {
			const $group = $(`<section><h6>${nurture.esc(label)}</h6></section>`).appendTo($groups);
			for (const [type, says] of types) {
				$(`<button type="button" class="ns-type">
					${nurture.step_glyph(type)}
					<span><b>${nurture.esc(__(type))}</b><br><span class="text-muted">${nurture.esc(says)}</span></span>
				</button>`)
					.on("click", () => {
						dialog.hide();
						this.insert(type, index);
					})
					.appendTo($group);
			}
		}
		dialog.show();
	}

	insert(step_type, index) {
		const row = frappe.model.add_child(this.frm.doc, STEP, "steps", index + 1);
		Object.assign(row, { step_type, step_label: this.free_label(__(step_type)) }, this.usual_timing(step_type, index));
		this.changed();
		// the table is drawn anew first
		setTimeout(() => this.edit(row), 50);
	}

	/** Between two days the middle, else some days after what comes before; what sends nothing comes at once. */
	usual_timing(step_type, index) {
		if (index === 0) return { timing: "On Day", day: 1 };
		const [before, after] = [this.steps[index - 1], this.steps[index + 1]];
		if (!WITH_PAUSE.includes(step_type)) return { timing: "After Previous Step", delay: 0 };
		if (step_type !== "Wait" && before.timing === "On Day") {
			const first = cint(before.day);
			const last = after?.timing === "On Day" ? cint(after.day) : first + 2 * USUAL_PAUSE;
			return { timing: "On Day", day: Math.max(first + 1, Math.floor((first + last) / 2)) };
		}
		return { timing: "After Previous Step", delay: USUAL_PAUSE, delay_unit: "Days" };
	}

	free_label(wanted) {
		const labels = new Set(this.steps.map((step) => step.step_label));
		let label = wanted;
		for (let number = 2; labels.has(label); number++) label = `${wanted} ${number}`;
		return label;
	}

	/** When a step comes, without the rest of its form. */
	ask_when(step) {
		const fields = WHEN.map((fieldname) => {
			const df = frappe.meta.get_docfield(STEP, fieldname);
			return { ...df, default: step[fieldname], hidden: fieldname === "step_type" ? 1 : 0, ignore_validation: 1 };
		});
		const dialog = new frappe.ui.Dialog({
			title: __("When: {0}", [nurture.esc(step.step_label)]),
			fields,
			primary_action_label: __("Set"),
			primary_action: (values) => {
				dialog.hide();
				const chosen = WHEN.slice(1).filter((fieldname) => dialog.fields_dict[fieldname].disp_status !== "None");
				frappe.model.set_value(
					STEP,
					step.name,
					Object.fromEntries(chosen.map((fieldname) => [fieldname, values[fieldname] ?? null]))
				);
			},
		});
		dialog.show();
	}

	/** `to` is counted from 0. */
	move(step, to) {
		const { steps } = this;
		if (to < 0 || to >= steps.length || steps[to] === step) return;
		steps.splice(steps.indexOf(step), 1);
		steps.splice(to, 0, step);
		steps.forEach((one, index) => (one.idx = index + 1));
		this.changed();
	}

	duplicate(step) {
		const row = frappe.model.add_child(this.frm.doc, STEP, "steps", step.idx + 1);
		for (const df of frappe.get_meta(STEP).fields)
			if (frappe.model.is_value_type(df.fieldtype) && !df.no_copy) row[df.fieldname] = step[df.fieldname];
		row.step_label = this.free_label(step.step_label);
		this.changed();
	}

	remove(step) {
		const who = this.steps.filter((one) => one !== step && names(one, step.step_label));
		const lines = who.map((one) => `<li>${nurture.esc(one.step_label)}</li>`).join("");
		const text = who.length
			? `<p>${__("These steps go to it or ask about it. They go on with the next step instead, and conditions no longer ask about it:")}</p><ul>${lines}</ul>`
			: __("Nothing else goes to it.");
		frappe.warn(
			__("Take out {0}?", [nurture.esc(step.step_label)]),
			text,
			() => {
				who.forEach((one) => rename(one, step.step_label, ""));
				this.grid.get_row(step.name).remove();
			},
			__("Take Out"),
			false
		);
	}

	/** A step has got another name: what goes to it or asks about it follows. */
	follow_rename(step) {
		const before = this.labels?.[step.name];
		this.remember_labels();
		if (!before || !step.step_label || before === step.step_label) return;
		if (this.steps.some((one) => one !== step && one.step_label === before)) return; // two had it
		this.steps.forEach((one) => rename(one, before, step.step_label));
	}

	remember_labels() {
		this.labels = Object.fromEntries(this.steps.map((step) => [step.name, step.step_label]));
	}

	changed() {
		this.frm.dirty();
		this.frm.refresh_field("steps");
		this.frm.trigger("steps_move");
	}
};

/** Whether a step goes to the one called `label`, or asks about it. */
function names(step, label) {
	if (TARGETS.some((field) => step[field] === label)) return true;
	if (nurture.split_ways(step).some((way) => way.to === label)) return true;
	return asked_about(parsed(step.condition)).some((steps) => steps.includes(label));
}

/** Write `to` for `from` in where a step goes and what it asks about; "" for the next step, and for nothing asked. */
function rename(step, from, to) {
	const changes = {};
	for (const field of TARGETS) if (step[field] === from) changes[field] = to;
	const ways = nurture.split_ways(step);
	if (ways.some((way) => way.to === from))
		changes.split_ways = JSON.stringify(ways.map((way) => (way.to === from ? { ...way, to } : way)));
	const condition = parsed(step.condition);
	const lists = asked_about(condition).filter((steps) => steps.includes(from));
	for (const steps of lists) steps.splice(steps.indexOf(from), 1, ...(to ? [to] : []));
	if (lists.length) changes.condition = JSON.stringify(condition);
	if (Object.keys(changes).length) frappe.model.set_value(step.doctype, step.name, changes);
}

/** The lists of steps that a condition asks about; only those of this sequence. */
function asked_about(node) {
	if (!node || typeof node !== "object") return [];
	if (node.touches && !node.sequence && Array.isArray(node.steps)) return [node.steps];
	return Object.values(node).flatMap(asked_about);
}

function parsed(text) {
	try {
		return JSON.parse(text || "null");
	} catch {
		return null;
	}
}
