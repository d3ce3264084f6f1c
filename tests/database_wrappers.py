"""Databases with something between them and the engine: a counter, a fault, another worker."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from nurture_app.engine.ports import Database, Row
from tests.mariadb_database import is_retryable


class Crash(BaseException):
	"""The process ends here. No `except Exception` may survive it."""


class WatchedDatabase:
	"""Calls `before` and `after` around each port call; `before` gets the number of the call and its name."""

	def __init__(
		self,
		db: Database,
		before: Callable[[int, str], None] | None = None,
		after: Callable[[int, str], None] | None = None,
	):
		self.db = db
		self.dialect, self.retryable = db.dialect, db.retryable
		self.calls = 0
		self.names: Counter[str] = Counter()
		self._before, self._after = before, after

	def rows(self, query: Any) -> list[Row]:
		with self._watched("rows"):
			return self.db.rows(query)

	def ids(self, query: Any) -> list[str]:
		with self._watched("rows"):
			return self.db.ids(query)

	def execute(self, query: Any) -> int:
		with self._watched("execute"):
			return self.db.execute(query)

	def insert(self, table: str, columns: Sequence[str], rows: Iterable[Row], *, ignore: bool = False) -> int:
		with self._watched("insert"):
			return self.db.insert(table, columns, list(rows), ignore=ignore)

	def update(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
		rows = list(rows)
		if rows:  # nothing to do asks the database nothing
			with self._watched("update"):
				self.db.update(table, columns, rows)

	@contextmanager
	def transaction(self) -> Iterator[None]:
		with self._watched("begin"):
			pass
		transaction = self.db.transaction()
		transaction.__enter__()
		try:
			yield
			number = self._announce("commit")
		except BaseException:
			transaction.__exit__(*sys.exc_info())
			raise
		transaction.__exit__(None, None, None)
		if self._after:
			self._after(number, "commit")

	def new_name(self) -> str:
		return self.db.new_name()

	@contextmanager
	def _watched(self, name: str) -> Iterator[None]:
		number = self._announce(name)
		yield
		if self._after:
			self._after(number, name)

	def _announce(self, name: str) -> int:
		number = self.calls
		self.calls += 1
		self.names[name] += 1
		if self._before:
			self._before(number, name)
		return number


def crashing(db: Database, at: int, *, after: bool) -> WatchedDatabase:
	"""`db` until call number `at`, before or after which the process ends."""

	def crash(number: int, name: str) -> None:
		if number == at:
			raise Crash(f"{'after' if after else 'before'} call {number}: {name}")

	return WatchedDatabase(db, after=crash) if after else WatchedDatabase(db, before=crash)


def interrupted(db: Database, at: int, by: Callable[[], None]) -> WatchedDatabase:
	"""`db`, but before its call number `at` something else happens, on another connection."""

	def interrupt(number: int, name: str) -> None:
		if number == at:
			by()

	return WatchedDatabase(db, before=interrupt)


class Intruder:
	"""Something done on another connection, in between. It may find a lock taken, and then comes after."""

	def __init__(self, act: Callable[[], object]) -> None:
		self._act = act
		self.came_in = False

	def __call__(self) -> None:
		try:
			self._act()
			self.came_in = True
		except Exception as error:
			if not is_retryable(error):
				raise

	def comes_after(self) -> bool:
		"""Do it now if it could not be done in between; says whether that was so."""
		if self.came_in:
			return False
		self()
		assert self.came_in
		return True
