"""One of two ways, by a condition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nurture_app.engine import conditions
from nurture_app.engine.codes import NurtureError, Reason
from nurture_app.engine.definition import Step
from nurture_app.engine.outcome import Outcome, carry_out, hold
from nurture_app.engine.ports import Host
from nurture_app.engine.steps.asking import ask
from nurture_app.engine.steps.base import CheckContext, StepType

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch, Claimed


class BranchStep(StepType):
	name = "Branch"
	fields = ("condition", "on_true", "on_false")

	def check(self, step: Step, context: CheckContext) -> None:
		condition = conditions.parse(step.condition, context.catalog, in_sequence=True)
		if conditions.is_everybody(condition):
			raise NurtureError("branch_without_condition", step=step.label)
		if step.on_true == step.on_false:
			raise NurtureError("branch_goes_one_way", step=step.label, target=step.on_true)
		conditions.check_references(condition, context.known)

	def load(self, host: Host, batch: Batch, members: Sequence[Claimed]) -> None:
		ask(host, batch, members)

	def decide(self, one: Claimed, step: Step, batch: Batch) -> Outcome:
		if one.name in batch.unanswered:
			return hold(one, Reason.STEP_ERROR, str(batch.unanswered[one.name]))
		holds = batch.answers.get(one.name, False)
		to, detail = (step.on_true, "true") if holds else (step.on_false, "false")
		return carry_out(one, step, batch, to=to, detail=detail)
