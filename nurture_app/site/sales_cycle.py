"""How long deals take: from won Opportunities and the orders that came of them, or from interviews (PJ-14 to PJ-17)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import frappe
from frappe import _
from frappe.utils import date_diff, getdate
from pypika import functions as fn
from pypika.terms import ValueWrapper

from nurture_app.engine.sales_cycle import (
	DEALS,
	ENOUGH_INTERVIEWS,
	FEWEST_DEALS,
	INTERVIEWS,
	Cycle,
	cycle_from,
	is_far_shorter,
)

DOCTYPE = "Nurture Sales Cycle"


@dataclass(frozen=True, slots=True)
class TimeToClose:
	"""The average of one type of deal."""

	deal_type: str
	deals: int
	days: float


def time_to_close() -> list[TimeToClose]:
	"""By `Opportunity.opportunity_type`; empty for none."""
	return [
		TimeToClose(name, len(found), sum(found) / len(found)) for name, found in sorted(_deals().items())
	]


def _deals() -> dict[str, list[int]]:
	"""Days of each won deal, by type: from the Opportunity to its first order, or else to the day it was won."""
	days: dict[str, list[int]] = defaultdict(list)
	seen = set()
	for name, deal_type, began, closed in [*_by_order(), *_by_win(), *_by_quotation()]:
		if name not in seen and began and closed and getdate(closed) >= getdate(began):
			seen.add(name)
			days[deal_type or ""].append(date_diff(closed, began))
	return days


def _by_order() -> Any:
	opportunity = frappe.qb.DocType("Opportunity")
	quotation, item = frappe.qb.DocType("Quotation"), frappe.qb.DocType("Sales Order Item")
	order = frappe.qb.DocType("Sales Order")
	query = (
		frappe.qb.from_(opportunity)
		.join(quotation)
		.on(quotation.opportunity == opportunity.name)
		.join(item)
		.on(item.prevdoc_docname == quotation.name)
		.join(order)
		.on(order.name == item.parent)
		.select(
			opportunity.name,
			opportunity.opportunity_type,
			opportunity.transaction_date,
			fn.Min(order.transaction_date),
		)
		.where(order.docstatus == 1)
		.groupby(opportunity.name, opportunity.opportunity_type, opportunity.transaction_date)
	)
	return query.run()


def _by_win() -> Any:
	"""Won without an order in ERPNext; the day is that of the activity."""
	opportunity, activity = frappe.qb.DocType("Opportunity"), frappe.qb.DocType("Nurture Activity")
	query = (
		frappe.qb.from_(activity)
		.join(opportunity)
		.on((activity.source_name == opportunity.name) & (activity.source_doctype == "Opportunity"))
		.select(
			opportunity.name,
			opportunity.opportunity_type,
			opportunity.transaction_date,
			fn.Min(activity.occurred_on),
		)
		.where((activity.activity_type == "Opportunity Won") & (opportunity.status == "Converted"))
		.groupby(opportunity.name, opportunity.opportunity_type, opportunity.transaction_date)
	)
	return query.run()


def _by_quotation() -> Any:
	"""Quotations to a Lead without an Opportunity: from the Lead to the order. They have no type of deal."""
	lead, quotation = frappe.qb.DocType("Lead"), frappe.qb.DocType("Quotation")
	item, order = frappe.qb.DocType("Sales Order Item"), frappe.qb.DocType("Sales Order")
	query = (
		frappe.qb.from_(quotation)
		.join(lead)
		.on((quotation.quotation_to == "Lead") & (quotation.party_name == lead.name))
		.join(item)
		.on(item.prevdoc_docname == quotation.name)
		.join(order)
		.on(order.name == item.parent)
		.select(quotation.name, ValueWrapper(""), lead.creation, fn.Min(order.transaction_date))
		.where((order.docstatus == 1) & ((quotation.opportunity == "") | quotation.opportunity.isnull()))
		.groupby(quotation.name, lead.creation)
	)
	return query.run()


def cycle_for(deal_type: str = "") -> Cycle:
	"""Of a type of deal; of all deals where there is nothing of its own."""
	deals = _deals()
	every = [days for some in deals.values() for days in some]
	records = {
		row.deal_type or "": row
		for row in frappe.get_all(DOCTYPE, fields=["name", "deal_type", "is_complex"])
	}
	own, general = records.get(deal_type), records.get("")
	if deal_type:
		found = cycle_from(
			deals.get(deal_type, []), _interviews(own), is_complex=bool(own and own.is_complex)
		)
		if found.sample or (own and own.is_complex):
			return found
	return cycle_from(every, _interviews(general), is_complex=bool(general and general.is_complex))


def _interviews(record: Any) -> list[int]:
	if not record:
		return []
	return frappe.get_all("Nurture Cycle Interview", {"parent": record.name, "days": [">", 0]}, pluck="days")


def sentence(cycle: Cycle) -> str:
	"""`Your deals take 40 days on average (12 deals).`"""
	if cycle.basis == DEALS:
		return _("Your deals take {0} days on average ({1} deals).").format(cycle.days, cycle.sample)
	if cycle.basis == INTERVIEWS:
		text = _("Customers considered for {0} days on average ({1} interviews).")
		text = text.format(cycle.days, cycle.sample)
		more = _("{0} interviews are better.").format(ENOUGH_INTERVIEWS)
		return text if cycle.sample >= ENOUGH_INTERVIEWS else f"{text} {more}"
	return _(
		"Deals usually take about {0} days; there are no figures of your own yet: {1} won deals or interviews are needed."
	).format(cycle.days, FEWEST_DEALS)


def length_advice(doc: Any, length: int) -> list[str]:
	"""What is to be said of a sequence of `length` days that is far shorter than its deals take (PJ-17, SE-26)."""
	hands_on = any(step.step_type in ("Enroll", "Handoff") for step in doc.steps)
	if not doc.promotional or not length or hands_on or doc.goal_kind not in ("Conversion", "", None):
		return []
	cycle = cycle_for(doc.deal_type or "")
	if not is_far_shorter(length, cycle):
		return []
	ask = _("This sequence lasts {0} days: let a longer track follow, for instance with a step Enroll.")
	return [" ".join(filter(None, (sentence(cycle), ask.format(length), plan_sentence(doc.deal_type or ""))))]


def plan_sentence(deal_type: str) -> str:
	"""What was confirmed for a type of deal; empty without a plan."""
	fields = ["planned_emails", "planned_days", "escalation_day", "handoff_day", "cold_wait_days"]
	plan = frappe.db.get_value(DOCTYPE, {"deal_type": deal_type or ["is", "not set"]}, fields, as_dict=True)
	if not plan or not all(plan.values()):
		return ""
	return _(
		"Your plan: {planned_emails} e-mails over {planned_days} days, high touch from day {escalation_day}, to sales on day {handoff_day}, cold after {cold_wait_days} silent days."
	).format(**plan)
