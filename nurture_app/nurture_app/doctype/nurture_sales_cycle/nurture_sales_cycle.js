const CYCLE_PLAN = ["planned_emails", "planned_days", "escalation_day", "handoff_day", "cold_wait_days"];

frappe.ui.form.on("Nurture Sales Cycle", {
	refresh(frm) {
		const { sentence, proposed } = frm.doc.__onload || {};
		$(frm.get_field("figure_html").wrapper)
			.empty()
			.append(
				$("<p>").text(sentence || __("Save to see what won deals and interviews say."))
			);
		show_cycle_plan(frm, frm.is_new() ? null : proposed);
	},

	deal_type(frm) {
		if (!frm.doc.title && frm.doc.deal_type) frm.set_value("title", frm.doc.deal_type);
	},
});

for (const fieldname of CYCLE_PLAN)
	frappe.ui.form.on("Nurture Sales Cycle", fieldname, (frm) =>
		show_cycle_plan(frm, frm.doc.__onload?.proposed)
	);

/** One line for each value: what is proposed, and a button that takes it over. */
function show_cycle_plan(frm, proposed) {
	const $plan = $(frm.get_field("plan_html").wrapper).empty();
	if (!proposed) return;
	for (const fieldname of CYCLE_PLAN) {
		const label = __(frappe.meta.get_label("Nurture Sales Cycle", fieldname));
		const value = cint(frm.doc[fieldname]);
		const text = value
			? __("{0}: {1} confirmed, {2} proposed", [label, value, proposed[fieldname]])
			: __("{0}: {1} proposed", [label, proposed[fieldname]]);
		const $line = $('<div class="mb-2">').text(`${text} `).appendTo($plan);
		if (value === proposed[fieldname] || !frm.has_perm("write")) continue;
		$('<button type="button" class="btn btn-xs btn-default">')
			.text(__("Confirm"))
			.attr("aria-label", __("Confirm: {0}", [label]))
			.on("click", () => frm.set_value(fieldname, proposed[fieldname]))
			.appendTo($line);
	}
}
