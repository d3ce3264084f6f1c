frappe.ui.form.on("Nurture Sequence", {
	before_load: () => frappe.require(["nurture.bundle.js", "nurture.bundle.css"]),

	setup(frm) {
		frm.set_query("content", "steps", () => ({ order_by: "title asc" }));
		for (const [fieldname, channel] of [
			["sms_content", "SMS"],
			["whatsapp_content", "WhatsApp"],
		])
			frm.set_query(fieldname, "steps", () => ({ filters: { channel } }));
		frm.set_query("task_assign_to", "steps", () => ({
			filters: { enabled: 1, user_type: "System User" },
		}));
		return frappe.model.with_doctype("Lead");
	},

	onload(frm) {
		if (frm.is_new() && !(frm.doc.steps || []).length) offer_exits(frm);
	},

	refresh(frm) {
		nurture.bind_condition(frm);
		draw_outline(frm);
		hide_idle_numbers(frm);
		allow_any_time(frm);
		nurture.show_trigger(frm);
		set_step_choices(frm);
		set_actions(frm);
		if (frm.is_new()) {
			frm.get_field("overview_html").$wrapper.empty();
			nurture.form_top(frm, "sequence").empty();
			return;
		}
		nurture.show_health(nurture.form_top(frm, "sequence"));
		frm.set_intro(frappe.utils.escape_html(frm.doc.hold_reason || ""), "red");
		return load_overview(frm);
	},

	trigger_type(frm) {
		nurture.empty_trigger(frm);
		return nurture.show_trigger(frm);
	},

	trigger_activity: (frm) => nurture.show_trigger(frm),

	steps_add: (frm) => steps_changed(frm),
	steps_remove: (frm) => steps_changed(frm),
	steps_move: (frm) => steps_changed(frm),
});

/** Whatever a step holds may stand in the outline. */
const step_events = Object.fromEntries(
	frappe
		.get_meta("Nurture Sequence Step")
		.fields.filter((df) => frappe.model.is_value_type(df.fieldtype))
		.map((df) => [df.fieldname, (frm) => steps_changed(frm)])
);

frappe.ui.form.on("Nurture Sequence Step", {
	...step_events,

	steps_add: (frm, cdt, cdn) => {
		const row = frappe.get_doc(cdt, cdn);
		if (row.idx === 1) frappe.model.set_value(cdt, cdn, { timing: "On Day", day: 1 });
		steps_changed(frm);
	},
	steps_remove: (frm) => steps_changed(frm),
	steps_move: (frm) => steps_changed(frm),

	form_render(frm, cdt, cdn) {
		nurture.bind_row_condition(frm, cdt, cdn, () => step_labels(frm));
		nurture.bind_row_split(frm, cdt, cdn, () => step_labels(frm));
	},

	step_label(frm, cdt, cdn) {
		frm.nurture_builder?.follow_rename(frappe.get_doc(cdt, cdn));
		steps_changed(frm);
	},

	step_type(frm, cdt, cdn) {
		const row = frappe.get_doc(cdt, cdn);
		if (!row.step_label) {
			const count = frm.doc.steps.filter((step) => step.step_type === row.step_type).length;
			frappe.model.set_value(cdt, cdn, "step_label", `${__(row.step_type)} ${count}`);
		}
		nurture.bind_row_split(frm, cdt, cdn, () => step_labels(frm));
		steps_changed(frm);
	},

	timing(frm, cdt, cdn) {
		const grid_row = frm.fields_dict.steps.grid.get_row(cdn);
		for (const fieldname of ["day", "delay", "delay_unit"]) grid_row?.refresh_field(fieldname);
		steps_changed(frm);
	},

	content(frm, cdt, cdn) {
		const row = frappe.get_doc(cdt, cdn);
		steps_changed(frm);
		if (row.content && !row.step_label) frappe.model.set_value(cdt, cdn, "step_label", row.content);
		if (!row.content || row.role) return;
		frappe.db.get_value("Nurture Content", row.content, "role").then(({ message }) => {
			if (message?.role) frappe.model.set_value(cdt, cdn, "role", message.role);
		});
	},
});

/** Whoever shows so much interest, or has said no to sales, is past a series (SE-09). */
function offer_exits(frm) {
	if ((frm.doc.exits || []).length) return;
	for (const activity_type of ["Demo Request", "Appointment Booked", "Opportunity Lost"])
		frm.add_child("exits", { activity_type });
	frm.refresh_field("exits");
}

/** The half hours offered are only a help. */
function allow_any_time(frm) {
	for (const fieldname of ["window_start", "window_end"])
		frm.set_df_property(fieldname, "ignore_validation", 1);
	for (const fieldname of ["at_time", "event_time"])
		frm.fields_dict.steps.grid.update_docfield_property(fieldname, "ignore_validation", 1);
}

/** Numbers that do not apply to a row would only be noise in the table. */
function hide_idle_numbers(frm) {
	const only = (applies) => (value, df, options, doc) =>
		doc && applies(doc) && value !== null && value !== undefined
			? frappe.utils.escape_html(String(__(value)))
			: "";
	const formatters = {
		day: only((row) => row.timing === "On Day"),
		delay: only((row) => row.timing !== "On Day" && cint(row.delay)),
		delay_unit: only((row) => row.timing !== "On Day" && cint(row.delay)),
	};
	for (const [fieldname, formatter] of Object.entries(formatters)) {
		frm.fields_dict.steps.grid.update_docfield_property(fieldname, "formatter", formatter);
	}
}

/** Of our own fields, those that people fill in. */
const BY_HAND = ["nurture_journey_stage", "nurture_buying_role", "nurture_preferred_channel"];

/** Fields of the Lead that a Set Field step may write. */
const settable_fields = () =>
	frappe.meta
		.get_docfields("Lead")
		.filter(
			(df) =>
				[
					"Data",
					"Select",
					"Link",
					"Int",
					"Float",
					"Check",
					"Date",
					"Datetime",
					"Small Text",
				].includes(df.fieldtype) &&
				!df.read_only &&
				(!df.fieldname.startsWith("nurture_") || BY_HAND.includes(df.fieldname)) &&
				!["naming_series", "email_id"].includes(df.fieldname)
		)
		.map((df) => ({ value: df.fieldname, label: __(df.label), description: df.fieldname }));

const step_labels = (frm) => (frm.doc.steps || []).map((step) => step.step_label).filter(Boolean);

function steps_changed(frm) {
	clearTimeout(frm.nurture_steps_timer);
	frm.nurture_steps_timer = setTimeout(() => {
		draw_outline(frm);
		set_step_choices(frm);
	}, 200);
}

/** "Go to step" offers the steps there are. */
function set_step_choices(frm) {
	const { grid } = frm.fields_dict.steps;
	const labels = step_labels(frm);
	const choices = { on_true: labels, on_false: labels, go_to: labels, refused_to: labels, field_name: settable_fields() };
	const open_form = frappe.ui.form.get_open_grid_form()?.grid_form;
	for (const [fieldname, options] of Object.entries(choices)) {
		// not update_docfield_property(): it draws the table anew and so closes the row being edited
		for (const docfields of [grid.docfields, ...(grid.grid_rows || []).map((row) => row.docfields)]) {
			const df = docfields?.find((one) => one.fieldname === fieldname);
			if (df) df.options = options;
		}
		open_form?.fields_dict[fieldname]?.set_data?.(options);
	}
}

function draw_outline(frm) {
	const parent = frm.get_field("outline_html").$wrapper;
	if (!frm.nurture_outline || !$.contains(document, frm.nurture_outline.$parent[0])) {
		frm.nurture_builder = new nurture.StepBuilder(frm);
		frm.nurture_outline = new nurture.Outline({
			parent,
			actions: (step) => step_actions(frm, step),
			on_open: (step) => frm.nurture_builder.edit(step),
			builder: frm.nurture_builder,
		});
	}
	frm.nurture_builder.remember_labels();
	frm.nurture_outline.render(frm.doc.steps || []);
}

const MAILS = ["Email", "Appointment Offer"];
const TRIED = ["Email", "SMS", "WhatsApp"];
const WITH_WORDS = [...MAILS, "SMS", "WhatsApp", "Portal Message", "Task", "Notification", "Handoff"];

/** What may be done with a step in the outline. */
function step_actions(frm, step) {
	if (!nurture.is_member() || !WITH_WORDS.includes(step.step_type)) return [];
	const actions = [{ label: __("Preview"), action: () => preview_step(frm, step) }];
	if (step.__islocal || !step.content) return actions;
	if (MAILS.includes(step.step_type))
		actions.push({ label: __("Send Test to Me"), action: () => send_test(frm, step, "") });
	if (TRIED.includes(step.step_type) && frappe.model.can_create("Nurture Experiment"))
		actions.push({ label: __("Try Variants"), action: () => try_variants(frm, step) });
	return actions;
}

function try_variants(frm, step) {
	frappe.new_doc("Nurture Experiment", {
		title: `${step.step_label} (${frm.doc.title})`.slice(0, 100),
		sequence: frm.doc.name,
		step: step.step_label,
		...(step.step_type === "Email" ? {} : { variable: "Content", metric: "Reply" }),
	});
}

function saved_only(frm) {
	if (!frm.is_dirty() && !frm.is_new()) return true;
	frappe.msgprint(__("Save the sequence first: this works with the saved steps."));
	return false;
}

function preview_step(frm, step) {
	if (!saved_only(frm)) return;
	nurture.preview_dialog({
		title: frappe.utils.escape_html([step.step_label, step.content].filter(Boolean).join(": ")),
		load: (lead) =>
			nurture.call("sequence_actions.preview", { sequence: frm.doc.name, step: step.step_label, lead }),
		send_test: MAILS.includes(step.step_type) ? (lead) => send_test(frm, step, lead) : null,
	});
}

function send_test(frm, step, lead) {
	if (!saved_only(frm)) return Promise.resolve();
	return nurture
		.call(
			"sequence_actions.send_test",
			{ sequence: frm.doc.name, step: step.step_label, lead },
			{ freeze: __("Sending…") }
		)
		.then((answer) => {
			if (answer?.message) {
				frappe.show_alert({ message: frappe.utils.escape_html(answer.message), indicator: "green" });
			}
		});
}

function load_overview(frm) {
	const { name } = frm.doc;
	if (!nurture.is_member()) return Promise.resolve();
	return nurture.quiet_call("sequence_actions.overview", { sequence: name }).then((overview) => {
		if (!overview || frm.doc.name !== name) return;
		frm.nurture_overview = overview;
		show_overview(frm, overview);
		set_actions(frm);
	});
}

function show_overview(frm, overview) {
	const $parent = frm.get_field("overview_html").$wrapper.empty();
	const counts = overview.counts || {};
	const live = ["Active", "Paused", "Held"];
	const $counts = $('<div class="nurture-counts"></div>');
	for (const status of [...live, "Completed", "Exited"]) {
		if (!counts[status] && !live.includes(status)) continue;
		$(`<a class="nu-count" href="#"><b>${cint(counts[status])}</b> ${nurture.status_pill(status)}</a>`)
			.on("click", (event) => {
				event.preventDefault();
				frappe.set_route("List", "Nurture Enrollment", { sequence: frm.doc.name, status });
			})
			.appendTo($counts);
	}
	if (Object.values(counts).some(Boolean)) $parent.append($counts);
	nurture.show_goal($parent, overview.goal);
	const { channels = [] } = overview;
	if (channels.length) {
		const text =
			channels.length === 1
				? __("One channel: {0}.", [channels[0]])
				: __("{0} channels: {1}.", [channels.length, channels.join(", ")]);
		$('<p class="text-muted"></p>').text(text).appendTo($parent);
	}
	if (overview.changed_since_version && frm.doc.status !== "Draft") {
		$parent.append(
			$('<div class="nurture-note"></div>').text(
				__(
					"The steps were changed after version {0} was activated. Everybody on the way keeps version {0}; activate the new version so that it is used for those who enter from then on.",
					[overview.version]
				)
			)
		);
	}
	for (const one of overview.experiments || []) {
		$('<div class="nurture-note"></div>')
			.text(`${one.step}: ${one.text} `)
			.append(nurture.route_link("Nurture Experiment", one.experiment))
			.appendTo($parent);
	}
	const problems = [overview.error].filter(Boolean);
	if (problems.length) {
		$parent.append(
			$('<div class="nurture-note red" role="alert"></div>').text(
				__("This cannot be activated yet: {0}", [overview.error])
			)
		);
	}
	show_figures($('<div></div>').appendTo($parent), frm.doc.name);
	show_health_of_programme($parent, overview.health || {});
	if ((overview.warnings || []).length) {
		const $list = $('<ul class="nurture-warnings text-muted"></ul>');
		for (const warning of overview.warnings) $("<li></li>").text(warning).appendTo($list);
		$parent.append(`<div class="nurture-subhead">${__("Worth a Look")}</div>`, $list);
	}
	show_suggestions($parent, overview.suggestions || {});
}

/** They come by themselves: where many people were in the sequence, counting takes longer than the rest of the form. */
function show_figures($parent, sequence) {
	$parent.append($('<p class="text-muted"></p>').text(__("Counting…")));
	nurture
		.quiet_call("sequence_actions.figures", { sequence })
		.then((figures) => nurture.show_figures($parent.empty(), sequence, figures));
}

/** The five elements of a programme, and whether it is complete (GL-10, GL-11). */
function show_health_of_programme($parent, health) {
	if (!health.elements) return;
	const $details = $('<details class="nurture-elements"></details>');
	const title = __("Health of This Programme: {0} of {1}", [health.in_order, health.elements.length]);
	$details.append($("<summary></summary>").text(title));
	for (const one of health.elements) $details.append(nurture.checklist_row(one));
	$details.append($('<p class="text-muted mt-2"></p>').text(health.complete));
	$details.prop("open", health.in_order < health.elements.length || !health.is_complete);
	$parent.append($details);
}

/** Assets for the stage of the sequence, by the channel they are best on. */
function show_suggestions($parent, suggestions) {
	const lines = Object.entries(suggestions).map(([channel, titles]) =>
		$("<li></li>").text(`${__(channel)}: ${titles.join(", ")}`)
	);
	if (!lines.length) return;
	$('<details class="text-muted"></details>')
		.append($("<summary></summary>").text(__("Assets That Suit This Stage and Its Channels")))
		.append($("<ul></ul>").append(lines))
		.appendTo($parent);
}

function set_actions(frm) {
	frm.clear_custom_buttons();
	if (frm.is_new()) return;
	const { status } = frm.doc;
	const overview = frm.nurture_overview || {};
	frm.add_custom_button(__("Enrollments"), () =>
		frappe.set_route("List", "Nurture Enrollment", { sequence: frm.doc.name })
	);
	if (nurture.is_member()) {
		frm.add_custom_button(__("Where People Stop"), () =>
			frappe.set_route("query-report", "Nurture Drop-Offs", { sequence: frm.doc.name })
		);
	}
	if (status === "Active" && frappe.boot.nurture?.may_enroll) {
		frm.add_custom_button(__("Enroll a Segment"), () =>
			nurture.enroll_dialog({ sequence: frm.doc.name, after: () => load_overview(frm) })
		);
	}
	if (!frm.has_perm("write")) return;
	frm.add_custom_button(__("Pace"), () => ask_pace(frm));
	frm.add_custom_button(__("Duplicate"), () => ask_duplicate(frm));
	if (overview.behind) {
		frm.add_custom_button(__("Move to This Version"), () => offer_move(frm));
	}
	if (status === "Draft" || status === "Retired") {
		frm.add_custom_button(__("Activate"), () => confirm_activate(frm)).addClass("btn-primary");
	}
	if (status === "Active") {
		frm.add_custom_button(__("Reviewed"), () => run_action(frm, "reviewed"));
		frm.add_custom_button(__("Pause", null, "Nurture"), () => confirm_action(frm, "pause"));
		if (overview.changed_since_version) {
			frm.add_custom_button(__("Activate New Version"), () => confirm_activate(frm)).addClass(
				"btn-primary"
			);
		}
	}
	if (status === "Paused") {
		frm.add_custom_button(__("Resume", null, "Nurture"), () => confirm_action(frm, "resume")).addClass("btn-primary");
	}
	if (status === "Active" || status === "Paused") {
		frm.add_custom_button(__("Retire"), () => confirm_action(frm, "retire"));
	}
}

const live_count = (overview) =>
	["Active", "Paused", "Held"].reduce((sum, status) => sum + cint((overview.counts || {})[status]), 0);

function entry_sentence(frm, overview) {
	const { matching } = overview;
	const count = matching === null || matching === undefined ? "" : format_number(matching, null, 0);
	const lines = [frappe.utils.escape_html(overview.entry || "")];
	if (count) lines.push(__("{0} leads fit the condition now.", [`<b>${count}</b>`]));
	if (cint(matching) && frm.doc.trigger_type === "New Lead" && frm.doc.status === "Draft")
		lines.push(__("Those who are leads already do not enter by themselves: enroll them afterwards."));
	return lines;
}

function confirm_activate(frm) {
	if (!saved_only(frm)) return;
	load_overview(frm).then(() => {
		const overview = frm.nurture_overview || {};
		if (overview.goal?.missing?.length) {
			nurture.ask_goal(frm, overview.goal, () => confirm_activate(frm));
			return;
		}
		if (overview.error && overview.reason_field) {
			ask_for_reason(frm, overview);
			return;
		}
		if (overview.error) {
			frappe.msgprint({
				title: __("This Cannot Be Activated yet"),
				message: frappe.utils.escape_html(overview.error),
				indicator: "red",
			});
			return;
		}
		const emails = (frm.doc.steps || []).filter((step) => step.step_type === "Email").length;
		const lines = entry_sentence(frm, overview);
		if (emails) {
			lines.push(
				overview.window
					? __("Real e-mails will go out, up to {0} to each person: {1}.", [
							emails,
							frappe.utils.escape_html(overview.window),
					  ])
					: __("Real e-mails will go out, up to {0} to each person.", [emails])
			);
		}
		if (live_count(overview)) {
			lines.push(
				__("{0} leads on their way keep the version they started with.", [live_count(overview)])
			);
		}
		const warnings = (overview.warnings || [])
			.map((text) => `<li>${frappe.utils.escape_html(text)}</li>`)
			.join("");
		frappe.warn(
			__("Activate {0}?", [frappe.utils.escape_html(frm.doc.name)]),
			`<p>${lines.filter(Boolean).join("</p><p>")}</p>${
				warnings
					? `<p class="text-muted">${__(
							"Worth a look:"
					  )}</p><ul class="text-muted">${warnings}</ul>`
					: ""
			}`,
			() => run_action(frm, "activate").then(() => offer_move(frm)),
			__("Activate")
		);
	});
}

/** A rule that a written reason overrides: the reason is kept in the sequence, then activating goes on. */
function ask_for_reason(frm, { error, reason_field }) {
	frappe.prompt(
		[
			{
				fieldname: "why_not",
				fieldtype: "HTML",
				options: `<div class="nurture-note">${frappe.utils.escape_html(error)}</div>`,
			},
			{
				fieldname: "reason",
				fieldtype: "Small Text",
				label: __(frappe.meta.get_label(frm.doctype, reason_field)),
				reqd: 1,
			},
		],
		({ reason }) =>
			frm
				.set_value(reason_field, reason)
				.then(() => frm.save())
				.then(() => confirm_activate(frm)),
		__("This Cannot Be Activated yet"),
		__("Activate with This Reason")
	);
}

/** After a new version: those on their way may stay, or move where their step is still there. */
function offer_move(frm) {
	return nurture.call("sequence_actions.behind", { sequence: frm.doc.name }).then((answer) => {
		if (!answer || !(answer.movable + answer.staying)) return;
		const stay = answer.staying
			? `<p>${__("{0} leads cannot move, for the new version has no step of that name:", [
					answer.staying,
			  ])}</p><ul>${answer.examples
					.map(
						(one) =>
							`<li>${nurture.route_link(
								"Nurture Enrollment",
								one.enrollment,
								one.name || one.lead
							)}: ${nurture.esc(one.step)}</li>`
					)
					.join("")}</ul>`
			: "";
		if (!answer.movable) {
			frappe.msgprint({ title: __("Leads on Their Way"), message: stay });
			return;
		}
		frappe.confirm(
			`<p>${__(
				"{0} leads on their way are in an earlier version. Move them to the new one? Each stays at the step it stands at; the next steps are those of the new version.",
				[`<b>${answer.movable}</b>`]
			)}</p>${stay}`,
			() =>
				nurture
					.call(
						"sequence_actions.move",
						{ sequence: frm.doc.name },
						{ freeze: __("One moment…") }
					)
					.then((moved) => {
						if (moved?.message)
							frappe.show_alert({ message: nurture.esc(moved.message), indicator: "green" });
					})
		);
	});
}

/** Days and waits of the steps, half or twice as long; they stand in the form until it is saved. */
function ask_pace(frm) {
	if (frm.is_dirty()) {
		frappe.msgprint(__("Save first: the days of the steps as they are stored are changed."));
		return;
	}
	const sequence = frm.doc.name;
	frappe.xcall("nurture_app.site.api.pace.suggested", { sequence }).then((suggested) =>
		frappe.prompt(
			[
				{
					fieldname: "pace",
					fieldtype: "Select",
					label: __("Pace"),
					reqd: 1,
					default: suggested,
					options: [
						{ value: "Fast", label: __("Fast: half the days") },
						{ value: "Slow", label: __("Slow: twice the days") },
					],
					description: __(
						"Fast suits people who asked or try something out, slow those who only read. Hours and minutes stay. Nothing is stored before you save."
					),
				},
			],
			({ pace }) => frappe.xcall("nurture_app.site.api.pace.paced", { sequence, pace }).then((rows) => apply_pace(frm, rows)),
			__("Pace"),
			__("Change the Days")
		)
	);
}

function apply_pace(frm, rows) {
	for (const { name, changes } of rows) {
		const row = frm.doc.steps.find((step) => step.name === name);
		if (row) frappe.model.set_value(row.doctype, row.name, changes);
	}
	frappe.show_alert({ message: __("{0} steps changed. Look at them, then save.", [rows.length]), indicator: "blue" });
}

function ask_duplicate(frm) {
	frappe.prompt(
		{
			fieldname: "title",
			fieldtype: "Data",
			label: __("Name of the Copy"),
			reqd: 1,
			default: __("{0} (copy)", [frm.doc.title]),
		},
		({ title }) =>
			nurture
				.call(
					"sequence_actions.duplicate",
					{ sequence: frm.doc.name, title },
					{ freeze: __("One moment…") }
				)
				.then((answer) => answer?.name && frappe.set_route("Form", "Nurture Sequence", answer.name)),
		__("Duplicate {0}", [nurture.esc(frm.doc.title)]),
		__("Duplicate")
	);
}

function confirm_action(frm, action) {
	const overview = frm.nurture_overview || {};
	const live = live_count(overview);
	const nobody = __("Nobody is on the way now.");
	const texts = {
		pause: [
			__("Nothing more is sent and nobody enters while the sequence is paused."),
			live
				? __("{0} leads on their way wait; their next steps move by as long as the pause lasts.", [
						live,
				  ])
				: nobody,
		],
		resume: [
			frappe.utils.escape_html(frm.doc.hold_reason || ""),
			live ? __("{0} leads on their way go on where they stopped.", [live]) : nobody,
			__("E-mails go out again within the send window."),
			frm.doc.hold_reason ? __("From now on bounces and complaints are counted anew.") : "",
		],
		retire: [
			__("Nobody enters any more."),
			live
				? __(
						"The sequence ends at once for {0} leads on their way, and they do not come back by themselves.",
						[live]
				  )
				: nobody,
			frm.doc.status === "Paused" ? __("What waits for the end of the pause does not leave any more.") : "",
			__("You can activate it again later."),
		],
	};
	const labels = { pause: __("Pause", null, "Nurture"), resume: __("Resume", null, "Nurture"), retire: __("Retire") };
	const name = frappe.utils.escape_html(frm.doc.name);
	const titles = {
		pause: __("Pause {0}?", [name]),
		resume: __("Resume {0}?", [name]),
		retire: __("Retire {0}?", [name]),
	};
	frappe.warn(
		titles[action],
		texts[action].join(" "),
		() => run_action(frm, action),
		labels[action],
		false
	);
}

function run_action(frm, action) {
	return nurture
		.call(`sequence_actions.${action}`, { sequence: frm.doc.name }, { freeze: __("One moment…") })
		.then((answer) => {
			if (answer?.message) {
				frappe.show_alert({ message: frappe.utils.escape_html(answer.message), indicator: "green" });
			}
			return frm.reload_doc();
		});
}
