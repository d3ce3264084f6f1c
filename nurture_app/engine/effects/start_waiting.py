"""From now on this enrollment waits for something to happen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from nurture_app.engine.effects.base import Effect
from nurture_app.engine.ports import Delivery, Host

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch
	from nurture_app.engine.effects.base import Found


@dataclass(frozen=True, slots=True)
class StartWaiting(Effect):
	"""Whoever waited at an earlier visit is not woken for it: `waits_visit` then no longer is the visit."""

	waits_for: str
	since: datetime

	@classmethod
	def apply(cls, host: Host, batch: Batch, found: Found) -> list[Delivery]:
		columns = ("name", "waits_for", "waits_since", "waits_visit")
		rows = [
			(outcome.claimed.name, effect.waits_for, effect.since, outcome.claimed.visit)
			for outcome, effect in found
		]
		host.db.update("tabNurture Enrollment", columns, rows)
		return []
