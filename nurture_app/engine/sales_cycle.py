"""How long a type of deal takes, and what follows from it for nurturing (PJ-14 to PJ-18). Pure arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean

FEWEST_DEALS = 10
"""An average of fewer deals of one's own is not relied on (PJ-15)."""
FEWEST_INTERVIEWS, ENOUGH_INTERVIEWS = 10, 15
USUAL_DAYS, COMPLEX_DAYS = 90, 365
"""What is planned with before there are figures: about three months, and over a year for complex business deals (PJ-18)."""
SHORT = 0.5
"""A sequence shorter than this part of the cycle is pointed out (PJ-17)."""
DEALS, INTERVIEWS, USUAL = "Deals", "Interviews", "Usual"


@dataclass(frozen=True, slots=True)
class Cycle:
	"""The length in days, how many it is the average of, and where it is from: `DEALS`, `INTERVIEWS` or `USUAL`."""

	days: int
	sample: int
	basis: str


def cycle_from(deals: Sequence[float], interviews: Sequence[float], *, is_complex: bool = False) -> Cycle:
	"""Own deals if there are enough, else interviews, else what is usual; all in days."""
	if len(deals) >= FEWEST_DEALS:
		return Cycle(round(mean(deals)), len(deals), DEALS)
	if len(interviews) >= FEWEST_INTERVIEWS:
		return Cycle(round(mean(interviews)), len(interviews), INTERVIEWS)
	return Cycle(COMPLEX_DAYS if is_complex else USUAL_DAYS, 0, USUAL)


@dataclass(frozen=True, slots=True)
class Plan:
	"""What a cycle proposes; days counted from the first contact (PJ-16)."""

	planned_days: int
	"""Over which nurturing should reach."""
	planned_emails: int
	escalation_day: int
	"""From low touch to high touch."""
	handoff_day: int
	cold_wait_days: int
	"""A silence after which a lead is cold."""


def propose(days: int) -> Plan:
	"""Half the cycle in low touch, another sixth in high touch, then sales.

	A mail a week in the first four weeks and one every two weeks until the hand-off, five at the least. A silence as
	long as a whole cycle is cold, but never less than a month nor more than a year.
	"""
	handoff = max(round(days * 2 / 3), 1)
	emails = max(5, round(min(handoff, 28) / 7 + max(handoff - 28, 0) / 14))
	return Plan(
		planned_days=max(days, 1),
		planned_emails=emails,
		escalation_day=max(round(days / 2), 1),
		handoff_day=handoff,
		cold_wait_days=min(max(days, 30), 365),
	)


def is_far_shorter(length: int, cycle: Cycle) -> bool:
	return length < SHORT * cycle.days
