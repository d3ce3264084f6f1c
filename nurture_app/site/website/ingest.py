"""A batch of events from a known source: checked, matched with leads, stored; one answer for each (CT-04, CT-14)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nurture_app.engine.activities import activity_types
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.incoming import inbox
from nurture_app.engine.incoming.events import IncomingEvent, read_event
from nurture_app.engine.ports import Host
from nurture_app.site.sentences import error_sentence
from nurture_app.site.transactions import savepoint

MOST_NEW_LEADS = 100
"""Leads one batch may make: each is a document with all that hangs on it."""

ACCEPTED, DUPLICATE, REFUSED = "accepted", "duplicate", "refused"


@dataclass(frozen=True, slots=True)
class Result:
	"""What became of one event."""

	event_id: str
	status: str
	error: NurtureError | None = None

	def as_json(self) -> dict[str, str]:
		told = {"id": self.event_id, "status": self.status}
		if self.error:
			told |= {"code": self.error.code, "reason": error_sentence(self.error)}
		return told


def ingest(host: Host, source: str, entries: Sequence[Any]) -> list[Result]:
	"""Store a batch in one transaction; a fixed number of statements, whatever its size, but for new leads."""
	kinds, now, zone = activity_types(host), host.clock.now(), host.clock.zone
	results: list[Result | None] = [None] * len(entries)
	events: dict[int, IncomingEvent] = {}
	for place, entry in enumerate(entries):
		try:
			events[place] = read_event(entry, kinds, now, zone)
		except NurtureError as error:
			results[place] = Result(_said_id(entry), REFUSED, error)
	with host.db.transaction():
		for place, result in store(host, source, events).items():
			results[place] = result
	return [result for result in results if result]


def store(host: Host, source: str, events: Mapping[int, IncomingEvent]) -> dict[int, Result]:
	"""Within the caller's transaction."""
	found = inbox.find_people(host, events.values())
	known = inbox.known_keys(
		host,
		[
			key
			for event in events.values()
			for key in (inbox.dedupe_key(source, event.event_id), _captured_key(source, event))
		],
	)
	results: dict[int, Result] = {}
	rows: list[tuple[IncomingEvent, str]] = []
	seen: set[str] = set()
	made: dict[str, str] = {}
	for place, event in events.items():
		key = inbox.dedupe_key(source, event.event_id)
		if key in seen or {key.lower(), _captured_key(source, event).lower()} & known:
			results[place] = Result(event.event_id, DUPLICATE)
			continue
		party = found.party(event) or made.get(event.address, "")
		try:
			if not party and event.create and event.address:
				if len(made) >= MOST_NEW_LEADS:
					raise NurtureError("event_too_many_new", limit=MOST_NEW_LEADS)
				made[event.address] = _captured(source, event)
			elif not party:
				raise NurtureError("event_person_unknown", who=_who(event))
			else:
				rows.append((event, party))
			seen.add(key)
			results[place] = Result(event.event_id, ACCEPTED)
		except NurtureError as error:
			results[place] = Result(event.event_id, REFUSED, error)
	inbox.put(host, source, rows)
	_identify(rows)
	return results


def _captured(source: str, event: IncomingEvent) -> str:
	"""The lead made of an event's person; the event is recorded along with it."""
	try:
		from nurture_app.site.capture.service import Submission, capture
	except ImportError:
		raise NurtureError("event_capture_missing") from None
	submission = Submission(
		address=event.address,
		source=source,
		activity_type=event.activity_type,
		detail=event.detail,
		occurred_on=event.occurred_on,
		visitor=event.visitor,
		utm={"campaign": event.campaign} if event.campaign else {},
		event_id=captured_id(source, event.event_id),
		**event.traits,
	)
	with savepoint():
		return capture(submission).lead


def captured_id(source: str, event_id: str) -> str:
	"""The id under which the capture service keeps an event of ours."""
	return inbox.dedupe_key(source, event_id)


def _captured_key(source: str, event: IncomingEvent) -> str:
	return f"capture|{captured_id(source, event.event_id)}"


def _identify(rows: Sequence[tuple[IncomingEvent, str]]) -> None:
	"""Visitors named beside an address or a lead are that lead."""
	from nurture_app.site.website.identify import identify

	for visitor, party in {
		(event.visitor, party) for event, party in rows if event.visitor and (event.address or event.lead)
	}:
		identify(visitor, party)


def _who(event: IncomingEvent) -> str:
	return event.lead or event.address or event.visitor


def _said_id(entry: Any) -> str:
	value = entry.get("id") if isinstance(entry, Mapping) else ""
	return str(value)[:140] if isinstance(value, str | int) else ""
