"""How an enrollment looks after a tick, and the ways on: further, or standing still."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from nurture_app.engine.codes import EnrollmentStatus, Reason, TouchStatus
from nurture_app.engine.definition import Step
from nurture_app.engine.schedule import plan_following

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch, Claimed
	from nurture_app.engine.consent import NotBefore
	from nurture_app.engine.effects.base import Effect


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
	"""A mail must be rendered and delivered."""
	content: str = ""
	"""The content that is sent: that of the step, or its version in the lead's language."""
	effects: list[Effect] = field(default_factory=list)
	"""What the step does besides."""
	touch: str = ""
	"""The name of its row in the ledger; the runner fills it in."""
	noted: dict[str, Any] = field(default_factory=dict)
	"""Columns of that row that the step itself knows, such as the address a text message goes to."""
	extra: dict[str, str] = field(default_factory=dict)

	def is_held(self, reason: str, detail: str) -> None:
		"""Make it a hold: what it wanted to do was refused before anything of it was written."""
		held = hold(self.claimed, reason, detail)
		for name in ("status", "step", "due_on", "nominal_on", "reason", "detail", "done", "touch_status"):
			setattr(self, name, getattr(held, name))
		self.effects = []

	@property
	def ends(self) -> bool:
		"""The enrollment is over."""
		return self.status in (EnrollmentStatus.COMPLETED, EnrollmentStatus.EXITED)


@dataclass(slots=True)
class TickResult:
	"""How many enrollments a tick dealt with."""

	claimed: int = 0
	queued: int = 0
	held: int = 0
	deferred: int = 0
	ended: int = 0
	failed: int = 0

	def add(self, other: TickResult) -> None:
		for counter in self.__slots__:
			setattr(self, counter, getattr(self, counter) + getattr(other, counter))

	def count(self, outcome: Outcome) -> None:
		"""Add what became of one enrollment."""
		if outcome.extra.get("failed"):
			self.failed += 1
		elif outcome.sends:
			self.queued += 1
		if outcome.status == EnrollmentStatus.HELD:
			self.held += 1
		elif outcome.ends:
			self.ended += 1
		elif not outcome.done:
			self.deferred += 1


def advance(
	one: Claimed, step: Step, batch: Batch, to: str | None = None, nominal_on: datetime | None = None
) -> Outcome:
	"""The step is done: on to the next one (`to`, or the step's own way), or to the end.

	The next one is planned from `nominal_on` (naive, host zone), or from the moment for which this one was planned.
	"""
	nominal = nominal_on or one.nominal_on
	definition = batch.definitions[one.version]
	following = definition.step(step.next if to is None else to)
	if following is None:
		return Outcome(one, EnrollmentStatus.COMPLETED, step.label, reason=Reason.FINISHED, done=True)
	plan = plan_following(step, following, one.anchor_on, nominal, batch.now, batch.timetable(one))
	return Outcome(one, EnrollmentStatus.ACTIVE, following.label, plan.due_on, plan.nominal_on, done=True)


def carry_out(
	one: Claimed,
	step: Step,
	batch: Batch,
	*effects: Effect,
	to: str | None = None,
	nominal_on: datetime | None = None,
	detail: str = "",
) -> Outcome:
	"""`advance`, with what the step does; the ledger notes it as done, with `detail`."""
	outcome = advance(one, step, batch, to, nominal_on)
	outcome.effects += effects
	outcome.touch_status = TouchStatus.DONE
	if detail:
		outcome.extra["detail"] = detail
	return outcome


def pass_over(one: Claimed, step: Step, batch: Batch, reason: str, detail: str = "") -> Outcome:
	"""`advance` without doing what the step is for; the ledger notes `reason`, the enrollment goes on."""
	outcome = advance(one, step, batch)
	outcome.touch_status = TouchStatus.SKIPPED
	outcome.noted["reason"] = reason
	if detail:
		outcome.extra["detail"] = detail
	return outcome


def put_off(one: Claimed, verdict: NotBefore) -> Outcome:
	"""Later, as the gate says; the ledger notes it unless it is only for the time of day."""
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
