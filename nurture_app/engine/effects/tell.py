"""What a step did to a lead, told as an event: it may start other sequences, as the same done by a person would (TR-28)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from nurture_app.engine.activities import ActivityIn, record_in
from nurture_app.engine.effects.base import Effect
from nurture_app.engine.live import live_sequences
from nurture_app.engine.ports import Delivery, Host
from nurture_app.engine.trigger_types import fields_waited_for

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch
	from nurture_app.engine.effects.base import Found
	from nurture_app.engine.outcome import Outcome


def event_of(host: Host, outcome: Outcome, activity_type: str, detail: str) -> ActivityIn:
	"""The event, with the enrollment that caused it: chains of sequences are counted by that."""
	return ActivityIn(
		party=outcome.claimed.party,
		activity_type=activity_type,
		occurred_on=host.clock.now(),
		channel="System",
		detail=detail,
		sequence=outcome.claimed.sequence,
		enrollment=outcome.claimed.name,
		# what tells the visits of a step apart stands first, where nothing is cut off
		dedupe_key=f"{outcome.claimed.touch_key}|{activity_type}|{detail}"[:255],
	)


def tell(host: Host, events: Iterable[ActivityIn]) -> None:
	"""Record what steps made happen, within the caller's transaction."""
	if events := list(events):
		record_in(host, events)


@dataclass(frozen=True, slots=True)
class TellHappened(Effect):
	"""What a step made, told when the enrollments have moved on: it may end them."""

	changes_leads: ClassVar[bool] = True

	activity_type: str
	detail: str

	@classmethod
	def apply(cls, host: Host, batch: Batch, found: Found) -> list[Delivery]:
		tell(host, [event_of(host, one, effect.activity_type, effect.detail) for one, effect in found])
		return []


@dataclass(frozen=True, slots=True)
class TellFieldChanged(Effect):
	"""Of fields that a sequence waits for; of all others nothing is told."""

	changes_leads: ClassVar[bool] = True

	fieldname: str
	value: str

	@classmethod
	def apply(cls, host: Host, batch: Batch, found: Found) -> list[Delivery]:
		waited_for = fields_waited_for([one.definition for one in live_sequences(host)])
		tell(
			host,
			[
				event_of(host, outcome, "Field Changed", f"{effect.fieldname} = {effect.value}")
				for outcome, effect in found
				if effect.fieldname in waited_for
			],
		)
		return []
