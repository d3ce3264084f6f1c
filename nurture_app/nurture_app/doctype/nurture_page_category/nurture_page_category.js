frappe.ui.form.on("Nurture Page Category", {
	refresh(frm) {
		frappe.require(["nurture.bundle.js"]).then(() => nurture.offer_topics(frm, "topic"));
	},
});
