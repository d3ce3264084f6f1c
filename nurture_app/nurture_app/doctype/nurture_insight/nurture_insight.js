frappe.ui.form.on("Nurture Insight", {
	before_load: () => frappe.require(["nurture.bundle.js", "nurture.bundle.css"]),

	refresh: (frm) => nurture.offer_topics(frm, "topic"),
});
