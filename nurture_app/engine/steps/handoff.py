"""Hand the lead to a colleague."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.definition import Step
from nurture_app.engine.effects.hand_over import HandOver
from nurture_app.engine.handovers import CHANNEL
from nurture_app.engine.lines import check_line, line_fields
from nurture_app.engine.outcome import Outcome, carry_out
from nurture_app.engine.steps.base import CheckContext, StepType, check_choice

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch, Claimed

RECEIVERS = ("Lead Owner", "User", "Assignment Rule")


class HandoffStep(StepType):
	name = "Handoff"
	fields = ("handoff_to", "handoff_user", "handoff_note")
	channel = CHANNEL

	def check(self, step: Step, context: CheckContext) -> None:
		check_choice(step, step.handoff_to, RECEIVERS)
		if step.handoff_to == "User" and not step.handoff_user:
			raise NurtureError("handoff_to_nobody", step=step.label)
		check_line(step.handoff_note, context.catalog)

	def decide(self, one: Claimed, step: Step, batch: Batch) -> Outcome:
		user = step.handoff_user if step.handoff_to == "User" else ""
		return carry_out(one, step, batch, HandOver(step.handoff_to, user, step.handoff_note.strip()))

	def lead_columns(self, step: Step) -> frozenset[str]:
		return frozenset(line_fields(step.handoff_note)) if step.handoff_note.strip() else frozenset()
