"""Which visit a page view belongs to (CT-10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from nurture_app.engine.visits.came_by import CameBy


@dataclass(frozen=True, slots=True)
class Seen:
	"""Something seen of one visitor; `came_by` only where a page was opened."""

	key: str
	on: datetime
	came_by: CameBy | None = None


@dataclass(slots=True)
class Visit:
	"""A visit, known already or new (`number` counts the visitor's from 1). Moments are naive, in the host's zone."""

	name: str
	started_on: datetime
	last_active_on: datetime
	came_by: CameBy
	number: int
	is_new: bool = False


def place(
	seen: Sequence[Seen], known: Sequence[Visit], pause: timedelta, visits_before: int
) -> tuple[dict[str, Visit], list[Visit]]:
	"""The visit of each thing seen, by its key, and those of `known` and new that they extended.

	A visit ends after `pause` without anything seen, and when the visitor comes back by another campaign. New visits
	have no name yet. What arrives late joins the visit around its moment.
	"""
	visits = sorted(known, key=lambda visit: visit.started_on)
	placed: dict[str, Visit] = {}
	for one in sorted(seen, key=lambda item: item.on):
		visit = next((visit for visit in reversed(visits) if _belongs(one, visit, pause)), None)
		if visit is None:
			visits_before += 1
			visit = Visit("", one.on, one.on, one.came_by or CameBy(), visits_before, is_new=True)
			visits.append(visit)
			visits.sort(key=lambda other: other.started_on)
		visit.started_on = min(visit.started_on, one.on)
		visit.last_active_on = max(visit.last_active_on, one.on)
		placed[one.key] = visit
	return placed, list({id(visit): visit for visit in placed.values()}.values())


def _belongs(one: Seen, visit: Visit, pause: timedelta) -> bool:
	if not visit.started_on - pause <= one.on <= visit.last_active_on + pause:
		return False
	marks = one.came_by.utm if one.came_by else ()
	return not any(marks) or marks == visit.came_by.utm
