"""What brought customers, opportunities or qualified leads: by source, campaign, sequence... and model (AT-01 to AT-06, AT-11, RQ-07)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, escape_html, flt

from nurture_app.engine.figures.attribution import (
	BY,
	FIRST,
	LAST,
	LINEAR,
	MODELS,
	MOST_PERCENT,
	U_SHAPED,
	USUAL_PERCENT,
	W_SHAPED,
	Credit,
	attribute,
	deals,
)
from nurture_app.engine.figures.costs import KINDS, costs, key_of
from nurture_app.engine.figures.funnel import COLUMNS, STEPS, column_for
from nurture_app.engine.figures.insights import ways_they_heard
from nurture_app.engine.insights import HOW_THEY_HEARD
from nurture_app.engine.ports import Host
from nurture_app.nurture_app.report_amounts import companies_with_costs, counted_companies
from nurture_app.nurture_app.report_columns import column
from nurture_app.nurture_app.report_days import whole_days
from nurture_app.nurture_app.report_mistakes import mistakes_said
from nurture_app.site.host import site_host
from nurture_app.site.insights import as_insight, heard
from nurture_app.site.permissions import hidden_fields, visible_leads

USUAL_DAYS, MOST_DAYS = 365, 3650
MOST_BARS = 12
MOST_WAYS = 8


@mistakes_said
def execute(filters: dict[str, Any] | None = None) -> tuple:
	"""Columns, a row for each source, campaign... and one for all, how it was counted, and a chart."""
	filters = frappe._dict(filters or {})
	by = filters.by if filters.by in BY else "Source"
	model = filters.model if filters.model in MODELS else LINEAR
	step = filters.step if filters.step in STEPS else "customer"
	days = USUAL_DAYS if filters.days in (None, "") else cint(filters.days)
	if not 0 < days <= MOST_DAYS:
		frappe.throw(_("Give a number of days from 1 to {0}.").format(MOST_DAYS))
	percent = _percent(filters.percent, model)
	host = site_host(commit=False)
	if by in COLUMNS and ({column_for(host, by), "nurture_first_source"} & {"", *hidden_fields()}):
		frappe.throw(_("You may not see the field {0} of leads. Choose something else.").format(_(by)))
	visible = visible_leads()
	currency, companies = counted_companies() if step == "customer" else ("", [])
	found = deals(
		host,
		*whole_days(filters),
		step,
		days,
		conversations=bool(cint(filters.conversations)),
		visible=visible,
		companies=companies,
	)
	credits = attribute(found, by, model, percent)
	spent, spent_in = _spent(host, filters, by, visible)
	columns = _columns(by, currency, step, spent)
	said = _said(filters)
	if not found and not spent:
		return columns, [], _muted(_("No lead got that far in this time.")) + said
	credits += [Credit(name, 0.0, 0.0, 0, 0.0) for name in _without_credit(spent, credits)]
	rows = [_row(one, one.name or _nameless(by), len(found), currency) for one in credits]
	amount = sum(one.amount for one in found)
	rows.append(
		_row(Credit(_("All"), len(found), amount, len(found), amount), _("All"), len(found), currency)
	)
	rows[-1]["bold"] = 1
	if spent:
		_put_costs(rows, credits, spent, spent_in, currency)
	message = _muted(_in_words(model, percent, days, currency, spent)) + said
	return columns, rows, message, _chart(credits, by)


def _spent(
	host: Host, filters: Mapping[str, Any], by: str, visible: Collection[str] | None
) -> tuple[dict[str, float], str]:
	"""What each name cost in the time, and in which currency; nothing for who may not see costs, or not all that they brought."""
	currency, companies = companies_with_costs() if by in KINDS and visible is None else ("", [])
	return (costs(host, *whole_days(filters), by, companies) if companies else {}), currency


def _without_credit(spent: Iterable[str], credits: Iterable[Credit]) -> list[str]:
	"""Names that cost something and brought nothing."""
	known = {key_of(one.name) for one in credits}
	return sorted(name for name in spent if key_of(name) not in known)


def _put_costs(
	rows: Sequence[dict[str, Any]],
	credits: Sequence[Credit],
	spent: Mapping[str, float],
	spent_in: str,
	currency: str,
) -> None:
	"""Into a row for each of `credits` and one for all, which is about those that cost something."""
	by_key = {key_of(name): cost for name, cost in spent.items()}
	deals_paid = amount_paid = 0.0
	for row, one in zip(rows[:-1], credits, strict=True):
		# not left out: Frappe shows a percentage that is not there as 0 %
		row.update({"cost": None, "cost_each": None, "return": None})
		# of two names that differ in case alone, the one with more credit has the cost
		if cost := by_key.pop(key_of(one.name), 0.0):
			row.update(_cost(cost, one.deals, one.amount, spent_in, currency))
			deals_paid += one.deals
			amount_paid += one.amount
	rows[-1].update(_cost(sum(spent.values()), deals_paid, amount_paid, spent_in, currency))


def _cost(cost: float, credit: float, amount: float, spent_in: str, currency: str) -> dict[str, Any]:
	"""The return is what was invoiced beyond the cost, in percent of it."""
	row = {"cost": cost, "cost_each": cost / credit if credit else None, "currency": spent_in}
	return row | {"return": 100 * (amount - cost) / cost} if currency else row


def _percent(given: Any, model: str) -> float | None:
	"""None for the usual one: an empty field is 0 in the Desk."""
	percent = flt(given)
	if model not in MOST_PERCENT or not percent:
		return None
	if not 0 <= percent <= MOST_PERCENT[model]:
		frappe.throw(
			_("{0}: each touch that stands out gets from 0 to {1} %.").format(
				_(model), flt(MOST_PERCENT[model], 1)
			)
		)
	return percent


def _nameless(by: str) -> str:
	return {"Sequence": _("No Sequence"), "Campaign": _("No Campaign"), "Content": _("No Content")}.get(
		by, _("Unknown")
	)


def _in_words(model: str, percent: float | None, days: int, currency: str, spent: Mapping[str, float]) -> str:
	usual = flt(USUAL_PERCENT.get(model) if percent is None else percent, 1)
	models = {
		FIRST: _("All credit goes to the first touch."),
		LAST: _("All credit goes to the last touch."),
		LINEAR: _("Every touch gets the same credit."),
		U_SHAPED: _("The first and the last touch get {0} % each, all others share the rest.").format(usual),
		W_SHAPED: _(
			"The first touch, the one with which the lead was there, and the last before its opportunity get {0} % each, all others share the rest."
		).format(usual),
	}
	lines = [
		models[model],
		_(
			"Touches are what the lead did by itself in the {0} days before: visits, clicks, replies, forms, events, use of the product. Several of one day under the same name count once."
		).format(days),
		_(
			"Influenced are those with at least one such touch, so they add up to more than all. No model proves a cause: an experiment with a holdout does."
		),
	]
	if currency:
		lines.append(
			_(
				"Invoiced are the net amounts of submitted invoices of companies with the currency {0}."
			).format(currency)
		)
	if spent:
		lines.append(
			_(
				"Costs are those written down for the chosen time, by the day; what they bring may come later. In the line All, cost per head and return are of those that cost something."
			)
		)
	return " ".join(lines)


def _said(filters: dict[str, Any]) -> str:
	"""Beside what is computed: how many leads said in the same time how they heard of us, in their words (AT-12)."""
	start, end = whole_days(filters)
	rows = heard(start.date(), end.date(), kind=HOW_THEY_HEARD)
	ways = [one for one in ways_they_heard(map(as_insight, rows)) if one.leads]
	if not ways:
		return ""
	told = ", ".join(f"{one.name} ({one.leads})" for one in ways[:MOST_WAYS])
	return _muted(_("What people say, how they heard of us, by leads: {0}.").format(told))


def _muted(line: str) -> str:
	return f"<p class='text-muted'>{escape_html(line)}</p>"


def _row(one: Credit, name: str, of: int, currency: str) -> dict[str, Any]:
	row = {
		"group": name,
		"credit": one.deals,
		"percent": 100 * one.deals / of if of else 0,
		"influenced": one.influenced,
	}
	if currency:
		row |= {"amount": one.amount, "influenced_amount": one.influenced_amount, "currency": currency}
	return row


def _columns(by: str, currency: str, step: str, spent: Mapping[str, float]) -> list[dict]:
	amount = {"options": "currency"}
	columns = [
		column("group", _(by), "Data", 230),
		column("credit", _("Credit"), "Float", 110, precision=1),
		column("percent", _("of All %"), "Percent", 110, precision=1),
	]
	if currency:
		columns.append(column("amount", _("Invoiced, Credited"), "Currency", 160, **amount))
	if spent:
		each = {"customer": _("Cost per Customer"), "opportunity": _("Cost per Opportunity")}
		columns += [
			column("cost", _("Cost"), "Currency", 120, **amount),
			column("cost_each", each.get(step) or _("Cost per Lead That Far"), "Currency", 170, **amount),
		]
	if spent and currency:
		columns.append(column("return", _("Return %"), "Percent", 110, precision=1))
	columns.append(column("influenced", _("Influenced"), "Int", 120))
	if currency:
		columns.append(column("influenced_amount", _("Invoiced, Influenced"), "Currency", 160, **amount))
	return columns


def _chart(credits: list[Credit], by: str) -> dict:
	shown = credits[:MOST_BARS]
	return {
		"type": "bar",
		"fieldtype": "Float",
		"colors": ["#2490ef"],
		"data": {
			"labels": [one.name or _nameless(by) for one in shown],
			"datasets": [{"name": _("Credit"), "values": [round(one.deals, 2) for one in shown]}],
		},
	}
