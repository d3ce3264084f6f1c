frappe.ui.form.on("Nurture Content", {
	refresh(frm) {
		frappe.require(["nurture.bundle.js", "nurture.bundle.css"]).then(() => {
			frm.trigger("make_placeholder_menu");
			frm.trigger("show_preview");
		});
		frm.add_custom_button(__("Preview"), () => frm.trigger("open_preview"));
	},

	subject: (frm) => frm.trigger("show_preview"),
	preheader: (frm) => frm.trigger("show_preview"),
	body: (frm) => frm.trigger("show_preview"),
	body_text: (frm) => frm.trigger("show_preview"),
	preview_lead: (frm) => frm.trigger("show_preview"),

	/** The mail beside its text, a moment after the last change. */
	show_preview(frm) {
		const field = frm.get_field("preview_html");
		if (!field) return;
		clearTimeout(frm.nurture_preview_timer);
		frm.nurture_preview_timer = setTimeout(() => {
			if (!frm.doc.subject && !frm.doc.body) {
				field.$wrapper.html(
					`<div class="text-muted">${__("Write a subject and a text to see the mail here.")}</div>`
				);
				return;
			}
			const asked = (frm.nurture_preview_asked = JSON.stringify([
				frm.doc.subject,
				frm.doc.preheader,
				frm.doc.body,
			]));
			nurture
				.quiet_call("content_actions.preview", { doc: JSON.stringify(frm.doc), lead: "" })
				.then((mail) => {
					if (asked === frm.nurture_preview_asked) nurture.show_mail(field.$wrapper, mail);
				});
		}, 700);
	},

	open_preview(frm) {
		nurture.preview_dialog({
			title: __("Preview of {0}", [frappe.utils.escape_html(frm.doc.title || "")]),
			load: (lead) => nurture.call("content_actions.preview", { doc: JSON.stringify(frm.doc), lead }),
			send_test: frm.is_new()
				? null
				: (lead) => {
						if (frm.is_dirty()) {
							frappe.msgprint(__("Save first: the test mail is made from the saved text."));
							return Promise.resolve();
						}
						return nurture.call(
							"content_actions.send_test",
							{ content: frm.doc.name, lead },
							{ freeze: __("Sending…") }
						);
				  },
		});
	},

	make_placeholder_menu(frm) {
		if (!frm.has_perm("write")) return;
		nurture.quiet_call("content_actions.placeholders", {}).then((placeholders) => {
			for (const { label, text } of placeholders || []) {
				frm.add_custom_button(label, () => insert_placeholder(frm, text), __("Insert Placeholder"));
			}
		});
		watch_focus(frm);
	},
});

/** Remembers which field was written in last, because clicking the menu takes the focus away. */
function watch_focus(frm) {
	if (frm.nurture_watches_focus) return;
	frm.nurture_watches_focus = true;
	for (const fieldname of ["subject", "preheader", "body"]) {
		frm.get_field(fieldname).$wrapper.on("focusin", () => (frm.nurture_last_field = fieldname));
	}
}

function insert_placeholder(frm, text) {
	const fieldname = frm.nurture_last_field || "body";
	const field = frm.get_field(fieldname);
	if (fieldname === "body" && field.quill) {
		const selection = field.quill.getSelection(true) || { index: field.quill.getLength() - 1 };
		field.quill.insertText(selection.index, text, "user");
		field.quill.setSelection(selection.index + text.length, 0);
		return;
	}
	const input = field.$input[0];
	const at = input.selectionStart ?? input.value.length;
	const value = input.value.slice(0, at) + text + input.value.slice(input.selectionEnd ?? at);
	frm.set_value(fieldname, value).then(() => {
		input.focus();
		input.setSelectionRange(at + text.length, at + text.length);
	});
}
