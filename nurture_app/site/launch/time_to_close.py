"""How long deals take, from won Opportunities and the orders that came of them (PJ-14)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import frappe
from frappe.utils import date_diff, getdate
from pypika import functions as fn

FEWEST_DEALS = 10
"""An average of fewer is not relied on (PJ-15)."""
USUAL_DAYS = 90
"""What is planned with before there are figures of one's own (PJ-18)."""


@dataclass(frozen=True, slots=True)
class TimeToClose:
	"""The average of one type of deal."""

	deal_type: str
	deals: int
	days: float


def time_to_close() -> list[TimeToClose]:
	"""By `Opportunity.opportunity_type`: days from the Opportunity to the first order that a Quotation of it led to."""
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
		.select(opportunity.opportunity_type, opportunity.transaction_date, fn.Min(order.transaction_date))
		.where(order.docstatus == 1)
		.groupby(opportunity.name, opportunity.opportunity_type, opportunity.transaction_date)
	)
	days: dict[str, list[int]] = defaultdict(list)
	for deal_type, began, closed in query.run():
		if began and closed and getdate(closed) >= getdate(began):
			days[deal_type or ""].append(date_diff(closed, began))
	return [TimeToClose(name, len(found), sum(found) / len(found)) for name, found in sorted(days.items())]
