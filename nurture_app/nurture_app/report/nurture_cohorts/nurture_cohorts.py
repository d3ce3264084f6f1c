"""Leads that began together, month by month: who became customers, what they were invoiced, who is still there (AT-09, PS-15, KM-21)."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, cstr, escape_html, flt, formatdate

from nurture_app.engine.figures.cohorts import (
	ACTIVE,
	BY,
	CONVERTED,
	DAYS,
	MONTH,
	REVENUE,
	SHOWN,
	SOURCE,
	VERSION,
	Cohort,
	cohorts,
)
from nurture_app.engine.figures.funnel import STEPS, column_for
from nurture_app.nurture_app.report_amounts import counted_companies
from nurture_app.nurture_app.report_columns import column
from nurture_app.nurture_app.report_days import whole_days
from nurture_app.nurture_app.report_mistakes import mistakes_said
from nurture_app.site.host import site_host
from nurture_app.site.permissions import hidden_fields, visible_leads

USUAL_MONTHS, MOST_MONTHS = 6, 24
MOST_LINES = 6
FEW = 10
"""Of fewer people a share says little."""


@mistakes_said
def execute(filters: dict[str, Any] | None = None) -> tuple:
	"""Columns, a row for each cohort, how it is counted, and a line for each of those that are old enough."""
	filters = frappe._dict(filters or {})
	by = filters.by if filters.by in BY else MONTH
	shown = filters.shown if filters.shown in SHOWN else CONVERTED
	step = filters.step if filters.step in STEPS else "customer"
	months = USUAL_MONTHS if filters.months in (None, "") else cint(filters.months)
	if not 0 < months <= MOST_MONTHS:
		frappe.throw(_("Give a number of months from 1 to {0}.").format(MOST_MONTHS))
	host = site_host(commit=False)
	if by == SOURCE and column_for(host, by) in {"", *hidden_fields()}:
		frappe.throw(_("You may not see the field {0} of leads. Choose something else.").format(_(by)))
	if by == VERSION and not filters.sequence:
		frappe.throw(_("Choose the sequence whose versions you want to compare."))
	currency, companies = counted_companies() if shown == REVENUE else ("", [])
	if shown == REVENUE and not companies:
		frappe.throw(_("Revenue is shown to users who may read all invoices and companies."))
	found = cohorts(
		host,
		*whole_days(filters),
		by,
		months,
		shown=shown,
		step=step,
		sequence=cstr(filters.sequence),
		visible=visible_leads(),
		companies=companies,
	)
	rows = [_row(one, by, shown, currency) for one in found]
	return _columns(by, months, shown), rows, _message(shown, currency), _chart(found, by, shown)


def _row(one: Cohort, by: str, shown: str, currency: str) -> dict[str, Any]:
	row: dict[str, Any] = {"group": _name(one.name, by), "people": one.people, "currency": currency}
	# None and not left out: Frappe shows a percentage that is not there as 0 %
	for number, cell in enumerate(one.cells, 1):
		row[f"month_{number}"] = _value(cell.each, shown) if cell.people else None
	return row


def _value(each: float, shown: str) -> float:
	return flt(each, 2) if shown == REVENUE else flt(100 * each, 1)


def _name(name: str, by: str) -> str:
	if by == MONTH:
		return formatdate(f"{name}-01", "MMM yyyy")
	return _("Version {0}").format(name) if by == VERSION else name or _("Not given")


def _columns(by: str, months: int, shown: str) -> list[dict]:
	kind = (
		{"kind": "Currency", "options": "currency"}
		if shown == REVENUE
		else {"kind": "Percent", "precision": 1}
	)
	return [
		column("group", _("Began in") if by == MONTH else _(by), "Data", 190),
		column("people", _("People"), "Int", 80),
		*(
			column(f"month_{number}", _("Month {0}").format(number), width=100, **kind)
			for number in range(1, months + 1)
		),
	]


def _message(shown: str, currency: str) -> str:
	what = {
		CONVERTED: _("Percent of the people who got that far until the end of the month."),
		REVENUE: _(
			"Net invoices per person until the end of the month, of companies with the currency {0}."
		).format(currency),
		ACTIVE: _("Percent of the people who gave a sign of their own within the month."),
	}
	lines = [
		what[shown],
		_(
			"Months have {0} days and begin with each person's own start. Who has not had a month in full is not counted in it; a cell is empty where nobody has."
		).format(DAYS),
		_("Of fewer than {0} people a percentage is mostly chance.").format(FEW),
	]
	return f"<p class='text-muted'>{escape_html(' '.join(lines))}</p>"


def _chart(found: list[Cohort], by: str, shown: str) -> dict | None:
	"""Only cohorts of more than a few who have had every month; the latest of months, the largest of others."""
	whole = [one for one in found if one.people >= FEW and one.cells[-1].people]
	lines = whole[-MOST_LINES:] if by == MONTH else whole[:MOST_LINES]
	if not lines:
		return None
	return {
		"type": "line",
		"fieldtype": "Float" if shown == REVENUE else "Percent",
		"data": {
			"labels": [_("Month {0}").format(number) for number in range(1, len(lines[0].cells) + 1)],
			"datasets": [
				{"name": _name(one.name, by), "values": [_value(cell.each, shown) for cell in one.cells]}
				for one in lines
			],
		},
	}
