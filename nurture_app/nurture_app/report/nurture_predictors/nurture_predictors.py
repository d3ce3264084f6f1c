"""Signals and Outcomes: what leads did that became customers, beside the points it brings (SC-28, RQ-03, AI-02)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import frappe
from frappe import _
from frappe.utils import escape_html

from nurture_app.engine.figures.predictors import OUTCOMES, Predictor, Predictors, predictors
from nurture_app.nurture_app.report_columns import column
from nurture_app.nurture_app.report_days import whole_days
from nurture_app.nurture_app.report_mistakes import mistakes_said
from nurture_app.site.host import site_host
from nurture_app.site.permissions import visible_leads

NAMED = 5


@mistakes_said
def execute(filters: dict[str, Any] | None = None) -> tuple[list[dict], list[dict], str]:
	"""Columns, a row for each kind of activity, and what rules could learn from it."""
	filters = frappe._dict(filters or {})
	outcome = filters.outcome or OUTCOMES[0]
	if outcome not in OUTCOMES:
		frappe.throw(_("Choose one of {0} as outcome.").format(", ".join(_(one) for one in OUTCOMES)))
	if visible_leads() is not None:
		frappe.throw(_("This report is about all leads, and you may not see all of them."))
	found = predictors(site_host(commit=False), *whole_days(filters), outcome)
	lines = "".join(f"<p class='text-muted'>{escape_html(line)}</p>" for line in in_words(found, outcome))
	return _columns(), [_row(one) for one in found.kinds], lines


def in_words(found: Predictors, outcome: str) -> list[str]:
	"""How many had the outcome, which signals rules leave out or pay for in vain, and what must not be concluded."""
	if not found.everybody.people:
		return [_("No leads were created in this time.")]
	lines = [
		_("Of {0} leads {1} had the outcome “{2}” ({3} %).").format(
			found.everybody.people, found.everybody.count, _(outcome), f"{found.everybody.percent:.1f}"
		)
	]
	unpaid = [one for one in found.kinds if one.verdict == "More Often" and not one.points]
	if unpaid:
		lines.append(_("Seen more often before it, and no rule gives points: {0}.").format(_named(unpaid)))
	in_vain = [one for one in found.kinds if one.verdict == "Less Often" and max(one.points, default=0) > 0]
	if in_vain:
		lines.append(_("Seen less often before it, and a rule gives points: {0}.").format(_named(in_vain)))
	lines.append(
		_(
			"Only what leads did before the outcome counts. Those who did it differ from the others in more than that, so this shows where to look, not what works. From and to: by how many percentage points they differ; that none of the differences shown is chance is 95 % certain."
		)
	)
	return lines


def _named(kinds: Sequence[Predictor]) -> str:
	more = len(kinds) - NAMED
	names = ", ".join(_(one.kind) for one in kinds[:NAMED])
	return _("{0} and {1} more").format(names, more) if more > 0 else names


def _row(one: Predictor) -> dict[str, Any]:
	row = {
		"signal": _(one.kind),
		"leads": one.did.people,
		"reached": one.did.count,
		"percent": one.did.percent,
		"others_percent": one.others.percent if one.others.people else None,
		"verdict": one.verdict,
		"points": ", ".join(f"{points:+d}" for points in one.points),
	}
	return row | ({"low": one.low, "high": one.high} if one.is_enough else {"low": None, "high": None})


def _columns() -> list[dict]:
	return [
		column("signal", _("Signal"), "Data", 200),
		column("leads", _("Leads Who Did It"), "Int", 140),
		column("reached", _("Had the Outcome"), "Int", 165),
		column("percent", _("Of Them %"), "Percent", 110, precision=1),
		column("others_percent", _("Of the Others %"), "Percent", 140, precision=1),
		column("low", _("From"), "Float", 90, precision=1),
		column("high", _("to"), "Float", 90, precision=1),
		column("verdict", _("Outcome Was Seen"), "Data", 160),
		column("points", _("Points of Rules"), "Data", 140),
	]
