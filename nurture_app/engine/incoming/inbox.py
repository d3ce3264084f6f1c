"""Events that were accepted: stored at once as one batch, recorded on their leads by the next job.

Storing answers the sender within one statement a table, however many rules and sequences look at what happened;
recording goes through the one door like everything else. A row leaves the inbox in the transaction that records it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from nurture_app.engine import activities
from nurture_app.engine.activities import ActivityIn
from nurture_app.engine.capture.plain import without_markup
from nurture_app.engine.incoming.events import IncomingEvent
from nurture_app.engine.people import lock_leads
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import Query, as_datetime, chunks, delete_by_name, doctype, locking, params
from nurture_app.engine.told import record_told

INBOX = "Nurture Incoming Event"
AT_ONCE = 500
COLUMNS = (
	"name",
	"source",
	"activity_type",
	"occurred_on",
	"party_type",
	"party",
	"channel",
	"detail",
	"campaign",
	"classification",
	"properties",
	"dedupe_key",
)


@dataclass(frozen=True, slots=True)
class Found:
	"""Who is meant by what the events say: lead by name, by address, by visitor id."""

	leads: frozenset[str]
	by_address: Mapping[str, str]
	by_visitor: Mapping[str, str]

	def party(self, event: IncomingEvent) -> str:
		"""The lead, or empty. What is said more exactly counts first."""
		if event.lead:
			return event.lead if event.lead in self.leads else ""
		if event.address:
			return self.by_address.get(event.address, "")
		return self.by_visitor.get(event.visitor, "")


def find_people(host: Host, events: Collection[IncomingEvent]) -> Found:
	"""Three queries for any number of events. Indexes (name), (email_id), (visitor_id)."""
	lead, visitor = doctype("Lead", "lead"), doctype("Nurture Visitor", "v")
	names: set[str] = set()
	by_address: dict[str, str] = {}
	by_visitor: dict[str, str] = {}
	for some in chunks(sorted({one.lead for one in events if one.lead})):
		query = Query.from_(lead).select(lead.name).where(lead.name.isin(params(some)))
		names.update(name for (name,) in host.db.rows(query))
	for some in chunks(sorted({one.address for one in events if one.address})):
		query = Query.from_(lead).select(lead.name, lead.email_id).where(lead.email_id.isin(params(some)))
		# of several leads with one address the first one made
		for name, address in host.db.rows(query.orderby(lead.creation).orderby(lead.name)):
			by_address.setdefault((address or "").strip().lower(), name)
	for some in chunks(sorted({one.visitor for one in events if one.visitor})):
		query = Query.from_(visitor).select(visitor.visitor_id, visitor.party)
		for visitor_id, party in host.db.rows(query.where(visitor.visitor_id.isin(params(some)))):
			by_visitor[visitor_id] = party or ""
	return Found(frozenset(names), by_address, by_visitor)


def dedupe_key(source: str, event_id: str) -> str:
	"""Of a digest, for MariaDB's indexes take abc and ABC for one, and senders' ids may differ in nothing else."""
	return f"event|{source}|{hashlib.sha256(event_id.encode()).hexdigest()[:40]}"


def known_keys(host: Host, keys: Collection[str]) -> set[str]:
	"""Those stored or recorded already, in lower case. Unique indexes (dedupe_key)."""
	found: set[str] = set()
	for name in (INBOX, "Nurture Activity"):
		table = doctype(name, "t")
		for some in chunks(sorted(keys)):
			query = Query.from_(table).select(table.dedupe_key).where(table.dedupe_key.isin(params(some)))
			found.update(key.lower() for (key,) in host.db.rows(query))
	return found


def put(host: Host, source: str, events: Sequence[tuple[IncomingEvent, str]]) -> int:
	"""Store events with their leads within the caller's transaction; returns how many were new."""
	rows = [
		(
			host.db.new_name(),
			source,
			event.activity_type,
			event.occurred_on,
			"Lead",
			party,
			*map(without_markup, (event.channel, event.detail, event.campaign)),
			"human",
			event.properties,
			dedupe_key(source, event.event_id),
		)
		for event, party in events
	]
	return host.db.insert(f"tab{INBOX}", COLUMNS, rows, ignore=True) if rows else 0


def work_off(host: Host, limit: int = AT_ONCE) -> int:
	"""Record up to `limit` stored events on their leads; returns how many left the inbox.

	What cannot be recorded is looked for by halves, so that it keeps no other event waiting; it stays in the inbox, and
	its error is raised when the others are done.
	"""
	row = doctype(INBOX, "e")
	query = Query.from_(row).select(row.name).orderby(row.name).limit(limit)
	with (
		host.db.transaction()
	):  # of its own: locks must come first in the next one, and this one must see the latest
		names = [name for (name,) in host.db.rows(query)]
	failures: list[Exception] = []
	done = _work_off_or_halve(host, names, failures)
	if failures:
		raise failures[0]
	return done


def _work_off_or_halve(host: Host, names: Sequence[str], failures: list[Exception]) -> int:
	if not names:
		return 0
	try:
		_work_off(host, names)
		return len(names)
	except host.db.retryable:
		raise
	except Exception as error:
		if len(names) == 1:
			failures.append(error)
			return 0
	middle = len(names) // 2
	return sum(_work_off_or_halve(host, half, failures) for half in (names[:middle], names[middle:]))


def _work_off(host: Host, names: Sequence[str]) -> None:
	"""In one transaction: recorded, and out of the inbox."""
	row = doctype(INBOX, "e")
	query = Query.from_(row).select(row.party).where(row.name.isin(params(names))).distinct()
	# before the transaction, which is to begin by locking
	parties = [party for (party,) in host.db.rows(query)]
	with host.db.transaction():
		lock_leads(host, parties)
		# Read again under a lock: another worker may have recorded some while we waited.
		query = (
			Query.from_(row).select(*(row[column] for column in COLUMNS)).where(row.name.isin(params(names)))
		)
		rows = [
			dict(zip(COLUMNS, values, strict=True))
			for values in host.db.rows(locking(query, host.db.dialect))
		]
		kinds, present = activities.activity_types(host), _present(host, parties)
		given = [_activity(values) for values in rows if values["party"] in present]
		record_told(host, [one for one in given if one.activity_type in kinds])
		for some in chunks([values["name"] for values in rows]):
			host.db.execute(delete_by_name(INBOX, some))


def _activity(values: Mapping[str, str]) -> ActivityIn:
	return ActivityIn(
		party=values["party"],
		activity_type=values["activity_type"],
		occurred_on=as_datetime(values["occurred_on"]),
		channel=values["channel"] or "",
		detail=values["detail"] or "",
		campaign=values["campaign"] or "",
		classification=values["classification"] or "human",
		source_doctype="Nurture Event Source",
		source_name=values["source"],
		properties=values["properties"] or "",
		dedupe_key=values["dedupe_key"],
	)


def _present(host: Host, parties: Collection[str]) -> set[str]:
	lead = doctype("Lead", "lead")
	found: set[str] = set()
	for some in chunks(sorted(set(parties))):
		query = Query.from_(lead).select(lead.name).where(lead.name.isin(params(some)))
		found.update(name for (name,) in host.db.rows(query))
	return found
