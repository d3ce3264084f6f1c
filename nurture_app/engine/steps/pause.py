"""Another sequence, or all others, wait until this one is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nurture_app.engine.definition import Step
from nurture_app.engine.effects.pause_sequences import PauseSequences
from nurture_app.engine.outcome import Outcome, carry_out
from nurture_app.engine.steps.base import CheckContext, StepType
from nurture_app.engine.steps.enroll import check_sequence

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch, Claimed


class PauseStep(StepType):
	name = "Pause"
	fields = ("target_sequence",)

	def check(self, step: Step, context: CheckContext) -> None:
		if step.target_sequence:
			check_sequence(step, context)

	def decide(self, one: Claimed, step: Step, batch: Batch) -> Outcome:
		effect = PauseSequences(step.target_sequence)
		return carry_out(one, step, batch, effect, detail=step.target_sequence)
