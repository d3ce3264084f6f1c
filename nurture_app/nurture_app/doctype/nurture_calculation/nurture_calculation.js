frappe.ui.form.on("Nurture Calculation", {
	before_load: () => frappe.require(["nurture.bundle.js", "nurture.bundle.css"]),

	setup(frm) {
		frappe.model.with_doctype("Lead", () => {
			const fields = frappe.meta
				.get_docfields("Lead")
				.filter((df) => ["Int", "Float", "Currency", "Percent", "Select", "Data", "Link"].includes(df.fieldtype))
				.map((df) => ({ value: df.fieldname, label: __(df.label), description: df.fieldname }));
			frm.fields_dict.inputs.grid.update_docfield_property("field_name", "options", fields);
		});
	},

	refresh(frm) {
		if (!frm.is_new() && frm.doc.short_name) {
			const name = frappe.utils.escape_html(frm.doc.short_name);
			frm.set_intro(__("In a mail it is written {0}", [`<code>{{ calc.${name} }}</code>`]));
		}
		make_trial(frm);
	},
});

/** A lead to try it with, and what the mail would say. */
function make_trial(frm) {
	const $wrapper = $(frm.fields_dict.try_html.wrapper).empty();
	const $lead = $('<div style="max-width: 360px"></div>').appendTo($wrapper);
	const $said = $('<div aria-live="polite"></div>').appendTo($wrapper);
	const control = frappe.ui.form.make_control({
		parent: $lead,
		df: {
			fieldtype: "Link",
			options: "Lead",
			label: __("Lead"),
			fieldname: "try_lead",
			change: () => show(frm, control.get_value(), $said),
		},
		render_input: true,
	});
}

function show(frm, lead, $said) {
	$said.empty();
	if (!lead) return;
	nurture.quiet_call("content_actions.try_calculation", { doc: JSON.stringify(frm.doc), lead }).then((answer) => {
		if (!answer) return;
		$("<p>").text(answer.text).appendTo($said);
		const values = Object.entries(answer.inputs).map(
			([name, value]) => `${name}: ${value === null ? __("missing or not believable") : value}`
		);
		$('<p class="text-muted">').text(values.join(" · ")).appendTo($said);
		if (!answer.is_figure)
			$('<p class="text-muted">').text(__("No figure: the text without one is sent.")).appendTo($said);
	});
}
