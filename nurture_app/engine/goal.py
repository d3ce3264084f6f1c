"""The goal a sequence must have before it runs: one metric, one target, one date (GL-01)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.definition import MINUTES, SequenceDefinition, Step
from nurture_app.engine.sql import as_datetime

GOAL_FIELDS = ("goal_activity", "goal_target", "goal_date")
SHORTEST, LONGEST = timedelta(days=30), timedelta(days=365)
"""The earliest and the latest date that is proposed."""


def missing_parts(row: Mapping[str, Any], today: date) -> dict[str, str]:
	"""The goal's fields that keep a sequence from being activated, each with the code that says why."""
	found = {}
	if not row["goal_activity"]:
		found["goal_activity"] = "goal_without_metric"
	if float(row["goal_target"] or 0) <= 0:
		found["goal_target"] = "goal_without_target"
	day = as_date(row["goal_date"])
	if day is None:
		found["goal_date"] = "goal_without_date"
	elif day < today:
		found["goal_date"] = "goal_date_past"
	return found


def check_goal(row: Mapping[str, Any], today: date) -> None:
	"""Raises `NurtureError` for the first part that is missing, naming field and remedy."""
	for field, code in missing_parts(row, today).items():
		raise NurtureError(code, date=str(row[field] or ""))


def proposed_date(today: date, length: int) -> date:
	"""When a target in percent can be judged: `length` days for the first to be through, as many for others to follow."""
	return today + min(max(timedelta(days=2 * length), SHORTEST), LONGEST)


def length_in_days(definition: SequenceDefinition) -> int:
	"""Days from entering to the last step on the longest way; waits count with their time-out, no step twice (SE-26)."""
	if not definition.steps:
		return 0
	longest = 0.0
	best: dict[str, float] = {}
	waiting: list[tuple[str, float, frozenset[str]]] = [(definition.steps[0].label, 0.0, frozenset())]
	while waiting:
		label, before, path = waiting.pop()
		step = definition.step(label)
		if step is None or label in path:
			continue
		begins = float(max(step.day - 1, before)) if step.timing == "On Day" else before + _days(step)
		if begins <= best.get(label, -1.0):
			continue  # reached later on another way, so nothing longer follows from here
		best[label] = begins
		longest = max(longest, begins)
		after = begins + _time_out(step)
		waiting += [(way, after, path | {label}) for way in step.ways]
	return round(longest)


def as_date(value: Any) -> date | None:
	moment = as_datetime(value) if value else None
	return moment.date() if moment else None


def _days(step: Step) -> float:
	return step.minutes_of_wait / MINUTES["Days"]


def _time_out(step: Step) -> float:
	return (
		step.timeout * MINUTES.get(step.timeout_unit, 0) / MINUTES["Days"]
		if step.step_type == "Wait Until"
		else 0
	)
