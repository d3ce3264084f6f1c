frappe.ui.form.on("Nurture Experiment", {
	before_load: () => frappe.require(["nurture.bundle.js", "nurture.bundle.css"]),

	setup(frm) {
		frm.set_query("sender_user", "variants", () => ({
			filters: { enabled: 1, user_type: "System User" },
		}));
		frm.fields_dict.variants.grid.update_docfield_property("at_time", "ignore_validation", 1);
	},

	onload(frm) {
		// Frappe adds an empty row to a mandatory table by itself
		if (frm.is_new() && !(frm.doc.variants || []).some((row) => row.label)) {
			frm.clear_table("variants");
			for (const label of ["A", "B"]) frm.add_child("variants", { label, weight: 1 });
			frm.refresh_field("variants");
		}
	},

	refresh(frm) {
		offer_steps(frm);
		show_variable(frm);
		show_planning(frm);
		frm.set_df_property("variants", "cannot_add_rows", !is_draft(frm));
		frm.set_df_property("variants", "cannot_delete_rows", !is_draft(frm));
		nurture.form_top(frm, "experiment").empty();
		if (!frm.is_new()) return load_overview(frm);
	},

	sequence: (frm) => offer_steps(frm),
	step: (frm) => fill_in_ways(frm),

	variable(frm) {
		offer_steps(frm);
		if (frm.doc.variable === "Send Time" && cint(frm.doc.min_days) < 28) frm.set_value("min_days", 28);
		show_variable(frm);
	},
});

const is_draft = (frm) => frm.is_new() || frm.doc.status === "Draft";

function offer_steps(frm) {
	if (!frm.doc.sequence) return frm.set_df_property("step", "options", []);
	return nurture
		.quiet_call("experiments.steps", { sequence: frm.doc.sequence, variable: frm.doc.variable })
		.then((steps) => {
			frm.nurture_steps = steps || [];
			frm.set_df_property(
				"step",
				"options",
				frm.nurture_steps.map((step) => step.label)
			);
			fill_in_ways(frm);
		});
}

/** Of a path, the variants are the ways of the step. */
function fill_in_ways(frm) {
	const step = (frm.nurture_steps || []).find((one) => one.label === frm.doc.step);
	if (frm.doc.variable !== "Path" || !step || !is_draft(frm)) return;
	const wanted = step.ways.map((way) => `${way.name} ${way.weight}`).join();
	if (wanted === (frm.doc.variants || []).map((row) => `${row.label} ${row.weight}`).join()) return;
	frm.clear_table("variants");
	for (const way of step.ways) frm.add_child("variants", { label: way.name, weight: way.weight });
	frm.refresh_field("variants");
}

/** The table shows the column of what is tried. */
function show_variable(frm) {
	const columns = {
		Subject: ["subject"],
		Content: ["content"],
		Sender: ["sender_from"],
		"Send Time": ["at_weekday", "at_time"],
	};
	const { grid } = frm.fields_dict.variants;
	for (const [variable, fieldnames] of Object.entries(columns))
		for (const fieldname of fieldnames) {
			grid.update_docfield_property(fieldname, "in_list_view", frm.doc.variable === variable ? 1 : 0);
			grid.update_docfield_property(fieldname, "columns", 6 / fieldnames.length);
		}
	grid.reset_grid?.();
}

function show_planning(frm) {
	const $parent = frm.get_field("planning_html").$wrapper.empty();
	if (!is_draft(frm) || !frm.has_perm("write")) return;
	$(`<button class="btn btn-xs btn-default">${__("How Many People Does It Take?")}</button>`)
		.on("click", () => ask_plan(frm))
		.appendTo($parent);
}

function ask_plan(frm) {
	frappe.prompt(
		[
			{
				fieldname: "base",
				fieldtype: "Percent",
				label: __("Of 100 people, so many do it now"),
				default: 5,
				reqd: 1,
			},
			{
				fieldname: "expected",
				fieldtype: "Percent",
				label: __("The smallest number that would be worth the change"),
				default: 8,
				reqd: 1,
			},
		],
		({ base, expected }) =>
			nurture
				.call("experiments.plan", {
					base,
					expected,
					variants: (frm.doc.variants || []).length,
					confidence: frm.doc.confidence,
				})
				.then((answer) => answer && frm.set_value("min_people", answer.people)),
		__("How Many People Does It Take?"),
		__("Use as Least People")
	);
}

function load_overview(frm) {
	const { name } = frm.doc;
	if (!nurture.is_member()) return Promise.resolve();
	return nurture.quiet_call("experiments.overview", { experiment: name }).then((overview) => {
		if (!overview || frm.doc.name !== name) return;
		show_result(frm, overview);
		show_advice(frm, overview);
		set_actions(frm, overview);
	});
}

function show_advice(frm, overview) {
	const $top = nurture.form_top(frm, "experiment").empty();
	for (const text of overview.advice) $('<div class="nurture-note"></div>').text(text).appendTo($top);
}

function show_result(frm, overview) {
	const $parent = frm.get_field("results_html").$wrapper.empty();
	const $words = $('<div class="nurture-experiment-words"></div>').appendTo($parent);
	if (overview.in_use) $("<p>").append($("<b>").text(overview.in_use)).appendTo($words);
	for (const sentence of overview.sentences) $("<p>").text(sentence).appendTo($words);
	if (!overview.lines.length) return;
	const is_money = frm.doc.metric === "Revenue";
	const heads = [
		__("Variant"),
		__("People"),
		__("Counted"),
		__(frm.doc.metric),
		is_money ? __("Per Person") : __("Per 100 People"),
		__("Between"),
	];
	const $table = $('<table class="table table-bordered nurture-experiment-table"></table>').appendTo($parent);
	const $head = $("<tr>").appendTo($("<thead>").appendTo($table));
	heads.forEach((text, place) => $("<th>").toggleClass("text-right", place > 0).text(text).appendTo($head));
	const $body = $("<tbody>").appendTo($table);
	for (const line of overview.lines) {
		const $row = $("<tr>").appendTo($body);
		const $label = $("<td>").text(line.label).appendTo($row);
		if (line.label === overview.winner) $label.append(" ", nurture.pill(__("ahead"), "green"));
		const cells = [line.people, line.counted, line.converted, line.mean, `${line.low} – ${line.high}`];
		for (const text of cells) $('<td class="text-right">').text(text).appendTo($row);
	}
	$('<p class="text-muted small"></p>')
		.text(
			__(
				"A person is counted {0} days after the message, and only what people did themselves counts. Counted on {1}.",
				[frm.doc.window_days, nurture.when(frm.doc.evaluated_on)]
			)
		)
		.appendTo($parent);
}

function set_actions(frm, overview) {
	frm.clear_custom_buttons();
	if (!frm.has_perm("write")) return;
	const { status, decision } = frm.doc;
	const in_use = status === "Decided" && decision === "Roll Out";
	if (status === "Draft") {
		frm.add_custom_button(__("Start"), () =>
			confirm_action(
				frm,
				"start",
				__("Start"),
				__("From now on people who come to step {0} get the variants. They cannot be edited any more.", [
					frappe.utils.escape_html(frm.doc.step),
				])
			)
		).addClass("btn-primary");
	}
	if (status === "Running") {
		frm.add_custom_button(__("Count Now"), () => act(frm, "count_now"));
		frm.add_custom_button(__("Stop", null, "Nurture"), () =>
			confirm_action(
				frm,
				"stop",
				__("Stop", null, "Nurture"),
				__("It ends without a decision, and everybody gets the step as it is.")
			)
		);
		frm.add_custom_button(__("Keep as It Is"), () =>
			confirm_action(frm, "keep", __("Keep as It Is"), too_early(overview) + __("Everybody gets the step as it is."))
		);
	}
	if (status === "Running" || status === "Stopped") {
		const $button = frm.add_custom_button(__("Roll Out"), () => choose_winner(frm, overview));
		if (overview.may_decide) $button.addClass("btn-primary");
	}
	if (in_use) {
		if (!frm.doc.written_on && frm.doc.variable !== "Path") {
			frm.add_custom_button(__("Write into the Step"), () =>
				confirm_action(
					frm,
					"write_winner",
					__("Write into the Step"),
					frm.doc.variable === "Subject"
						? __("The subject is written into the content, for everybody who gets it.")
						: __("The step of the sequence is changed. People on older versions go on getting the winner from here.")
				)
			).addClass("btn-primary");
		}
		frm.add_custom_button(__("Revert"), () =>
			confirm_action(frm, "revert", __("Revert"), __("Everybody still to come gets the step as it is."))
		);
	}
}

const too_early = (overview) =>
	overview.may_decide
		? ""
		: `<p><b>${__("There is not enough to decide on yet: the result may be chance.")}</b></p>`;

function choose_winner(frm, overview) {
	frappe.prompt(
		[
			{ fieldtype: "HTML", options: too_early(overview) },
			{
				fieldname: "variant",
				fieldtype: "Select",
				label: __("Everybody still to come gets"),
				options: frm.doc.variants.map((row) => row.label),
				default: overview.winner || undefined,
				reqd: 1,
			},
		],
		({ variant }) => act(frm, "roll_out", { variant }),
		__("Roll Out"),
		__("Roll Out")
	);
}

function confirm_action(frm, action, label, text) {
	if (frm.is_dirty()) {
		frappe.msgprint(__("Save the experiment first."));
		return;
	}
	frappe.warn(`${label}: ${frappe.utils.escape_html(frm.doc.name)}`, text, () => act(frm, action), label, false);
}

function act(frm, action, args = {}) {
	return nurture
		.call(`experiments.${action}`, { experiment: frm.doc.name, ...args }, { freeze: __("One moment…") })
		.then((answer) => {
			if (answer?.message) {
				frappe.show_alert({ message: frappe.utils.escape_html(answer.message), indicator: "green" });
			}
			return frm.reload_doc();
		});
}
