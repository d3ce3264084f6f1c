frappe.ui.form.on("Nurture Cost", {
	setup(frm) {
		if (frm.is_new() && !frm.doc.company) {
			frm.set_value("company", frappe.defaults.get_user_default("Company"));
		}
	},

	refresh: offer_names,

	kind(frm) {
		frm.set_value("spent_on", "");
		return offer_names(frm);
	},
});

/** The names that the report Attribution knows. */
async function offer_names(frm) {
	const names = await frappe.xcall("nurture_app.site.api.costs.names", { kind: frm.doc.kind });
	frm.set_df_property("spent_on", "options", names);
}
