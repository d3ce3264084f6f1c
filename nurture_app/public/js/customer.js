// ERPNext's own form script is untouched: only a handler is added.
frappe.ui.form.on("Customer", {
	refresh(frm) {
		nurture.show_origin(frm, frm.doc.lead_name || frm.doc.opportunity_name);
	},
});
