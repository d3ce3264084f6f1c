"""A word to colleagues."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from nurture_app.engine.codes import Reason, TouchStatus
from nurture_app.engine.effects.base import Effect
from nurture_app.engine.lines import render_line
from nurture_app.engine.ports import Delivery, Host, Notice

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch
	from nurture_app.engine.effects.base import Found
	from nurture_app.engine.outcome import Outcome


@dataclass(frozen=True, slots=True)
class SendNotice(Effect):
	text: str
	"""A template until it is prepared, plain text after that."""
	user: str
	"""Empty for the owner of the lead, unless there is a role."""
	role: str
	by_email: bool

	def prepare(self, outcome: Outcome, batch: Batch, values: Mapping[str, Mapping[str, Any]]) -> SendNotice:
		return replace(self, text=render_line(self.text, values))

	@classmethod
	def apply(cls, host: Host, batch: Batch, found: Found) -> list[Delivery]:
		notices, nobody = [], []
		for outcome, effect in found:
			party = outcome.claimed.party
			user = effect.user or ("" if effect.role else batch.leads[party].get("lead_owner") or "")
			if user or effect.role:
				notices.append(Notice(outcome.touch, party, effect.text, user, effect.role, effect.by_email))
			else:
				nobody.append(Delivery(outcome.touch, TouchStatus.SKIPPED, reason=Reason.NOBODY_TO_TELL))
		return [*host.channels["Notification"].deliver(notices), *nobody]
