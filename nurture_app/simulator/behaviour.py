"""How simulated people react to mails.

Every decision is drawn from the seed and from what the mail is (who, which sequence, step and visit), so the same mail
meets the same reaction in whatever order things are computed. The file format is described in docs/simulator.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from statistics import NormalDist
from typing import Any

from nurture_app.simulator.csv_file import InputError
from nurture_app.simulator.json_file import read_json

KINDS = ("open", "click", "reply", "unsubscribe")
_DELAY_SPREAD = 1.2
"""Standard deviation of the delays' logarithm: some answer at once, a few after days."""
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Habit:
	"""One kind of reaction."""

	rate: float = 0.0
	"""Share of the mails sent (open) or of the mails opened (everything else)."""
	median_hours: float = 2.0
	"""Half of the reactions come sooner: after the sending (open) or after the opening."""
	max_hours: float = 96.0


@dataclass(frozen=True, slots=True)
class SentMail:
	"""A mail in the world. `sent_on` is naive, in the simulation's zone."""

	touch: str
	enrollment: str
	party: str
	address: str
	sequence: str
	step: str
	visit: int
	sent_on: datetime

	@property
	def identity(self) -> str:
		return f"{self.address}|{self.sequence}|{self.step}|{self.visit}"


@dataclass(frozen=True, slots=True)
class Reaction:
	"""Something a person does about a mail; `kind` is one of `KINDS`."""

	moment: datetime
	kind: str
	mail: SentMail


@dataclass(frozen=True, slots=True)
class Behaviour:
	"""The habits of everybody, and how far people differ from each other (0: not at all, 1: from never to twice)."""

	habits: Mapping[str, Habit]
	people_differ: float = 0.0

	def reactions(self, seed: int, mail: SentMail) -> list[Reaction]:
		"""What becomes of a mail, in order of time."""
		factor = 1 + self.people_differ * (2 * _draw(seed, mail.address, "person") - 1)
		opened_on = self._moment(seed, mail, "open", mail.sent_on, factor)
		if opened_on is None:
			return []
		found = [Reaction(opened_on, "open", mail)]
		for kind in KINDS[1:]:
			moment = self._moment(
				seed, mail, kind, opened_on, factor if kind != "unsubscribe" else 2 - factor
			)
			if moment:
				found.append(Reaction(moment, kind, mail))
		return sorted(found, key=lambda reaction: (reaction.moment, KINDS.index(reaction.kind)))

	def _moment(
		self, seed: int, mail: SentMail, kind: str, after: datetime, factor: float
	) -> datetime | None:
		habit = self.habits.get(kind)
		if habit is None or _draw(seed, mail.identity, kind) >= habit.rate * factor:
			return None
		spread = _NORMAL.inv_cdf(_draw(seed, mail.identity, kind + " delay") or 0.5)
		hours = min(habit.median_hours * math.exp(_DELAY_SPREAD * spread), habit.max_hours)
		return after + timedelta(seconds=max(30, round(hours * 3600)))


def load_behaviour(path: Path) -> Behaviour:
	"""Read a behaviour file. Raises `InputError` with what is wrong in it."""
	data = read_json(path, str(path))
	if not isinstance(data, dict):
		raise InputError(f'{path} must hold an object such as {{"open": {{"rate": 0.4}}}}.')
	habits, differ = {}, 0.0
	for key, value in data.items():
		if key in KINDS:
			habits[key] = _habit(path, key, value)
		elif key == "people_differ":
			differ = _number(path, key, value, 0, 1)
		elif key != "description":
			raise InputError(
				f"{path}: {key!r} is unknown; allowed are {', '.join(KINDS)}, people_differ and description."
			)
	for kind in KINDS[1:]:
		if kind in habits and "open" not in habits:
			raise InputError(
				f"{path}: {kind} is a share of the mails opened, but nobody opens any; add open, such as 0.4."
			)
	return Behaviour(habits, differ)


def _habit(path: Path, kind: str, value: Any) -> Habit:
	if not isinstance(value, dict):
		return Habit(rate=_number(path, kind, value, 0, 1))
	limits = {"rate": (0, 1), "median_hours": (0, 8760), "max_hours": (0, 8760)}
	for key in value:
		if key not in limits:
			raise InputError(f"{path}: {kind}.{key} is unknown; allowed are {', '.join(limits)}.")
	if "rate" not in value:
		raise InputError(f"{path}: {kind} has no rate.")
	habit = Habit(**{key: _number(path, f"{kind}.{key}", one, *limits[key]) for key, one in value.items()})
	if "median_hours" in value and habit.median_hours > habit.max_hours:
		raise InputError(
			f"{path}: {kind}.median_hours is {habit.median_hours:g}, but no reaction comes after "
			f"max_hours, {habit.max_hours:g}; it cannot be more."
		)
	return habit


def _number(path: Path, name: str, value: Any, low: float, high: float) -> float:
	if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
		raise InputError(f"{path}: {name} is {value!r}; it must be a number from {low} to {high}.")
	return float(value)


def _draw(seed: int, identity: str, what: str) -> float:
	"""A number from 0 up to 1 that depends on nothing but its arguments."""
	digest = blake2b(f"{seed}|{identity}|{what}".encode(), digest_size=8).digest()
	return int.from_bytes(digest, "big") / 2**64
