frappe.ui.form.on("Nurture Refused Event", {
	refresh(frm) {
		if (frm.doc.status !== "Refused" || frm.doc.is_cut) return;
		frm.add_custom_button(__("Try Again"), () =>
			frappe
				.call({
					method: "nurture_app.site.api.source_actions.try_again",
					args: { names: [frm.doc.name] },
					type: "POST",
					freeze: true,
				})
				.then(() => frm.reload_doc())
		);
	},
});
