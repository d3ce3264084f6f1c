"""SQLite in the place of a site's database.

Datetimes are stored as texts of one length (`2026-01-05 09:00:00.000000`), so that they sort and compare as MariaDB
compares datetimes, and columns declared as datetimes hand datetimes out.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from nurture_app.engine.ports import Clock, Row
from nurture_app.engine.sql import render
from nurture_app.simulator import collation
from nurture_app.simulator.set_up_memory import is_set_up
from nurture_app.simulator.tables import DATETIME_TYPE, statements

USER = "Administrator"
_WRITTEN = re.compile(r'\s*(UPDATE|INSERT INTO|DELETE FROM) "([^"]+)"')
_ALPHABET = "0123456789abcdefghijklmnopqrstuv"


class SQLiteDatabase:
	"""Plays `engine.ports.Database`. One connection, one thread."""

	dialect = "sqlite"
	retryable = ()

	def __init__(self, clock: Clock, path: str = ":memory:"):
		"""Create all tables in `path`, a new file or nothing but memory."""
		self._clock = clock
		self._names = 0
		self.set_up_state = 0
		"""Another number whenever something was written that is not about people."""
		self._after_commit: list[Callable[[], None]] = []
		self._connection = sqlite3.connect(
			path, isolation_level=None, detect_types=sqlite3.PARSE_DECLTYPES, cached_statements=1024
		)
		self._connection.execute("PRAGMA journal_mode = MEMORY")
		self._connection.execute("PRAGMA synchronous = OFF")  # a simulation can be run again
		self._connection.execute("PRAGMA temp_store = MEMORY")
		self._connection.execute("PRAGMA cache_size = -262144")
		_register(self._connection)
		for statement in statements():
			self._connection.execute(statement)

	def close(self) -> None:
		self._connection.close()

	def interrupt(self) -> None:
		"""End the statement that runs, with an error; the one call that is allowed within it."""
		self._connection.interrupt()

	def rows(self, query: Any) -> list[Row]:
		sql, values = render(query, self.dialect)
		return self._connection.execute(sql, _bound_by_name(values)).fetchall()

	def ids(self, query: Any) -> list[str]:
		return [name for (name,) in self.rows(query)]

	def execute(self, query: Any) -> int:
		sql, values = render(query, self.dialect)
		written = _WRITTEN.match(sql)
		if written is None or is_set_up(written[2], made=written[1] != "UPDATE"):
			self.set_up_state += 1
		return self._connection.execute(sql, _bound_by_name(values)).rowcount

	def insert(self, table: str, columns: Sequence[str], rows: Iterable[Row], *, ignore: bool = False) -> int:
		now = self._clock.now()
		standard = {"creation": now, "modified": now, "owner": USER, "modified_by": USER}
		added = [name for name in standard if name not in columns]
		tail = tuple(_bound(standard[name]) for name in added)
		sql = _insert_sql(table, (*columns, *added), ignore)
		if is_set_up(table, made=True):
			self.set_up_state += 1
		before = self._connection.total_changes
		self._connection.executemany(sql, ((*map(_bound, row), *tail) for row in rows))
		return self._connection.total_changes - before

	def update(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
		if is_set_up(table, made=False):
			self.set_up_state += 1
		name, *others = columns
		sets = ", ".join(f'"{column}" = ?' for column in others)
		sql = f'UPDATE "{table}" SET {sets} WHERE "{name}" = ?'
		self._connection.executemany(sql, ([*map(_bound, row[1:]), row[0]] for row in rows))

	@contextmanager
	def transaction(self) -> Iterator[None]:
		if self._connection.in_transaction:
			raise RuntimeError("a transaction is open already; transactions are not nested")
		self._connection.execute("BEGIN IMMEDIATE")
		try:
			yield
			self._connection.execute("COMMIT")
		except BaseException:
			self.set_up_state += 1
			self._after_commit.clear()
			if self._connection.in_transaction:
				self._connection.execute("ROLLBACK")
			raise
		callbacks, self._after_commit = self._after_commit, []
		for callback in callbacks:
			callback()

	def after_commit(self, callback: Callable[[], None]) -> None:
		"""Call `callback` when the open transaction commits, never when it rolls back; without one, at once."""
		if self._connection.in_transaction:
			self._after_commit.append(callback)
		else:
			callback()

	def new_name(self) -> str:
		"""Ten characters that count up, so that the same run gives the same names."""
		self._names += 1
		number, letters = self._names, []
		for _ in range(10):
			number, digit = divmod(number, len(_ALPHABET))
			letters.append(_ALPHABET[digit])
		return "".join(reversed(letters))

	def write_settings(self, doctype: str, values: Mapping[str, Any]) -> None:
		"""Store the fields of a single DocType, as Frappe does: texts in `tabSingles`."""
		self.set_up_state += 1
		self._connection.executemany(
			'INSERT INTO "tabSingles" ("doctype", "field", "value") VALUES (?, ?, ?)'
			' ON CONFLICT ("doctype", "field") DO UPDATE SET "value" = excluded."value"',
			(
				(doctype, field, None if value is None else str(_bound(value)))
				for field, value in values.items()
			),
		)


@lru_cache(maxsize=256)
def _insert_sql(table: str, columns: tuple[str, ...], ignore: bool) -> str:
	# Not INSERT OR IGNORE: that would also swallow missing and overlong values.
	conflict = " ON CONFLICT DO NOTHING" if ignore else ""
	names = ", ".join(f'"{column}"' for column in columns)
	return f'INSERT INTO "{table}" ({names}) VALUES ({", ".join("?" * len(columns))}){conflict}'


def _datetime_text(value: datetime) -> str:
	if value.tzinfo is not None:
		raise ValueError(f"{value} carries a time zone; the database stores naive times")
	return value.isoformat(" ", "microseconds")


def _time_of_day_text(value: timedelta) -> str:
	seconds = int(value.total_seconds())
	return f"{seconds // 3600:02}:{seconds % 3600 // 60:02}:{seconds % 60:02}"


_TO_SQLITE: dict[type, Callable[[Any], Any]] = {
	datetime: _datetime_text,
	date: date.isoformat,
	time: lambda value: value.isoformat("seconds"),
	timedelta: _time_of_day_text,
	bool: int,
	Decimal: float,
}


def _bound(value: Any) -> Any:
	convert = _TO_SQLITE.get(type(value))
	return convert(value) if convert else value


def _bound_by_name(values: Mapping[str, Any]) -> dict[str, Any]:
	return {name: _bound(value) for name, value in values.items()}


def _power(base: float | None, exponent: float | None) -> float | None:
	return None if base is None or exponent is None else float(base) ** float(exponent)


def _least(*values: Any) -> Any:
	return None if None in values else min(values)


def _greatest(*values: Any) -> Any:
	return None if None in values else max(values)


def _lower(value: Any) -> str | None:
	return None if value is None else str(value).lower()


def _upper(value: Any) -> str | None:
	return None if value is None else str(value).upper()


def _register(connection: sqlite3.Connection) -> None:
	"""What MariaDB has and SQLite lacks or does for ASCII only."""
	connection.create_collation(collation.NAME, collation.compare)
	for name, arguments, function in (
		("like", 2, collation.like),
		("like", 3, collation.like),
		("regexp", 2, collation.regexp),
		("pow", 2, _power),
		("power", 2, _power),
		("least", -1, _least),
		("greatest", -1, _greatest),
		("lower", 1, _lower),
		("upper", 1, _upper),
	):
		connection.create_function(name, arguments, function, deterministic=True)


sqlite3.register_converter(DATETIME_TYPE, lambda text: datetime.fromisoformat(text.decode()))
