// Further cards of the panel on the Lead: functions that take the panel and return an element, or nothing to show.

/** What became of an asset with this lead, as one line. */
nurture.had_line = (had) =>
	[
		had.downloaded_on ? __("downloaded {0}", [nurture.day(had.downloaded_on)]) : "",
		had.clicked_on ? __("clicked {0}", [nurture.day(had.clicked_on)]) : "",
		had.opened_on && !had.clicked_on ? __("mail opened {0}", [nurture.day(had.opened_on)]) : "",
		had.sent_on ? __("sent {0}", [nurture.day(had.sent_on)]) : "",
	]
		.filter(Boolean)
		.join(" · ");

/** A sequence was to hand the lead to somebody, and nobody has it. */
nurture.untaken_note = ({ panel }) =>
	panel.untaken ? $('<div class="nurture-note red" role="status"></div>').text(panel.untaken) : $();

/** What sequences gave colleagues to do about this lead: the user's own tasks lead to the ToDo with text and form. */
nurture.tasks_card = ({ panel }) => {
	const { tasks = [] } = panel;
	if (!tasks.length) return $();
	const line = (task) => {
		const late = task.date && task.date < frappe.datetime.get_today();
		const day = nurture.day(task.date);
		const about = [
			task.mine ? "" : task.who || __("nobody yet"),
			__(task.kind),
			late ? __("overdue since {0}", [day]) : day ? __("due {0}", [day]) : "",
		].filter(Boolean);
		return `<li><span class="indicator ${late ? "red" : "orange"}"></span>
			<span>${task.mine ? nurture.route_link("ToDo", task.name, task.text) : nurture.esc(task.text)}
			<span class="text-muted">· ${nurture.esc(about.join(" · "))}</span></span></li>`;
	};
	return $(`
		<section class="np-card np-tasks" aria-label="${__("To Do")}">
			<div class="np-head"><h6>${__("To Do")}</h6></div>
			<ul class="np-history">${tasks.map(line).join("")}</ul>
		</section>`);
};

/** How much the lead has taken in, and what it has had. */
nurture.content_card = ({ panel, frm }) => {
	const { content } = panel;
	if (!content) return $();
	const $card = $(`
		<section class="np-card" aria-label="${__("Content")}">
			<div class="np-head"><h6>${__("Content")}</h6><span class="np-buttons"></span></div>
			<div>${nurture.esc(
				content.pieces === 1
					? __("One piece taken in")
					: __("{0} pieces taken in", [cint(content.pieces)])
			)} <span class="text-muted small">· ${nurture.esc(
		__("{0} to {1} are usual before somebody wants to talk", [content.least, content.most])
	)}</span></div>
			<ul class="np-history"></ul>
		</section>`);
	const $list = $card.find("ul");
	for (const one of content.had || []) {
		$(`<li><span class="indicator ${one.clicked_on || one.downloaded_on ? "green" : "grey"}"></span></li>`)
			.append(
				$("<span></span>").append(
					nurture.route_link("Nurture Asset", one.asset, one.title),
					` <span class="text-muted">· ${nurture.esc(nurture.had_line(one))}</span>`
				)
			)
			.appendTo($list);
	}
	if (content.more) $list.append(`<li class="text-muted">${__("{0} more", [content.more])}</li>`);
	$(`<button type="button" class="btn btn-xs btn-default">${__("What to Show…")}</button>`)
		.on("click", () => nurture.open_sales_help(frm))
		.appendTo($card.find(".np-buttons"));
	return $card;
};

/** Who else of the company is a lead: role, stage and last touch of each. */
nurture.company_card = ({ panel }) => {
	const { company, people = [], more } = panel.company || {};
	if (!people.length) return $();
	const $card = $(`
		<section class="np-card" aria-label="${__("Others at This Company")}">
			<div class="np-head"><h6>${nurture.esc(__("Others at {0}", [company]))}</h6></div>
			<ul class="np-history"></ul>
		</section>`);
	const $list = $card.find("ul");
	for (const one of people) {
		const about = [
			one.nurture_buying_role ? __(one.nurture_buying_role) : one.job_title,
			__(one.nurture_stage),
			__(one.nurture_journey_stage),
			...one.sequences,
			one.touched_on ? __("last touch {0}", [nurture.day(one.touched_on)]) : __("no touch yet"),
		];
		$(`<li><span class="indicator ${one.sequences.length ? "green" : "grey"}"></span></li>`)
			.append(
				$("<span></span>").append(
					nurture.route_link("Lead", one.name, one.lead_name || one.name),
					` <span class="text-muted">· ${nurture.esc(about.filter(Boolean).join(" · "))}</span>`
				)
			)
			.appendTo($list);
	}
	if (more) $list.append(`<li class="text-muted">${__("{0} more", [more])}</li>`);
	return $card;
};

/** Every message and task of the next months if the lead does nothing, by day; and how often it was in touch so far. */
nurture.coming_card = ({ panel }) => {
	const { coming = [], touch_counts: counts } = panel;
	if (!counts || (!coming.length && !counts.total)) return $();
	const $card = $(`
		<section class="np-card" aria-label="${__("Touches")}">
			<div class="np-head"><h6>${__("Touches")}</h6></div>
			<div class="np-counts"></div>
			<div class="np-coming"></div>
		</section>`);
	const channels = Object.entries(counts.by_channel).map(([channel, count]) => `${__(channel)} ${count}`);
	const [least, most] = counts.usual;
	$card.find(".np-counts").html(
		`${__("{0} so far", [`<b>${cint(counts.total)}</b>`])}${
			channels.length ? `: ${nurture.esc(channels.join(" · "))}` : ""
		}
		<div class="text-muted small">${nurture.esc(
			counts.of_type
				? __("{0} to {1} are usual for the type {2}, about {3} until a first meeting", [
						least,
						most,
						counts.of_type,
						counts.first_meeting,
				  ])
				: counts.is_warm
				? __("{0} to {1} are usual for people who know us, about {2} until a first meeting", [
						least,
						most,
						counts.first_meeting,
				  ])
				: __("{0} to {1} are usual for people who hardly know us, about {2} until a first meeting", [
						least,
						most,
						counts.first_meeting,
				  ])
		)}</div>`
	);
	if (coming.length) $card.find(".np-coming").append(coming_calendar(coming));
	return $card;
};

/** The first few; the others on demand. */
function coming_calendar(coming) {
	const shown = 4;
	const days = new Map();
	for (const one of coming) {
		const day = String(one.on).split(" ")[0];
		if (!days.has(day)) days.set(day, []);
		days.get(day).push(one);
	}
	const line = ([day, some]) => `
		<li><span class="np-day">${nurture.esc(frappe.datetime.str_to_user(day))}</span>
			<span>${some
				.map(
					(one) =>
						`${nurture.esc(String(one.on).split(" ")[1].slice(0, 5))} <b>${nurture.esc(one.step)}</b>
						<span class="text-muted">${nurture.esc(
							[__(one.kind), one.sequence, one.depends ? __("if nothing happens before") : ""]
								.filter(Boolean)
								.join(" · ")
						)}</span>`
				)
				.join("<br>")}</span></li>`;
	const lines = [...days].map(line);
	const more = lines.slice(shown);
	return `
		<h6>${__("To Come")}</h6>
		<ul class="np-history">${lines.slice(0, shown).join("")}</ul>
		${
			more.length
				? `<details><summary class="small">${__("{0} more days", [more.length])}</summary>
					<ul class="np-history">${more.join("")}</ul></details>`
				: ""
		}
		<div class="text-muted small">${__("As planned, on the lead's clock. Caps and conversations may put it off.")}</div>`;
}

/** How people of the lead's language and country are written to. */
nurture.locale_html = (locale) => {
	if (!locale?.title && !locale?.formality && !locale?.directness) return "";
	const manner = [locale.title, __(locale.formality), __(locale.directness)].filter(Boolean).join(" · ");
	const channels = locale.channels.map((channel) => __(channel)).join(", ");
	const lines = [
		manner,
		channels ? __("Prefer {0}", [channels]) : "",
		locale.tone,
		locale.market ? __("About the market: {0}", [locale.market]) : "",
	].filter(Boolean);
	return `<div class="text-muted small np-locale">${lines
		.map((line) => nurture.esc(line).replace(/\n/g, "<br>"))
		.join("<br>")}</div>`;
};
