frappe.ui.form.on("Nurture Touch Tier", {
	refresh(frm) {
		if (frm.is_new() || !frappe.model.can_read("Lead")) return;
		frm.add_custom_button(__("Leads"), () =>
			frappe.set_route("List", "Lead", { nurture_tier: frm.doc.name })
		);
	},
});
