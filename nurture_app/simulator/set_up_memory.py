"""What a run keeps of the set-up, as a process of a site does: rules, sequences and segments are not read at every step."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
	from nurture_app.simulator.sqlite_database import SQLiteDatabase

T = TypeVar("T")

_OF_PEOPLE = frozenset(
	f"tab{name}"
	for name in (
		"Lead",
		"Nurture Activity",
		"Nurture Consent",
		"Nurture Consent Entry",
		"Nurture Enrollment",
		"Nurture Link",
		"Nurture Outgoing",
		"Nurture Score Entry",
		"Nurture Segment Member",
		"Nurture Suppression",
		"Nurture Touch",
		"Nurture Trigger Log",
		"Tag",
		"Tag Link",
	)
)
_COUNTED = "tabNurture Segment"
"""Where the numbers of members are kept up to date."""


class SetUpMemory:
	"""Plays `engine.ports.Memory`: keeps what was read until something is written that is not about people."""

	def __init__(self, db: SQLiteDatabase):
		self._db = db
		self._kept: dict[str, tuple[int, Any]] = {}

	def remembered(self, what: str, read: Callable[[], T]) -> T:
		state = self._db.set_up_state
		kept = self._kept.get(what)
		if kept is None or kept[0] != state:
			kept = self._kept[what] = (state, read())
		return kept[1]


def is_set_up(table: str, *, made: bool) -> bool:
	"""Whether a row made or changed in `table` may change what was read of the set-up."""
	return table not in _OF_PEOPLE and (made or table != _COUNTED)
