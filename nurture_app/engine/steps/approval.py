"""Nothing goes out before a colleague has released it (SE-24)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nurture_app.engine.codes import EnrollmentStatus, NurtureError, Reason, TouchStatus
from nurture_app.engine.definition import Step
from nurture_app.engine.effects.ask_approval import AskApproval
from nurture_app.engine.outcome import Outcome, advance, hold
from nurture_app.engine.steps.base import CheckContext, StepType, check_days

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch, Claimed


class ApprovalStep(StepType):
	"""Its touch says what was decided: held, done (released; `decide` is not asked any more), or skipped (refused)."""

	name = "Approval"
	fields = ("approve_by", "approve_days", "refused_to")

	def check(self, step: Step, context: CheckContext) -> None:
		check_days(step, step.approve_days)
		if step.refused_to and step.refused_to == step.next:
			raise NurtureError("approval_without_effect", step=step.label, target=step.next)

	def decide(self, one: Claimed, step: Step, batch: Batch) -> Outcome:
		known = batch.touches.get(one.touch_key)
		if known and known[1] == TouchStatus.SKIPPED:
			if step.refused_to:
				return advance(one, step, batch, to=step.refused_to, nominal_on=batch.now)
			return Outcome(one, EnrollmentStatus.EXITED, one.step, reason=Reason.NOT_RELEASED)
		approver = step.approve_by or batch.leads[one.party].get("lead_owner") or ""
		outcome = hold(one, Reason.WAITS_FOR_APPROVAL, approver)
		if known:
			outcome.touch_status = ""  # asked for already
		else:
			outcome.effects.append(AskApproval(approver))
		return outcome
