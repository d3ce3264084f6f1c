// The line for a website, and the conversation to try out.
frappe.ui.form.on("Nurture Playbook", {
	refresh(frm) {
		const esc = frappe.utils.escape_html;
		const line = `<script src="${window.location.origin}/n/widget/${frm.doc.playbook_key || ""}.js" async></script>`;
		frm.fields_dict.snippet.$wrapper.html(
			`<pre class="small">${esc(frm.doc.playbook_key ? line : __("Save the playbook first."))}</pre>`
		);
		if (!frm.is_new()) frm.add_custom_button(__("Preview"), () => preview(frm));
	},
});

/** In a frame of its own that may run the widget and nothing else: not this page, not the session. */
function preview(frm) {
	if (frm.is_dirty()) {
		frappe.show_alert({ message: __("Save first: the preview shows what is saved."), indicator: "orange" });
		return;
	}
	frappe
		.call("nurture_app.site.api.playbook_actions.preview", { playbook: frm.doc.name })
		.then(({ message }) => {
			const dialog = new frappe.ui.Dialog({ title: __("Preview"), fields: [{ fieldtype: "HTML", fieldname: "frame" }] });
			const frame = document.createElement("iframe");
			frame.setAttribute("sandbox", "allow-scripts");
			frame.setAttribute("title", __("Preview"));
			frame.style.cssText = "width:100%;height:600px;border:0";
			frame.srcdoc = `<!doctype html><meta name="viewport" content="width=device-width"><body><script>${message}</script></body>`;
			dialog.get_field("frame").$wrapper.empty().append(frame);
			dialog.show();
		});
}
