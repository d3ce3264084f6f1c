"""Into another sequence, if it takes the person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.definition import Step
from nurture_app.engine.effects.enroll_in import EnrollIn
from nurture_app.engine.outcome import Outcome, carry_out
from nurture_app.engine.steps.base import CheckContext, StepType

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch, Claimed


class EnrollStep(StepType):
	name = "Enroll"
	fields = ("target_sequence",)

	def check(self, step: Step, context: CheckContext) -> None:
		if not step.target_sequence:
			raise NurtureError("enroll_without_sequence", step=step.label)
		check_sequence(step, context)

	def decide(self, one: Claimed, step: Step, batch: Batch) -> Outcome:
		effect = EnrollIn(step.target_sequence)
		return carry_out(one, step, batch, effect, detail=step.target_sequence)


def check_sequence(step: Step, context: CheckContext) -> None:
	"""Raises `step_sequence_missing` where the names of sequences are known."""
	known = context.known.sequences
	if known is not None and step.target_sequence not in known:
		raise NurtureError("step_sequence_missing", step=step.label, sequence=step.target_sequence)
