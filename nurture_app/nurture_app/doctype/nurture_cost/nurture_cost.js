frappe.ui.form.on("Nurture Cost", {
	refresh: offer_names,

	kind(frm) {
		frm.set_value("spent_on", "");
		return offer_names(frm);
	},
});

/** The names that the report Attribution knows; others may be typed. */
async function offer_names(frm) {
	if (!frappe.model.can_create("Nurture Cost")) return;
	const { kind } = frm.doc;
	const names = await frappe.xcall("nurture_app.site.api.costs.names", { kind });
	if (kind === frm.doc.kind) frm.get_field("spent_on").set_data?.(names);
}
