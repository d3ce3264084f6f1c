"""Who is in a segment, as rows with dates: people enter and leave, and others hear of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pypika import Case, Table

from nurture_app.engine.enrollments.consequences import Event, apply_events
from nurture_app.engine.live import live_sequences
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, Raw, chunks, doctype, insert_new, params
from nurture_app.engine.tier_changes import follow_moves
from nurture_app.engine.triggers import start_for_segment

MEMBER_COLUMNS = ("name", "segment", "party_type", "party", "entered_on", "live_key", "entered_run")
Move = tuple[str, str]
"""(segment, lead)."""
Moved = Mapping[str, Sequence[str]]
"""Leads by segment."""


def members_of(host: Host, name: str) -> set[str]:
	"""Leads that are in the segment now. Index (segment, left_on, party) answers by itself."""
	member = doctype("Nurture Segment Member", "m")
	query = Query.from_(member).select(member.party.as_("id")).where(member.segment == P(name))
	return set(host.db.ids(query.where(member.left_on.isnull())))


def enter_all(host: Host, moves: Sequence[Move], run: str) -> list[Move]:
	"""Make leads members of segments, one statement for all; returns those who were none yet. Index (live_key) keeps doubles out."""
	now = host.clock.now()
	rows = [
		(host.db.new_name(), segment, "Lead", party, now, f"{segment}|{party}", run)
		for segment, party in moves
	]
	inside = insert_new(host.db, "tabNurture Segment Member", MEMBER_COLUMNS, rows)
	return [move for move, (name, *_) in zip(moves, rows, strict=True) if name in inside]


def enter(host: Host, segment: str, parties: Sequence[str], run: str) -> list[str]:
	"""`enter_all` for one segment; returns leads."""
	return [party for _, party in enter_all(host, [(segment, party) for party in parties], run)]


def leave(host: Host, segment: str, parties: Sequence[str], run: str) -> list[str]:
	"""Members who do not match any more, or whose lead is gone, get their day of leaving. Index (live_key)."""
	member = doctype("Nurture Segment Member", "m")
	left = []
	for some in chunks(parties):
		keys = params([f"{segment}|{party}" for party in some])
		query = Query.from_(member).select(member.name, member.party).where(member.live_key.isin(keys))
		rows = host.db.rows(query)
		mark_left(host, [name for name, _ in rows], run)
		left += sorted(party for _, party in rows)
	return left


def mark_left(host: Host, members: Sequence[str], run: str) -> None:
	"""`members` are ids of rows."""
	now = host.clock.now()
	host.db.update(
		"tabNurture Segment Member",
		("name", "left_on", "live_key", "left_run"),
		[(name, now, name, run) for name in members],
	)


def by_segment(moves: Iterable[Move]) -> dict[str, list[str]]:
	"""The leads of `moves`, in order."""
	found: dict[str, list[str]] = {}
	for segment, party in moves:
		found.setdefault(segment, []).append(party)
	return found


def act_on_moves(host: Host, entered: Moved, left: Moved, run: str) -> None:
	"""Both may change the type and the tier of a lead and start sequences; leaving may end some. `run` tells these moves from all others."""
	follow_moves(host, [*entered.items(), *left.items()])
	now = host.clock.now()
	gone = [Event(party, "Segment Left", now, segment) for segment, some in left.items() for party in some]
	if gone:
		apply_events(host, gone)
	for segment in sorted({*entered, *left}):
		entering, leaving = entered.get(segment, ()), left.get(segment, ())
		if entering or leaving:
			start_for_segment(host, live_sequences(host), segment, entering, leaving, run)


def count_members(host: Host, name: str) -> int:
	member = doctype("Nurture Segment Member", "m")
	query = Query.from_(member).select(Raw("COUNT(*)")).where(member.segment == P(name))
	return int(host.db.rows(query.where(member.left_on.isnull()))[0][0])


def add_to_counts(host: Host, entered: Moved, left: Moved) -> None:
	"""Counting anew takes as long as the segment is large; the next whole refresh does it anyway."""
	names = sorted({*entered, *left})
	if not names:
		return
	table, change = Table("tabNurture Segment"), Case()
	for name in names:
		change = change.when(table.name == P(name), P(len(entered.get(name, ())) - len(left.get(name, ()))))
	added = Raw("COALESCE({}, 0) + {}", table.member_count, change)
	query = Query.update(table).set(table.member_count, added)
	host.db.execute(query.where(table.name.isin(params(names))))
