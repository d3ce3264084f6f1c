"""One week at a glance, by stage, source or segment, beside the week before and the weeks until then (RQ-01, RQ-05)."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.utils import escape_html, format_date, getdate

from nurture_app.engine.figures.funnel import column_for
from nurture_app.engine.figures.week import (
	COUNTED,
	GROUPS,
	QUIET_DAYS,
	SEGMENT,
	SOURCE,
	STAGE,
	TIER,
	Week,
	week,
)
from nurture_app.nurture_app.report_mistakes import mistakes_said
from nurture_app.site.host import site_host
from nurture_app.site.permissions import hidden_fields, visible_leads

IN_CHART = ("mql", "sql", "opportunity", "customer")
COLOURS = ("#7cd6fd", "#2490ef", "#ffa00a", "#28a745")


@mistakes_said
def execute(filters: dict[str, Any] | None = None) -> tuple:
	"""Columns, a row for each group, one for all and one for the week before, what is counted, and the weeks in a chart."""
	filters = frappe._dict(filters or {})
	by = filters.by if filters.by in GROUPS else STAGE
	host = site_host(commit=False)
	if by in (SOURCE, TIER) and column_for(host, by) in {"", *hidden_fields()}:
		frappe.throw(_("You may not see the field {0} of leads. Choose something else.").format(_(by)))
	last = getdate(filters.to_date)
	found = week(host, last, by, visible_leads())
	rows = [
		{"group": _name(row.name, by), "leads": row.leads, "quiet": row.quiet, **row.counts}
		for row in found.groups
	]
	everybody = found.everybody
	if rows:
		rows.append(
			{"group": _("All"), "leads": everybody.leads, "quiet": everybody.quiet, **everybody.counts}
			| {"bold": 1}
		)
		rows.append({"group": _("All, the Week Before"), **found.before})
	return _columns(by), rows, _message(by), _chart(found)


def _name(name: str, by: str) -> str:
	nameless = {STAGE: _("Below Nurture"), SOURCE: _("Not given"), TIER: _("No Tier"), SEGMENT: _("In none")}
	return (_(name) if by == STAGE else name) or nameless[by]


def _message(by: str) -> str:
	lines = [
		_(
			"Leads are those of today. A lead counts once for each thing it did in these seven days, where it stands today; messages count each."
		),
		_("Quiet is who gave no sign for {0} days and is not in the hands of sales.").format(QUIET_DAYS),
	]
	if by == SEGMENT:
		lines.append(
			_("A lead in several of them counts in each, so the rows add up to more than all leads.")
		)
	return f"<p class='text-muted'>{escape_html(' '.join(lines))}</p>"


def _labels() -> dict[str, str]:
	return {
		"created": _("New"),
		"messages": _("Messages"),
		"replies": _("Replied"),
		"opted_out": _("Opted Out"),
		"meetings": _("Meetings"),
		"mql": _("MQL"),
		"sql": _("SQL"),
		"handed": _("Handed Over"),
		"opportunity": _("Opportunity"),
		"customer": _("Customer"),
	}


def _columns(by: str) -> list[dict]:
	labels = _labels()
	names = (("leads", _("Leads")), ("quiet", _("Quiet")), *((what, labels[what]) for what in COUNTED))
	return [
		{"fieldname": "group", "label": _(by), "fieldtype": "Data", "width": 150},
		*(
			{"fieldname": name, "label": label, "fieldtype": "Int", "width": _width(label)}
			for name, label in names
		),
	]


def _width(label: str) -> int:
	"""So that all columns fit on a usual screen."""
	return 65 if len(label) <= 5 else 96 if len(label) <= 9 else 116


def _chart(found: Week) -> dict:
	labels = _labels()
	return {
		"type": "line",
		"fieldtype": "Int",
		"colors": list(COLOURS),
		"data": {
			"labels": [format_date(first) for first, _counts in found.trend],
			"datasets": [
				{"name": labels[what], "values": [counts[what] for _first, counts in found.trend]}
				for what in IN_CHART
			],
		},
	}
