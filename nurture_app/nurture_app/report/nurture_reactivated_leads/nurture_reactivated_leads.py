"""Whether leads that came back after a silence convert as the others do (RE-08)."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, escape_html, flt

from nurture_app.engine.figures.reactivated import OUTCOMES, Comparison, Group, compare, difference
from nurture_app.engine.tags import REACTIVATED
from nurture_app.nurture_app.report_days import whole_days
from nurture_app.nurture_app.report_mistakes import mistakes_said
from nurture_app.site.host import site_host

USUAL_DAYS, MOST_DAYS = 90, 730


@mistakes_said
def execute(filters: dict[str, Any] | None = None) -> tuple[list[dict], list[dict], str]:
	"""Columns, a row for each group, and what the figures say in words."""
	filters = frappe._dict(filters or {})
	first, last = whole_days(filters)
	days = cint(filters.days) or USUAL_DAYS
	if not 0 < days <= MOST_DAYS:
		frappe.throw(_("Follow leads for 1 to {0} days.").format(MOST_DAYS))
	found = compare(site_host(commit=False), first, last, days, (filters.tag or REACTIVATED).strip())
	rows = [_row(_("Came Back"), found.came_back), _row(_("All Others"), found.others)]
	lines = "".join(f"<p class='text-muted'>{escape_html(line)}</p>" for line in in_words(found, days))
	return _columns(), rows, lines


def in_words(found: Comparison, days: int) -> list[str]:
	"""What may be said from so many leads, and what may not."""
	lines = []
	if not found.came_back.people:
		lines.append(_("Nobody came back in this time and has been followed for {0} days yet.").format(days))
	elif not found.others.people:
		lines.append(_("There is nobody to compare them with."))
	else:
		lines += [_sentence(found, outcome) for outcome in OUTCOMES]
	if found.too_early:
		lines.append(
			_("{0} more came back less than {1} days ago and are not counted yet.").format(
				found.too_early, days
			)
		)
	lines.append(
		_(
			"Those who came back are followed from the day they got the tag, all others from the day they were created, each for {0} days. From to is where the rate lies with a certainty of 95 %."
		).format(days)
	)
	return lines


def _sentence(found: Comparison, outcome: str) -> str:
	pattern = {
		"opportunities": _(
			"Of {0} leads that came back {1} had an opportunity ({2} %), of {3} others {4} ({5} %)."
		),
		"customers": _("Of {0} leads that came back {1} bought ({2} %), of {3} others {4} ({5} %)."),
	}[outcome]
	groups = (found.came_back, found.others)
	numbers = [(one.people, getattr(one, outcome), flt(one.percent(outcome), 1)) for one in groups]
	low, high = (flt(bound, 1) for bound in difference(*groups, outcome))
	if low > 0:
		verdict = _("That is {0} to {1} percentage points more.").format(low, high)
	elif high < 0:
		verdict = _("That is {0} to {1} percentage points less.").format(-high, -low)
	else:
		verdict = _(
			"No difference can be told from so many: it lies between {0} points less and {1} points more."
		).format(-low, high)
	return f"{pattern.format(*numbers[0], *numbers[1])} {verdict}"


def _row(label: str, group: Group) -> dict[str, Any]:
	row: dict[str, Any] = {"group": label, "people": group.people}
	for outcome in OUTCOMES:
		low, high = group.bounds(outcome) if group.people else (None, None)
		row |= {outcome: getattr(group, outcome), f"{outcome}_percent": group.percent(outcome)}
		row |= {f"{outcome}_low": low, f"{outcome}_high": high}
	return row


def _columns() -> list[dict]:
	columns = [
		{"fieldname": "group", "label": _("Leads"), "fieldtype": "Data", "width": 160},
		{"fieldname": "people", "label": _("How Many"), "fieldtype": "Int", "width": 100},
	]
	labels = {"opportunities": _("Had an Opportunity"), "customers": _("Bought")}
	percent = {"fieldtype": "Percent", "precision": 1, "width": 90}
	for outcome in OUTCOMES:
		columns.append({"fieldname": outcome, "label": labels[outcome], "fieldtype": "Int", "width": 150})
		share = {"fieldname": f"{outcome}_percent", "label": f"{labels[outcome]} %", **percent}
		columns.append({**share, "width": 170})
		columns.append({"fieldname": f"{outcome}_low", "label": _("From"), **percent})
		columns.append({"fieldname": f"{outcome}_high", "label": _("to"), **percent})
	return columns
