// Beside a conversation: who this is, how to go about it, and what to show. Opened from the lead's form.

nurture.add_sales_help = (frm) => {
	const label = __("Playbook");
	if (!frm.custom_buttons[label]) frm.add_custom_button(label, () => nurture.open_sales_help(frm));
};

nurture.open_sales_help = (frm) => {
	const lead = frm.doc.name;
	const back = nurture.remember_focus();
	nurture.call("sales_actions.get_help", { lead }).then((help) => {
		if (!help) return;
		const dialog = new frappe.ui.Dialog({
			title: __("Playbook for {0}", [nurture.esc(frm.doc.lead_name || frm.doc.title || lead)]),
			size: "extra-large",
			fields: [{ fieldname: "help", fieldtype: "HTML" }],
		});
		dialog.onhide = () => setTimeout(() => dialog.$wrapper.remove(), 500); // not used again
		const $help = $('<div class="nurture-help"></div>');
		$help.append(persona_part(help).append(answers_part(help)), assets_part(help, lead));
		dialog.get_field("help").$wrapper.append($help);
		nurture.opened_here(dialog, back).show();
	});
};

function persona_part({ persona, stage, aim, locale }) {
	const $part = $(`<section class="nh-persona" aria-label="${__("Persona")}"></section>`);
	if (stage) {
		$part.append(
			`<p>${__("Journey Stage")}: <b>${nurture.esc(stage)}</b>. ${nurture.esc(aim)}</p>`
		);
	}
	$part.append(nurture.locale_html(locale));
	if (!persona) {
		return $part.append(
			`<p class="text-muted">${__(
				"This lead has no persona. Choose one on the tab Nurture, or enable personas with conditions that fit."
			)}</p>`
		);
	}
	$part.prepend(`<h5>${nurture.route_link("Nurture Persona", persona.name)}</h5>`);
	if (!persona.evidence) $part.append(nurture.pill(__("Assumption, not data"), "orange"));
	if (persona.playbook) {
		// the server has cleaned it when it was saved
		$part.append($('<div class="ql-snow"></div>').append($('<div class="ql-editor read-mode"></div>').html(persona.playbook)));
	}
	if (persona.channel) {
		$part.append(`<p>${__("Answers best by {0}", [`<b>${nurture.esc(__(persona.channel))}</b>`])}</p>`);
	}
	for (const { label, text } of persona.lines) {
		$(`<div class="nh-line"><h6>${nurture.esc(__(label))}</h6></div>`)
			.append($("<div></div>").html(nurture.esc(text).replace(/\n/g, "<br>")))
			.appendTo($part);
	}
	return $part;
}

/** What people of the same persona said against it, and what we say to that. */
function answers_part({ answers = [] }) {
	if (!answers.length) return $();
	const $part = $(`<div class="nh-line nh-answers"><h6>${__("Heard Lately, and What We Say to It")}</h6></div>`);
	for (const one of answers) {
		$part.append(
			$("<p></p>").append(
				`<q>${nurture.esc(one.said)}</q> <span class="text-muted small">${nurture.esc(
					[__(one.kind), nurture.day(one.heard_on)].join(" · ")
				)}</span><br>`,
				nurture.esc(one.answer).replace(/\n/g, "<br>")
			)
		);
	}
	return $part;
}

function assets_part({ assets, can_read_assets }, lead) {
	const $part = $(`
		<section class="nh-assets" aria-label="${__("What to Show")}">
			<input type="search" class="form-control input-sm" placeholder="${__("Search questions and titles")}"
				aria-label="${__("Search questions and titles")}">
			<label class="nh-all"><input type="checkbox"> ${__(
				"Also what the lead has had, and what is meant for others"
			)}</label>
			<div class="nh-list"></div>
		</section>`);
	const show = () => {
		const all = $part.find("input[type=checkbox]").prop("checked");
		const wanted = ($part.find("input[type=search]").val() || "").toLowerCase();
		const shown = assets.filter(
			(one) =>
				(all || (one.fits && !one.had)) &&
				(!wanted ||
					[one.title, one.format, one.text, ...one.questions].join("\n").toLowerCase().includes(wanted))
		);
		const $list = $part.find(".nh-list").empty();
		for (const [question, some] of by_question(shown)) {
			$list.append(`<h6>${nurture.esc(question || __("Without a question"))}</h6>`);
			for (const one of some) $list.append(asset_row(one, lead));
		}
		if (!shown.length) {
			$list.append(
				`<p class="text-muted">${
					can_read_assets
						? __("Nothing to show. Tick the box above, or add assets with the questions they answer.")
						: __("You may not read assets.")
				}</p>`
			);
		}
	};
	$part.find("input").on("input change", show);
	show();
	return $part;
}

/** Groups in the order in which their first asset comes; those without a question last. */
function by_question(assets) {
	const groups = new Map();
	for (const one of assets) {
		for (const question of one.questions.length ? one.questions : [""]) {
			if (!groups.has(question)) groups.set(question, []);
			groups.get(question).push(one);
		}
	}
	return [...groups].sort(([a], [b]) => !a - !b);
}

function asset_row(one, lead) {
	const about = [
		one.format ? __(one.format) : "",
		one.seconds ? __("{0} seconds", [one.seconds]) : "",
		one.stages.join(", "),
		one.until ? __("until {0}", [nurture.day(one.until)]) : "",
		one.fits ? "" : __("meant for others"),
	].filter(Boolean);
	const $row = $(`
		<div class="nh-asset">
			<div class="np-head">
				<span><b>${nurture.route_link("Nurture Asset", one.name, one.title)}</b>
					<span class="text-muted small">${nurture.esc(about.join(" · "))}</span></span>
				<span class="np-buttons"></span>
			</div>
		</div>`);
	if (one.had) $row.append(`<div class="small">${nurture.esc(__("Had"))}: ${nurture.esc(nurture.had_line(one.had))}</div>`);
	for (const text of [one.text, one.proof, one.text ? "" : one.description].filter(Boolean)) {
		$row.append($("<div></div>").html(nurture.esc(text).replace(/\n/g, "<br>")));
	}
	const $buttons = $row.find(".np-buttons");
	if (one.link) add_button($buttons, __("Copy Link"), () => give(one, lead, "url"));
	if (one.text || one.proof) add_button($buttons, __("Copy Text"), () => give(one, lead, "text"));
	return $row;
}

const add_button = ($buttons, label, action) =>
	$(`<button type="button" class="btn btn-xs btn-default">${label}</button>`).on("click", action).appendTo($buttons);

/** Copies what is to be passed on; the app notes that the lead has had it. */
function give(one, lead, what) {
	nurture.call("sales_actions.give", { lead, asset: one.name }).then((given) => {
		if (given?.[what]) frappe.utils.copy_to_clipboard(given[what]);
	});
}
