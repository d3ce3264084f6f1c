"""What a step does to the other sequences a lead is in: to one of them, or to all."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from nurture_app.engine.definition import Step
from nurture_app.engine.effects.leave_sequences import LeaveSequences
from nurture_app.engine.effects.pause_sequences import PauseSequences
from nurture_app.engine.outcome import Outcome, carry_out
from nurture_app.engine.steps.base import CheckContext, StepType
from nurture_app.engine.steps.enroll import check_sequence

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch, Claimed


class OtherSequencesStep(StepType):
	fields = ("target_sequence",)
	effect: ClassVar[Callable[[str], Any]]
	"""Of the sequence's name; empty for all others."""

	def check(self, step: Step, context: CheckContext) -> None:
		if step.target_sequence:
			check_sequence(step, context)

	def decide(self, one: Claimed, step: Step, batch: Batch) -> Outcome:
		effect = type(self).effect(step.target_sequence)
		return carry_out(one, step, batch, effect, detail=step.target_sequence)


class LeaveStep(OtherSequencesStep):
	"""Out of them."""

	name = "Leave"
	effect = LeaveSequences


class PauseStep(OtherSequencesStep):
	"""They wait until this one is over."""

	name = "Pause"
	effect = PauseSequences
