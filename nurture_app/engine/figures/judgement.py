"""What the figures of a sequence say: which fit its goal, which are below their benchmark, and whether it tires people.

Nothing is said from a handful of people: a rate is called low only where chance alone hardly gives so few.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from nurture_app.engine.config import Settings
from nurture_app.engine.definition import MESSAGE_STEPS
from nurture_app.engine.figures.counts import SequenceFigures, StepFigures

FEWEST = 50
"""Messages a step must have sent before its rate is compared with another's."""
SIGMA = 1.96
"""Chance alone goes so many standard errors too far in one case of forty, on the side that is looked at."""


@dataclass(frozen=True, slots=True)
class Kpi:
	"""A figure of a sequence: `count` of `base`, its benchmark, and what to try when it is worse (AB-16)."""

	name: str
	count: Callable[[SequenceFigures], int]
	base: Callable[[SequenceFigures], int]
	benchmark: Callable[[Settings, float], float]
	"""In percent, from the settings and the target of the sequence; 0: none."""
	variable: str
	metric: str
	of_step: str = ""
	"""The field of `StepFigures` by which the step to try it on is found; empty: the last message."""
	less_is_better: bool = False


def _sent(figures: SequenceFigures) -> int:
	return figures.sum_of("sent")


def _people(figures: SequenceFigures) -> int:
	return figures.people


KPIS = (
	Kpi("Opened", lambda f: f.sum_of("opened"), _sent, lambda s, _: s.benchmark_open, "Subject", "Human Click", "opened"),
	Kpi("Clicked", lambda f: f.sum_of("clicked"), _sent, lambda s, _: s.benchmark_click, "Content", "Human Click", "clicked"),
	Kpi("Replied", lambda f: f.sum_of("replied"), _sent, lambda s, _: s.benchmark_reply, "Content", "Reply", "replied"),
	Kpi("Booked", lambda f: f.booked, _people, lambda s, _: s.benchmark_booking, "Content", "Booking"),
	Kpi("Went On", lambda f: f.advanced, _people, lambda s, _: 0.0, "Content", "Stage Velocity"),
	Kpi("Goal Reached", lambda f: f.reached, lambda f: f.reached + f.finished + f.left, lambda _, target: target, "Content", "Human Click"),
	Kpi("Unsubscribed", lambda f: f.sum_of("unsubscribed"), _people, lambda s, _: s.most_unsubscribes, "Content", "Human Click", "unsubscribed", True),
)  # fmt: skip
"""All of them; the goal is counted among those who are through."""

FOR_GOALS = {
	"Conversion": ("Goal Reached", "Clicked", "Booked", "Went On"),
	"Re-engagement": ("Goal Reached", "Opened", "Clicked", "Replied", "Unsubscribed"),
	"Expansion": ("Goal Reached", "Replied", "Went On"),
}
FOR_METRICS = {
	"Email Open": "Opened",
	"Email Click": "Clicked",
	"Email Reply": "Replied",
	"Meeting": "Booked",
	"Appointment Booked": "Booked",
	"Demo Request": "Booked",
	"MQL Reached": "Went On",
	"SQL Reached": "Went On",
	"Opportunity Created": "Went On",
	"Quotation Sent": "Went On",
}


def suggested(goal_kind: str, goal_activity: str) -> tuple[str, ...]:
	"""Names of `KPIS` that tell whether a goal is on its way (GL-05)."""
	of_metric = FOR_METRICS.get(goal_activity, "")
	names = {*FOR_GOALS.get(goal_kind, ("Goal Reached", "Clicked", "Replied")), of_metric}
	return tuple(kpi.name for kpi in KPIS if kpi.name in names)


@dataclass(frozen=True, slots=True)
class Reading:
	"""A KPI of a sequence now. Rates and benchmark in percent."""

	kpi: Kpi
	count: int
	base: int
	benchmark: float
	is_worse: bool
	"""Than its benchmark, by more than chance explains."""
	step: str = ""
	"""Where to try something, if it is worse."""

	@property
	def percent(self) -> float:
		return 100 * self.count / self.base if self.base else 0.0


def read_kpis(figures: SequenceFigures, settings: Settings, target: float) -> list[Reading]:
	found = []
	for kpi in KPIS:
		count, base, benchmark = kpi.count(figures), kpi.base(figures), kpi.benchmark(settings, target)
		worse = bool(benchmark) and _is_worse(count, base, benchmark / 100, kpi.less_is_better)
		found.append(Reading(kpi, count, base, benchmark, worse, _step_to_try(kpi, figures) if worse else ""))
	return found


def _is_worse(count: int, base: int, benchmark: float, less_is_better: bool) -> bool:
	if base < FEWEST:
		return False
	low, high = interval(count, base)
	return low > benchmark if less_is_better else high < benchmark


def interval(count: int, base: int, sigma: float = SIGMA) -> tuple[float, float]:
	"""Wilson's interval of a rate (95 % unless `sigma` says otherwise), which keeps its promise for small rates too."""
	rate, z2 = count / base, sigma**2
	middle = (rate + z2 / (2 * base)) / (1 + z2 / base)
	half = sigma * math.sqrt(rate * (1 - rate) / base + z2 / (4 * base**2)) / (1 + z2 / base)
	return middle - half, middle + half


def _step_to_try(kpi: Kpi, figures: SequenceFigures) -> str:
	"""The mail that is worst by the figure, among those that most people get; otherwise the last one."""
	mails = [step for step in figures.steps if step.step_type == "Email" and step.sent]
	if not mails:
		return ""
	most = max(step.sent for step in mails)
	common = [step for step in mails if 2 * step.sent >= most]
	if not kpi.of_step:
		return common[-1].step
	sign = -1 if kpi.less_is_better else 1
	return min(common, key=lambda step: sign * getattr(step, kpi.of_step) / step.sent).step


@dataclass(frozen=True, slots=True)
class Fatigue:
	"""First and last message with enough mails to compare (SE-18). Rates in percent."""

	first: str
	last: str
	opened: tuple[float, float]
	reacted: tuple[float, float]
	unsubscribed: tuple[float, float]
	falls: bool
	"""Openings or reactions fell by half or more, by more than chance explains."""
	rises: bool
	"""So did people who opt out rise, to twice as many."""

	@property
	def is_tired(self) -> bool:
		return self.falls or self.rises


def fatigue(figures: SequenceFigures) -> Fatigue | None:
	"""None where fewer than two messages have been sent often enough."""
	messages = [step for step in figures.steps if step.step_type in MESSAGE_STEPS and step.sent >= FEWEST]
	if len(messages) < 2:
		return None
	first, last = messages[0], messages[-1]

	def both(name: str) -> tuple[float, float]:
		return _percent(first, name), _percent(last, name)

	return Fatigue(
		first.step,
		last.step,
		both("opened"),
		both("reacted"),
		both("unsubscribed"),
		falls=any(_has_fallen(first, last, name) for name in ("opened", "reacted")),
		rises=_has_risen(first, last, "unsubscribed"),
	)


def _has_fallen(first: StepFigures, last: StepFigures, name: str) -> bool:
	return 2 * _rate(last, name) <= _rate(first, name) and _is_no_chance(first, last, name)


def _has_risen(first: StepFigures, last: StepFigures, name: str) -> bool:
	return _rate(last, name) >= 2 * _rate(first, name) and _is_no_chance(first, last, name)


def _is_no_chance(first: StepFigures, last: StepFigures, name: str) -> bool:
	"""Two proportions, pooled."""
	pooled = (getattr(first, name) + getattr(last, name)) / (first.sent + last.sent)
	error = math.sqrt(pooled * (1 - pooled) * (1 / first.sent + 1 / last.sent))
	return error > 0 and abs(_rate(first, name) - _rate(last, name)) > SIGMA * error


def _rate(step: StepFigures, name: str) -> float:
	return getattr(step, name) / step.sent


def _percent(step: StepFigures, name: str) -> float:
	return 100 * _rate(step, name)
