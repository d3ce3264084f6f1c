// What colleagues hear from people: noted beside the lead, and offered as words to who writes texts.

/** Kinds in the order in which they are asked for; the texts are those of the DocType's field. */
const KINDS = [
	"Customer's Words",
	"Objection",
	"Blocker",
	"Competitor",
	"Product Feedback",
	"Phrase That Resonates",
	"How They Heard of Us",
	"Interview Answer",
	"Why They Bought",
	"Why They Did Not Buy",
];
const HEARD_IN = ["Call", "Meeting", "Mail", "Interview", "Survey", "Chat", "Other"];

const choices = (values) => ["", ...values].map((value) => ({ value, label: value ? __(value) : "" }));

/** The newest words of the lead, and the button to note more. */
nurture.insights_card = (panel_of_lead) => {
	const { insights } = panel_of_lead.panel;
	if (!insights || (!insights.count && !insights.may_add)) return $();
	const $card = $(`
		<section class="np-card np-insights" aria-label="${__("What Was Heard")}">
			<div class="np-head"><h6>${__("What Was Heard")}</h6><span class="np-buttons"></span></div>
			<ul class="np-history"></ul>
		</section>`);
	const $list = $card.find("ul");
	for (const one of insights.latest) $list.append(insight_row(one));
	const more = insights.count - insights.latest.length;
	if (more > 0) {
		$(`<li><a href="#" class="small">${__("{0} more", [more])}</a></li>`)
			.on("click", "a", (event) => {
				event.preventDefault();
				frappe.set_route("List", "Nurture Insight", { lead: panel_of_lead.lead });
			})
			.appendTo($list);
	}
	if (insights.may_add) {
		$(`<button type="button" class="btn btn-xs btn-default">${__("Note What You Heard…")}</button>`)
			.on("click", () =>
				nurture.note_insight({ lead: panel_of_lead.lead }, () => panel_of_lead.refresh())
			)
			.appendTo($card.find(".np-buttons"));
	}
	return $card;
};

function insight_row(one) {
	const about = [one.competitor, __(one.heard_in || ""), nurture.day(one.heard_on)].filter(Boolean);
	return $(`<li><span class="indicator ${one.for_copy ? "green" : "grey"}"></span></li>`).append(
		$("<span></span>").append(
			nurture.route_link("Nurture Insight", one.name, __(one.kind)),
			`: <q>${nurture.esc(one.said)}</q>`,
			` <span class="text-muted">· ${nurture.esc(about.join(" · "))}</span>`
		)
	);
}

/** Asks for what was heard; `about` names the lead, and the opportunity or customer on whose form the user is. */
nurture.note_insight = (about, done) => {
	const back = nurture.remember_focus();
	const dialog = new frappe.ui.Dialog({
		title: __("What You Heard"),
		fields: [
			{ fieldname: "kind", fieldtype: "Select", label: __("Kind"), options: choices(KINDS), reqd: 1 },
			{
				fieldname: "competitor",
				fieldtype: "Data",
				label: __("Competitor"),
				depends_on: "eval:doc.kind == 'Competitor'",
				mandatory_depends_on: "eval:doc.kind == 'Competitor'",
			},
			{
				fieldname: "said",
				fieldtype: "Small Text",
				label: __("What Was Said"),
				description: __("The words themselves, as they were said."),
				reqd: 1,
			},
			{
				fieldname: "answer",
				fieldtype: "Small Text",
				label: __("What We Say to It"),
				depends_on: "eval:['Objection', 'Blocker'].includes(doc.kind)",
				description: __("Shown in the playbook to whoever talks with people of the same persona."),
			},
			{ fieldname: "topic", fieldtype: "Autocomplete", label: __("Topic") },
			{
				fieldname: "heard_in",
				fieldtype: "Select",
				label: __("Heard In"),
				options: choices(HEARD_IN),
			},
			{
				fieldname: "for_copy",
				fieldtype: "Check",
				label: __("May Be Used in Texts"),
				description: __(
					"Everybody who writes texts sees it in the phrases of customers, without a name."
				),
			},
		],
		primary_action_label: __("Note"),
		primary_action: (values) =>
			nurture
				.call("insight_actions.note", { ...values, ...about }, { freeze: __("One moment…") })
				.then((answer) => {
					if (!answer) return;
					dialog.hide();
					frappe.show_alert({ message: __("Noted."), indicator: "green" });
					return done?.();
				}),
	});
	dialog.onhide = () => setTimeout(() => dialog.$wrapper.remove(), 500); // not used again
	nurture.opened_here(dialog, back).show();
	if (nurture.is_member()) nurture.offer_topics(dialog, "topic");
};

/** Words of customers by persona, for a text that is being written; a click copies them. */
nurture.show_phrases = () => {
	const back = nurture.remember_focus();
	let asked = 0;
	const load = () => {
		const mine = ++asked;
		const { persona = "", text = "" } = dialog.get_values(true) || {};
		nurture
			.quiet_call("insight_actions.phrases", { persona: persona || "", text: text || "" })
			.then((found) => mine === asked && list(found || []));
	};
	const dialog = new frappe.ui.Dialog({
		title: __("Phrases of Customers"),
		size: "large",
		fields: [
			{
				fieldname: "persona",
				fieldtype: "Link",
				options: "Nurture Persona",
				label: __("Persona"),
				change: load,
			},
			{ fieldtype: "Column Break" },
			{ fieldname: "text", fieldtype: "Data", label: __("With the Words"), change: load },
			{ fieldtype: "Section Break" },
			{ fieldname: "phrases", fieldtype: "HTML" },
		],
	});
	const list = (found) => {
		const $list = $('<div class="nurture-phrases" role="list"></div>');
		for (const one of found) $list.append(phrase_row(one));
		if (!found.length) {
			$list.append(
				`<p class="text-muted">${__(
					"Nothing yet. Colleagues note what they hear on the form of a lead, and tick that it may be used in texts."
				)}</p>`
			);
		}
		dialog.get_field("phrases").$wrapper.empty().append($list);
	};
	dialog.onhide = () => setTimeout(() => dialog.$wrapper.remove(), 500); // not used again
	nurture.opened_here(dialog, back).show();
	load();
};

function phrase_row(one) {
	const about = [__(one.kind), one.persona, one.topic, nurture.day(one.heard_on)].filter(Boolean);
	return $('<div role="listitem"></div>').append(
		$(`<button type="button" class="btn btn-default nurture-phrase" title="${__("Copy")}"></button>`)
			.append(
				$("<span></span>").text(one.said),
				$('<span class="text-muted small"></span>').text(about.join(" · "))
			)
			.on("click", () => frappe.utils.copy_to_clipboard(one.said))
	);
}
