frappe.ui.form.on("Nurture Content Block", {
	before_load: () => frappe.require(["nurture.bundle.js", "nurture.bundle.css"]),

	refresh(frm) {
		if (frm.has_perm("write")) {
			nurture.make_insert_menu(frm, ["default_text"], { blocks: false });
			frm.add_custom_button(__("A Variant for Each Topic"), () => nurture.add_variants_by_topic(frm));
		}
		if (frm.is_new() || !frm.doc.short_name) return;
		frm.set_intro(__("In a mail it is written {0}", [`<code>{{ block.${nurture_name(frm)} }}</code>`]));
	},
});

frappe.ui.form.on("Nurture Content Variant", {
	form_render: (frm, cdt, cdn) => nurture.bind_row_condition(frm, cdt, cdn),
});

const nurture_name = (frm) => frappe.utils.escape_html(frm.doc.short_name);
