frappe.ui.form.on("Nurture Outgoing", {
	refresh(frm) {
		const { channel, status } = frm.doc;
		if (status === "Unknown")
			frm.set_intro(
				__("It may or may not have arrived. Ask the other side before you send it again."),
				"orange"
			);
		if (!["Webhook", "Audience"].includes(channel) || ["Queued", "Sending"].includes(status)) return;
		if (!frappe.user.has_role(["Nurture Manager", "System Manager"])) return;
		frm.add_custom_button(__("Replay"), () =>
			frappe.confirm(__("Send this call once more, with the same id?"), () =>
				frappe
					.call("nurture_app.site.api.outgoing_actions.replay", { name: frm.doc.name })
					.then(({ message }) => frappe.set_route("Form", "Nurture Outgoing", message))
			)
		);
	},
});
