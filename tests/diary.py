"""Notes when each message is handed over, on the clock of whoever gets it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from nurture_app.engine.ports import Delivery, Message
from nurture_app.engine.timing import to_aware
from tests.world import UTC, World


class Diary:
	"""Listens at the outbox of `world`; `zone` is the clock its notes are written by."""

	def __init__(self, world: World, zone: ZoneInfo = UTC):
		self.world, self.zone = world, zone
		self.notes: list[tuple[str, str]] = []
		self.moments: dict[str, list[datetime]] = {}
		"""By lead, aware."""
		deliver = world.outbox.deliver

		def noting(messages: Sequence[Message]) -> list[Delivery]:
			now = to_aware(world.clock.now(), world.clock.zone).astimezone(self.zone)
			self.notes += [(one.party, f"{now:%a %d %b %H:%M} {one.subject}") for one in messages]
			for one in messages:
				self.moments.setdefault(one.party, []).append(now)
			return deliver(messages)

		world.outbox.deliver = noting

	def of(self, party: str) -> list[str]:
		return [note for name, note in self.notes if name == party]
