"""What happens to one enrollment now: pure, from the batch's facts to an outcome."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from nurture_app.engine.batch import Batch, Claimed
from nurture_app.engine.codes import EnrollmentStatus, NurtureError, Reason, TouchStatus
from nurture_app.engine.consent import Hold, Never, NotBefore, can_send
from nurture_app.engine.enrollments import consequence
from nurture_app.engine.schedule import LATE, Plan, plan_after
from nurture_app.engine.sequences import Step, field_value

LEFT = (TouchStatus.QUEUED, TouchStatus.SENDING, TouchStatus.SENT, TouchStatus.DELIVERED, TouchStatus.OPENED)
LEFT += (TouchStatus.CLICKED, TouchStatus.REPLIED, TouchStatus.BOUNCED, TouchStatus.UNKNOWN, TouchStatus.DONE)
"""Ledger states after which a step must not be repeated."""


@dataclass(slots=True)
class Outcome:
	"""How an enrollment and its ledger look after this tick."""

	claimed: Claimed
	status: str = EnrollmentStatus.ACTIVE
	step: str = ""
	due_on: datetime | None = None
	nominal_on: datetime | None = None
	reason: str = ""
	detail: str = ""
	done: bool = False
	"""The step was carried out: the visit counts."""
	touch_status: str = ""
	"""What the ledger notes about the step; empty notes nothing."""
	sends: bool = False
	"""A message must be rendered and delivered."""
	task: str = ""
	"""The text of a task to hand out."""
	set_field: tuple[str, Any] | None = None
	suppress: bool = False
	"""Stop marketing e-mail to this person."""
	rendered: Any = None
	extra: dict[str, str] = field(default_factory=dict)


def decide(one: Claimed, batch: Batch) -> Outcome:
	"""The outcome for a claimed enrollment. Whatever goes wrong holds it with a reason; nothing advances silently."""
	try:
		return _decide(one, batch)
	except NurtureError as error:
		reason = Reason.WINDOW_NEVER_OPENS if error.code == Reason.WINDOW_NEVER_OPENS else Reason.STEP_ERROR
		return hold(one, reason, str(error))
	except Exception as error:  # one enrollment must not keep its whole batch from going
		return hold(one, Reason.STEP_ERROR, f"{type(error).__name__}: {error}")


def _decide(one: Claimed, batch: Batch) -> Outcome:
	step = batch.step_of(one)
	if step is None:
		return hold(one, Reason.STEP_MISSING, one.step)
	if one.party not in batch.leads:
		return Outcome(one, EnrollmentStatus.EXITED, one.step, reason=Reason.PARTY_MISSING)
	ended = _ended_meanwhile(one, batch)
	if ended:
		return ended
	known = batch.touches.get(one.touch_key)
	if known and known[1] in LEFT:
		return advance(one, step, batch)
	return DECISIONS[step.step_type](one, step, batch)


def _ended_meanwhile(one: Claimed, batch: Batch) -> Outcome | None:
	"""Goal and exits hold for the whole sequence: asked again here, should an event handler have failed."""
	definition = batch.definitions[one.version]
	for event in batch.events.get(one.party, ()):
		if event.occurred_on <= one.enrolled_on:  # what started the sequence does not end it
			continue
		status, reason = consequence(definition, event)
		if status in (EnrollmentStatus.COMPLETED, EnrollmentStatus.EXITED):
			return Outcome(one, status, one.step, reason=reason)
	if definition.exit_on_conversion and batch.leads[one.party].get("status") == "Converted":
		return Outcome(one, EnrollmentStatus.EXITED, one.step, reason=Reason.CONVERTED)
	return None


def _email(one: Claimed, step: Step, batch: Batch) -> Outcome:
	recipient = batch.recipient(one)
	table = batch.timetable(one)
	topic = batch.topics.get(one.sequence, "")
	verdict = can_send(recipient, batch.facts, batch.settings, table, batch.now, topic)
	if isinstance(verdict, Never):
		outcome = Outcome(one, EnrollmentStatus.EXITED, one.step, reason=verdict.reason)
		outcome.touch_status = TouchStatus.SKIPPED
		return outcome
	if isinstance(verdict, Hold):
		return hold(one, verdict.reason)
	if isinstance(verdict, NotBefore):
		noted = TouchStatus.PLANNED if verdict.reason != Reason.OUTSIDE_WINDOW else ""
		return Outcome(
			one,
			EnrollmentStatus.ACTIVE,
			one.step,
			verdict.moment,
			one.nominal_on,
			verdict.reason,
			touch_status=noted,
		)
	content = batch.contents.get(step.content)
	if content is None:
		return hold(one, Reason.CONTENT_MISSING, step.content)
	if content.compiled is None:
		return hold(one, Reason.TEMPLATE_ERROR, f"{content.name}: {content.problem}")
	if not batch.sender.address:
		return hold(one, Reason.NO_SENDER)
	if not batch.settings.postal_address.strip():
		return hold(one, Reason.NO_POSTAL_ADDRESS)
	outcome = advance(one, step, batch)
	outcome.sends = True
	outcome.touch_status = TouchStatus.QUEUED
	batch.facts.remember_sent(recipient.address, batch.now)
	return outcome


def _wait(one: Claimed, step: Step, batch: Batch) -> Outcome:
	return advance(one, step, batch)


def _branch(one: Claimed, step: Step, batch: Batch) -> Outcome:
	if one.name in batch.broken_branches:
		return hold(one, Reason.STEP_ERROR, str(batch.broken_branches[one.name]))
	holds = batch.branches.get(one.name, False)
	outcome = advance(one, step, batch, to=step.on_true if holds else step.on_false)
	outcome.touch_status = TouchStatus.DONE
	outcome.extra["detail"] = "true" if holds else "false"
	return outcome


def _task(one: Claimed, step: Step, batch: Batch) -> Outcome:
	outcome = advance(one, step, batch)
	outcome.task = step.task_description
	outcome.touch_status = TouchStatus.DONE
	return outcome


def _set_field(one: Claimed, step: Step, batch: Batch) -> Outcome:
	info = batch.catalog.get(step.field_name)
	if info is None:
		raise NurtureError("set_field_unknown", step=step.label, field=step.field_name)
	value = field_value(info, step)
	outcome = advance(one, step, batch)
	outcome.set_field = (step.field_name, value)
	outcome.touch_status = TouchStatus.DONE
	return outcome


def _end(one: Claimed, step: Step, batch: Batch) -> Outcome:
	if step.end_outcome == "No Reaction":
		outcome = Outcome(one, EnrollmentStatus.COMPLETED, step.label, reason=Reason.NO_REACTION, done=True)
		outcome.suppress = True
		return outcome
	return Outcome(one, EnrollmentStatus.COMPLETED, step.label, reason=Reason.FINISHED, done=True)


DECISIONS = {
	"Email": _email,
	"Wait": _wait,
	"Branch": _branch,
	"Task": _task,
	"Set Field": _set_field,
	"End": _end,
}


def advance(one: Claimed, step: Step, batch: Batch, to: str | None = None) -> Outcome:
	"""The step is done: on to the next one (`to`, or the step's own way), or to the end."""
	definition = batch.definitions[one.version]
	following = definition.step(step.next if to is None else to)
	if following is None:
		return Outcome(one, EnrollmentStatus.COMPLETED, step.label, reason=Reason.FINISHED, done=True)
	table = batch.timetable(one)
	# when it was due is asked only of a step that may have been late: a window costs more than all the rest
	late = batch.now - one.nominal_on > LATE
	due = table.opening(one.nominal_on) if late and step.is_message else one.nominal_on
	plan = plan_after(following, one.anchor_on, Plan(one.nominal_on, due), batch.now, table)
	return Outcome(one, EnrollmentStatus.ACTIVE, following.label, plan.due_on, plan.nominal_on, done=True)


def hold(one: Claimed, reason: str, detail: str = "") -> Outcome:
	"""Stand still until somebody mends what `reason` names."""
	return Outcome(
		one,
		EnrollmentStatus.HELD,
		one.step,
		one.due_on,
		one.nominal_on,
		reason,
		detail[:500],
		touch_status=TouchStatus.HELD,
	)
