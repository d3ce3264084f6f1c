// Tasks that a sequence gave: the prepared text and the way to the person are one click away.
frappe.ui.form.on("ToDo", {
	refresh(frm) {
		if (!frm.doc.nurture_touch || frm.is_new()) return;
		if (frm.doc.nurture_text) {
			frm.add_custom_button(__("Copy Text"), () =>
				frappe.utils.copy_to_clipboard(frm.doc.nurture_text)
			);
		}
		// Only what is plainly an address of the web: it was typed in by somebody.
		if (/^https?:\/\//i.test(frm.doc.nurture_profile || "")) {
			frm.add_custom_button(__("Open Profile"), () =>
				window.open(frm.doc.nurture_profile, "_blank", "noopener,noreferrer")
			);
		}
	},
});
