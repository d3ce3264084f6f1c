"""How many messages of each sequence left, are due and are expected, day by day: for the calendar (CM-13, CD-16)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pypika import functions as fn

from nurture_app.engine.codes import HANDED_OVER, EnrollmentStatus
from nurture_app.engine.config import load_settings
from nurture_app.engine.definition import MESSAGE_STEPS
from nurture_app.engine.forecast import walk
from nurture_app.engine.live import load_definitions
from nurture_app.engine.people import load_holidays
from nurture_app.engine.ports import Host
from nurture_app.engine.schedule import Timetable
from nurture_app.engine.sql import P, Query, as_datetime, doctype, params


@dataclass(frozen=True, slots=True)
class Sends:
	"""Of one sequence on one day, in the host's zone."""

	day: date
	sequence: str
	sent: int = 0
	due: int = 0
	"""People whose next step is a message on that day."""
	expected: int = 0
	"""Messages after those, if nobody reacts and nothing is held; estimated for all who stand at a step alike."""


def sends_by_day(host: Host, start: datetime, end: datetime) -> list[Sends]:
	"""From `start` to before `end` (naive, host zone), by day and sequence. A fixed number of queries.

	Indexes (status, queued_on) of the touches, (status, due_on) of the enrollments.
	"""
	found: dict[tuple[date, str], dict[str, int]] = {}
	counted = {
		"sent": _load_sent(host, start, end),
		"due": _load_due(host, start, end),
		"expected": _expected(host, start, end),
	}
	for what, rows in counted.items():
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


def _expected(host: Host, start: datetime, end: datetime) -> list[tuple[Any, str, int]]:
	"""Walks once for all who stand at the same step, due and begun on the same days; the site's zone stands for theirs."""
	groups = _load_groups(host, end)
	definitions = load_definitions(host, {row["version"] for row in groups})
	settings = load_settings(host.db)
	holidays = load_holidays(host, settings, definitions.values(), by_country=False)
	found: dict[tuple[date, str], int] = {}
	for row in groups:
		definition = definitions.get(row["version"])
		if definition is None:
			continue
		table = Timetable.of(definition, settings, holidays, "", host.clock.zone)
		for one in walk(row, definition, table, settings.days_apart):
			is_next = one.step == row["step"] and one.due_on == row["due_on"]
			if not is_next and one.kind in MESSAGE_STEPS and start <= one.due_on < end:
				key = (one.due_on.date(), one.sequence)
				found[key] = found.get(key, 0) + row["people"]
	return [(*key, count) for key, count in found.items()]


def _load_groups(host: Host, end: datetime) -> list[dict[str, Any]]:
	"""Index (status, due_on). As many as there are steps and days on which people came to them, however many people."""
	enrollment, sequence = doctype("Nurture Enrollment", "e"), doctype("Nurture Sequence", "s")
	days = (fn.Date(enrollment.due_on), fn.Date(enrollment.anchor_on))
	columns = (enrollment.sequence, enrollment.version, enrollment.step)
	firsts = [fn.Min(column) for column in (enrollment.due_on, enrollment.nominal_on, enrollment.anchor_on)]
	query = Query.from_(enrollment).join(sequence).on(sequence.name == enrollment.sequence)
	query = query.select(*columns, *firsts, fn.Count(enrollment.name)).where(sequence.status == P("Active"))
	query = query.where(enrollment.status == P(str(EnrollmentStatus.ACTIVE)))
	query = query.where((enrollment.due_on < P(end)) & enrollment.version.isnotnull())
	groups = []
	for title, version, step, due_on, nominal_on, anchor_on, people in host.db.rows(
		query.groupby(*columns, *days)
	):
		moments = (as_datetime(moment) for moment in (due_on, nominal_on, anchor_on))
		row = dict(zip(("due_on", "nominal_on", "anchor_on"), moments, strict=True))
		row |= {"sequence": title, "version": version, "step": step, "people": int(people)}
		groups.append(row | {"party": "", "address": ""})
	return groups


def _as_date(value: Any) -> date:
	return value if type(value) is date else date.fromisoformat(str(value)[:10])
