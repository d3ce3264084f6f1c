frappe.ui.form.on("Nurture Touch", {
	refresh(frm) {
		frm.disable_form();
		if (!frm.doc.reason) return;
		frappe.require(["nurture.bundle.js", "nurture.bundle.css"]).then(() => {
			const detail = frm.doc.reason_detail ? ` ${frm.doc.reason_detail}` : "";
			frm.set_intro("");
			frm.set_intro(
				nurture.esc(nurture.reason(frm.doc.reason) + detail),
				["Held", "Failed", "Bounced"].includes(frm.doc.status) ? "red" : "blue"
			);
		});
	},
});
