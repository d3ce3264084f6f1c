// Marking a post as posted, and what is needed for posting it by hand.
frappe.ui.form.on("Nurture Social Post", {
	refresh(frm) {
		if (frm.is_new()) return;
		if (["Draft", "Planned"].includes(frm.doc.status)) {
			frm.add_custom_button(__("Mark as Posted"), () => mark_posted(frm)).addClass("btn-primary");
			frm.add_custom_button(__("Copy Text and Link"), () =>
				frappe.utils.copy_to_clipboard([frm.doc.text, frm.doc.tagged_url].filter(Boolean).join("\n"))
			);
		}
		if (/^https?:/.test(frm.doc.post_url || "")) frm.add_web_link(frm.doc.post_url, __("See the Post"));
	},
});

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
