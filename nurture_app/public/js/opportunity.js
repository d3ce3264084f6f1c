// ERPNext's own form script is untouched: only a handler is added.
frappe.ui.form.on("Opportunity", {
	refresh(frm) {
		const { opportunity_from, party_name } = frm.doc;
		nurture.show_origin(frm, ["Lead", "Customer"].includes(opportunity_from) && party_name);
	},
});
