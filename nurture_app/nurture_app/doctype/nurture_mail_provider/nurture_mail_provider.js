frappe.ui.form.on("Nurture Mail Provider", {
	refresh(frm) {
		const $help = frm.get_field("help_html").$wrapper.empty();
		if (frm.is_new()) {
			$help.text(__("Save first; then the address to give to your provider appears here."));
			return;
		}
		const { url, steps, secret_is } = frm.doc.__onload || {};
		if (url) {
			const $row = $('<div class="input-group mb-3">').appendTo($help);
			$('<input class="form-control" readonly>').val(url).attr("aria-label", __("Address")).appendTo($row);
			$('<button class="btn btn-default btn-sm ml-2" type="button">')
				.text(__("Copy"))
				.on("click", () => frappe.utils.copy_to_clipboard(url))
				.appendTo($row);
		}
		const $list = $("<ol>").appendTo($help);
		for (const step of steps || []) $("<li>").text(step).appendTo($list);
		frm.get_field("secret").set_description(frappe.utils.escape_html(secret_is || ""));
		if (!frm.doc.enabled) frm.set_intro(__("Switched off: whatever arrives is refused."), "yellow");
	},
});
