"""What people set up, dealt with one by one: a broken one keeps none of the others waiting, and is named."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Failure:
	"""What could not be dealt with, and why. Both names are empty where it is no single document."""

	doctype: str
	name: str
	error: Exception

	def __str__(self) -> str:
		said = f"{type(self.error).__name__}: {self.error}"
		return f"{self.doctype} {self.name}: {said}" if self.name else said


class NotAll(Exception):
	"""Raised when all are through: these failed and left nothing half done, everything else is done."""

	def __init__(self, failures: Sequence[Failure]):
		super().__init__("; ".join(map(str, failures)))
		self.failures = tuple(failures)


def each(
	doctype: str,
	items: Mapping[str, Item],
	work: Callable[[Item], Result],
	retryable: tuple[type[Exception], ...] = (),
) -> list[Result]:
	"""`work` on each of `items` (by the name of the document), which undoes what it wrote when it fails; raises `NotAll`.

	What is `retryable` passes at once: another transaction was in the way and may have undone more than this one item.
	"""
	results: list[Result] = []
	failures: list[Failure] = []
	for name, item in items.items():
		try:
			results.append(work(item))
		except retryable:
			raise
		except Exception as error:
			failures.append(Failure(doctype, name, error))
	if failures:
		raise NotAll(failures) from failures[0].error
	return results
