frappe.ui.form.on("Lead Scoring Rule", {
	before_load: () => frappe.require(["nurture.bundle.js", "nurture.bundle.css"]),

	refresh(frm) {
		if (frm.doc.rule_type === "Profile") nurture.bind_condition(frm);
		frm.trigger("show_sentence");
		if (frm.perm[0]?.write) {
			frm.add_custom_button(__("Try Out"), () => frm.trigger("try_out"));
		}
		if (!frm.is_new()) {
			frm.set_intro("");
			if (!frm.doc.enabled) {
				frm.set_intro(__("This rule is switched off and gives no points."), "orange");
			}
		}
	},

	rule_type(frm) {
		if (frm.is_new()) {
			frm.set_value("score_part", frm.doc.rule_type === "Profile" ? "Fit" : "Engagement");
		}
		if (frm.doc.rule_type === "Profile") nurture.bind_condition(frm);
		frm.trigger("show_sentence");
	},

	/** What the numbers of a behaviour rule mean together. */
	show_sentence(frm) {
		const field = frm.get_field("cap_count");
		const { doc } = frm;
		if (doc.rule_type !== "Behaviour" || !doc.activity_type) {
			field.set_description(__("0 means no limit."));
			return;
		}
		const points = cint(doc.points);
		const parts = [
			cint(doc.needs_count) > 1
				? __("{0} points when it happens for time number {1}", [points, cint(doc.needs_count)])
				: __("{0} points each time", [points]),
		];
		if (cint(doc.cap_count)) {
			const times = cint(doc.cap_count);
			const days = cint(doc.cap_window_days);
			if (times === 1) parts.push(days ? __("only once in {0} days", [days]) : __("only once ever"));
			else {
				parts.push(
					days
						? __("at most {0} times in {1} days", [times, days])
						: __("at most {0} times ever", [times])
				);
				parts.push(__("together {0} points", [times * points]));
			}
		}
		field.set_description(`${__("0 means no limit.")} ${frappe.utils.escape_html(parts.join(", "))}.`);
	},
	points: (frm) => frm.trigger("show_sentence"),
	activity_type: (frm) => frm.trigger("show_sentence"),
	needs_count: (frm) => frm.trigger("show_sentence"),
	cap_count: (frm) => frm.trigger("show_sentence"),
	cap_window_days: (frm) => frm.trigger("show_sentence"),

	try_out(frm) {
		nurture
			.call("scoring_actions.dry_run", { rule: JSON.stringify(frm.doc) }, { freeze: __("Counting…") })
			.then((result) => {
				if (!result) return;
				const rows = [
					[__("Leads whose score changes"), result.leads],
					[__("Gain points"), result.gain],
					[__("Lose points"), result.lose],
					[__("Would become MQL"), result.to_mql],
					[__("Would become SQL"), result.to_sql],
					[__("Would no longer be MQL"), result.from_mql],
					[__("Would no longer be SQL"), result.from_sql],
				].filter(([, number], index) => number !== undefined && (index === 0 || number));
				const table = rows
					.map(
						([label, number]) =>
							`<tr><td>${label}</td><td class="text-right"><b>${format_number(
								number,
								null,
								0
							)}</b></td></tr>`
					)
					.join("");
				const examples = (result.examples || [])
					.map(
						(one) =>
							`<tr><td>${nurture.route_link(
								"Lead",
								one.lead,
								one.title
							)}</td><td class="text-right">${cint(one.before)} → <b>${cint(
								one.after
							)}</b></td></tr>`
					)
					.join("");
				frappe.msgprint({
					title: __("If This Rule Were Saved and Enabled Now"),
					wide: true,
					message: `${result.sentence ? `<p>${nurture.esc(result.sentence)}</p>` : ""}
						<table class="table table-sm">${table}</table>
						${examples ? `<h6>${__("Examples")}</h6><table class="table table-sm">${examples}</table>` : ""}
						<p class="text-muted">${__("Nothing was changed.")}</p>`,
				});
			});
	},
});
