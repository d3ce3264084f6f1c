"""A call to another system."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nurture_app.engine.effects.base import Effect
from nurture_app.engine.outgoing import parcels
from nurture_app.engine.ports import Delivery, Host

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch
	from nurture_app.engine.effects.base import Found
	from nurture_app.engine.outcome import Outcome


@dataclass(frozen=True, slots=True)
class HandOut(Effect):
	"""Into the queue of `engine.outgoing`."""

	channel: str
	target: str
	payload: Mapping[str, Any] = field(default_factory=dict)

	@classmethod
	def apply(cls, host: Host, batch: Batch, found: Found) -> list[Delivery]:
		return parcels.put(
			host,
			[parcel_of(outcome, effect.channel, effect.target, effect.payload) for outcome, effect in found],
		)


def parcel_of(
	outcome: Outcome, channel: str, target: str, payload: Mapping[str, Any], number: str = ""
) -> parcels.Parcel:
	"""What the step of an outcome sends. Its ledger row names it for the receiver."""
	return parcels.Parcel(
		channel=channel,
		target=target,
		payload=payload,
		event_id=outcome.touch,
		party=outcome.claimed.party,
		number=number,
		touch=outcome.touch,
		sequence=outcome.claimed.sequence,
		step=outcome.claimed.step,
	)
