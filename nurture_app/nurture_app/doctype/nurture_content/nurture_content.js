frappe.ui.form.on("Nurture Content", {
	before_load: () => frappe.require(["nurture.bundle.js", "nurture.bundle.css"]),

	setup(frm) {
		frm.set_query("survey_form", () => ({ filters: { activity_type: "Survey Answered" } }));
	},

	refresh(frm) {
		frm.trigger("make_insert_menu");
		frm.trigger("show_preview");
		if (nurture.is_member()) frm.add_custom_button(__("Preview"), () => frm.trigger("open_preview"));
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

	make_insert_menu(frm) {
		if (!frm.has_perm("write")) return;
		nurture.make_insert_menu(frm, ["subject", "preheader", "body"]);
	},
});
