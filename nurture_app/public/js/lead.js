// The Nurture panel on the Lead form. ERPNext's own form script is untouched: only handlers are added.
frappe.ui.form.on("Lead", {
	refresh(frm) {
		if (frm.is_new()) {
			frm.layout.wrapper.children(".nurture-top").empty();
			return;
		}
		show_quarantine(frm);
		nurture.load_quietly().then((is_here) => {
			if (!is_here) return;
			nurture.add_privacy_actions(frm);
			const field = frm.fields_dict.nurture_panel;
			if (!field) return; // the site was not migrated yet
			const panel = new nurture.LeadPanel({
				frm,
				parent: field.$wrapper,
				summary: nurture.form_top(frm, "lead"),
			});
			return panel.refresh();
		});
	},
});

/** Says why nothing happens to an imported lead, and lets a manager end that. */
function show_quarantine(frm) {
	if (!frm.doc.nurture_quarantined) return;
	frm.dashboard.add_comment(
		__("In quarantine: imported and not checked yet. It is not scored and no sequence takes it."),
		"orange",
		true
	);
	if (!frappe.user.has_role(["Nurture Manager", "System Manager"])) return;
	frm.add_custom_button(__("Release from Quarantine"), () => {
		const api = "nurture_app.site.api.quarantine_actions.";
		const args = { leads: JSON.stringify([frm.doc.name]) };
		frappe.call({ method: `${api}preview`, args }).then(({ message }) => {
			const wrong = message && message[0] ? message[0].problems : [];
			const lines = wrong.map((one) => `<li>${frappe.utils.escape_html(one)}</li>`).join("");
			frappe.confirm(`${frappe.utils.escape_html(__("Release this lead?"))}<ul>${lines}</ul>`, () =>
				frappe.call({ method: `${api}release`, args }).then(() => frm.reload_doc())
			);
		});
	});
}
