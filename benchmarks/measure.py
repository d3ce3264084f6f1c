"""Times in turns, medians, counted queries, memory: what all figures are made with."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

import frappe

Prepare = Callable[[int], Callable[[], Any]]
"""Makes what round n needs and returns the work to be timed."""


@dataclass(frozen=True, slots=True)
class Figure:
	"""One measured value beside what it is compared with, in the same unit. `holds` says whether the promise is kept."""

	figure: str
	leads: int
	value: float
	unit: str
	compared_to: str
	compared_value: float
	ratio: float
	limit: float
	holds: bool
	details: Mapping[str, Any] = field(default_factory=dict)

	def as_json(self) -> dict[str, Any]:
		return {key: _rounded(value) for key, value in asdict(self).items()}


def at_most(
	figure: str,
	leads: int,
	value: float,
	unit: str,
	compared_to: str,
	peer: float,
	limit: float,
	**details: Any,
) -> Figure:
	"""The value must be at most `limit` times the peer's or floor's."""
	ratio = value / peer
	return Figure(figure, leads, value, unit, compared_to, peer, ratio, limit, ratio <= limit, details)


def at_least(
	figure: str,
	leads: int,
	value: float,
	unit: str,
	compared_to: str,
	peer: float,
	limit: float,
	**details: Any,
) -> Figure:
	"""The value must be at least `limit` times the peer's."""
	ratio = value / peer
	return Figure(figure, leads, value, unit, compared_to, peer, ratio, limit, ratio >= limit, details)


def in_turns(rounds: int, **contestants: Prepare) -> dict[str, list[float]]:
	"""Seconds per round of each contestant, taken A B A B... so that a busy machine slows all of them alike.

	What a round wrote is committed afterwards, outside the time. Every second round goes the other way round.
	"""
	seconds: dict[str, list[float]] = {name: [] for name in contestants}
	for number in range(-1, rounds):  # the first round only warms up
		order = list(contestants.items())
		for name, prepare in reversed(order) if number % 2 else order:
			taken = timed(prepare(number))
			frappe.db.commit()
			if number >= 0:
				seconds[name].append(taken)
	return seconds


def timed(work: Callable[[], Any]) -> float:
	"""Seconds `work` takes, without the garbage collector's own moments."""
	gc.collect()
	gc.disable()
	try:
		started = time.perf_counter()
		work()
		return time.perf_counter() - started
	finally:
		gc.enable()


def middle(seconds: list[float]) -> float:
	return median(seconds)


@contextmanager
def counted_queries() -> Iterator[list[str]]:
	"""The statements sent to the database in the block, whoever sends them."""
	frappe.db.sql("SELECT 1")  # a connection, if there was none
	cursor_class = type(frappe.db._cursor)
	execute = cursor_class.execute
	statements: list[str] = []

	def counting(self: Any, query: Any, args: Any = None) -> Any:
		statements.append(str(query))
		return execute(self, query, args)

	cursor_class.execute = counting
	try:
		yield statements
	finally:
		cursor_class.execute = execute


def memory_mb() -> float:
	"""Resident memory of this process."""
	gc.collect()
	with open("/proc/self/status") as status:
		for line in status:
			if line.startswith("VmRSS:"):
				return int(line.split()[1]) / 1024
	return 0.0


def say(text: str) -> None:
	"""Progress goes to the standard error, so that the standard output is JSON alone."""
	print(f"-- {text}", file=sys.stderr, flush=True)


def _rounded(value: Any) -> Any:
	if isinstance(value, float):
		return float(f"{value:.4g}")
	if isinstance(value, dict):
		return {key: _rounded(inner) for key, inner in value.items()}
	return value
