frappe.ui.form.on("Nurture Bounce", {
	refresh(frm) {
		frm.disable_save();
		const words = {
			"To Repair": __(
				"This address gets nothing more. Correct it on the lead; or, if you know that it works again, send to it again."
			),
			"No Proof": __(
				"This came as an ordinary mail that names no message of ours, so nothing was done: anybody can write such a mail."
			),
		};
		frm.set_intro(words[frm.doc.state] || "", frm.doc.state === "To Repair" ? "red" : "yellow");
		if (frm.doc.party) {
			frm.add_custom_button(__("Open Lead"), () => frappe.set_route("Form", "Lead", frm.doc.party));
		}
		if (frm.doc.state === "To Repair" && frappe.user.has_role(["Nurture Manager", "System Manager"])) {
			frm.add_custom_button(__("Send to This Address Again"), () => ask_for_reason(frm)).addClass(
				"btn-primary"
			);
		}
	},
});

function ask_for_reason(frm) {
	frappe.prompt(
		{
			fieldname: "reason",
			fieldtype: "Small Text",
			label: __("How do you know that it works again?"),
			reqd: 1,
		},
		({ reason }) =>
			frappe
				.xcall("nurture_app.site.api.bounce_actions.lift", { bounce: frm.doc.name, reason })
				.then(({ message }) => {
					frappe.show_alert({ message, indicator: "green" });
					frm.reload_doc();
				}),
		__("Send to This Address Again"),
		__("Send Again")
	);
}
