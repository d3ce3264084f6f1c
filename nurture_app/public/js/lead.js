// The Nurture panel on the Lead form. ERPNext's own form script is untouched: only handlers are added.
frappe.ui.form.on("Lead", {
	refresh(frm) {
		if (frm.is_new()) {
			frm.layout.wrapper.children(".nurture-top").empty();
			return;
		}
		frappe.require(["nurture.bundle.js", "nurture.bundle.css"]).then(() => {
			const field = frm.fields_dict.nurture_panel_html;
			const parent = field ? field.$wrapper : frm.dashboard.add_section("", __("Nurture"), "custom nurture-section");
			const panel = new nurture.LeadPanel({ frm, parent, summary: nurture.form_top(frm, "lead") });
			return panel.refresh();
		});
	},
});
