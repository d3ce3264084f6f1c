// The goal and the figures of a sequence, on its form.

frappe.provide("nurture");

/** How far it is on the way to its goal; `goal` as `sequence_actions.overview` gives it. */
nurture.show_goal = ($parent, goal) => {
	if (!goal?.sentence) return;
	const reached = Math.min(goal.percent || 0, 100);
	const wanted = Math.min(goal.target || 0, 100);
	const whole = Math.max(reached, wanted, 1);
	$(`<div class="progress nurture-goal" role="img"></div>`)
		.attr("aria-label", goal.sentence)
		.append(
			$('<div class="progress-bar"></div>')
				.addClass(reached >= wanted ? "progress-bar-success" : "bg-warning")
				.css("width", `${(100 * reached) / whole}%`)
		)
		.appendTo($parent);
	$('<p class="text-muted"></p>').text(goal.sentence).appendTo($parent);
};

/** Figures that fit the goal, where people stop, and tests to propose. */
nurture.show_figures = ($parent, sequence, figures) => {
	if (!figures) return;
	const kpis = (figures.kpis || []).filter((one) => one.base);
	if (kpis.length) {
		const $list = $('<ul class="nurture-kpis text-muted"></ul>');
		for (const one of kpis) {
			const text = one.benchmark
				? __("{0}: {1} % ({2} of {3}); benchmark {4} %", [
						one.label,
						one.percent,
						one.count,
						one.base,
						one.benchmark,
				  ])
				: __("{0}: {1} % ({2} of {3})", [one.label, one.percent, one.count, one.base]);
			$("<li></li>").text(text).toggleClass("text-danger", one.is_worse).appendTo($list);
		}
		$parent.append(`<div class="nurture-subhead">${__("Figures for This Goal")}</div>`, $list);
	} else if ((figures.suggested || []).length) {
		$('<p class="text-muted"></p>')
			.text(__("Figures that will tell for this goal: {0}.", [figures.suggested.join(", ")]))
			.appendTo($parent);
	}
	for (const text of [...(figures.drop_offs || []), figures.fatigue].filter(Boolean)) {
		$('<div class="nurture-note"></div>').text(text).appendTo($parent);
	}
	if (figures.counted) $('<p class="text-muted"></p>').text(figures.counted).appendTo($parent);
	for (const one of figures.proposals || []) {
		const $note = $('<div class="nurture-note"></div>').text(`${one.text} `).appendTo($parent);
		if (!one.step || !frappe.model.can_create("Nurture Experiment")) continue;
		$('<a href="#"></a>')
			.text(__("Try It"))
			.on("click", (event) => {
				event.preventDefault();
				const { title, step, variable, metric, hypothesis } = one;
				frappe.new_doc("Nurture Experiment", { sequence, title, step, variable, metric, hypothesis });
			})
			.appendTo($note);
	}
};

/** Asks for what the goal lacks, with a proposal; writes it into the form and goes on. */
nurture.ask_goal = (frm, goal, go_on) => {
	const { proposed } = goal;
	const dialog = new frappe.ui.Dialog({
		title: __("What Should It Achieve?"),
		fields: [
			{
				fieldname: "intro",
				fieldtype: "HTML",
				options: `<p class="text-muted">${__(
					"A sequence runs with one goal: what counts as success, how many should get there, and by when."
				)}</p>`,
			},
			{
				fieldname: "goal_activity",
				fieldtype: "Link",
				options: "Nurture Activity Type",
				label: __("Goal"),
				default: proposed.goal_activity,
				reqd: 1,
			},
			{
				fieldname: "goal_target",
				fieldtype: "Percent",
				label: __("Target (% of those who enter)"),
				default: proposed.goal_target,
				reqd: 1,
			},
			{
				fieldname: "goal_date",
				fieldtype: "Date",
				label: __("Date of the Goal"),
				default: proposed.goal_date,
				description: __("Proposed: time for the first to be through and for others to follow."),
				reqd: 1,
			},
		],
		primary_action_label: __("Continue"),
		primary_action: (values) => {
			if (!(values.goal_target > 0)) {
				// 0 counts as filled in, and the dialog would only come back
				dialog.get_field("goal_target").$input.focus();
				frappe.show_alert({
					message: __("Enter a target above 0: how many of 100 who enter should get there."),
					indicator: "orange",
				});
				return;
			}
			dialog.hide();
			return frm.set_value(values).then(() => frm.save()).then(() => go_on());
		},
	});
	dialog.show();
	return dialog;
};
