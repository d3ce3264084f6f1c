"""People on their way from the version they entered under to the one that is current (SE-19)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pypika import Case

from nurture_app.engine.codes import LIVE_STATUSES, Reason
from nurture_app.engine.live import load_definitions
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, as_datetime, chunks, doctype, locking, params


@dataclass(frozen=True, slots=True)
class Behind:
	"""Somebody in an earlier version; `can_move` says whether the current one still has the step they stand at."""

	enrollment: str
	party: str
	party_name: str
	step: str
	can_move: bool


def those_behind(host: Host, sequence: str) -> list[Behind]:
	"""Everybody on their way in an earlier version of `sequence`. Index (sequence, party)."""
	enrollment, table = doctype("Nurture Enrollment", "e"), doctype("Nurture Sequence", "s")
	query = Query.from_(enrollment).join(table).on(table.name == enrollment.sequence)
	query = query.select(
		enrollment.name, enrollment.party, enrollment.party_name, enrollment.step, table.current_version
	)
	query = query.where((enrollment.sequence == P(sequence)) & (enrollment.version != table.current_version))
	query = query.where(enrollment.status.isin(params([str(status) for status in LIVE_STATUSES])))
	rows = host.db.rows(query.orderby(enrollment.step).orderby(enrollment.party_name))
	definitions = load_definitions(host, {row[4] for row in rows if row[4]}) if rows else {}
	return [
		Behind(
			name,
			party,
			party_name or "",
			step,
			version in definitions and bool(definitions[version].step(step)),
		)
		for name, party, party_name, step, version in rows
	]


def move_to_current(host: Host, names: Sequence[str]) -> list[tuple[str, str]]:
	"""Move enrollments to the current version of their sequence where it still has their step; returns (name, refusal).

	A tick that has one in hand loses its lease, for it decides by the old version. Who waits for something is looked at
	anew, since the step may wait for something else now.
	"""
	results: list[tuple[str, str]] = []
	for some in chunks(sorted(set(names)), 500):
		with host.db.transaction():
			results += _move(host, some)
	return results


def _move(host: Host, names: Sequence[str]) -> list[tuple[str, str]]:
	enrollment, table = doctype("Nurture Enrollment", "e"), doctype("Nurture Sequence", "s")
	waits = Case().when(enrollment.waits_visit == enrollment.visit, enrollment.waits_for)
	query = Query.from_(enrollment).select(
		enrollment.name, enrollment.sequence, enrollment.step, enrollment.due_on, waits
	)
	query = query.where(enrollment.name.isin(params(names)))
	query = query.where(enrollment.status.isin(params([str(status) for status in LIVE_STATUSES])))
	rows = host.db.rows(locking(query.orderby(enrollment.name), host.db.dialect))
	sequences = sorted({row[1] for row in rows})
	current = dict(
		host.db.rows(
			Query.from_(table)
			.select(table.name, table.current_version)
			.where(table.name.isin(params(sequences or [""])))
		)
	)
	definitions = load_definitions(host, {version for version in current.values() if version})
	now = host.clock.now()
	results, updates = [], []
	for name, sequence, step, due_on, waits_for in rows:
		version = current.get(sequence)
		if version not in definitions or not definitions[version].step(step):
			results.append((name, str(Reason.STEP_MISSING)))
			continue
		due = now if waits_for else as_datetime(due_on)
		updates.append((name, version, due, None, None, None, None))
		results.append((name, ""))
	columns = ("name", "version", "due_on", "waits_for", "waits_since", "lease_until", "lease_token")
	host.db.update("tabNurture Enrollment", columns, updates)
	return results
