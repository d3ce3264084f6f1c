// Topics: what assets, forms and pages are about, and what a lead is interested in.

/** Offer the topics there are so far in an Autocomplete field of a form or a dialog; anything else may be typed. */
nurture.offer_topics = (frm, fieldname) =>
	nurture.quiet_call("content_actions.topics", {}).then((topics) => {
		frm.get_field(fieldname)?.set_data?.(topics || []);
	});

/** Add to a block a variant for each topic: one thing to do next for whoever is interested in it. */
nurture.add_variants_by_topic = (frm) => {
	const dialog = new frappe.ui.Dialog({
		title: __("A Variant for Each Topic"),
		fields: [
			{
				fieldname: "interest",
				fieldtype: "Select",
				label: __("Whose Topic"),
				options: [
					{ value: "nurture_last_interest", label: __("what the lead read or asked about last") },
					{ value: "nurture_first_interest", label: __("what the lead was interested in first") },
				],
				default: "nurture_last_interest",
			},
			{
				fieldname: "formats",
				fieldtype: "MultiSelectPills",
				label: __("What to Do Next"),
				description: __("Of each topic the newest asset of one of these formats is taken."),
				get_data: (text) => frappe.db.get_link_options("Nurture Content Format", text),
			},
		],
		primary_action_label: __("Add"),
		primary_action: ({ formats, interest }) => {
			nurture
				.call("content_actions.variants_by_topic", { formats: JSON.stringify(formats || []), interest })
				.then((rows) => {
					dialog.hide();
					add_rows(frm, rows || []);
				});
		},
	});
	dialog.show();
	dialog.set_value("formats", ["Checklist", "Scorecard", "Teardown"]);
};

function add_rows(frm, rows) {
	const labels = (frm.doc.variants || []).map((row) => (row.label || "").toLowerCase());
	const fresh = rows.filter((row) => !labels.includes(row.label.toLowerCase()));
	for (const row of fresh) frm.add_child("variants", row);
	frm.refresh_field("variants");
	if (fresh.length) frm.dirty();
	frappe.show_alert(
		fresh.length
			? __("{0} variants were added. Read them, then save.", [fresh.length])
			: __("No asset of these formats names a topic that has no variant yet.")
	);
}
