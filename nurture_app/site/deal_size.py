"""How large a deal with a lead may become: what its open Opportunities say, or what somebody typed (HL-01, HL-02)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import frappe
from frappe.query_builder import Case, DocType
from frappe.query_builder.functions import Max

from nurture_app.site import changed_leads

FIELD = "nurture_deal_size"
OVER = ("Lost", "Closed")
"""Opportunities that nothing will come of. What they said of the size stays until another one says more."""


def follow_opportunities(lead: str) -> None:
	"""Write the largest open amount on the lead, in the currency of the company; without any it keeps what it has."""
	found = _open_amounts(lambda query, table: query.where(table.name == lead))
	for name, before, amount in found:
		if before != amount:
			_write(name, amount)
			changed_leads.soon(name)


def fill_in() -> None:
	"""For leads that had Opportunities before the field was there: where no size is known yet."""
	for name, _, amount in _open_amounts(lambda query, table: query.where(table[FIELD] == 0)):
		_write(name, amount)


def _write(lead: str, amount: float) -> None:
	frappe.db.set_value("Lead", lead, FIELD, amount, update_modified=False)


def _open_amounts(narrow: Callable[[Any, Any], Any]) -> list[tuple[str, float, float]]:
	"""(lead, size so far, largest open amount)."""
	lead, opportunity = DocType("Lead"), DocType("Opportunity")
	query = frappe.qb.from_(opportunity).join(lead).on(lead.name == opportunity.party_name)
	# the amount in the company's currency is worked out by the form alone, so not for those that other programs make
	rate = Case().when(opportunity.conversion_rate > 0, opportunity.conversion_rate).else_(1)
	query = query.select(lead.name, lead[FIELD], Max(opportunity.opportunity_amount * rate))
	query = query.where((opportunity.opportunity_from == "Lead") & opportunity.status.notin(OVER))
	query = query.where(opportunity.opportunity_amount > 0).groupby(lead.name, lead[FIELD])
	return list(narrow(query, lead).run())
