// Marking a post as posted, and what is needed for posting it by hand.
frappe.ui.form.on("Nurture Social Post", {
	refresh(frm) {
		if (frm.is_new()) return;
		if (["Draft", "Planned"].includes(frm.doc.status)) {
			if (frm.has_perm("write"))
				frm.add_custom_button(__("Mark as Posted"), () => mark_posted(frm)).addClass("btn-primary");
			frm.add_custom_button(__("Copy Text and Link"), () =>
				frappe.utils.copy_to_clipboard([frm.doc.text, frm.doc.tagged_url].filter(Boolean).join("\n"))
			);
		}
		show_handed(frm);
		if (/^https?:/.test(frm.doc.post_url || "")) frm.add_web_link(frm.doc.post_url, __("See the Post"));
	},
});

/** Whether the scheduling tool has it, and the way to tell it once more where it has not. */
function show_handed(frm) {
	if (frm.doc.status !== "Planned" || frm.doc.is_influencer) return;
	const handed = frm.doc.__onload?.handed;
	if (handed) {
		const failed = ["Failed", "Unknown", "Cancelled"].includes(handed.status);
		const done = ["Sent", "Delivered", "Read"].includes(handed.status);
		const text = done
			? __("The scheduling tool has taken this post.")
			: failed
				? __("The scheduling tool has not taken this post. {0}", [handed.reason])
				: __("Waits to be handed to the scheduling tool. {0}", [handed.reason]);
		frm.set_intro(frappe.utils.escape_html(text), done ? "green" : failed ? "red" : "blue");
	}
	if (!frm.has_perm("write")) return; // nor may they read the settings
	frappe.db.get_single_value("Nurture Settings", "social_webhook").then((tool) => {
		if (tool)
			frm.add_custom_button(__("Hand Over Again"), () =>
				frappe
					.xcall("nurture_app.site.api.social_posts.hand_over_again", { post: frm.doc.name })
					.then(() => frm.reload_doc())
			);
	});
}

function mark_posted(frm) {
	frappe.prompt(
		[
			{ fieldname: "post_url", fieldtype: "Data", label: __("Where It Stands"), length: 500 },
			{
				fieldname: "posted_on",
				fieldtype: "Datetime",
				label: __("Posted on"),
				default: frappe.datetime.now_datetime(),
				reqd: 1,
			},
		],
		(values) => {
			frm.set_value({ ...values, status: "Posted" }).then(() => frm.save());
		},
		__("Mark as Posted"),
		__("Mark")
	);
}
