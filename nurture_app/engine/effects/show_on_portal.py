"""A word to those who log in on the website for a lead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from nurture_app.engine import portal
from nurture_app.engine.codes import TouchStatus
from nurture_app.engine.effects.base import Effect
from nurture_app.engine.message_texts import MessageText, payload_of
from nurture_app.engine.ports import Delivery, Host

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch
	from nurture_app.engine.effects.base import Found
	from nurture_app.engine.outcome import Outcome


@dataclass(frozen=True, slots=True)
class ShowOnPortal(Effect):
	users: tuple[str, ...]
	text: MessageText
	lead: Mapping[str, Any]
	payload: Mapping[str, Any] = field(default_factory=dict)

	def prepare(
		self, outcome: Outcome, batch: Batch, values: Mapping[str, Mapping[str, Any]]
	) -> ShowOnPortal:
		payload = payload_of(self.text, {**values, "lead": self.lead})
		outcome.noted["subject"] = payload["text"][:255]
		return replace(self, payload=payload)

	@classmethod
	def apply(cls, host: Host, batch: Batch, found: Found) -> list[Delivery]:
		rows, deliveries = [], []
		for outcome, effect in found:
			said, until = effect.payload, batch.now + timedelta(days=effect.payload["days"])
			about = ("Lead", outcome.claimed.party, outcome.touch, said["text"], said["url"], said["label"])
			shown = [(host.db.new_name(), user, *about, batch.now, until) for user in effect.users]
			rows += shown
			deliveries.append(Delivery(outcome.touch, TouchStatus.SENT, queue_row=shown[0][0]))
		portal.put(host, rows)
		return deliveries
