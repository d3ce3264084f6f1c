"""Dates that sequences can wait for: those of the Lead, and those of what its Customer has (TR-18, TR-19, TR-22)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from nurture_app.engine.people import out_of_quarantine
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, Raw, doctype, params


@dataclass(frozen=True, slots=True)
class LinkedDate:
	"""A date field of a document of the Customer that came from the lead."""

	doctype: str
	field: str
	party: str
	"""The field with the Customer."""
	dead: tuple[str, ...]
	"""The statuses in which its date means nothing any more."""


LINKED_DATES = {
	f"{one.doctype}.{one.field}": one
	for one in (
		LinkedDate("Contract", "end_date", "party_name", ("Unsigned", "Inactive")),
		LinkedDate("Subscription", "end_date", "party", ("Cancelled",)),
		LinkedDate("Subscription", "current_invoice_end", "party", ("Cancelled",)),
		LinkedDate("Subscription", "trial_period_end", "party", ("Cancelled",)),
	)
}
"""By the name a sequence's trigger gives them."""


def leads_with_date(host: Host, source: str, first: date, last: date) -> list[tuple[str, str, date]]:
	"""(lead, document, date) where the date lies within `first` and `last`, both included. Reads the whole table."""
	lead = doctype("Lead", "lead")
	linked = LINKED_DATES.get(source)
	if linked is None:
		column, document = getattr(lead, source), lead.name
		query = Query.from_(lead)
	else:
		customer, table = doctype("Customer", "customer"), doctype(linked.doctype, "d")
		column, document = getattr(table, linked.field), table.name
		query = Query.from_(table).join(customer).on(customer.name == getattr(table, linked.party))
		query = query.join(lead).on(lead.name == customer.lead_name)
		query = query.where((table.party_type == P("Customer")) & (table.docstatus < P(2)))
		query = query.where(Raw("COALESCE({}, {})", table.status, "").notin(params(linked.dead)))
	query = query.select(lead.name, document, column).where(out_of_quarantine(lead))
	query = query.where((column >= P(first)) & (column < P(last + timedelta(days=1))))
	return [(party, name, _day(value)) for party, name, value in host.db.rows(query.orderby(column))]


def _day(value: Any) -> date:
	return date.fromisoformat(str(value)[:10])
