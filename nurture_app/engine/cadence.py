"""How fast a sequence goes: the days between its steps stretched or drawn together, by what starts it (CD-01). Pure.

Fast after somebody asked or began a trial, slow after a download at the top of the funnel. No source gives numbers of days:
fast is half as long, slow twice. Messages that had a day between them keep one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.definition import MINUTES, SequenceDefinition, Step
from nurture_app.engine.step_days import days_of_steps, steps_after

FAST, SLOW = "Fast", "Slow"
FACTORS = {FAST: 0.5, SLOW: 2.0}
DAYS = {unit: MINUTES[unit] // MINUTES["Days"] for unit in ("Days", "Weeks", "Months")}
"""Units that are stretched; minutes and hours belong to an answer and stay."""
TIMES = ("day", "delay", "delay_unit", "timeout", "timeout_unit")
"""The fields of a step that say when."""
FAST_AFTER = frozenset(
	(
		"Form Submitted",
		"Demo Request",
		"Ad Lead Form",
		"Chat Asked",
		"Chat Started",
		"Trial Started",
		"Signed Up",
		"Cart Abandoned",
		"Appointment Booked",
	)
)
SLOW_AFTER = frozenset(("Content Download", "Newsletter Sign-up"))


def suggested(trigger_activity: str, stage: str) -> str:
	"""`Fast`, `Slow` or "" for as it is. `stage` is the one of the four that the sequence is for: late downloads are no slow ones."""
	if trigger_activity in FAST_AFTER:
		return FAST
	return SLOW if trigger_activity in SLOW_AFTER and stage in ("", "Awareness") else ""


def paced_steps(definition: SequenceDefinition, pace: str) -> dict[str, dict[str, Any]]:
	"""`paced` for all steps by label; days that came after a message of an earlier day still do. Raises `pace_unknown`."""
	faster = {step.label: replace(step, **paced(asdict(step), pace)) for step in definition.steps}
	day_before = {label: int(days) for label, days in days_of_steps(definition).items()}
	messages = [(one.label, steps_after(definition, one.label)) for one in definition.steps if one.is_message]
	for label in sorted(day_before, key=lambda one: day_before[one]):
		if faster[label].timing == "On Day":
			day_now = days_of_steps(_with_steps(definition, faster))
			earlier = [
				int(day_now[one])
				for one, following in messages
				if label in following and day_before.get(one, 0) < day_before[label] and one in day_now
			]
			# days of a sequence count from 1, days passed from 0
			first = max(earlier, default=-1) + 2
			faster[label] = replace(faster[label], day=max(faster[label].day, first))
	return {step.label: _changes(step, faster[step.label]) for step in definition.steps}


def _with_steps(definition: SequenceDefinition, steps: Mapping[str, Step]) -> SequenceDefinition:
	return replace(definition, steps=tuple(steps[step.label] for step in definition.steps))


def _changes(before: Step, after: Step) -> dict[str, Any]:
	return {name: getattr(after, name) for name in TIMES if getattr(after, name) != getattr(before, name)}


def paced(step: Mapping[str, Any], pace: str) -> dict[str, Any]:
	"""The fields of a step row that become others, with their new values. Raises `pace_unknown`."""
	if pace not in FACTORS:
		raise NurtureError("pace_unknown", value=pace, known=", ".join(FACTORS))
	factor, changed = FACTORS[pace], {}
	if step.get("timing") == "On Day":
		day = int(step.get("day") or 1)
		changed["day"] = 1 + _rounded((day - 1) * factor)
	else:
		changed |= _span(step, "delay", "delay_unit", factor)
	if step.get("step_type") == "Wait Until":
		changed |= _span(step, "timeout", "timeout_unit", factor)
	return {name: value for name, value in changed.items() if value != step.get(name)}


def _span(step: Mapping[str, Any], number: str, unit: str, factor: float) -> dict[str, Any]:
	count, length = int(step.get(number) or 0), DAYS.get(step.get(unit) or "Days")
	if not count or not length:
		return {}
	scaled = count * factor
	if scaled == int(scaled):
		return {number: int(scaled)}
	return {number: max(1, _rounded(scaled * length)), unit: "Days"}


def _rounded(value: float) -> int:
	"""Half a day up."""
	return int(value + 0.5)
