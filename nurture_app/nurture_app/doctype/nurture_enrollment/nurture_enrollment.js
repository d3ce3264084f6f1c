frappe.ui.form.on("Nurture Enrollment", {
	before_load: () => frappe.require(["nurture.bundle.js", "nurture.bundle.css"]),

	refresh(frm) {
		frm.disable_form();
		show_state(frm);
		add_actions(frm);
	},
});

function show_state(frm) {
	const { doc } = frm;
	const reason = nurture.reason(doc.reason);
	const colours = { Active: "green", Paused: "orange", Held: "red", Completed: "blue", Exited: "grey" };
	let text = "";
	if (doc.status === "Active") {
		text = doc.step
			? __("Next: {0}, due {1}.", [nurture.esc(doc.step), nurture.esc(nurture.when(doc.due_on))])
			: __("On the way.");
		if (reason) text += ` ${nurture.esc(reason)}`;
	} else {
		text = nurture.esc(reason || __(doc.status));
	}
	if (doc.reason_detail) text += ` <span class="text-muted">${nurture.esc(doc.reason_detail)}</span>`;
	frm.set_intro("");
	frm.set_intro(text, colours[doc.status] || "blue");
}

function add_actions(frm) {
	frm.add_custom_button(__("Touches"), () =>
		frappe.set_route("List", "Nurture Touch", { enrollment: frm.doc.name })
	);
	const live = ["Active", "Paused", "Held"].includes(frm.doc.status);
	if (!live || !frappe.boot.nurture?.may_enroll) return;
	const waits_for_release = nurture.waits_for_release(frm.doc);
	if (waits_for_release) nurture.add_approval_buttons(frm);
	const act = (action) =>
		nurture
			.call(
				`enrollment_actions.${action}`,
				{ enrollments: JSON.stringify([frm.doc.name]) },
				{ freeze: __("One moment…") }
			)
			.then((answer) => {
				nurture.show_left(answer);
				return frm.reload_doc();
			});
	if (frm.doc.status === "Active") frm.add_custom_button(__("Pause", null, "Nurture"), () => act("pause"));
	else if (!waits_for_release)
		frm.add_custom_button(__("Resume", null, "Nurture"), () => act("resume"));
	frm.add_custom_button(__("Stop", null, "Nurture"), () =>
		frappe.confirm(
			__("Stop this sequence for {0}? It cannot be resumed.", [
				frappe.utils.escape_html(frm.doc.party_name || frm.doc.party),
			]),
			() => act("stop")
		)
	);
}
