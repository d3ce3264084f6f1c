"""The lead gets an owner, without anybody being told; a Handoff tells them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nurture_app.engine.codes import NurtureError, Reason
from nurture_app.engine.definition import Step
from nurture_app.engine.effects.tell import TellFieldChanged
from nurture_app.engine.effects.write_field import WriteField
from nurture_app.engine.outcome import Outcome, carry_out, pass_over
from nurture_app.engine.ports import Host
from nurture_app.engine.senders import load_colleagues
from nurture_app.engine.steps.base import CheckContext, StepType

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch, Claimed


class SetOwnerStep(StepType):
	name = "Set Owner"
	fields = ("owner_user", "owner_if_none")

	def check(self, step: Step, context: CheckContext) -> None:
		if not step.owner_user:
			raise NurtureError("owner_without_user", step=step.label)

	def load(self, host: Host, batch: Batch, members: Sequence[Claimed]) -> None:
		wanted = {batch.step_of(one).owner_user for one in members}
		batch.loaded[self.name] = load_colleagues(host, wanted)

	def decide(self, one: Claimed, step: Step, batch: Batch) -> Outcome:
		if step.owner_if_none and batch.leads[one.party].get("lead_owner"):
			return pass_over(one, step, batch, Reason.HAS_OWNER)
		if step.owner_user not in batch.loaded[self.name]:  # disabled, or gone
			return pass_over(one, step, batch, Reason.NOBODY_TO_TELL)
		effects = (
			WriteField("lead_owner", step.owner_user),
			TellFieldChanged("lead_owner", step.owner_user),
		)
		return carry_out(one, step, batch, *effects, detail=step.owner_user)
