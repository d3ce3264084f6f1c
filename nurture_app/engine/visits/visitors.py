"""Who visits: visitors by their id, made when first seen, and forgotten when they want it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from pypika import Table

from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, chunks, doctype, params
from nurture_app.engine.visits.came_by import TOUCH_COLUMNS, touch_values
from nurture_app.engine.visits.hits import EVENT, VIEW, Hit

TABLES = ("Nurture Page View", "Nurture Visit")
VISITOR_COLUMNS = (
	"name",
	"visitor_id",
	"party_type",
	"website",
	"consented_on",
	"first_active_on",
	"last_active_on",
	*TOUCH_COLUMNS,
)


@dataclass(slots=True)
class Visitor:
	name: str
	party: str
	visits: int


def visitors_of(host: Host, hits: Sequence[Hit]) -> dict[str, Visitor]:
	"""By visitor id, new ones made; without those whose lead does not want it. Unique index (visitor_id)."""
	opened = sorted((hit for hit in hits if hit.kind == VIEW), key=lambda hit: hit.occurred_on)
	first: dict[str, Hit] = {}
	for hit in [*opened, *(hit for hit in hits if hit.kind == EVENT)]:
		first.setdefault(hit.visitor_id, hit)
	found = _read_visitors(host, {hit.visitor_id for hit in hits})
	new = [hit for visitor_id, hit in first.items() if visitor_id not in found]
	if new:
		rows = [
			(
				host.db.new_name(),
				hit.visitor_id,
				"Lead",
				hit.website,
				hit.occurred_on if hit.consented else None,
				hit.occurred_on,
				hit.occurred_on,
				*touch_values(hit.came_by),
			)
			for hit in new
		]
		host.db.insert("tabNurture Visitor", VISITOR_COLUMNS, rows, ignore=True)
		found |= _read_visitors(host, {hit.visitor_id for hit in new})
	unwilling = unwilling_leads(host, {one.party for one in found.values() if one.party})
	return {visitor_id: one for visitor_id, one in found.items() if one.party not in unwilling}


def _read_visitors(host: Host, visitor_ids: Collection[str]) -> dict[str, Visitor]:
	visitor = doctype("Nurture Visitor", "v")
	found = {}
	for some in chunks(sorted(visitor_ids)):
		query = Query.from_(visitor).select(visitor.visitor_id, visitor.name, visitor.party, visitor.visits)
		for visitor_id, name, party, visits in host.db.rows(
			query.where(visitor.visitor_id.isin(params(some)))
		):
			found[visitor_id] = Visitor(name, party or "", int(visits or 0))
	return found


def unwilling_leads(host: Host, parties: Collection[str]) -> set[str]:
	"""Those of `parties` who took back the consent to tracking. Index (party, channel, purpose)."""
	consent = doctype("Nurture Consent", "c")
	found: set[str] = set()
	for some in chunks(sorted(parties)):
		query = (
			Query.from_(consent)
			.select(consent.party)
			.where(
				consent.party.isin(params(some))
				& (consent.channel == P("Tracking"))
				& (consent.status == P("Withdrawn"))
			)
		)
		found.update(party for (party,) in host.db.rows(query))
	return found


def forget(host: Host, visitor_ids: Collection[str]) -> None:
	"""Delete visitors with their visits and page views: consent was taken back on the website. Own transaction: none."""
	visitor = doctype("Nurture Visitor", "v")
	for some in chunks(sorted(visitor_ids)):
		query = Query.from_(visitor).select(visitor.name).where(visitor.visitor_id.isin(params(some)))
		names = [name for (name,) in host.db.rows(query)]
		if not names:
			continue
		for table, column in (*((table, "visitor") for table in TABLES), ("Nurture Visitor", "name")):
			rows = Table(f"tab{table}")
			host.db.execute(Query.from_(rows).delete().where(rows[column].isin(params(names))))
