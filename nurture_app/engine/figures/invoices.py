"""What the customers that leads became were invoiced."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, datetime
from typing import Any

from pypika import functions as fn

from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, doctype, params


def invoiced(
	host: Host, companies: Collection[str], start: datetime | None = None, end: datetime | None = None
) -> dict[str, float]:
	"""By lead, the net amounts of submitted invoices of `companies`, less what was credited, in their own currency.

	All of them, or those posted from the day of `start` to that of `end`. A customer was made of a lead, or of an opportunity
	of one. Two queries. Index (customer) of Sales Invoice.
	"""
	amounts: dict[str, float] = {}
	for query, invoice, lead in _of_leads(companies):
		if start and end:
			query = query.where(
				(invoice.posting_date >= P(start.date())) & (invoice.posting_date <= P(end.date()))
			)
		query = query.select(lead, fn.Sum(invoice.base_net_total)).groupby(lead)
		for name, amount in host.db.rows(query):
			amounts[name] = amounts.get(name, 0.0) + float(amount or 0)
	return amounts


def invoices(host: Host, companies: Collection[str]) -> list[tuple[str, date, float]]:
	"""`invoiced` as (lead, day of posting, net amount), one for each invoice."""
	found = []
	for query, invoice, lead in _of_leads(companies):
		rows = host.db.rows(query.select(lead, invoice.posting_date, invoice.base_net_total))
		found += [(name, date.fromisoformat(str(day)[:10]), float(amount or 0)) for name, day, amount in rows]
	return found


def _of_leads(companies: Collection[str]) -> Iterator[tuple[Any, Any, Any]]:
	"""Queries of submitted invoices without their columns: the query, the table of invoices, and the column that names the lead."""
	customer, opportunity = doctype("Customer", "c"), doctype("Opportunity", "o")
	invoice = doctype("Sales Invoice", "i")
	of_lead = fn.Coalesce(customer.lead_name, P(""))
	directly = Query.from_(customer).where(of_lead != P(""))
	by_opportunity = Query.from_(customer).join(opportunity).on(customer.opportunity_name == opportunity.name)
	by_opportunity = by_opportunity.where((of_lead == P("")) & (opportunity.opportunity_from == P("Lead")))
	for query, lead in ((directly, customer.lead_name), (by_opportunity, opportunity.party_name)):
		query = query.join(invoice).on((invoice.customer == customer.name) & (invoice.docstatus == P(1)))
		yield query.where(invoice.company.isin(params(companies))), invoice, lead
