"""Let time pass: the delay stands on the step itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nurture_app.engine.definition import Step
from nurture_app.engine.outcome import Outcome, advance
from nurture_app.engine.steps.base import CheckContext, StepType

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch, Claimed


class WaitStep(StepType):
	name = "Wait"
	fields = ()

	def check(self, step: Step, context: CheckContext) -> None:
		"""Nothing of its own: every step's delay is checked."""

	def decide(self, one: Claimed, step: Step, batch: Batch) -> Outcome:
		return advance(one, step, batch)
