// Where the nurturing of a lead stands, on the form of an Opportunity or a Customer made from it.

/** Nothing is shown to whoever may not read the lead, and nothing is said when it fails. */
nurture.show_lead_summary = async (frm) => {
	const { doctype, name } = frm.doc;
	const $top = nurture.form_top(frm, "lead-summary");
	if ($top.data("shows") !== name) $top.empty(); // the form shows one record after another
	$top.data("shows", name);
	const summary = await nurture.quiet_call("lead_summary.get_summary", { doctype, name });
	if (frm.doc.name !== name) return;
	$top.empty();
	if (summary) $top.append(summary_box(frm, summary));
};

function summary_box(frm, summary) {
	const { stage, last } = summary;
	const head = [
		`<b>${__("Score {0}", [`<bdi dir="ltr">${cint(summary.score)}</bdi>`])}</b>`,
		stage ? nurture.pill(__(stage), nurture.COLOURS[stage]) : nurture.pill(__("Below Nurture"), "grey"),
		`<span>${__("Lead {0}", [
			`<bdi>${nurture.route_link("Lead", summary.lead, summary.lead_name || summary.lead)}</bdi>`,
		])}</span>`,
		last
			? `<span class="text-muted">${nurture.esc(
					__("Last: {0}", [
						[__(last.activity_type), last.detail, nurture.day(last.occurred_on)]
							.filter(Boolean)
							.join(" · "),
					])
			  )}</span>`
			: "",
	];
	const $box = $(`
		<section class="nurture-origin" aria-label="${__("Nurturing of the Lead")}">
			<div class="nl-line">${head.filter(Boolean).join(" ")}</div>
		</section>`);
	if (summary.may_note) {
		const { doctype, name } = frm.doc;
		const about = { lead: summary.lead, [doctype.toLowerCase()]: name };
		$(`<button type="button" class="btn btn-xs btn-default">${__("Note What You Heard…")}</button>`)
			.on("click", () => nurture.note_insight(about))
			.appendTo($box.find(".nl-line"));
	}
	if (!summary.enrollments.length) {
		$box.append(
			`<div class="nl-line text-muted">${__("In no sequence now: no message goes out.")}</div>`
		);
	}
	for (const enrollment of summary.enrollments) $box.append(summary_line(frm, summary, enrollment));
	return $box;
}

function summary_line(frm, summary, enrollment) {
	const { next } = enrollment;
	const is_warning = next && summary.has_open_opportunity;
	const $line = $(`
		<div class="nl-line ${is_warning ? "nurture-note" : ""}" ${is_warning ? 'role="status"' : ""}>
			<span class="nl-what">
				${is_warning ? `<b>${__("An opportunity is open, and a message is still about to go out.")}</b>` : ""}
				${nurture.status_pill(enrollment.status)}
				${nurture.route_link("Nurture Enrollment", enrollment.name, enrollment.sequence)}:
				${next ? next_message(next) : nurture.esc(enrollment.reason || __("No further message is planned."))}
			</span>
		</div>`);
	if (next && summary.can_change) {
		$(`<button type="button" class="btn btn-xs btn-default">${__("Pause", null, "Nurture")}</button>`)
			.on("click", () => pause(frm, enrollment))
			.appendTo($line);
	}
	return $line;
}

function next_message({ step, kind, on, zone, depends }) {
	const [day, time] = String(on).split(" ");
	const about = [zone, __(kind), depends ? __("if nothing happens before") : ""].filter(Boolean);
	return `${__("Next message: {0}", [
		`<b>${nurture.esc(step)}</b>, ${nurture.esc(frappe.datetime.str_to_user(day))} ${nurture.esc(
			time.slice(0, 5)
		)}`,
	])} <span class="nl-about">${nurture.esc(about.join(" · "))}</span>`;
}

function pause(frm, enrollment) {
	const back = nurture.remember_focus();
	return nurture
		.call(
			"enrollment_actions.pause",
			{ enrollments: JSON.stringify([enrollment.name]) },
			{ freeze: __("One moment…") }
		)
		.then((answer) => {
			nurture.show_left(answer);
			return nurture.show_lead_summary(frm).then(back);
		});
}
