// What managers do with a person's data on the Lead form.

const MANAGERS = ["Nurture Manager", "System Manager"];

nurture.add_privacy_actions = (frm) => {
	if (!MANAGERS.some((role) => frappe.user.has_role(role))) return;
	frm.add_custom_button(__("Export Personal Data"), () => export_data(frm), __("Privacy"));
	if (frappe.model.can_delete("Lead"))
		frm.add_custom_button(__("Erase Person"), () => ask_to_erase(frm), __("Privacy"));
};

function export_data(frm) {
	open_url_post("/api/method/nurture_app.site.api.privacy_actions.export_personal_data", {
		lead: frm.doc.name,
	});
}

async function ask_to_erase(frm) {
	const found = await nurture.call("privacy_actions.preview_erasure", { lead: frm.doc.name });
	if (!found) return;
	const dialog = new frappe.ui.Dialog({
		title: __("Erase {0}", [nurture.esc(frm.doc.lead_name || frm.doc.name)]),
		fields: [
			{ fieldtype: "HTML", fieldname: "preview", options: preview(found) },
			{ fieldtype: "Data", fieldname: "reason", label: __("Reason"), reqd: 1, default: __("Asked for by the person") },
			{
				fieldtype: "Data",
				fieldname: "confirmed",
				label: __("Type {0} to confirm", [nurture.esc(frm.doc.name)]),
				reqd: 1,
			},
		],
		primary_action_label: __("Erase for Good"),
		async primary_action(values) {
			const done = await nurture.call(
				"privacy_actions.erase_personal_data",
				{ lead: frm.doc.name, ...values },
				{ freeze: __("Erasing...") }
			);
			if (!done) return;
			dialog.hide();
			frappe.show_alert({ message: __("The person is erased: {0} records.", [done.total]), indicator: "green" });
			frappe.set_route("Form", "Nurture Erasure", done.erasure);
		},
	});
	dialog.get_primary_btn().removeClass("btn-primary").addClass("btn-danger");
	dialog.show();
}

function preview(found) {
	const counted = (rows) =>
		rows.map((row) => `<li>${nurture.esc(row.doctype)}: ${Number(row.rows)}</li>`).join("");
	const kept = found.kept
		.map((one) => `<li>${nurture.esc(one.doctype)} ${nurture.esc(one.name)}: ${nurture.esc(one.why)}</li>`)
		.join("");
	const part = (title, items) => (items ? `<h6>${title}</h6><ul>${items}</ul>` : "");
	return `<p>${__(
		"This cannot be undone. Nothing stays but a hash of the address, so that it is never written to again."
	)}</p>${part(__("Deleted"), counted(found.deleted))}${part(__("Kept without the person"), counted(found.blanked))}${part(
		__("Kept, because it must be"),
		kept
	)}`;
}
