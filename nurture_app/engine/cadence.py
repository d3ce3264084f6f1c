"""How fast a sequence goes: the days between its steps stretched or drawn together, by what starts it (CD-01). Pure.

Fast after somebody asked or began a trial, slow after a download at the top of the funnel. No source gives numbers of days:
fast is half as long, slow twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.definition import MINUTES

FAST, SLOW = "Fast", "Slow"
FACTORS = {FAST: 0.5, SLOW: 2.0}
DAYS = {unit: MINUTES[unit] // MINUTES["Days"] for unit in ("Days", "Weeks", "Months")}
"""Units that are stretched; minutes and hours belong to an answer and stay."""
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
	"""Half a day up: what was a day apart stays a day apart."""
	return int(value + 0.5)
