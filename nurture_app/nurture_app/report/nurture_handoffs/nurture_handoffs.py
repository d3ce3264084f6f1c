"""What became of leads that were handed to sales: taken, given back and why, by colleague, source, score... (SM-14, SM-24)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import frappe
from frappe import _
from frappe.utils import escape_html, flt

from nurture_app.engine.figures.funnel import column_for
from nurture_app.engine.figures.handoffs import (
	LOST_WITHIN,
	Answer,
	Handoff,
	Handoffs,
	by,
	handoffs,
	together,
)
from nurture_app.nurture_app.report_columns import column
from nurture_app.nurture_app.report_days import whole_days
from nurture_app.nurture_app.report_mistakes import mistakes_said
from nurture_app.site.host import site_host
from nurture_app.site.permissions import hidden_fields, visible_leads

BAND = 20
"""Points of one row by score."""
REASONS_TOLD = 3


@mistakes_said
def execute(filters: dict[str, Any] | None = None) -> tuple:
	"""Columns, a row for each group or each lead, why leads were given back, and the rates on top."""
	filters = frappe._dict(filters or {})
	host = site_host(commit=False)
	grouped_by = filters.by if filters.by in GROUPS else "Colleague"
	hidden = column_for(host, "Source") in hidden_fields()
	if grouped_by == "Source" and hidden:
		frappe.throw(
			_("You may not see the field {0} of leads. Choose something else.").format(_(grouped_by))
		)
	found = handoffs(host, *whole_days(filters), visible_leads())
	if filters.show in SHOWN:
		rows = [_lead_row(one) for one in found if one.answer in SHOWN[filters.show]]
		return _lead_columns(), rows, _message(found)
	rows = [_row(one, one.name or _nameless(grouped_by)) for one in by(found, GROUPS[grouped_by])]
	total = together(found)
	if len(rows) > 1:
		rows.append(_row(total, _("All")) | {"bold": 1})
	return _columns(grouped_by), rows, _message(found), None, _summary(total) if found else None


def _band(one: Handoff) -> str:
	least = one.score // BAND * BAND
	return _("{0} to {1} points").format(least, least + BAND - 1)


GROUPS: dict[str, Callable[[Handoff], str]] = {
	"Colleague": lambda one: one.user,
	"Sequence": lambda one: one.sequence,
	"Source": lambda one: one.source,
	"Score": _band,
	"Reason": lambda one: _(one.reason) if one.reason else "",
}
SHOWN = {
	"Leads": tuple(Answer),
	"No Answer": (Answer.NONE,),
	"Given Back": (Answer.GIVEN_BACK,),
}


def _nameless(grouped_by: str) -> str:
	return _("No Reason Given, or Not Given Back") if grouped_by == "Reason" else _("Not given")


def _message(found: list[Handoff]) -> str:
	if not found:
		line = _(
			"No lead was handed over in this time. A step Handoff of a sequence does that, once the lead is ready for sales."
		)
		return f"<p class='text-muted'>{escape_html(line)}</p>"
	lines = []
	reasons = Counter(one.reason for one in found if one.reason)
	if reasons:
		told = ", ".join(f"{_(reason)} ({count})" for reason, count in reasons.most_common(REASONS_TOLD))
		lines.append(_("Given back most often because: {0}.").format(told))
	lines.append(
		_(
			"Too early, perhaps, is what was given back, is Do Not Contact or Lost Quotation now, or whose deal was lost within {0} days."
		).format(LOST_WITHIN.days)
	)
	lines.append(
		_("In touch are those who said nothing, while somebody wrote to the lead, called or met it.")
	)
	return f"<p class='text-muted'>{escape_html(' '.join(lines))}</p>"


def _row(one: Handoffs, name: str) -> dict[str, Any]:
	share = one.accepted
	return {
		"group": name,
		"handed": one.handed,
		"accepted": one.answers[Answer.ACCEPTED],
		"given_back": one.answers[Answer.GIVEN_BACK],
		"in_touch": one.answers[Answer.IN_TOUCH],
		"silent": one.answers[Answer.NONE],
		"percent": share.percent if share.people else None,
		"median_hours": one.median_hours,
		"opportunities": one.opportunities,
		"early": one.early,
	}


def _lead_row(one: Handoff) -> dict[str, Any]:
	return {
		"lead": one.lead,
		"title": one.title,
		"user": one.user,
		"sequence": one.sequence,
		"score": one.score,
		"handed_on": one.handed_on,
		"answer": _(one.answer.value),
		"answered_on": one.answered_on,
		"reason": _(one.reason) if one.reason else "",
	}


def _columns(grouped_by: str) -> list[dict]:
	return [
		column("group", _("Score Today") if grouped_by == "Score" else _(grouped_by), "Data", 230),
		column("handed", _("Handed Over"), "Int", 120),
		column("accepted", _("Taken"), "Int", 90),
		column("given_back", _("Given Back"), "Int", 110),
		column("in_touch", _("In Touch"), "Int", 100),
		column("silent", _("No Answer"), "Int", 110),
		column("percent", _("Taken % of Answers"), "Percent", 160, precision=1),
		column("median_hours", _("Hours Until Answer (middle value)"), "Float", 260, precision=1),
		column("opportunities", _("With Opportunity"), "Int", 150),
		column("early", _("Too Early, Perhaps"), "Int", 160),
	]


def _lead_columns() -> list[dict]:
	return [
		column("lead", _("Lead"), "Link", 190, options="Lead"),
		column("title", _("Name"), "Data", 190),
		column("user", _("Colleague"), "Data", 190),
		column("sequence", _("Sequence"), "Data", 190),
		column("score", _("Score"), "Int", 80),
		column("handed_on", _("Handed Over on"), "Datetime", 170),
		column("answer", _("Answer"), "Data", 110),
		column("answered_on", _("Answered on"), "Datetime", 170),
		column("reason", _("Reason"), "Data", 180),
	]


def _summary(total: Handoffs) -> list[dict]:
	share = total.accepted
	silent = total.answers[Answer.NONE]
	return [
		{
			"label": _("Taken, of All Answers"),
			"value": flt(share.percent, 1) if share.people else None,
			"datatype": "Percent",
		},
		{
			"label": _("Without an Answer"),
			"value": silent,
			"datatype": "Int",
			"indicator": "Red" if silent else "Green",
		},
	]
