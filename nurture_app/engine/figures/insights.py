"""What colleagues heard, counted: by kind, competitor, blocker..., each lead once (SM-10, SM-22, RQ-11, AT-12)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from nurture_app.engine.insights import COMPETITOR, HOW_THEY_HEARD, IN_THE_WAY, title_of


@dataclass(frozen=True, slots=True)
class Insight:
	"""One note; texts are empty where nothing is said."""

	name: str
	kind: str
	said: str
	heard_on: date
	lead: str = ""
	answer: str = ""
	competitor: str = ""
	topic: str = ""
	persona: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
	"""Notes that are called the same."""

	name: str
	leads: int
	"""Different ones; notes about nobody add none."""
	notes: int


def matching(found: Iterable[Insight], text: str = "", competitor: str = "") -> list[Insight]:
	"""Those with `text` in their words, answer, topic or competitor, and `competitor` in its name, whatever the capitals."""
	wanted, rival = _folded(text), _folded(competitor)
	return [
		one
		for one in found
		if wanted in _folded("\n".join((one.said, one.answer, one.topic, one.competitor)))
		and rival in _folded(one.competitor)
	]


def by(found: Iterable[Insight], called: Callable[[Insight], str]) -> list[Heard]:
	"""Groups of what is `called` the same, whatever its capitals and blanks; the name is the spelling used most.

	What has no name is left out. The most leads first, then the most notes.
	"""
	groups: dict[str, list[Insight]] = {}
	for one in found:
		if key := _folded(called(one)):
			groups.setdefault(key, []).append(one)
	rows = [Heard(_spelling(some, called), leads_of(some), len(some)) for some in groups.values()]
	return sorted(rows, key=lambda row: (-row.leads, -row.notes, row.name))


def leads_of(found: Iterable[Insight]) -> int:
	"""How many different leads."""
	return len({one.lead for one in found} - {""})


def competitors(found: Iterable[Insight]) -> list[Heard]:
	return by(found, lambda one: one.competitor if one.kind == COMPETITOR else "")


def in_the_way(found: Iterable[Insight]) -> list[Heard]:
	"""Objections and blockers."""
	return by(found, lambda one: subject_of(one) if one.kind in IN_THE_WAY else "")


def ways_they_heard(found: Iterable[Insight]) -> list[Heard]:
	return by(found, lambda one: subject_of(one) if one.kind == HOW_THEY_HEARD else "")


def subject_of(one: Insight) -> str:
	"""The topic, or where nobody gave one the first of the words."""
	return one.topic or title_of(one.said)


def _spelling(some: Sequence[Insight], called: Callable[[Insight], str]) -> str:
	counted = Counter(" ".join(called(one).split()) for one in some)
	return min(counted, key=lambda name: (-counted[name], name))


def _folded(text: str) -> str:
	return " ".join(text.split()).casefold()
