// What the app knows about a lead, on the lead's own form.

const without_seconds = (text) => (text || "").replace(/(\d:\d\d):\d\d\b/, "$1");

const LIVE = ["Active", "Paused", "Held"];

nurture.LeadPanel = class LeadPanel {
	constructor({ parent, summary, frm }) {
		this.$parent = $(parent);
		this.$summary = $(summary);
		this.frm = frm;
		this.lead = frm.doc.name;
	}

	refresh() {
		return nurture.quiet_call("lead_panel.get_panel", { lead: this.lead }).then((panel) => {
			for (const one of panel?.enrollments || []) one.due_local = without_seconds(one.due_local);
			if (panel?.place) panel.place.now = without_seconds(panel.place.now);
			if (this.frm.doc.name !== this.lead) return;
			if (!panel) {
				this.$parent.html(
					`<div class="text-muted nurture-empty">${__("Nothing to show here.")}</div>`
				);
				this.$summary.empty();
				return;
			}
			this.panel = panel;
			nurture.add_sales_help(this.frm);
			this.render_summary();
			this.render();
		});
	}

	/** One line above the form, seen from every tab. */
	render_summary() {
		const { panel } = this;
		const live = panel.enrollments.find((one) => LIVE.includes(one.status));
		const parts = [
			`<b>${__("Score {0}", [`<bdi dir="ltr">${cint(panel.score)}</bdi>`])}</b>`,
			panel.stage ? nurture.pill(__(panel.stage), nurture.COLOURS[panel.stage]) : "",
			live
				? `${nurture.status_pill(live.status)} ${nurture.esc(live.sequence)}: ${this.next_html(live)}`
				: "",
			panel.untaken ? nurture.pill(__("Nobody Has Taken It"), "red") : "",
			nurture.waits_for_answer(panel) ? nurture.pill(__("Handed to You"), "orange") : "",
			panel.consent.suppressed ? nurture.pill(panel.consent.suppressed, "red") : "",
			panel.archived ? nurture.pill(panel.archived, "grey") : "",
		];
		const $line = $(
			`<button type="button" class="nurture-summary">${parts.filter(Boolean).join(" ")}</button>`
		).on("click", () => this.open_tab());
		this.$summary.empty().append($line);
	}

	open_tab() {
		const tab = this.frm.layout.tabs.find((one) => one.df.fieldname === "nurture_tab");
		if (tab) tab.set_active();
		else frappe.utils.scroll_to(this.$parent, true, 80);
	}

	render() {
		const back = this.$parent[0].contains(document.activeElement) ? nurture.remember_focus() : null;
		this.$parent.html('<div class="nurture-panel"></div>');
		const $panel = this.$parent.find(".nurture-panel");
		$panel.append(nurture.handoff_card(this), this.next_card(), this.score_card());
		$('<div class="np-column"></div>')
			.append(nurture.untaken_note(this), nurture.tasks_card(this), this.enrollment_card(), this.consent_card(), nurture.coming_card(this), nurture.content_card(this), nurture.insights_card(this), nurture.company_card(this), this.visits_card(), this.history_card())
			.appendTo($panel);
		back?.();
	}

	/** Before everything else: on a phone, between two appointments, little more is read. */
	next_card() {
		const { next, untaken, handoff } = this.panel;
		if (!next || next === untaken || next === handoff?.asked) return $(); // a note of its own says so
		return $(`
			<section class="np-card np-next" aria-label="${__("What Would Help Most")}">
				<h6>${__("What Would Help Most")}</h6>
				<div>${nurture.esc(next)}</div>
			</section>`);
	}

	/** Numbers with a sign and the scale run from left to right in every language. */
	score_card() {
		const { panel } = this;
		const thresholds = panel.thresholds || {};
		const scale = Math.max(100, Math.round(1.25 * (thresholds.sql || 0))); // marks apart, whatever the score
		const marks = [
			["nurture", "Nurture"],
			["mql", "MQL"],
			["sql", "SQL"],
		]
			.filter(([key]) => thresholds[key])
			.map(
				([key, label]) => `
				<span class="np-mark" style="left:${(100 * thresholds[key]) / scale}%">
					<span>${nurture.esc(__(label))} ${cint(thresholds[key])}</span>
				</span>`
			)
			.join("");
		const filled = Math.max(0, Math.min(100, (100 * panel.score) / scale));
		const $card = $(`
			<section class="np-card np-score" aria-label="${__("Score")}">
				<div class="np-total">
					<span class="np-number" dir="ltr">${cint(panel.score)}</span>
					<span>
						${
							panel.stage
								? nurture.pill(__(panel.stage), nurture.COLOURS[panel.stage])
								: nurture.pill(__("Below Nurture"), "grey")
						}
						${panel.type ? nurture.pill(panel.type.title, "purple") : ""}
						${panel.tier?.by_people ? nurture.pill(panel.tier.title, "orange") : ""}
						<div class="text-muted small">${this.since_html()}</div>
					</span>
				</div>
				<div class="np-bar" dir="ltr" role="img" aria-label="${__("Score {0} of the scale up to {1}", [
					cint(panel.score),
					scale,
				])}">
					<div class="np-bar-fill" style="width:${filled}%"></div>${marks}
				</div>
				<div class="np-parts">
					<span>${__("Fit", null, "Nurture")} <b dir="ltr">${cint(panel.fit)}</b></span>
					<span>${__("Engagement")} <b dir="ltr">${cint(panel.engagement)}</b></span>
				</div>
				${this.given_html(panel.tier)}
				${this.given_html(panel.type)}
				<ul class="np-reasons"></ul>
				${this.data_html()}
			</section>`);
		const $reasons = $card.find(".np-reasons");
		const shown = 8;
		panel.reasons.forEach((reason, index) => {
			$(this.reason_html(reason))
				.toggleClass("np-more", index >= shown)
				.appendTo($reasons);
		});
		if (!panel.reasons.length) {
			$reasons.append(`<li class="text-muted">${__("No rule has given this lead points yet.")}</li>`);
		}
		if (panel.reasons.length > shown) {
			$(
				`<button type="button" class="btn btn-xs btn-link">${__("Show all {0} reasons", [
					panel.reasons.length,
				])}</button>`
			)
				.on("click", (event) => {
					$reasons.find(".np-more").removeClass("np-more");
					$reasons.attr("tabindex", -1).trigger("focus"); // the button goes
					$(event.currentTarget).remove();
				})
				.appendTo($card);
		}
		return $card;
	}

	/** What the type or the tier of the lead means and asks for, and why it has it. */
	given_html(given) {
		if (!given) return "";
		const since = given.since ? __("since {0}", [nurture.day(given.since)]) : "";
		const facts = [
			given.by_hand ? __("chosen by hand") : "",
			since,
			given.who,
			given.senior ? __("senior contact: {0}", [given.senior]) : "",
			given.channel ? __("best reached by {0}", [given.channel]) : "",
		].filter(Boolean);
		const sequence = given.sequence
			? __("Usual sequence: {0}", [nurture.route_link("Nurture Sequence", given.sequence)])
			: "";
		return `
			<div class="np-type">
				<b>${nurture.esc(given.title)}</b>: ${nurture.esc(given.meaning)}
				${given.treatment ? `<div>${nurture.esc(given.treatment)}</div>` : ""}
				${given.why ? `<div class="text-muted small">${__("Because: {0}", [nurture.esc(given.why)])}</div>` : ""}
				<div class="text-muted small">${[nurture.esc(facts.join(" · ")), sequence]
					.filter(Boolean)
					.join(" · ")}</div>
			</div>`;
	}

	/** What the lead lacks; nothing when it is complete. */
	data_html() {
		const { percent, missing } = this.panel.data;
		if (!missing.length) return "";
		const text = __("Data {0} % complete; missing: {1}", [cint(percent), missing.join(", ")]);
		return `<p class="text-muted small np-lacks">${nurture.esc(text)}</p>`;
	}

	since_html() {
		const { panel } = this;
		const parts = [];
		if (panel.stage && panel.stage_since) parts.push(__("since {0}", [nurture.day(panel.stage_since)]));
		if (panel.last_activity_on) parts.push(__("last active {0}", [nurture.day(panel.last_activity_on)]));
		return nurture.esc(parts.join(" · "));
	}

	reason_html(reason) {
		const points = flt(reason.points, 1);
		const sign = points > 0 ? "+" : points < 0 ? "−" : "";
		const last = nurture.day(reason.last_on);
		const more = [
			reason.count > 1 ? __("{0} times", [reason.count]) : "",
			reason.detail && reason.is_rule ? reason.detail : "",
			reason.holds && last ? __("since {0}", [last]) : last,
			this.fading_of(reason),
		].filter(Boolean);
		const name =
			reason.is_rule && this.panel.can_change
				? nurture.route_link("Lead Scoring Rule", reason.text, __(reason.text))
				: nurture.esc(__(reason.text));
		return `
			<li>
				<span class="np-points ${points < 0 ? "np-negative" : ""}" dir="ltr">${sign}${Math.abs(points)}</span>
				<span>${name}${
			more.length ? ` <span class="text-muted">· ${nurture.esc(more.join(", "))}</span>` : ""
		}</span>
			</li>`;
	}

	/** Why the points are fewer than the rule says, or when they will be. */
	fading_of({ half_life_days, full, ends_on, count }) {
		if (half_life_days) return __("{0} at first, half every {1} days", [full, half_life_days]);
		if (!ends_on) return "";
		const day = nurture.day(ends_on);
		return count > 1 ? __("the first counts until {0}", [day]) : __("counts until {0}", [day]);
	}

	enrollment_card() {
		const { panel } = this;
		const $card = $(`
			<section class="np-card" aria-label="${__("Sequences")}">
				<div class="np-head"><h6>${__("Sequences")}</h6><span class="np-buttons"></span></div>
				<div class="np-enrollments"></div>
			</section>`);
		if (panel.can_change) {
			$(`<button type="button" class="btn btn-xs btn-default">${__("Enroll…")}</button>`)
				.on("click", () => this.enroll())
				.appendTo($card.find(".np-buttons"));
		}
		const $list = $card.find(".np-enrollments");
		if (!panel.enrollments.length) {
			$list.html(`<div class="text-muted">${__("This lead is in no sequence.")}</div>`);
		}
		for (const enrollment of panel.enrollments) $list.append(this.enrollment_row(enrollment));
		if (panel.past) {
			$(`<a href="#" class="small">${__("{0} more in the past", [panel.past])}</a>`)
				.on("click", (event) => {
					event.preventDefault();
					frappe.set_route("List", "Nurture Enrollment", { party: this.lead });
				})
				.appendTo($list);
		}
		$list.append(this.starts_html());
		return $card;
	}

	/** Each time a sequence was to begin, and what became of it: why the lead is in one, or is not. */
	starts_html() {
		const { starts = [] } = this.panel;
		if (!starts.length) return "";
		const line = (one) => {
			const what = one.trigger_type === "Manual" ? __("By hand: {0}", [one.what]) : one.what;
			const outcome =
				one.outcome === "Started" ? __("Started") : one.sentence || nurture.reason(one.reason);
			return `<li><b>${nurture.esc(one.sequence)}</b>: ${nurture.esc(outcome)}
				<span class="text-muted">${nurture.esc(
					[nurture.day(one.decided_on), what || __(one.trigger_type)].join(" · ")
				)}</span></li>`;
		};
		return `<details class="np-starts small"><summary>${__("Why, and why not")}</summary>
			<ul>${starts.map(line).join("")}</ul></details>`;
	}

	next_html(enrollment) {
		if (enrollment.status === "Active" && enrollment.step) {
			return enrollment.due_local
				? __("{0} on {1}", [
						nurture.esc(enrollment.step),
						`${nurture.esc(enrollment.due_local)} <span class="text-muted">${nurture.esc(
							enrollment.zone || ""
						)}</span>`,
				  ])
				: nurture.esc(enrollment.step);
		}
		return nurture.esc(enrollment.reason_sentence || nurture.reason(enrollment.reason));
	}

	enrollment_row(enrollment) {
		const live = LIVE.includes(enrollment.status);
		const reason = enrollment.reason_sentence || nurture.reason(enrollment.reason);
		const $row = $(`
			<div class="np-enrollment ${live ? "" : "np-ended"}">
				<div class="np-head">
					<span>
						${nurture.route_link("Nurture Enrollment", enrollment.name, enrollment.sequence)}
						${nurture.status_pill(enrollment.status)}
					</span>
					<span class="np-buttons"></span>
				</div>
				${
					live && enrollment.step
						? `<div>${__("Next: {0}", [
								enrollment.due_local && enrollment.status !== "Paused"
									? `<b>${nurture.esc(enrollment.step)}</b>, ${nurture.esc(
											enrollment.due_local
									  )}
										<span class="text-muted">${nurture.esc(enrollment.zone || "")}</span>`
									: `<b>${nurture.esc(enrollment.step)}</b>`,
						  ])}</div>`
						: ""
				}
				${
					reason
						? `<div class="${
								enrollment.status === "Held" ? "text-danger" : "text-muted"
						  }">${nurture.esc(reason)}</div>`
						: ""
				}
			</div>`);
		if (!live || !this.panel.can_change) return $row;
		const $buttons = $row.find(".np-buttons");
		const add = (label, action) =>
			$(`<button type="button" class="btn btn-xs btn-default">${label}</button>`)
				.on("click", action)
				.appendTo($buttons);
		if (enrollment.status === "Active") add(__("Pause", null, "Nurture"), () => this.act("pause", enrollment));
		else if (nurture.waits_for_release(enrollment))
			add(__("Look and Decide"), () =>
				nurture.decide_approval(enrollment.name, () => this.refresh())
			);
		else add(__("Resume", null, "Nurture"), () => this.act("resume", enrollment));
		add(__("Stop", null, "Nurture"), () => {
			const back = nurture.remember_focus();
			const question = frappe.confirm(
				__(
					"Stop {0} for this lead? It gets no further messages of this sequence and cannot be resumed.",
					[`<b>${nurture.esc(enrollment.sequence)}</b>`]
				),
				() => this.act("stop", enrollment)
			);
			nurture.opened_here(question, back);
		});
		return $row;
	}

	act(action, enrollment) {
		return nurture
			.call(
				`enrollment_actions.${action}`,
				{ enrollments: JSON.stringify([enrollment.name]) },
				{ freeze: __("One moment…") }
			)
			.then((answer) => {
				nurture.show_left(answer);
				return this.refresh();
			});
	}

	enroll() {
		const back = nurture.remember_focus();
		nurture.call("enrollment_actions.sequences_for", { lead: this.lead }).then((sequences) => {
			sequences = sequences || [];
			if (!sequences.length) {
				frappe.msgprint({
					title: __("No Active Sequence"),
					message: __("Activate a sequence first, then leads can enter it."),
				});
				return;
			}
			const by_name = Object.fromEntries(sequences.map((one) => [one.name, one]));
			const dialog = new frappe.ui.Dialog({
				title: __("Enroll {0}", [
					nurture.esc(this.frm.doc.lead_name || this.frm.doc.title || this.lead),
				]),
				fields: [
					{
						fieldname: "sequence",
						fieldtype: "Select",
						label: __("Sequence"),
						reqd: 1,
						options: sequences.map((one) => ({ value: one.name, label: one.name })),
						default: (sequences.find((one) => !one.refusal) || sequences[0]).name,
						change: () => explain(),
					},
					{ fieldname: "explanation", fieldtype: "HTML" },
				],
				primary_action_label: __("Enroll"),
				primary_action: ({ sequence }) => {
					nurture
						.call(
							"enrollment_actions.enroll",
							{ sequence, leads: JSON.stringify([this.lead]) },
							{ freeze: __("One moment…") }
						)
						.then((outcomes) => {
							const outcome = (outcomes || [])[0] || {};
							if (outcome.enrollment) {
								dialog.hide();
								frappe.show_alert({ message: __("Enrolled."), indicator: "green" });
								this.refresh();
								return;
							}
							dialog
								.get_field("explanation")
								.$wrapper.html(
									`<div class="nurture-note red" role="alert">${nurture.esc(
										outcome.sentence || nurture.reason(outcome.reason)
									)}</div>`
								);
						});
				},
			});
			const explain = () => {
				const chosen = by_name[dialog.get_value("sequence")] || {};
				dialog
					.get_field("explanation")
					.$wrapper.html(
						(chosen.description ? `<p>${nurture.esc(chosen.description)}</p>` : "") +
							(chosen.refusal
								? `<div class="nurture-note red" role="alert">${nurture.esc(
										chosen.refusal
								  )}</div>`
								: "")
					);
				dialog.get_primary_btn().prop("disabled", Boolean(chosen.refusal));
			};
			nurture.opened_here(dialog, back).show();
			explain();
		});
	}

	/** Visits to the websites: how many, how long, how the lead came first and lately. */
	visits_card() {
		const { visits } = this.panel;
		if (!visits || !visits.count) return $();
		const came = (visit) =>
			[nurture.day(visit.started_on), __(visit.channel), visit.utm_campaign, visit.landing_page]
				.filter(Boolean)
				.join(" · ");
		const minutes = Math.round(visits.seconds / 60);
		const lines = [
			visits.count === 1
				? __("{0} pages in one visit, {1} minutes", [visits.pages, minutes])
				: __("{0} pages in {1} visits, {2} minutes", [visits.pages, visits.count, minutes]),
			__("First: {0}", [came(visits.first)]),
		];
		if (visits.count > 1) lines.push(__("Last: {0}", [came(visits.latest)]));
		return $(`
			<section class="np-card" aria-label="${__("Website")}">
				<div class="np-head"><h6>${__("Website")}</h6></div>
				${lines.map((line) => `<div>${nurture.esc(line)}</div>`).join("")}
			</section>`);
	}

	/** What the lead did and what was sent, newest first. */
	history_card() {
		const { activities = [], touches = [] } = this.panel;
		const lines = [
			...activities.map((one) => ({
				on: one.occurred_on,
				text: __(one.activity_type),
				detail: [one.detail, one.classification === "machine" ? __("by a machine") : ""],
				colour: one.classification === "machine" ? "grey" : "green",
			})),
			...touches.map((one) => ({
				on: one.sent_on || one.queued_on || one.due_on,
				text: one.subject || one.step,
				detail: [__(one.status), one.reason_sentence],
				colour: nurture.COLOURS[one.status],
			})),
		]
			.filter((line) => line.on)
			.sort((a, b) => (a.on < b.on ? 1 : -1))
			.slice(0, 10);
		if (!lines.length && !this.panel.can_change) return $();
		const items = lines
			.map(
				(line) => `
				<li>
					<span class="indicator ${line.colour || "grey"}"></span>
					<span>${nurture.esc(line.text)} <span class="text-muted">${nurture.esc(
					["", nurture.day(line.on), ...line.detail]
						.filter((part, index) => part || !index)
						.join(" · ")
				)}</span></span>
				</li>`
			)
			.join("");
		const $card = $(`
			<section class="np-card" aria-label="${__("Lately")}">
				<div class="np-head"><h6>${__("Lately")}</h6><span class="np-buttons"></span></div>
				<ul class="np-history">${items}</ul>
			</section>`);
		if (this.panel.can_change) {
			$(`<button type="button" class="btn btn-xs btn-default">${__("Log Activity…")}</button>`)
				.on("click", () => this.log_activity())
				.appendTo($card.find(".np-buttons"));
		}
		return $card;
	}

	/** What a colleague knows of and no system reports. */
	log_activity() {
		const back = nurture.remember_focus();
		nurture.call("activity_actions.kinds").then((kinds) => {
			const by_name = Object.fromEntries((kinds || []).map((one) => [one.name, one]));
			const dialog = new frappe.ui.Dialog({
				title: __("Log Activity"),
				fields: [
					{
						fieldname: "activity_type",
						fieldtype: "Autocomplete",
						label: __("What Happened"),
						options: Object.keys(by_name).map((name) => ({ value: name, label: __(name) })),
						reqd: 1,
						change: () => {
							const means = by_name[dialog.get_value("activity_type")]?.detail_means;
							dialog.set_df_property("detail", "description", means ? __(means) : "");
						},
					},
					{ fieldname: "detail", fieldtype: "Data", label: __("Detail") },
					{
						fieldname: "occurred_on",
						fieldtype: "Datetime",
						label: __("When"),
						default: frappe.datetime.now_datetime(),
						reqd: 1,
					},
				],
				primary_action_label: __("Log"),
				primary_action: (values) =>
					nurture
						.call(
							"activity_actions.log",
							{ lead: this.lead, ...values },
							{ freeze: __("One moment…") }
						)
						.then((result) => {
							if (!result) return;
							dialog.hide();
							frappe.show_alert({ message: __("Logged."), indicator: "green" });
							this.refresh();
						}),
			});
			nurture.opened_here(dialog, back).show();
		});
	}

	chosen_html() {
		const { channels = [], chosen = {} } = this.panel.consent;
		const others = channels
			.filter((one) => one.channel !== "Email")
			.map(
				(one) =>
					`<li>${nurture.route_link("Nurture Consent", one.name, __(one.channel))} ${nurture.pill(
						__(one.status),
						nurture.COLOURS[one.status]
					)} <span class="text-muted small">${nurture.esc(
						[one.on ? nurture.day(one.on) : "", one.source].filter(Boolean).join(" · ")
					)}</span></li>`
			);
		const lines = (chosen.lines || []).map((line) => `<li>${nurture.esc(line)}</li>`);
		const waits = chosen.sentence ? [`<li class="text-muted">${nurture.esc(chosen.sentence)}</li>`] : [];
		const email = channels.find((one) => one.channel === "Email");
		const history = email
			? `<div class="small">${nurture.route_link("Nurture Consent", email.name, __("History"))}</div>`
			: "";
		const items = [...lines, ...waits, ...others];
		return (items.length ? `<ul class="np-history">${items.join("")}</ul>` : "") + history;
	}

	/** The clock on their wall, and how we know. */
	place_html() {
		const { place } = this.panel;
		if (!place) return "";
		const clock = __("In their time: {0}", [`<b>${nurture.esc(place.now)}</b>`]);
		const how = [place.zone, place.known_from].filter(Boolean).join(" · ");
		const language = place.language
			? `<div class="text-muted small">${nurture.esc(place.language)}</div>`
			: "";
		return `<div class="np-place">${clock} <span class="text-muted small">${nurture.esc(
			how
		)}</span>${language}${nurture.locale_html(place.locale)}</div>`;
	}

	consent_card() {
		const { consent } = this.panel;
		const state = consent.suppressed
			? nurture.pill(__("No Marketing E-mail"), "red")
			: consent.status
			? nurture.pill(__(consent.status), nurture.COLOURS[consent.status])
			: nurture.pill(__("Not Asked"), "orange");
		const details = [consent.on ? nurture.day(consent.on) : "", consent.source]
			.filter(Boolean)
			.join(" · ");
		return $(`
			<section class="np-card" aria-label="${__("Consent")}">
				<div class="np-head"><h6>${__("E-mail Consent")}</h6> ${state}</div>
				<div>${nurture.esc(consent.sentence || consent.suppressed || "")}</div>
				${details ? `<div class="text-muted small">${nurture.esc(details)}</div>` : ""}
				${this.chosen_html()}
				${this.place_html()}
			</section>`);
	}
};
