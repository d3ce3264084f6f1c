"""A message to somebody's telephone, or the task to send it by hand where the channel is not set up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

from nurture_app.engine.codes import Reason
from nurture_app.engine.effects.base import Effect
from nurture_app.engine.effects.give_task import task_of
from nurture_app.engine.effects.hand_out import parcel_of
from nurture_app.engine.message_texts import MessageText, payload_of
from nurture_app.engine.outgoing import parcels
from nurture_app.engine.ports import Delivery, Host, Task

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch
	from nurture_app.engine.effects.base import Found
	from nurture_app.engine.outcome import Outcome

BY_HAND = "{channel}: {text}\n{number}"


@dataclass(frozen=True, slots=True)
class MessagePerson(Effect):
	changes_leads: ClassVar[bool] = True  # where it becomes a task, the assignment stands on the lead

	channel: str
	number: str
	text: MessageText
	lead: Mapping[str, Any]
	hint: str = ""
	"""How to opt out, for the first message to a number."""
	by_hand: bool = False
	payload: Mapping[str, Any] = field(default_factory=dict)

	@property
	def placeholders(self) -> set[tuple[str, str]]:
		return self.text.placeholders

	def prepare(
		self, outcome: Outcome, batch: Batch, values: Mapping[str, Mapping[str, Any]]
	) -> MessagePerson:
		payload = payload_of(self.text, {**values, "lead": self.lead}, self.hint)
		outcome.noted["subject"] = payload["text"][:255]
		return replace(self, payload=payload)

	@classmethod
	def apply(cls, host: Host, batch: Batch, found: Found) -> list[Delivery]:
		queued = [(outcome, effect) for outcome, effect in found if not effect.by_hand]
		deliveries = parcels.put(
			host,
			[
				parcel_of(outcome, effect.channel, effect.channel, effect.payload, effect.number)
				for outcome, effect in queued
			],
		)
		tasks = [_task(outcome, effect, batch) for outcome, effect in found if effect.by_hand]
		if tasks:
			given = host.channels["Task"].deliver(tasks)
			deliveries += [replace(one, reason=one.reason or Reason.BY_HAND) for one in given]
		return deliveries


def _task(outcome: Outcome, effect: MessagePerson, batch: Batch) -> Task:
	text = effect.payload["text"]
	task = task_of(outcome, batch, BY_HAND.format(channel=effect.channel, number=effect.number, text=text))
	return replace(task, kind=effect.channel, text=text)
