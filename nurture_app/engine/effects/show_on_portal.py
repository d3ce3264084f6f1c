"""A word to somebody who logs in on the website."""

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
	user: str
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
			name, said = host.db.new_name(), effect.payload
			until = batch.now + timedelta(days=said["days"])
			rows.append(
				(
					name,
					effect.user,
					"Lead",
					outcome.claimed.party,
					outcome.touch,
					said["text"],
					said["url"],
					said["label"],
					batch.now,
					until,
				)
			)
			deliveries.append(Delivery(outcome.touch, TouchStatus.SENT, queue_row=name))
		portal.put(host, rows)
		return deliveries
