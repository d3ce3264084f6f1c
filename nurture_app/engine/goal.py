"""The goal a sequence must have before it runs: one metric, one target, one date (GL-01)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.definition import SequenceDefinition
from nurture_app.engine.sql import as_datetime
from nurture_app.engine.step_days import days_of_steps

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
	"""Days from entering to the last step on the longest way (SE-26)."""
	return round(max(days_of_steps(definition).values(), default=0))


def as_date(value: Any) -> date | None:
	"""The day of what a database gives for a day or a moment."""
	moment = as_datetime(value) if value else None
	return moment.date() if moment else None
