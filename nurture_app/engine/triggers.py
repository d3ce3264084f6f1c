"""What starts a sequence: a new lead, something a lead did, a segment entered, a stage reached (TR)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from nurture_app.engine.enrollments import MOST_AT_ONCE, Event, enroll_in
from nurture_app.engine.live import LiveSequence
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, chunks, doctype, params
from nurture_app.engine.stages import Crossing


def start_for_events(host: Host, live: Sequence[LiveSequence], events: Iterable[Event]) -> int:
	"""Start sequences waiting for an activity; what happened before a sequence was activated starts nothing."""
	events = list(events)
	started = 0
	for one in live:
		if one.definition.trigger_type != "Activity":
			continue
		parties = [
			event.party
			for event in events
			if event.activity_type == one.definition.trigger_activity
			and event.occurred_on >= one.activated_on
		]
		started += _start(host, one, parties)
	return started


def start_for_crossings(host: Host, live: Sequence[LiveSequence], crossings: Iterable[Crossing]) -> int:
	"""Start sequences waiting for a stage (TR-07, TR-08)."""
	crossings = list(crossings)
	started = 0
	for one in live:
		if one.definition.trigger_type == "Stage Reached":
			kind = f"{one.definition.trigger_stage} Reached"
			started += _start(
				host, one, [crossing.party for crossing in crossings if crossing.activity_type == kind]
			)
	return started


def start_for_segment(
	host: Host, live: Sequence[LiveSequence], segment: str, parties: Collection[str]
) -> int:
	"""Start sequences waiting for this segment (SG-17)."""
	started = 0
	for one in live:
		if one.definition.trigger_type == "Segment Entered" and one.definition.trigger_segment == segment:
			started += _start(host, one, sorted(parties))
	return started


def start_for_new_leads(host: Host, live: Sequence[LiveSequence], parties: Sequence[str]) -> int:
	"""Start sequences for new leads, as soon as a lead created since the activation meets the condition."""
	started = 0
	lead = doctype("Lead", "lead")
	for one in live:
		if one.definition.trigger_type == "New Lead":
			query = Query.from_(lead).select(lead.name).where(lead.name.isin(params(parties) or [P("")]))
			query = query.where(lead.creation >= P(one.activated_on)).orderby(lead.name)
			started += _start(host, one, [name for (name,) in host.db.rows(query)])
	return started


def missed_new_leads(host: Host, one: LiveSequence) -> list[str]:
	"""Leads created since the activation that never were in this sequence, for the nightly pass."""
	lead, enrollment = doctype("Lead", "lead"), doctype("Nurture Enrollment", "e")
	entered = Query.from_(enrollment).select(enrollment.party).where(enrollment.sequence == P(one.name))
	query = Query.from_(lead).select(lead.name).where(lead.creation >= P(one.activated_on))
	return [name for (name,) in host.db.rows(query.where(lead.name.notin(entered)).orderby(lead.name))]


def _start(host: Host, one: LiveSequence, parties: Sequence[str]) -> int:
	started = 0
	for some in chunks(list(dict.fromkeys(parties)), MOST_AT_ONCE):
		outcomes = enroll_in(host, one, some, f"trigger: {one.definition.trigger_type}")
		started += sum(1 for outcome in outcomes if outcome.enrollment)
	return started
