"""How many messages of each sequence left, and how many are due, day by day: for the calendar (CM-13)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pypika import functions as fn

from nurture_app.engine.codes import HANDED_OVER, EnrollmentStatus
from nurture_app.engine.definition import MESSAGE_STEPS
from nurture_app.engine.live import load_definitions
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, doctype, params


@dataclass(frozen=True, slots=True)
class Sends:
	"""Of one sequence on one day, in the host's zone."""

	day: date
	sequence: str
	sent: int = 0
	due: int = 0
	"""People whose next step is a message on that day; what follows it is not foreseen here."""


def sends_by_day(host: Host, start: datetime, end: datetime) -> list[Sends]:
	"""From `start` to before `end` (naive, host zone), by day and sequence. Three queries.

	Indexes (status, queued_on) of the touches, (status, due_on) of the enrollments.
	"""
	found: dict[tuple[date, str], dict[str, int]] = {}
	for what, rows in (("sent", _load_sent(host, start, end)), ("due", _load_due(host, start, end))):
		for day, sequence, count in rows:
			known = found.setdefault((_as_date(day), sequence or ""), {})
			known[what] = known.get(what, 0) + int(count)
	return [Sends(*key, **found[key]) for key in sorted(found)]


def _load_sent(host: Host, start: datetime, end: datetime) -> list[tuple[Any, str, int]]:
	touch = doctype("Nurture Touch", "t")
	day = fn.Date(touch.queued_on)
	query = Query.from_(touch).select(day, touch.sequence, fn.Count(touch.name))
	query = query.where(touch.status.isin(params([str(status) for status in HANDED_OVER])))
	query = query.where((touch.queued_on >= P(start)) & (touch.queued_on < P(end)))
	return host.db.rows(query.groupby(day, touch.sequence))


def _load_due(host: Host, start: datetime, end: datetime) -> list[tuple[Any, str, int]]:
	enrollment, sequence = doctype("Nurture Enrollment", "e"), doctype("Nurture Sequence", "s")
	day = fn.Date(enrollment.due_on)
	columns = (day, enrollment.sequence, enrollment.version, enrollment.step)
	query = Query.from_(enrollment).join(sequence).on(sequence.name == enrollment.sequence)
	query = query.select(*columns, fn.Count(enrollment.name)).where(sequence.status == P("Active"))
	query = query.where(enrollment.status == P(str(EnrollmentStatus.ACTIVE)))
	query = query.where((enrollment.due_on >= P(start)) & (enrollment.due_on < P(end)))
	rows = host.db.rows(query.groupby(*columns))
	definitions = load_definitions(host, {row[2] for row in rows if row[2]})

	def sends(version: str, label: str) -> bool:
		step = definitions[version].step(label) if version in definitions else None
		return bool(step and step.step_type in MESSAGE_STEPS)

	return [(day, title, count) for day, title, version, label, count in rows if sends(version, label)]


def _as_date(value: Any) -> date:
	return value if type(value) is date else date.fromisoformat(str(value)[:10])
