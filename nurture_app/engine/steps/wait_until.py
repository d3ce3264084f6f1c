"""Wait until something happens or a condition holds, but not for ever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pypika import functions as fn

from nurture_app.engine import conditions
from nurture_app.engine.codes import EnrollmentStatus, NurtureError, Reason
from nurture_app.engine.definition import Step
from nurture_app.engine.effects.start_waiting import StartWaiting
from nurture_app.engine.known_names import check_activity_types
from nurture_app.engine.outcome import Outcome, carry_out, hold
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, Raw, as_datetime, doctype, like_escape, params
from nurture_app.engine.steps.asking import ask
from nurture_app.engine.steps.base import CheckContext, StepType, check_span
from nurture_app.engine.waiting import ANYTHING, arrival

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch, Claimed

ASK_AGAIN = timedelta(hours=4)
"""A condition that only time changes is found true this much later at most."""


@dataclass(frozen=True, slots=True)
class Waiting:
	"""Moments are naive, in the host's zone."""

	arrived_on: datetime
	"""Since when what happens counts."""
	is_known: bool
	"""It was written down already that this enrollment waits, so that nothing can happen unseen."""
	event_on: datetime | None = None
	"""When the awaited activity happened first since then."""


class WaitUntilStep(StepType):
	name = "Wait Until"
	fields = ("wait_activity", "wait_detail", "condition", "timeout", "timeout_unit", "on_true", "on_false")

	def check(self, step: Step, context: CheckContext) -> None:
		condition = conditions.parse(step.condition, context.catalog, in_sequence=True)
		if not step.wait_activity and conditions.is_everybody(condition):
			raise NurtureError("wait_until_nothing", step=step.label)
		check_activity_types(filter(None, [step.wait_activity]), context.known.activity_types)
		conditions.check_references(condition, context.known)
		if step.timeout < 1:
			raise NurtureError("wait_without_timeout", step=step.label, timeout=step.timeout)
		check_span(step, step.timeout, step.timeout_unit)

	def load(self, host: Host, batch: Batch, members: Sequence[Claimed]) -> None:
		_load_arrivals(host, batch, members)
		groups: dict[tuple[str, str], list[Claimed]] = {}
		for one in members:
			groups.setdefault((one.version, one.step), []).append(one)
		for some in groups.values():
			step = batch.step_of(some[0])
			if step.wait_activity:
				_load_events(host, batch, step, some)
		ask(host, batch, [one for one in members if batch.step_of(one).condition])

	def decide(self, one: Claimed, step: Step, batch: Batch) -> Outcome:
		waiting = batch.waits[one.name]
		if not waiting.is_known:
			outcome = _stay(one, batch.now, waiting.arrived_on)
			kind = ANYTHING if step.condition else step.wait_activity
			outcome.effects.append(StartWaiting(kind, waiting.arrived_on))
			return outcome
		if one.name in batch.unanswered:
			return hold(one, Reason.STEP_ERROR, str(batch.unanswered[one.name]))
		table = batch.timetable(one)
		too_late = table.after(one.nominal_on, step.timeout, step.timeout_unit)
		happened = not step.wait_activity or (waiting.event_on is not None and waiting.event_on <= too_late)
		if happened and (not step.condition or batch.answers.get(one.name, False)):
			moment = batch.now if step.condition else waiting.event_on
			return carry_out(one, step, batch, to=step.on_true, nominal_on=moment, detail="true")
		if batch.now >= too_late:
			return carry_out(one, step, batch, to=step.on_false, nominal_on=too_late, detail="false")
		due = min(too_late, batch.now + ASK_AGAIN) if step.condition else too_late
		return _stay(one, due, one.nominal_on)


def _stay(one: Claimed, due_on: datetime, nominal_on: datetime) -> Outcome:
	return Outcome(one, EnrollmentStatus.ACTIVE, one.step, due_on, nominal_on, Reason.WAITING)


def _load_arrivals(host: Host, batch: Batch, members: Sequence[Claimed]) -> None:
	"""Primary key."""
	enrollment = doctype("Nurture Enrollment", "e")
	query = Query.from_(enrollment).select(
		enrollment.name, enrollment.waits_since, enrollment.waits_visit, enrollment.last_step_on
	)
	query = query.where(enrollment.name.isin(params([one.name for one in members])))
	rows = {
		name: (as_datetime(since), int(visit or 0), as_datetime(last))
		for name, since, visit, last in host.db.rows(query)
	}
	for one in members:
		since, visit, last_step_on = rows.get(one.name, (None, 0, None))
		if since is not None and visit == one.visit:
			batch.waits[one.name] = Waiting(since, True)
			continue
		# what started the sequence is not what its first step waits for
		enrolled_on = one.enrolled_on + timedelta(microseconds=1)
		batch.waits[one.name] = Waiting(arrival(one.nominal_on, last_step_on, enrolled_on), False)


def _load_events(host: Host, batch: Batch, step: Step, members: Sequence[Claimed]) -> None:
	"""When what `step` waits for happened first, of those who wait already. Index (party, activity_type, occurred_on)."""
	waiting = [one for one in members if batch.waits[one.name].is_known]
	if not waiting:
		return
	activity, enrollment = doctype("Nurture Activity", "a"), doctype("Nurture Enrollment", "e")
	query = Query.from_(enrollment).join(activity).on(activity.party == enrollment.party)
	query = query.select(enrollment.name, fn.Min(activity.occurred_on))
	query = query.where(enrollment.name.isin(params([one.name for one in waiting])))
	query = query.where(activity.activity_type == P(step.wait_activity))
	query = query.where(activity.occurred_on >= enrollment.waits_since)
	query = query.where(activity.classification == P("human"))
	if step.wait_detail:
		query = query.where(Raw("{} LIKE {}", activity.detail, f"%{like_escape(step.wait_detail)}%"))
	for name, moment in host.db.rows(query.groupby(enrollment.name)):
		batch.waits[name] = Waiting(batch.waits[name].arrived_on, True, as_datetime(moment))
