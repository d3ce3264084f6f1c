"""From a document to activities in the ledger, for all handlers alike."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import frappe

from nurture_app.site.active import is_active


def record(
	doc: Any,
	activity_type: str,
	leads: Iterable[str | None],
	*,
	channel: str,
	detail: str = "",
	occurred_on: datetime | None = None,
	occasion: str = "",
	properties: str = "",
) -> None:
	"""Record that `doc` shows `activity_type` for each of `leads`, once however often it is saved.

	What can happen to one document several times needs an `occasion` that tells one time from another.
	"""
	from nurture_app.engine import activities
	from nurture_app.site.host import site_host

	parties = existing_leads(leads)
	if not parties:
		return
	host = site_host(commit=False)
	moment = occurred_on or host.clock.now()
	key = "|".join(filter(None, (activity_type, doc.doctype, doc.name, occasion)))
	activities.record(
		host,
		[
			activities.ActivityIn(
				party=party,
				activity_type=activity_type,
				occurred_on=moment,
				channel=channel,
				detail=(detail or "")[:255],
				dedupe_key=f"{key}|{party}",
				source_doctype=doc.doctype,
				source_name=doc.name,
				properties=properties,
			)
			for party in parties
		],
	)


def existing_leads(names: Iterable[str | None]) -> list[str]:
	"""Those of `names` that are leads, each once."""
	wanted = sorted({name for name in names if name})
	if not wanted:
		return []
	return frappe.get_all("Lead", filters={"name": ["in", wanted]}, pluck="name", order_by="name asc")


def leads_of_opportunity(opportunity: str | None) -> list[str]:
	"""The lead an Opportunity came from; for a Prospect, all of its leads."""
	if not opportunity:
		return []
	found = frappe.db.get_value("Opportunity", opportunity, ["opportunity_from", "party_name"])
	return leads_of_party(*found) if found else []


def leads_of_party(party_type: str | None, party: str | None) -> list[str]:
	"""The leads behind a Lead, Prospect or Customer."""
	if not party:
		return []
	if party_type == "Lead":
		return [party]
	if party_type == "Prospect":
		return frappe.get_all("Prospect Lead", filters={"parent": party}, pluck="lead", order_by=None)
	if party_type == "Customer":
		return leads_of_customer(
			*(frappe.db.get_value("Customer", party, ["lead_name", "opportunity_name"]) or ("", ""))
		)
	return []


def leads_of_customer(lead: str | None, opportunity: str | None) -> list[str]:
	"""By the two fields of Customer that name where it came from."""
	return [lead] if lead else leads_of_opportunity(opportunity)


__all__ = [
	"existing_leads",
	"is_active",
	"leads_of_customer",
	"leads_of_opportunity",
	"leads_of_party",
	"record",
]
