frappe.ui.form.on("Nurture Asset", {
	before_load: () => frappe.require(["nurture.bundle.js", "nurture.bundle.css"]),

	refresh(frm) {
		nurture.offer_topics(frm, "topic");
		if (frm.doc.link_status === "Broken") {
			frm.dashboard.set_headline_alert(
				frappe.utils.escape_html(__("The link is broken: {0}", [frm.doc.link_problem || ""])),
				"red"
			);
		}
		if (!frm.has_perm("write")) return;
		if (frm.doc.review_on && frm.doc.enabled && frm.doc.review_on <= frappe.datetime.get_today()) {
			frm.add_custom_button(__("Reviewed Today"), () => {
				frm.set_value("reviewed_on", frappe.datetime.get_today());
				frm.set_value("review_on", ""); // the server counts from today
				frm.save();
			});
		}
	},
});
