frappe.ui.form.on("Nurture Persona", {
	before_load: () => frappe.require(["nurture.bundle.js", "nurture.bundle.css"]),

	setup(frm) {
		frm.set_query("reference_doctype", "evidence", () => ({
			filters: { name: ["in", ["Customer", "Opportunity", "Quotation", "Sales Order", "Lead", "Event"]] },
		}));
	},

	refresh(frm) {
		nurture.bind_condition(frm);
		frm.set_intro("");
		if (!(frm.doc.evidence || []).length) {
			frm.page.set_indicator(__("Assumption, not data"), "orange");
			frm.set_intro(
				__(
					"Assumption, not data. Add customers, won deals or conversations under Evidence that show it is true."
				),
				"orange"
			);
		}
		if (frm.is_new() || !frappe.model.can_read("Lead")) return;
		frm.add_custom_button(__("Leads"), () =>
			frappe.set_route("List", "Lead", { nurture_persona: frm.doc.name })
		);
	},
});
