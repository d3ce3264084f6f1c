// The Nurture panel on the Lead form. ERPNext's own form script is untouched: only handlers are added.
frappe.ui.form.on("Lead", {
	refresh(frm) {
		if (frm.is_new()) {
			frm.layout.wrapper.children(".nurture-top").empty();
			return;
		}
		frappe.require(["nurture.bundle.js", "nurture.bundle.css"]).then(() => {
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
