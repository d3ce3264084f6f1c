"""A clock that stands still until it is moved."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo


class VirtualClock:
	"""Plays `engine.ports.Clock`."""

	def __init__(self, start: datetime, zone: ZoneInfo):
		self.zone = zone
		self._now = start

	def now(self) -> datetime:
		return self._now

	def move_to(self, moment: datetime) -> None:
		"""Set the time to `moment`; time never runs backwards."""
		if moment < self._now:
			raise ValueError(f"the clock stands at {self._now} and cannot go back to {moment}")
		self._now = moment
