"""Put a tag on the lead, or take it off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.definition import Step
from nurture_app.engine.effects.write_tag import WriteTag
from nurture_app.engine.outcome import Outcome, carry_out
from nurture_app.engine.steps.base import CheckContext, StepType, check_choice
from nurture_app.engine.tags import check_tag

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch, Claimed


class TagStep(StepType):
	name = "Tag"
	fields = ("tag", "tag_action")

	def check(self, step: Step, context: CheckContext) -> None:
		tag = step.tag.strip()
		if not tag:
			raise NurtureError("tag_missing", step=step.label)
		check_tag(tag, step=step.label)
		check_choice(step, step.tag_action, ("Add", "Remove"))

	def decide(self, one: Claimed, step: Step, batch: Batch) -> Outcome:
		return carry_out(one, step, batch, WriteTag(step.tag.strip(), step.tag_action == "Add"))
