"""The end of the sequence for this person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nurture_app.engine.codes import EnrollmentStatus, Reason
from nurture_app.engine.definition import Step
from nurture_app.engine.effects.suppress import Suppress
from nurture_app.engine.outcome import Outcome
from nurture_app.engine.steps.base import CheckContext, StepType

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch, Claimed


class EndStep(StepType):
	name = "End"
	fields = ("end_outcome",)

	def check(self, step: Step, context: CheckContext) -> None:
		"""Both outcomes are always possible."""

	def decide(self, one: Claimed, step: Step, batch: Batch) -> Outcome:
		if step.end_outcome == "No Reaction":
			outcome = Outcome(
				one, EnrollmentStatus.COMPLETED, step.label, reason=Reason.NO_REACTION, done=True
			)
			outcome.effects.append(Suppress())
			return outcome
		return Outcome(one, EnrollmentStatus.COMPLETED, step.label, reason=Reason.FINISHED, done=True)
