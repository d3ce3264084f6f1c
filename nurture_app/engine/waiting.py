"""People who wait for something to happen: woken by it, in the transaction that records it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from pypika import Table

from nurture_app.engine.codes import EnrollmentStatus
from nurture_app.engine.definition import SequenceDefinition, readable
from nurture_app.engine.ports import Host, Row
from nurture_app.engine.sql import P, Query, chunks, doctype, params

ANYTHING = "*"
"""What a step with a condition waits for: whatever happens may change the answer."""


def awaited_by(definition: SequenceDefinition) -> list[str]:
	"""Activity types that steps of a sequence wait for, and `ANYTHING` if one asks a condition."""
	return sorted(
		{
			ANYTHING if step.condition else step.wait_activity
			for step in definition.steps
			if step.step_type == "Wait Until"
		}
	)


def wake(host: Host, parties: Collection[str], activity_types: Collection[str] = ()) -> None:
	"""Have the enrollments of `parties` that wait for one of `activity_types`, or for anything, looked at now.

	Within the caller's transaction. A tick that is deciding about one of them meanwhile loses its lease, for it may not
	have seen what happened; one that is writing is waited for. Whoever is woken for nothing goes on waiting.
	Index (party, status).
	"""
	kinds = {*activity_types, ANYTHING} & _awaited(host)
	if not kinds:
		return
	table, now = Table("tabNurture Enrollment"), host.clock.now()
	query = (
		Query.update(table)
		.set(table.due_on, P(now))
		.set(table.lease_until, None)
		.set(table.lease_token, None)
	)
	query = query.where(table.waits_for.isin(params(sorted(kinds))) & (table.waits_visit == table.visit))
	query = query.where(table.status == P(str(EnrollmentStatus.ACTIVE)))
	for some in chunks(sorted(set(parties))):
		host.db.execute(query.where(table.party.isin(params(some))))


def _awaited(host: Host) -> frozenset[str]:
	return host.memory.remembered("awaited", lambda: _load_awaited(host))


def _load_awaited(host: Host) -> frozenset[str]:
	return frozenset(kind for text, _ in _waiting_versions(host) for kind in text.split("\n") if kind)


def awaited_conditions(host: Host) -> list[Any]:
	"""Conditions that steps of running sequences wait for, as they are stored."""
	return [
		step.condition
		for kinds, text in _waiting_versions(host)
		if ANYTHING in kinds.split("\n")
		if (definition := readable(text))
		for step in definition.steps
		if step.step_type == "Wait Until" and step.condition
	]


def _waiting_versions(host: Host) -> list[Row]:
	"""(what is awaited, definition) of all versions of running sequences: people on their way keep the one they entered under."""
	version, sequence = doctype("Nurture Sequence Version", "v"), doctype("Nurture Sequence", "s")
	query = Query.from_(version).join(sequence).on(sequence.name == version.sequence)
	query = query.select(version.waits_for, version.definition)
	return host.db.rows(
		query.where(sequence.status.isin(params(["Active", "Paused"])) & version.waits_for.isnotnull())
	)


def arrival(nominal_on: datetime, last_step_on: datetime | None, enrolled_on: datetime) -> datetime:
	"""Since when what happens counts: the moment the step was planned for, unless the one before was done later."""
	return max(nominal_on, last_step_on or enrolled_on)
