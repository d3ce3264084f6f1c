const ACTIONS = "nurture_app.site.api.source_actions.";

frappe.ui.form.on("Nurture Event Source", {
	refresh(frm) {
		frm.get_field("usage").$wrapper.empty();
		if (frm.is_new()) return;
		show_usage(frm);
		if (frm.perm[0] && frm.perm[0].write) {
			frm.add_custom_button(__("New Key"), () => new_key(frm));
		}
		if (frm.doc.kind === "Webhook") {
			frm.add_custom_button(__("Try a Payload"), () => try_payload(frm));
		}
		if (frm.doc.kind !== "Browser" && frappe.model.can_read("Nurture Refused Event")) {
			frm.add_custom_button(__("Refused Events"), () =>
				frappe.set_route("List", "Nurture Refused Event", { source: frm.doc.name })
			);
		}
	},
});

/** What to paste where, with a button to copy it. */
function show_usage(frm) {
	frappe.call({ method: `${ACTIONS}get_usage`, args: { source: frm.doc.name } }).then(({ message }) => {
		if (!message) return;
		const $usage = $(`
			<div>
				<p>${frappe.utils.escape_html(message.about)}</p>
				<pre class="small" style="white-space: pre-wrap">${frappe.utils.escape_html(message.text)}</pre>
				<button type="button" class="btn btn-xs btn-default">${__("Copy")}</button>
			</div>`);
		$usage.find("button").on("click", () => frappe.utils.copy_to_clipboard(message.text));
		frm.get_field("usage").$wrapper.empty().append($usage);
	});
}

function new_key(frm) {
	frappe.confirm(__("Make a new key? Whatever uses the old one stops working at once."), () =>
		frappe
			.call({ method: `${ACTIONS}new_key`, args: { source: frm.doc.name }, type: "POST", freeze: true })
			.then(({ message }) => {
				if (!message) return;
				if (frm.doc.kind === "Server") {
					frappe.msgprint({
						title: __("New Key"),
						indicator: "green",
						message: `${__(
							"Copy it now: it is not shown again."
						)}<br><code style="word-break: break-all">${frappe.utils.escape_html(
							message.key
						)}</code>`,
					});
				}
				frm.reload_doc();
			})
	);
}

/** What the saved mapping makes of an example; nothing is recorded. */
function try_payload(frm) {
	const dialog = new frappe.ui.Dialog({
		title: __("Try a Payload"),
		fields: [
			{ fieldname: "payload", fieldtype: "Code", options: "JSON", label: __("Payload"), reqd: 1 },
			{ fieldname: "result", fieldtype: "HTML" },
		],
		primary_action_label: __("Try"),
		primary_action({ payload }) {
			frappe
				.call({
					method: `${ACTIONS}try_mapping`,
					args: { source: frm.doc.name, payload },
					type: "POST",
				})
				.then(({ message }) => {
					const html = (message || []).map(tried_html).join("<hr>");
					dialog.get_field("result").$wrapper.html(html);
				});
		},
	});
	if (frm.is_dirty()) dialog.set_title(__("Try a Payload (with the saved mapping)"));
	dialog.show();
}

function tried_html(tried) {
	const esc = (text) => frappe.utils.escape_html(String(text));
	if (tried.error) return `<div class="text-danger">${esc(tried.error)}</div>`;
	const rows = [...Object.entries(tried.values), ...Object.entries(tried.properties)]
		.map(([name, value]) => `<tr><td class="text-muted">${esc(__(name))}</td><td>${esc(value)}</td></tr>`)
		.join("");
	return `
		<div><b>${esc(__(tried.action))}</b> ${esc(__(tried.activity_type || ""))}</div>
		<table class="table table-sm">${rows}</table>`;
}
