"""Leads get their type and touch tier, and what follows: who becomes high-touch leaves sequences that are not for them (HL-09)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from nurture_app.engine.activity_rows import ActivityIn, insert_noted
from nurture_app.engine.enrollments.consequences import Event, apply_events
from nurture_app.engine.enrollments.rows import MOST_AT_ONCE
from nurture_app.engine.first_that_holds import Change
from nurture_app.engine.given_by_segments import TIERS, TYPES, assign
from nurture_app.engine.given_by_segments import follow_moves as give_to_moved
from nurture_app.engine.live import live_sequences
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import chunks
from nurture_app.engine.touch_tiers import crossing, tiers_of_people
from nurture_app.engine.triggers import start_for_events


def give_all(host: Host, parties: Collection[str] | None = None) -> None:
	"""Give leads their types and tiers within the caller's transaction. None means every lead."""
	assign(host, TYPES, parties)
	follow(host, assign(host, TIERS, parties))


def follow_moves(host: Host, moves: Iterable[tuple[str, Collection[str]]]) -> None:
	"""`give_all` to those who entered or left a segment that types or tiers go by; `moves` are segments with leads."""
	moves = list(moves)
	give_to_moved(host, TYPES, moves)
	follow(host, give_to_moved(host, TIERS, moves))


def follow(host: Host, changes: Sequence[Change]) -> None:
	"""What changes of tiers do to sequences, within the caller's transaction: they are noted, but earn nothing."""
	if not changes:
		return
	tiers, now = tiers_of_people(host), host.clock.now()
	noted = [
		ActivityIn(one.lead, kind, now, "System", one.after or one.before)
		for one in changes
		if (kind := crossing(tiers, one.before, one.after))
	]
	for some in chunks(noted, MOST_AT_ONCE):
		events = [
			Event(one.party, one.activity_type, one.occurred_on, one.detail, name)
			for name, one in zip(insert_noted(host, some), some, strict=True)
		]
		apply_events(host, events)
		start_for_events(host, live_sequences(host), events)
