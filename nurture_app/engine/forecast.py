"""What a lead will get, and when, if nothing happens meanwhile (CD-16): no reaction, no exit, nothing held or put off by a cap."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from nurture_app.engine.codes import EnrollmentStatus, NurtureError
from nurture_app.engine.config import load_settings
from nurture_app.engine.day_apart import kept_apart
from nurture_app.engine.definition import MAIL_STEPS, TWO_WAY_STEPS, SequenceDefinition, Step
from nurture_app.engine.live import load_definitions
from nurture_app.engine.people import load_holidays, load_leads
from nurture_app.engine.ports import Host
from nurture_app.engine.schedule import Plan, Timetable, plan_following
from nurture_app.engine.sql import P, Query, as_datetime, doctype
from nurture_app.engine.sticky import pick

AHEAD = timedelta(days=90)
MOST_STEPS = 200
"""Of one enrollment: more than that is a sequence that leads back to its beginning."""
HUMAN = "Task"


@dataclass(frozen=True, slots=True)
class Upcoming:
	"""A message, or a task for a colleague."""

	due_on: datetime
	"""Naive, in the host's zone."""
	sequence: str
	step: str
	kind: str
	"""The type of the step; of a task its kind."""
	depends: bool
	"""On the way there is a branch or a wait that may lead elsewhere."""


def upcoming(host: Host, party: str) -> list[Upcoming]:
	"""In the order of time, `AHEAD` from now at the most. Five queries."""
	rows = _load_enrollments(host, party)
	lead = load_leads(host, [party]).get(party)
	if not rows or not lead:
		return []
	settings = load_settings(host.db)
	definitions = load_definitions(host, {row["version"] for row in rows})
	holidays = load_holidays(host, settings, definitions.values())
	until, found = host.clock.now() + AHEAD, []
	for row in rows:
		definition = definitions.get(row["version"])
		if definition is None:
			continue
		zone, country = lead["nurture_time_zone"], lead["country"]
		table = Timetable.of(definition, settings, holidays, zone, host.clock.zone, country)
		ahead = walk(row, definition, table, settings.days_apart)
		found += [one for one in ahead if one.due_on <= until]
	return sorted(found, key=lambda one: (one.due_on, one.sequence))


def walk(
	row: dict[str, Any], definition: SequenceDefinition, table: Timetable, days_apart: bool
) -> Iterator[Upcoming]:
	"""What comes from the step at which an enrollment stands on; `row` has the columns of `_COLUMNS`, the rest is as in `Settings`."""
	step = definition.step(row["step"])
	plan = Plan(row["nominal_on"] or row["due_on"], row["due_on"])
	depends, done_on = False, plan.nominal_on
	mail: tuple[datetime, str] | None = None
	for _ in range(MOST_STEPS):
		if step is None or step.step_type == "End":
			return
		if step.step_type in MAIL_STEPS:
			if mail and days_apart:
				plan = Plan(plan.nominal_on, kept_apart(step, plan.due_on, mail, definition, table))
			mail = plan.due_on, step.label
		if step.is_message or step.step_type == HUMAN:
			kind = step.task_kind if step.step_type == HUMAN else step.step_type
			yield Upcoming(plan.due_on, row["sequence"], step.label, kind, depends)
		depends = depends or step.step_type in (*TWO_WAY_STEPS, "Approval")
		# a wait begins when the step before it was done, which the window may have put off
		waits_from = max(plan.nominal_on, done_on)
		nominal = plan.nominal_on
		if step.step_type == "Wait Until":
			nominal = table.after(waits_from, step.timeout, step.timeout_unit)
		done_on = max(done_on, plan.due_on)
		following = definition.step(_way(step, row))
		if following is None:
			return
		try:
			plan = plan_following(step, following, row["anchor_on"], nominal, done_on, table)
		except NurtureError:
			return  # the window never opens: the tick will hold it and say so
		step = following


def _way(step: Step, row: dict[str, Any]) -> str:
	"""Where it goes on if the lead does nothing; chance is the same as that of the tick."""
	if step.step_type in TWO_WAY_STEPS:
		return step.on_false
	if step.step_type == "Split":
		weights = [way["weight"] for way in step.split_ways]
		way = step.split_ways[pick(weights, row["sequence"], step.label, row["address"] or row["party"])]
		return way.get("to") or step.next
	return step.next


_COLUMNS = ("sequence", "version", "party", "address", "step", "due_on", "nominal_on", "anchor_on")


def _load_enrollments(host: Host, party: str) -> list[dict[str, Any]]:
	"""Those that move: what is held or paused has no day. Index (party, status)."""
	enrollment, sequence = doctype("Nurture Enrollment", "e"), doctype("Nurture Sequence", "s")
	query = Query.from_(enrollment).join(sequence).on(sequence.name == enrollment.sequence)
	query = query.select(*(enrollment[column] for column in _COLUMNS))
	query = query.where((enrollment.party == P(party)) & (sequence.status == P("Active")))
	rows = []
	for values in host.db.rows(query.where(enrollment.status == P(str(EnrollmentStatus.ACTIVE)))):
		row = dict(zip(_COLUMNS, values, strict=True))
		for moment in ("due_on", "nominal_on", "anchor_on"):
			row[moment] = as_datetime(row[moment])
		if row["due_on"]:
			rows.append(row)
	return rows
