// Release or refuse what waits for a colleague's word, with the next message in view.

/** Whether an enrollment stands until a colleague has decided. */
nurture.waits_for_release = ({ status, reason }) =>
	status === "Held" && ["waits_for_approval", "nobody_decided"].includes(reason);

const decide = (action, enrollment, done) =>
	nurture
		.call(`approval_actions.${action}`, { enrollment }, { freeze: __("One moment…") })
		.then((answer) => {
			if (answer?.message)
				frappe.show_alert({ message: nurture.esc(answer.message), indicator: "green" });
			done && done();
		});

function next_html(answer) {
	if (!answer.next) return `<p>${__("Nothing follows: released, the sequence ends.")}</p>`;
	const head = `<p>${__("If you release it, this comes next: {0}", [
		`<b>${nurture.esc(answer.next)}</b> (${nurture.esc(__(answer.next_type))})`,
	])}</p>`;
	if (!answer.preview) return head;
	if (answer.preview.error)
		return `${head}<p class="text-danger">${nurture.esc(answer.preview.error)}</p>`;
	const { note, text } = answer.preview;
	const about = note ? `<p class="text-muted">${nurture.esc(note)}</p>` : "";
	if (!answer.preview.html) return `${head}${about}<pre>${nurture.esc(text || "")}</pre>`;
	return `${head}${about}<p class="text-muted">${__("Subject")}: ${nurture.esc(answer.preview.subject)}</p>
		<iframe sandbox="" class="nurture-approval-mail" title="${__("The mail")}"
			style="width:100%;height:50vh;border:1px solid var(--border-color)"></iframe>`;
}

/** Shows what would go out; `done` is called after a decision. */
nurture.decide_approval = (enrollment, done) =>
	nurture.call("approval_actions.show", { enrollment }).then((answer) => {
		if (!answer) return;
		const dialog = new frappe.ui.Dialog({
			title: __("Release {0}?", [nurture.esc(answer.step)]),
			size: "large",
			fields: [{ fieldtype: "HTML", fieldname: "next" }],
			primary_action_label: __("Release", null, "Nurture"),
			primary_action: () => {
				dialog.hide();
				decide("release", enrollment, done);
			},
			secondary_action_label: __("Refuse", null, "Nurture"),
			secondary_action: () => {
				dialog.hide();
				decide("refuse", enrollment, done);
			},
		});
		dialog.fields_dict.next.$wrapper.html(next_html(answer));
		const frame = dialog.fields_dict.next.$wrapper.find("iframe")[0];
		if (frame) frame.srcdoc = answer.preview.html;
		dialog.show();
	});

nurture.add_approval_buttons = (frm) => {
	const look = () => nurture.decide_approval(frm.doc.name, () => frm.reload_doc());
	frm.add_custom_button(__("Release", null, "Nurture"), look).addClass("btn-primary");
	frm.add_custom_button(__("Refuse", null, "Nurture"), look);
};
