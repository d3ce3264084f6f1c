"""Ask a colleague to release what comes next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from nurture_app.engine.codes import Reason, TouchStatus
from nurture_app.engine.effects.base import Effect
from nurture_app.engine.ports import ApprovalRequest, Delivery, Host

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch
	from nurture_app.engine.effects.base import Found


@dataclass(frozen=True, slots=True)
class AskApproval(Effect):
	changes_leads: ClassVar[bool] = True  # the assignment stands on the lead

	approver: str

	@classmethod
	def apply(cls, host: Host, batch: Batch, found: Found) -> list[Delivery]:
		requests = [
			ApprovalRequest(
				touch=outcome.touch,
				party=outcome.claimed.party,
				enrollment=outcome.claimed.name,
				sequence=outcome.claimed.sequence,
				step=outcome.claimed.step,
				approver=effect.approver,
			)
			for outcome, effect in found
		]
		# whatever became of the request, the step stands until somebody decides
		return [
			replace(one, status=TouchStatus.HELD, reason=Reason.WAITS_FOR_APPROVAL)
			for one in host.channels["Approval"].deliver(requests)
		]
