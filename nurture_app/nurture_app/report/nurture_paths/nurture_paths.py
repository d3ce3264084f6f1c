"""By which ways leads became customers, booked, were lost or opted out, and how often the same way led nowhere (AT-08)."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, escape_html, flt

from nurture_app.engine.figures.paths import FEWEST, OUTCOMES, Path, Paths, paths
from nurture_app.nurture_app.report_columns import column
from nurture_app.nurture_app.report_days import whole_days
from nurture_app.nurture_app.report_mistakes import mistakes_said
from nurture_app.site.host import site_host
from nurture_app.site.permissions import visible_leads

USUAL_STEPS, MOST_STEPS = 3, 5
USUAL_DAYS, MOST_DAYS = 90, 730


@mistakes_said
def execute(filters: dict[str, Any] | None = None) -> tuple:
	"""Columns, a row for each way, what must not be concluded, and how many leads it is about."""
	filters = frappe._dict(filters or {})
	outcome = filters.outcome if filters.outcome in OUTCOMES else next(iter(OUTCOMES))
	steps = _number(filters.steps, USUAL_STEPS, MOST_STEPS, _("Give a number of steps from 1 to {0}."))
	days = _number(filters.days, USUAL_DAYS, MOST_DAYS, _("Give a number of days from 1 to {0}."))
	found = paths(
		site_host(commit=False), *whole_days(filters), outcome, steps, days, visible=visible_leads()
	)
	rows = [_row(one, found) for one in found.found]
	if found.others:
		rows.append(_rest(_("Other ways, each of fewer than {0} leads").format(FEWEST), found.others, found))
	if found.unknown:
		rows.append(_rest(_("Nothing on record before"), found.unknown, found))
	return _columns(), rows, _message(found, days), None, _summary(found)


def _number(given: Any, usual: int, most: int, mistake: str) -> int:
	number = usual if given in (None, "") else cint(given)
	if not 0 < number <= most:
		frappe.throw(mistake.format(most))
	return number


def _row(one: Path, found: Paths) -> dict[str, Any]:
	low, high = one.seen.bounds
	return {
		"path": " → ".join(_(step) for step in one.steps),
		"leads": one.leads,
		"share": 100 * one.leads / found.everybody.count,
		"days": one.days,
		"seen": one.seen.people,
		"percent": one.seen.percent,
		"low": low,
		"high": high,
	}


def _rest(name: str, leads: int, found: Paths) -> dict[str, Any]:
	unknown = dict.fromkeys(("days", "seen", "percent", "low", "high"))
	return {"path": name, "leads": leads, "share": 100 * leads / found.everybody.count, **unknown}


def _columns() -> list[dict]:
	return [
		column("path", _("Last Steps Before"), "Data", 370),
		column("leads", _("Leads"), "Int", 80),
		column("share", _("Of All %"), "Percent", 95, precision=1),
		column("days", _("Days (middle value)"), "Float", 170, precision=1),
		column("seen", _("Went This Way"), "Int", 130),
		column("percent", _("Of Them Got There %"), "Percent", 175, precision=1),
		column("low", _("From"), "Float", 80, precision=1),
		column("high", _("to"), "Float", 80, precision=1),
	]


def _message(found: Paths, days: int) -> str:
	if not found.everybody.count:
		lines = [_("No lead that you may see got there in this time.")]
	else:
		lines = [
			_(
				"Steps are what the lead did and what sales did with it in the {0} days before; the same thing several times running is one step, and openings do not count."
			).format(days),
			_(
				"A frequent way is no better way if many went it in vain: compare how many of all who went it got there with {0} % of everybody. From and to: where the true share lies, with 95 % certainty."
			).format(flt(found.everybody.percent, 1)),
			_("It shows where to look, not what works; an experiment shows that."),
		]
	return f"<p class='text-muted'>{escape_html(' '.join(lines))}</p>"


def _summary(found: Paths) -> list[dict[str, Any]] | None:
	if not found.everybody.people:
		return None
	return [
		{"label": _("Got There"), "value": found.everybody.count, "datatype": "Int"},
		{"label": _("Of Everybody"), "value": flt(found.everybody.percent, 1), "datatype": "Percent"},
	]
