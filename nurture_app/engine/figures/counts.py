"""The figures of one sequence: where people stop, what they did with each message, and what came of it (AB-12, SE-28).

A fixed number of queries, whatever the number of people and steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pypika import Case
from pypika import functions as fn

from nurture_app.engine.codes import AWAY, EnrollmentStatus, Reason, TouchStatus
from nurture_app.engine.library.results import STEPS_FORWARD
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, days_between, doctype, one_way, params

BOOKED = ("Appointment Booked", "Meeting")
MISSED, ATTENDED = ("Appointment Missed",), ("Appointment Attended", "Meeting")
DAYS_AFTER_ENTERING = 90
"""What somebody did so long after entering is put down to the sequence."""
DAYS_OF_A_STEP = 14
"""The same of a step and its small goal."""
OPTED_OUT = (Reason.UNSUBSCRIBED, Reason.COMPLAINT)


@dataclass(frozen=True, slots=True)
class StepFigures:
	"""Messages of one step that left, and people. The later numbers are parts of `sent`, but for the last four."""

	step: str
	step_type: str = ""
	sent: int = 0
	opened: int = 0
	"""An estimate, without the openings known to be a machine's."""
	clicked: int = 0
	replied: int = 0
	reacted: int = 0
	"""Clicked or replied."""
	only_opened: int = 0
	"""Opened and neither clicked nor replied."""
	bounced: int = 0
	unsubscribed: int = 0
	"""People for whom it was the last message before they opted out."""
	micro_goal: str = ""
	micro_reached: int = 0
	waiting: int = 0
	"""People who stand at this step now."""
	left: int = 0
	"""People who left the sequence, other than by its end or goal, when this step was next."""


@dataclass(frozen=True, slots=True)
class SequenceFigures:
	people: int = 0
	"""Enrollments; somebody who came in twice counts twice."""
	reached: int = 0
	finished: int = 0
	"""Went through to the end without reaching the goal."""
	left: int = 0
	booked: int = 0
	attended: int = 0
	missed: int = 0
	"""Booked an appointment, missed one, and attended none."""
	advanced: int = 0
	"""Became MQL or SQL, had an opportunity or bought after entering."""
	left_for: Mapping[str, int] | None = None
	"""Reason codes of those who left."""
	steps: tuple[StepFigures, ...] = ()

	def sum_of(self, name: str) -> int:
		return sum(getattr(step, name) for step in self.steps)


def figures_of(host: Host, sequence: str, since: datetime | None = None) -> SequenceFigures:
	"""Of people who entered from `since` on (naive, host zone), or of all. Steps in the order of the sequence."""
	steps = _load_steps(host, sequence)
	for found in (
		_reactions(host, sequence, since),
		_opt_outs(host, sequence, since),
		_small_goals(host, sequence, since),
	):
		_merge(steps, found)
	total = _standing(host, sequence, since, steps)
	return replace(total, steps=tuple(steps.values()), **_deeds(host, sequence, since))


def _load_steps(host: Host, sequence: str) -> dict[str, StepFigures]:
	step = doctype("Nurture Sequence Step", "s")
	query = Query.from_(step).select(step.step_label, step.step_type, step.micro_goal)
	rows = host.db.rows(query.where(step.parent == P(sequence)).orderby(step.idx))
	return {label: StepFigures(label, kind, micro_goal=goal or "") for label, kind, goal in rows}


def _merge(steps: dict[str, StepFigures], found: Iterable[tuple[str, dict[str, int]]]) -> None:
	for label, numbers in found:
		steps[label] = replace(steps.get(label) or StepFigures(label), **numbers)


def _entered(query: Any, enrollment: Any, sequence: str, since: datetime | None) -> Any:
	query = query.where(enrollment.sequence == P(sequence))
	return query.where(enrollment.enrolled_on >= P(since)) if since else query


def _touches(sequence: str, since: datetime | None) -> tuple[Any, Any]:
	"""Touches of the people who count. Indexes (sequence, party) and (enrollment, step)."""
	touch, enrollment = doctype("Nurture Touch", "t"), doctype("Nurture Enrollment", "e")
	query = Query.from_(enrollment).join(touch).on(touch.enrollment == enrollment.name)
	return _entered(query, enrollment, sequence, since), touch


def _is_away(touch: Any) -> Any:
	return touch.status.isin(params([str(status) for status in AWAY]))


def _reactions(host: Host, sequence: str, since: datetime | None) -> list[tuple[str, dict[str, int]]]:
	query, touch = _touches(sequence, since)
	opened, clicked, replied = (touch[f"{what}_on"].isnotnull() for what in ("opened", "clicked", "replied"))
	answered = clicked | replied
	wanted = {
		"opened": opened,
		"clicked": clicked,
		"replied": replied,
		"reacted": answered,
		"only_opened": opened & answered.negate(),
		"bounced": touch.bounced_on.isnotnull(),
	}
	query = query.where(_is_away(touch)).select(
		touch.step, fn.Count("*"), *(fn.Sum(Case().when(one, 1).else_(0)) for one in wanted.values())
	)
	names = ("sent", *wanted)
	return [
		(label, {name: int(number) for name, number in zip(names, numbers, strict=True)})
		for label, *numbers in host.db.rows(query.groupby(touch.step))
	]


def _opt_outs(host: Host, sequence: str, since: datetime | None) -> list[tuple[str, dict[str, int]]]:
	"""By the last message before it."""
	touch, enrollment = doctype("Nurture Touch", "l"), doctype("Nurture Enrollment", "e")
	last = Query.from_(enrollment).join(touch).on(touch.enrollment == enrollment.name)
	last = _entered(last, enrollment, sequence, since)
	last = last.where(enrollment.reason.isin(params([str(reason) for reason in OPTED_OUT])) & _is_away(touch))
	last = last.select(touch.enrollment, fn.Max(touch.queued_on).as_("last_on")).groupby(touch.enrollment)
	last = last.as_("last_mails")
	sent = doctype("Nurture Touch", "t")
	query = Query.from_(last).join(sent)
	query = query.on((sent.enrollment == last.enrollment) & (sent.queued_on == last.last_on))
	query = query.select(sent.step, fn.Count(sent.enrollment).distinct()).where(_is_away(sent))
	return [(label, {"unsubscribed": int(count)}) for label, count in host.db.rows(query.groupby(sent.step))]


def _small_goals(host: Host, sequence: str, since: datetime | None) -> list[tuple[str, dict[str, int]]]:
	"""How often the small goal of a step was reached after it (SE-28). Index (party, activity_type, occurred_on)."""
	query, touch = _touches(sequence, since)
	step, activity = doctype("Nurture Sequence Step", "s"), doctype("Nurture Activity", "a")
	began = fn.Coalesce(touch.queued_on, touch.due_on)
	query = query.join(step).on((step.parent == P(sequence)) & (step.step_label == touch.step))
	query = query.join(activity).on(
		# from the messages to what followed: of some kinds of activities there are very many
		(activity.party == one_way(touch.party, host.db.dialect))
		& (activity.activity_type == step.micro_goal)
		& (activity.classification == P("human"))
		& (activity.occurred_on >= began)
	)
	query = query.where(
		(step.micro_goal != P("")) & (_is_away(touch) | (touch.status == P(str(TouchStatus.DONE))))
	)
	query = query.where(days_between(began, activity.occurred_on, host.db.dialect) <= P(DAYS_OF_A_STEP))
	rows = host.db.rows(query.select(touch.step, fn.Count(touch.name).distinct()).groupby(touch.step))
	return [(label, {"micro_reached": int(count)}) for label, count in rows]


def _standing(
	host: Host, sequence: str, since: datetime | None, steps: dict[str, StepFigures]
) -> SequenceFigures:
	"""Where people stand, or stood when they left; fills `waiting` and `left` of the steps."""
	enrollment = doctype("Nurture Enrollment", "e")
	query = _entered(Query.from_(enrollment), enrollment, sequence, since)
	query = query.select(enrollment.step, enrollment.status, enrollment.reason, fn.Count("*"))
	query = query.groupby(enrollment.step, enrollment.status, enrollment.reason)
	people = reached = finished = left = 0
	left_for: dict[str, int] = {}
	for label, status, reason, count in host.db.rows(query):
		people += count
		at = steps.get(label) if label else None
		if reason == Reason.GOAL_REACHED:
			reached += count
		elif status == EnrollmentStatus.COMPLETED:
			finished += count
		elif status == EnrollmentStatus.EXITED:
			left += count
			left_for[reason or ""] = left_for.get(reason or "", 0) + count
			if at:
				steps[label] = replace(at, left=at.left + count)
		elif at:
			steps[label] = replace(at, waiting=at.waiting + count)
	return SequenceFigures(people, reached, finished, left, left_for=left_for)


def _deeds(host: Host, sequence: str, since: datetime | None) -> dict[str, int]:
	"""People who booked, attended, missed and went on. Index (party, activity_type, occurred_on)."""
	enrollment, activity = doctype("Nurture Enrollment", "e"), doctype("Nurture Activity", "a")
	kinds = {"booked": BOOKED, "attended": ATTENDED, "missed": MISSED, "advanced": STEPS_FORWARD}
	every = sorted({kind for some in kinds.values() for kind in some})
	query = Query.from_(enrollment).join(activity)
	query = query.on(
		(activity.party == enrollment.party)
		& activity.activity_type.isin(params(every))
		& (activity.occurred_on >= enrollment.enrolled_on)
	)
	query = _entered(query, enrollment, sequence, since)
	age = days_between(enrollment.enrolled_on, activity.occurred_on, host.db.dialect)
	query = query.where(age <= P(DAYS_AFTER_ENTERING)).groupby(enrollment.name)
	each = query.select(
		*(
			fn.Max(Case().when(activity.activity_type.isin(params(some)), 1).else_(0)).as_(name)
			for name, some in kinds.items()
		)
	).as_("each_person")
	no_show = Case().when((each.missed == 1) & (each.attended == 0), 1).else_(0)
	total = Query.from_(each).select(
		fn.Sum(each.booked), fn.Sum(each.attended), fn.Sum(no_show), fn.Sum(each.advanced)
	)
	(row,) = host.db.rows(total)
	return dict(
		zip(("booked", "attended", "missed", "advanced"), (int(one or 0) for one in row), strict=True)
	)
