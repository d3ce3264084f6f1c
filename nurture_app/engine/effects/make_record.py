"""An Opportunity or an Event of the host's, in the transaction that notes the step: both are there, or neither."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

from nurture_app.engine.codes import Reason, TouchStatus
from nurture_app.engine.effects.base import Effect
from nurture_app.engine.effects.tell import TellHappened
from nurture_app.engine.lines import render_line
from nurture_app.engine.ports import Delivery, Host, NewRecord

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch
	from nurture_app.engine.effects.base import Found
	from nurture_app.engine.outcome import Outcome


@dataclass(frozen=True, slots=True)
class MakeRecord(Effect):
	"""What the host refuses holds the step, with the host's own words."""

	changes_leads: ClassVar[bool] = True

	kind: str
	title: str
	"""A template until it is prepared, plain text after that."""
	user: str
	values: Mapping[str, Any] = field(default_factory=dict)
	happened: str = ""
	"""The activity that its being made is, told when the enrollment has moved on; empty: none."""

	def prepare(self, outcome: Outcome, batch: Batch, values: Mapping[str, Mapping[str, Any]]) -> MakeRecord:
		return replace(self, title=render_line(self.title, values))

	@classmethod
	def apply(cls, host: Host, batch: Batch, found: Found) -> list[Delivery]:
		wanted = [
			NewRecord(
				touch=outcome.touch,
				party=outcome.claimed.party,
				kind=effect.kind,
				title=effect.title,
				user=effect.user or batch.leads[outcome.claimed.party].get("lead_owner") or "",
				values=effect.values,
			)
			for outcome, effect in found
		]
		made = {one.touch: one for one in host.channels["Record"].deliver(wanted)}
		for outcome, effect in found:
			delivery = made[outcome.touch]
			if delivery.status == TouchStatus.FAILED:
				outcome.is_held(Reason.RECORD_REFUSED, delivery.reason)
			elif delivery.status == TouchStatus.DONE and effect.happened:
				outcome.effects.append(TellHappened(effect.happened, effect.title))
		return [one for one in made.values() if one.status != TouchStatus.FAILED]
