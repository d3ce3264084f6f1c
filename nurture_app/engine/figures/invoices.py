"""What the customers that leads became were invoiced."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from pypika import functions as fn

from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, doctype, params


def invoiced(
	host: Host, companies: Collection[str], start: datetime | None = None, end: datetime | None = None
) -> dict[str, float]:
	"""By lead, the net amounts of submitted invoices of `companies`, less what was credited, in their own currency.

	All of them, or those posted from the day of `start` to that of `end`. A customer was made of a lead, or of an opportunity of one. Two queries. Index (customer) of Sales Invoice.
	"""
	customer, opportunity = doctype("Customer", "c"), doctype("Opportunity", "o")
	invoice = doctype("Sales Invoice", "i")
	of_lead = fn.Coalesce(customer.lead_name, P(""))
	directly = Query.from_(customer).where(of_lead != P("")).select(customer.lead_name)
	directly = directly.groupby(customer.lead_name)
	by_opportunity = Query.from_(customer).join(opportunity).on(customer.opportunity_name == opportunity.name)
	by_opportunity = by_opportunity.where((of_lead == P("")) & (opportunity.opportunity_from == P("Lead")))
	by_opportunity = by_opportunity.select(opportunity.party_name).groupby(opportunity.party_name)
	amounts: dict[str, float] = {}
	for query in (directly, by_opportunity):
		query = query.join(invoice).on((invoice.customer == customer.name) & (invoice.docstatus == P(1)))
		if start and end:
			query = query.where(
				(invoice.posting_date >= P(start.date())) & (invoice.posting_date <= P(end.date()))
			)
		query = query.where(invoice.company.isin(params(companies))).select(fn.Sum(invoice.base_net_total))
		for lead, amount in host.db.rows(query):
			amounts[lead] = amounts.get(lead, 0.0) + float(amount or 0)
	return amounts
