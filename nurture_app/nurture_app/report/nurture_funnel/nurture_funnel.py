"""How far leads get on their way to a customer, by month, source, sequence... (KM-01, KM-02, KM-05 to KM-08, KM-22, KM-37, RQ-10)."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.utils import escape_html, flt, format_date

from nurture_app.engine.config import load_settings
from nurture_app.engine.figures.funnel import (
	COLUMNS,
	FEWEST_DAYS,
	GROUPS,
	IN_ANY,
	IN_NONE,
	MONTH,
	NURTURED,
	SEGMENT,
	SEQUENCE,
	STEPS,
	WAYS,
	Funnel,
	Group,
	column_for,
	funnel,
)
from nurture_app.engine.figures.judgement import FEWEST
from nurture_app.nurture_app.report_amounts import counted_companies
from nurture_app.nurture_app.report_days import whole_days
from nurture_app.nurture_app.report_mistakes import mistakes_said
from nurture_app.site.host import site_host
from nurture_app.site.permissions import hidden_fields, visible_leads

SHARES = {
	"mql": ("mql", ""),
	"sql": ("sql", "mql"),
	"opportunity": ("opportunity", ""),
	"customer": ("customer", ""),
}
"""Whose part a column of percents is: a step, and of what."""


@mistakes_said
def execute(filters: dict[str, Any] | None = None) -> tuple:
	"""Columns, a row for each group and one for all, what the figures say in words, a chart, and the rates on top."""
	filters = frappe._dict(filters or {})
	by = filters.by if filters.by in GROUPS else MONTH
	host = site_host(commit=False)
	column = column_for(host, by)
	if by in COLUMNS and (not column or column in hidden_fields()):
		frappe.throw(_("You may not see the field {0} of leads. Choose something else.").format(_(by)))
	currency, companies = counted_companies()
	found = funnel(host, *whole_days(filters), by, visible_leads(), companies)
	columns = _columns(by, currency)
	if not found.everybody.leads:
		return columns, [], _muted(_("No leads were created in this time."))
	rows = [_row(one, _name(one, by), currency) for one in found.groups]
	rows.append(_row(found.everybody, _("All Leads"), currency) | {"bold": 1})
	lines = in_words(found, by, load_settings(host.db).benchmark_sql)
	if currency:
		lines.append(
			_(
				"Invoiced are the net amounts of submitted invoices of companies with the currency {0}."
			).format(currency)
		)
	return (
		columns,
		rows,
		_muted(" ".join(lines)),
		_chart(found.everybody),
		_summary(found.everybody, currency),
	)


def in_words(found: Funnel, by: str, mark: float) -> list[str]:
	"""What may be said from so many leads, and what may not. `mark` in percent; 0: none."""
	lines = []
	share = found.everybody.share("sql", "mql")
	if mark and share.people >= FEWEST and share.bounds[1] < mark:
		lines.append(
			_(
				"Of {0} MQLs {1} % became SQL, less than your mark of {2} %: look at the thresholds, at leads handed over too early, and at what convinces them."
			).format(share.people, flt(share.percent, 1), flt(mark, 1))
		)
	lines.append(
		_(
			"Each lead is followed until today: those created lately have had little time. Days are the middle value; fewer than {0} leads have none."
		).format(FEWEST_DAYS)
	)
	if found.recorded_since:
		lines.append(
			_(
				"Steps are recorded since {0}. Earlier ones count by the status of the lead, and days only for leads created since."
			).format(format_date(found.recorded_since))
		)
	if by in (SEQUENCE, SEGMENT):
		lines.append(
			_("A lead in several of them counts in each, so the rows add up to more than all leads.")
		)
	if by in (SEQUENCE, NURTURED):
		lines.append(
			_(
				"What counts is a sequence entered before the lead bought. Sequences do not get leads by chance, so a difference need not be their work: an experiment with a holdout tells."
			)
		)
	return lines


def _muted(line: str) -> str:
	return f"<p class='text-muted'>{escape_html(line)}</p>"


def _name(one: Group, by: str) -> str:
	if by == NURTURED:
		return {IN_ANY: _("In a Sequence"), IN_NONE: _("In No Sequence")}[one.name]
	if one.name:
		return one.name
	return _("In none") if by in (SEQUENCE, SEGMENT) else _("Not given")


def _row(one: Group, name: str, currency: str) -> dict[str, Any]:
	row: dict[str, Any] = {"group": name, "leads": one.leads, **one.reached, **one.days}
	row |= {"invoiced": one.invoiced, "currency": currency} if currency else {}
	for step, (part, of) in SHARES.items():
		share = one.share(part, of)
		row[f"{step}_percent"] = share.percent if share.people else None
	return row


def _columns(by: str, currency: str) -> list[dict]:
	labels = {"mql": _("MQL"), "sql": _("SQL"), "opportunity": _("Opportunity"), "customer": _("Customer")}
	percents = {
		"mql": _("of Leads %"),
		"sql": _("of MQLs %"),
		"opportunity": _("of Leads %"),
		"customer": _("of Leads %"),
	}
	days = {
		"to_mql": _("Days to MQL"),
		"mql_to_sql": _("Days MQL to SQL"),
		"to_opportunity": _("Days to Opportunity"),
		"to_customer": _("Days to Customer"),
	}
	label = _("Month of Creation") if by == MONTH else _("Leads") if by == NURTURED else _(by)
	columns = [
		{"fieldname": "group", "label": label, "fieldtype": "Data", "width": 190},
		{"fieldname": "leads", "label": _("Leads"), "fieldtype": "Int", "width": 80},
	]
	for step in STEPS:
		columns.append({"fieldname": step, "label": labels[step], "fieldtype": "Int", "width": 115})
		percent = {"fieldtype": "Percent", "precision": 1, "width": 105}
		columns.append({"fieldname": f"{step}_percent", "label": percents[step], **percent})
	if currency:
		amount = {"fieldtype": "Currency", "options": "currency", "width": 140}
		columns.append({"fieldname": "invoiced", "label": _("Invoiced"), **amount})
	for way in WAYS:
		columns.append(
			{"fieldname": way, "label": days[way], "fieldtype": "Float", "precision": 1, "width": 140}
		)
	return columns


def _chart(everybody: Group) -> dict:
	labels = [_("Leads"), _("MQL"), _("SQL"), _("Opportunity"), _("Customer")]
	values = [everybody.leads, *(everybody.reached[step] for step in STEPS)]
	return {
		"type": "bar",
		"fieldtype": "Int",
		"colors": ["#2490ef"],
		"data": {"labels": labels, "datasets": [{"name": _("Leads"), "values": values}]},
	}


def _summary(everybody: Group, currency: str) -> list[dict]:
	"""Rates, not numbers: how many leads there are says nothing of what came of them (KM-34)."""
	labels = {
		"mql": _("Leads to MQL"),
		"sql": _("MQL to SQL"),
		"opportunity": _("Leads to Opportunity"),
		"customer": _("Leads to Customer"),
	}
	found = []
	for step, (part, of) in SHARES.items():
		share = everybody.share(part, of)
		value = flt(share.percent, 1) if share.people else None
		found.append({"label": labels[step], "value": value, "datatype": "Percent"})
	if currency:
		amount = {"value": everybody.invoiced, "datatype": "Currency", "currency": currency}
		found.append({"label": _("Invoiced"), **amount})
	return found
