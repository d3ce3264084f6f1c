"""Segments: membership as facts with dates, refreshed by differences (SG-01).

A refresh of a whole segment writes who enters and who leaves, nothing else. When single leads change, only they are
looked at, for all segments in one query.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pypika import Case

from nurture_app.engine import conditions
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.condition_leaves import SegmentLeaf
from nurture_app.engine.condition_scope import Happened, Scope, lead_scope
from nurture_app.engine.given_by_segments import KINDS, Kind, enabled, kinds_asked
from nurture_app.engine.one_by_one import each
from nurture_app.engine.people import out_of_quarantine, quarantined
from nurture_app.engine.ports import Host
from nurture_app.engine.prepared import Questions
from nurture_app.engine.segment_members import (
	act_on_moves,
	add_to_counts,
	by_segment,
	count_members,
	enter,
	enter_all,
	leave,
	mark_left,
	members_of,
)
from nurture_app.engine.sql import P, Query, Raw, chunks, doctype, params, planned_by_averages


@dataclass(frozen=True, slots=True)
class Segment:
	name: str
	condition: Any
	"""Parsed."""
	needs: Sequence[str] = ()
	"""Segments that it builds on."""


@dataclass(frozen=True, slots=True)
class RefreshResult:
	"""`seconds` is the time the two statements took."""

	entered: list[str]
	left: list[str]
	members: int
	seconds: float


def dynamic_segments(host: Host) -> tuple[Sequence[Segment], Questions]:
	"""`load_dynamic`, and what was asked about these segments; remembered."""
	return host.memory.remembered("dynamic segments", lambda: (load_dynamic(host), Questions()))


def load_dynamic(host: Host, *, note: bool = False) -> list[Segment]:
	"""Enabled dynamic segments, those that others build on first.

	A broken condition, or a circle made behind the form, leaves its segments out; with `note` they show why.
	"""
	table = doctype("Nurture Segment", "s")
	query = Query.from_(table).select(table.name, table.condition).where(table.enabled == P(1))
	found, given_by = [], segments_by_kind(host)
	for name, text in host.db.rows(query.where(table.segment_type == P("Dynamic")).orderby(table.name)):
		try:
			condition = conditions.parse(text, host.catalog)
			found.append(Segment(name, condition, _needs(condition, given_by)))
		except NurtureError as error:
			_note(host, [name] if note else [], error)
	while True:
		try:
			return in_building_order(found)
		except NurtureError as error:
			circle = error.params["segments"]
			_note(host, circle if note else [], error)
			found = [segment for segment in found if segment.name not in circle]


def in_building_order(segments: Sequence[Segment]) -> list[Segment]:
	"""Segments after those they build on. Raises `NurtureError("segment_cycle")`."""
	by_name = {segment.name: segment for segment in segments}
	done: list[Segment] = []
	path: list[str] = []

	def visit(segment: Segment) -> None:
		if segment in done:
			return
		if segment.name in path:
			circle = path[path.index(segment.name) :]
			raise NurtureError("segment_cycle", path=" → ".join([*circle, segment.name]), segments=circle)
		path.append(segment.name)
		for name in segment.needs:
			if name in by_name:
				visit(by_name[name])
		path.pop()
		done.append(segment)

	for segment in segments:
		visit(segment)
	return done


def named_segments(condition: Any) -> list[str]:
	return [leaf.name for leaf in conditions.leaves(condition) if isinstance(leaf, SegmentLeaf)]


def segments_by_kind(host: Host) -> dict[Kind, frozenset[str]]:
	"""The segments that lead types go by, and those that touch tiers go by."""
	return {kind: enabled(host, kind).segments for kind in KINDS}


def _needs(condition: Any, given_by: Mapping[Kind, Collection[str]]) -> list[str]:
	"""The segments it names, and those that types or tiers go by where it asks for them (`segments_by_kind`)."""
	asked = {name for kind in kinds_asked(condition) for name in given_by[kind]}
	return [*named_segments(condition), *sorted(asked)]


def check_cycle(host: Host, name: str, condition: Any, gives: Kind | None = None) -> None:
	"""Raise `segment_cycle` if saving segment `name` with the parsed `condition` would make segments build on each other, or
	`segment_type_cycle` if they do so by way of lead types or touch tiers. `gives` is what leads are to be given by it.

	Of two saves at once the second waits for the first and sees it; where each has its own segment in hand already, the
	database refuses one (a deadlock). Within the transaction that saves.
	"""
	given_by = segments_by_kind(host)
	if gives:
		given_by[gives] |= {name}
	if not _needs(condition, given_by):
		return
	asked = {
		**conditions.load_conditions(host, "Nurture Segment", "segment_type", "Dynamic", lock=True),
		name: condition,
	}
	ways, seen = [[name]], set()
	while ways:
		way = ways.pop()
		for inner in _needs(asked[way[-1]], given_by) if way[-1] in asked else ():
			if inner == name:
				by_type = any(kinds_asked(asked[one]) for one in way)
				code = "segment_type_cycle" if by_type else "segment_cycle"
				raise NurtureError(code, path=" → ".join([*way, name]), segments=way)
			if inner not in seen:
				seen.add(inner)
				ways.append([*way, inner])


def refresh_all(host: Host) -> dict[str, RefreshResult]:
	"""Refresh every enabled dynamic segment and act on who entered and left. Raises `NotAll` when all are through."""
	results = {}

	def refresh_one(segment: Segment) -> None:
		try:
			results[segment.name] = _refresh(host, segment)
		except NurtureError as error:
			_note(host, [segment.name], error)
		except retryable:
			raise
		except Exception as error:
			_note(host, [segment.name], error)
			raise

	retryable = host.db.retryable
	each("Nurture Segment", {one.name: one for one in load_dynamic(host, note=True)}, refresh_one, retryable)
	return results


def refresh(host: Host, name: str) -> RefreshResult:
	"""Refresh one dynamic segment. Raises `NurtureError` when its condition is broken or it is static."""
	table = doctype("Nurture Segment", "s")
	query = Query.from_(table).select(table.condition, table.segment_type).where(table.name == P(name))
	for text, kind in host.db.rows(query):
		if kind != "Dynamic":
			raise NurtureError("segment_not_dynamic", segment=name)
		return _refresh(host, Segment(name, conditions.parse(text, host.catalog)))
	raise NurtureError("condition_unknown_segment", leaf=name, segment=name)


def _refresh(host: Host, segment: Segment) -> RefreshResult:
	"""Who matches and who is a member are two plain SELECTs; only the differences are written.

	Compared here and not in SQL: joined with the members, or inside INSERT .. SELECT, a condition took the database two
	to five times as long, and kept leads locked meanwhile. Costs some 100 bytes per lead and segment for a moment.
	"""
	run = host.db.new_name()
	now = host.clock.now()
	started = time.perf_counter()
	with host.db.transaction():
		matching, members = _matching(host, segment), members_of(host, segment.name)
		entered = enter(host, segment.name, sorted(matching - members), run)
		left = leave(host, segment.name, sorted(members - matching), run)
		seconds = time.perf_counter() - started
		count = len(members) + len(entered) - len(left)
		host.db.update(
			"tabNurture Segment",
			("name", "member_count", "last_built_on", "build_seconds", "last_error"),
			[(segment.name, count, now, round(seconds, 3), None)],
		)
		act_on_moves(host, {segment.name: entered}, {segment.name: left}, run)
	return RefreshResult(entered, left, count, seconds)


def _matching(host: Host, segment: Segment) -> set[str]:
	"""Those in quarantine are taken out here: asked with the condition, their column led MariaDB to plans twice as slow."""
	scope = lead_scope(host)
	query = Query.from_(scope.lead).select(scope.lead.name).where(segment.condition.sql(scope))
	matching = {name for (name,) in host.db.rows(query)}
	return matching - quarantined(host) if matching else matching


def refresh_parties(host: Host, parties: Sequence[str], happened: Happened | None = None) -> int:
	"""Bring the membership of a few leads up to now, within the caller's transaction; returns how many moves.

	With `happened` only segments that look at it are evaluated. Segments that build on segments come after those.
	"""
	segments, questions = dynamic_segments(host)
	if happened:
		segments = [segment for segment in segments if conditions.follows(segment.condition, happened)]
	moves = 0
	if not segments or not parties:
		return moves
	for level in _levels(segments):
		for names in chunks(sorted(set(parties))):
			moves += _refresh_level(host, level, names, questions)
	return moves


def _levels(segments: Sequence[Segment]) -> list[list[Segment]]:
	"""Segments grouped so that each group only builds on earlier ones."""
	names = {segment.name for segment in segments}
	depth: dict[str, int] = {}
	levels: list[list[Segment]] = []
	for segment in segments:
		inner = [depth.get(name, 0) for name in segment.needs if name in names]
		depth[segment.name] = max(inner, default=-1) + 1
		while len(levels) <= depth[segment.name]:
			levels.append([])
		levels[depth[segment.name]].append(segment)
	return levels


def _refresh_level(
	host: Host, segments: Sequence[Segment], parties: Sequence[str], questions: Questions
) -> int:
	truth = _truth(host, segments, parties, questions)
	member = doctype("Nurture Segment Member", "m")
	query = Query.from_(member).select(member.name, member.segment, member.party)
	query = query.where(member.party.isin(params(parties)) & member.left_on.isnull())
	query = query.where(member.segment.isin(params([segment.name for segment in segments])))
	present = {(segment, party): name for name, segment, party in host.db.rows(query)}
	run = host.db.new_name()
	entering = sorted(truth - set(present))
	leaving = sorted(key for key in present if key not in truth)
	entered, left = by_segment(enter_all(host, entering, run)), by_segment(leaving)
	mark_left(host, [present[key] for key in leaving], run)
	add_to_counts(host, entered, left)
	act_on_moves(host, entered, left, run)
	return len(entering) + len(leaving)


def _truth(
	host: Host, segments: Sequence[Segment], parties: Sequence[str], questions: Questions
) -> set[tuple[str, str]]:
	"""(segment, lead) pairs that match, for all segments in one SELECT."""

	def build(scope: Scope, some: Sequence[Any]) -> Any:
		cases = [Case().when(segment.condition.sql(scope), 1).else_(0) for segment in segments]
		query = Query.from_(scope.lead).select(scope.lead.name, *cases).where(out_of_quarantine(scope.lead))
		query = query.where(scope.lead.name.isin(params(some)))
		return planned_by_averages(query, scope.dialect) if scope.is_prepared else query

	what = "\n".join(segment.name for segment in segments)
	return {
		(segment.name, row[0])
		for row in questions.ask(host, what, parties, build)
		for segment, holds in zip(segments, row[1:], strict=True)
		if int(holds)
	}


def add_members(host: Host, name: str, parties: Sequence[str]) -> int:
	"""Add leads to a static segment by hand; returns how many were new."""
	with host.db.transaction():
		_require_static(host, name)
		run = host.db.new_name()
		entered = enter(host, name, parties, run)
		host.db.update("tabNurture Segment", ("name", "member_count"), [(name, count_members(host, name))])
		act_on_moves(host, {name: entered}, {}, run)
	return len(entered)


def remove_members(host: Host, name: str, parties: Sequence[str]) -> int:
	"""Take leads out of a static segment; returns how many were in it."""
	member = doctype("Nurture Segment Member", "m")
	with host.db.transaction():
		_require_static(host, name)
		query = Query.from_(member).select(member.name, member.party).where(member.segment == P(name))
		rows = host.db.rows(
			query.where(member.left_on.isnull() & member.party.isin(params(parties) or [P("")]))
		)
		run = host.db.new_name()
		left = sorted(party for _, party in rows)
		mark_left(host, [member_name for member_name, _ in rows], run)
		host.db.update("tabNurture Segment", ("name", "member_count"), [(name, count_members(host, name))])
		act_on_moves(host, {}, {name: left}, run)
	return len(left)


def _require_static(host: Host, name: str) -> None:
	table = doctype("Nurture Segment", "s")
	rows = host.db.rows(Query.from_(table).select(table.segment_type).where(table.name == P(name)))
	if not rows or rows[0][0] != "Static":
		raise NurtureError("segment_not_static", segment=name)


def _note(host: Host, names: Sequence[str], error: Exception) -> None:
	"""Shown on the segments; the refresh goes on with the others."""
	if names:
		with host.db.transaction():
			rows = [(name, str(error)[:500]) for name in names]
			host.db.update("tabNurture Segment", ("name", "last_error"), rows)


def matching_count(host: Host, condition: Any, restrict: Any = None) -> int:
	"""How many leads match a parsed condition; `restrict` is a further criterion, such as a user's permissions."""
	scope = lead_scope(host)
	query = Query.from_(scope.lead).select(Raw("COUNT(*)")).where(condition.sql(scope))
	return int(host.db.rows(query if restrict is None else query.where(restrict))[0][0])
