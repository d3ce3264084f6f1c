// A lead that a sequence handed to a colleague: they take it, or give it back and say why.

/** Whether it was handed to the user, who has not said anything to it. */
nurture.waits_for_answer = ({ handoff }) => Boolean(handoff?.asked);

/** What there is to say to a handover, with its buttons for whoever has the lead; nothing where nobody has. */
nurture.handoff_card = (panel_of_lead) => {
	const { panel } = panel_of_lead;
	const { handoff } = panel;
	if (!handoff?.sequence) return $();
	const waits = nurture.waits_for_answer(panel);
	const $card = $(`
		<section class="np-card ${waits ? "np-next" : ""} np-handoff" aria-label="${__("Handoff")}">
			<div class="np-head"><h6>${__("Handoff")}</h6><span class="np-buttons"></span></div>
			<div></div>
		</section>`);
	$card.children("div").last().text(waits ? handoff.asked : sentence(handoff));
	if (!handoff.is_mine) return $card;
	const add = (label, style, action) =>
		$(`<button type="button" class="btn btn-xs ${style}">${label}</button>`)
			.on("click", action)
			.appendTo($card.find(".np-buttons"));
	if (waits) add(__("Take It"), "btn-primary", () => take(panel_of_lead));
	add(__("Give Back…"), "btn-default", () => give_back(panel_of_lead));
	return $card;
};

function sentence({ sequence, who, handed_on, accepted_on, is_mine }) {
	const handed = nurture.day(handed_on);
	if (is_mine) return __("{0} handed it to you on {1}, and you took it.", [sequence, handed]);
	return accepted_on
		? __("{0} handed it to {1} on {2}, who took it on {3}.", [
				sequence,
				who,
				handed,
				nurture.day(accepted_on),
		  ])
		: __("{0} handed it to {1} on {2}, who has not said anything yet.", [sequence, who, handed]);
}

function take(panel_of_lead) {
	return nurture
		.call("handoff_actions.accept", { lead: panel_of_lead.lead }, { freeze: __("One moment…") })
		.then(() => panel_of_lead.refresh());
}

function give_back(panel_of_lead) {
	const back = nurture.remember_focus();
	const { handoff } = panel_of_lead.panel;
	nurture.quiet_call("enrollment_actions.sequences_for", { lead: panel_of_lead.lead }).then((sequences) => {
		const open = (sequences || []).filter((one) => !one.refusal).map((one) => one.name);
		const dialog = new frappe.ui.Dialog({
			title: __("Give the Lead Back"),
			fields: [
				{
					fieldname: "reason",
					fieldtype: "Select",
					label: __("Reason"),
					options: [{ value: "", label: "" }, ...handoff.reasons],
					reqd: 1,
				},
				{
					fieldname: "note",
					fieldtype: "Small Text",
					label: __("Note"),
					description: __("For whoever goes on with the lead. It stands on its timeline."),
				},
				{
					fieldname: "sequence",
					fieldtype: "Select",
					label: __("Nurture It On in"),
					options: [{ value: "", label: "" }, ...open],
					description: __("Left empty, the lead waits for somebody else."),
					hidden: !open.length,
				},
				{
					fieldname: "own_no_more",
					fieldtype: "Check",
					label: __("Take me off as lead owner"),
					default: 1,
					hidden: !handoff.is_owner,
				},
			],
			primary_action_label: __("Give Back"),
			primary_action: (values) => {
				const own_no_more = handoff.is_owner ? cint(values.own_no_more) : 0;
				nurture
					.call(
						"handoff_actions.give_back",
						{ ...values, lead: panel_of_lead.lead, own_no_more },
						{ freeze: __("One moment…") }
					)
					.then((answer) => {
						if (!answer) return;
						dialog.hide();
						told(values.sequence, answer);
						return own_no_more
							? panel_of_lead.frm.reload_doc()
							: panel_of_lead.refresh();
					});
			},
		});
		nurture.opened_here(dialog, back).show();
	});
}

function told(sequence, { enrolled, sentence: why }) {
	if (sequence && !enrolled) {
		frappe.msgprint({
			title: __("Given Back, but Not Enrolled"),
			message: nurture.esc(why),
			indicator: "orange",
		});
		return;
	}
	frappe.show_alert({
		message: enrolled ? __("Given back and enrolled.") : __("Given back."),
		indicator: "green",
	});
}
