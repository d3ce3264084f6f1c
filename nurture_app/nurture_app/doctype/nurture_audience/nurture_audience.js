frappe.ui.form.on("Nurture Audience", {
	refresh(frm) {
		if (frm.is_new() || !frappe.user.has_role(["Nurture Manager", "System Manager"])) return;
		frm.add_custom_button(__("Download Hashed CSV"), () =>
			open_url_post("/api/method/nurture_app.site.api.audience_actions.download", { audience: frm.doc.name })
		);
	},
});
