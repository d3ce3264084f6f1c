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
