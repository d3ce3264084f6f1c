"""The engine's database on a Frappe site: `frappe.db`, with bulk writes that go around the document layer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from random import getrandbits
from time import time_ns
from typing import Any

import frappe
from frappe.utils import now_datetime

from nurture_app.engine.ports import Row
from nurture_app.engine.shared_runs import FEWEST
from nurture_app.engine.sql import render
from nurture_app.site.shared_texts import LONG, SharedTexts
from nurture_app.site.statements import (
	ROWS_PER_STATEMENT,
	as_constant,
	escaped,
	escapes_slowly,
	in_pieces,
	quoting,
	write_values,
)
from nurture_app.site.transactions import RETRYABLE, savepoint, translated_errors

UPDATES_PER_STATEMENT = 2000
DENSE = 1.5
"""Rows of a span per row to change, up to which a span is walked along."""

LONGEST_JOINED = "group_concat_max_len = 1073741824"
MANY_PARAMETERS = 50
DIALECTS = {"mariadb": "mysql", "postgres": "postgres", "sqlite": "sqlite"}
STANDARD_COLUMNS = ("creation", "modified", "owner", "modified_by", "docstatus", "idx")
DIGITS = "0123456789abcdefghijklmnopqrstuv"
PAIRS = [first + second for first in DIGITS for second in DIGITS]


class FrappeDatabase:
	"""`engine.ports.Database` on the connection of this request or job.

	With `commit`, a transaction commits (background jobs). Without it, a transaction is a savepoint inside
	whatever is going on (document events, requests), and Frappe commits or rolls back as it always does.
	"""

	retryable = RETRYABLE

	def __init__(self, *, commit: bool):
		self.commit = commit
		self.dialect = DIALECTS[frappe.db.db_type]

	def rows(self, query: Any) -> list[Row]:
		with translated_errors():
			return list(frappe.db.sql(*self._rendered(query)))

	def ids(self, query: Any) -> list[str]:
		"""As one text where the database can join them: pymysql takes six times as long to read row by row."""
		if self.dialect != "mysql":
			return [name for (name,) in self.rows(query)]
		sql, values = render(query, self.dialect)
		joined = f"SELECT COUNT(*), GROUP_CONCAT(x.id SEPARATOR '\\n') FROM ({sql}) x"
		with translated_errors():
			((count, text),) = frappe.db.sql(f"SET STATEMENT {LONGEST_JOINED} FOR {joined}", values)
		found = text.split("\n") if text else []
		# A text longer than a packet is cut or left out, which the count tells.
		return found if len(found) == count else [name for (name,) in self.rows(query)]

	def execute(self, query: Any) -> int:
		with translated_errors():
			frappe.db.sql(*self._rendered(query))
			return frappe.db._cursor.rowcount

	def insert(self, table: str, columns: Sequence[str], rows: Iterable[Row], *, ignore: bool = False) -> int:
		present = set(columns)
		added = [column for column in STANDARD_COLUMNS if column not in present]
		defaults = self._standard_values()
		suffix = tuple(defaults[column] for column in added)
		whole = [(*row, *suffix) for row in rows]
		if not whole:
			return 0
		places, own = self._shared_written_once(whole)
		own = self._shared_pieces_once(own)
		inserted = 0
		for chunk in in_pieces(own):
			inserted += self._insert_chunk(table, [*columns, *added], places, chunk, ignore)
		return inserted

	def update(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
		for chunk in in_pieces(rows, UPDATES_PER_STATEMENT):
			if self.dialect == "mysql":
				self._update_joined(table, columns, chunk)
			else:
				assignments = ", ".join(f"{self._quoted(column)} = %s" for column in columns[1:])
				statement = f"UPDATE {self._quoted(table)} SET {assignments} WHERE name = %s"
				self._executemany(statement, [(*row[1:], row[0]) for row in chunk])

	@contextmanager
	def transaction(self) -> Iterator[None]:
		if self.commit:
			with self._committed():
				yield
		else:
			with savepoint():
				yield

	def new_name(self) -> str:
		"""20 characters: milliseconds, then 50 random bits. Not a secret; a forked process draws others (`random`)."""
		return _moment(time_ns() // 1_000_000) + _ten_digits(getrandbits(50))

	@contextmanager
	def _committed(self) -> Iterator[None]:
		# Ends the snapshot of earlier reads: what other workers committed meanwhile (an opt-out!) must be seen.
		frappe.db.commit()  # nosemgrep: jobs only, see `commit`
		try:
			yield
			with translated_errors():
				frappe.db.commit()  # nosemgrep: jobs only, see `commit`
		except BaseException:
			frappe.db.rollback()
			raise

	def _rendered(self, query: Any) -> tuple[Any, ...]:
		"""SQL and its parameters, or SQL alone: many of them are filled in here, see `escapes_slowly`."""
		sql, values = render(query, self.dialect)
		if len(values) < MANY_PARAMETERS or self.dialect != "mysql":
			return sql, values
		connection = _connection()
		if not escapes_slowly(connection):
			return sql, values
		quoted = quoting(connection)
		return (sql % {name: quoted(value) for name, value in values.items()},)

	def _insert_chunk(
		self, table: str, columns: list[str], places: list[str], rows: list[Row], ignore: bool
	) -> int:
		names = ", ".join(map(self._quoted, columns))
		verb = "INSERT IGNORE" if ignore and self.dialect == "mysql" else "INSERT"
		conflict = " ON CONFLICT DO NOTHING" if ignore and self.dialect != "mysql" else ""
		row = "(" + ", ".join(places) + ")"
		statement = f"{verb} INTO {self._quoted(table)} ({names}) VALUES "
		written, values = write_values(_connection(), row, row, rows)
		return self._run(statement + ", ".join(written) + conflict, values)

	def _shared_written_once(self, rows: list[Row]) -> tuple[list[str], list[Row]]:
		"""What stands for each column in a row's VALUES, and the rows without the columns that are the same in all.

		Of the columns of a mail's rows that is more than half, and each value of each row is escaped one by one.
		"""
		connection = _connection()
		quoted = quoting(connection) if escapes_slowly(connection) else None
		places, kept = [], []
		for position, column in enumerate(zip(*rows, strict=True)):
			is_shared = column.count(column[0]) == len(column)
			constant = as_constant(column[0], quoted) if is_shared else None
			places.append(constant or "%s")
			if constant is None:
				kept.append(position)
		return places, [tuple([row[position] for position in kept]) for row in rows]

	def _shared_pieces_once(self, rows: list[Row]) -> list[Row]:
		"""The rows with long texts taken to pieces, see `shared_texts`; what rows share is in variables by then."""
		if len(rows) < FEWEST or self.dialect != "mysql" or not escapes_slowly(_connection()):
			return rows
		for position, value in enumerate(rows[0]):
			if type(value) is not str or len(value) < LONG:
				continue
			texts = [row[position] for row in rows]
			if not all(type(text) is str for text in texts):
				continue
			shared = SharedTexts(texts, lambda text: f"'{escaped(text)}'")
			composed = [shared.compose(text) for text in texts]
			assignment = shared.assignment()
			if assignment:
				_cursor().execute(assignment)
				rows = [
					(*row[:position], one, *row[position + 1 :])
					for row, one in zip(rows, composed, strict=True)
				]
		return rows

	def _update_joined(self, table: str, columns: Sequence[str], rows: list[Row]) -> None:
		# Not INSERT .. ON DUPLICATE KEY UPDATE: that would bring back a row which was deleted meanwhile.
		# The ids are compared in the collation of the table, or no key would be used.
		name = f"CAST(%s AS CHAR(140)) COLLATE {_collation(table)} AS name"
		first = "SELECT " + ", ".join([name, *(f"%s AS {self._quoted(column)}" for column in columns[1:])])
		other = "(" + ", ".join(["%s"] * len(columns)) + ")"
		(named, *others), values = write_values(_connection(), first, other, rows)
		given = f"({named}{' UNION ALL VALUES ' + ', '.join(others) if others else ''}) v"
		assignments = ", ".join(f"t.{self._quoted(c)} = v.{self._quoted(c)}" for c in columns[1:])
		span = self._dense_span(table, rows)
		# STRAIGHT_JOIN: the order is ours to choose, or a small table would be scanned and every row of it locked.
		if span:
			tables = f"{self._quoted(table)} t STRAIGHT_JOIN {given}"
			(where,), ends = write_values(_connection(), " WHERE t.name BETWEEN %s AND %s", "", [span])
		else:
			tables, where, ends = f"{given} STRAIGHT_JOIN {self._quoted(table)} t", "", []
		statement = f"UPDATE {tables} ON t.name = v.name SET {assignments}{where}"
		self._run(statement, None if values is None else [*values, *ends])

	def _dense_span(self, table: str, rows: list[Row]) -> tuple[str, ...]:
		"""First and last id when most rows between them are to be changed anyway.

		Walking along the table then takes a third less time than looking rows up one by one, and locks few others.
		"""
		if len(rows) <= ROWS_PER_STATEMENT:
			return ()
		span = min(row[0] for row in rows), max(row[0] for row in rows)
		between = f"SELECT COUNT(*) FROM {self._quoted(table)} WHERE name BETWEEN %s AND %s"
		((count,),) = frappe.db.sql(between, span)
		return span if count <= DENSE * len(rows) else ()

	def _run(self, statement: str, values: list[Any] | None) -> int:
		"""None: they are filled in already."""
		with translated_errors():
			cursor = _cursor()
			if values is None:
				cursor.execute(statement)
			elif escapes_slowly(frappe.db._conn):
				cursor.execute(statement % tuple(map(quoting(frappe.db._conn), values)))
			else:
				cursor.execute(statement, values)
			return cursor.rowcount

	def _executemany(self, statement: str, rows: list[Row]) -> None:
		with translated_errors():
			_cursor().executemany(statement, rows)

	def _quoted(self, identifier: str) -> str:
		mark = "`" if self.dialect == "mysql" else '"'
		return f"{mark}{identifier}{mark}"

	def _standard_values(self) -> dict[str, Any]:
		now, user = now_datetime(), frappe.session.user
		return dict(zip(STANDARD_COLUMNS, (now, now, user, user, 0, 0), strict=True))


def _ten_digits(number: int) -> str:
	"""The lowest 50 bits of `number` to the base of 32, two digits at a time: a batch of mails takes thousands of names."""
	high, low = f"{PAIRS[number >> 40 & 1023]}{PAIRS[number >> 30 & 1023]}", number & 0x3FFFFFFF
	return f"{high}{PAIRS[low >> 20]}{PAIRS[low >> 10 & 1023]}{PAIRS[low & 1023]}"


_moment = lru_cache(maxsize=16)(_ten_digits)
"""Many names are made in the same millisecond."""


def _connection() -> Any:
	_cursor()
	return frappe.db._conn


def _cursor() -> Any:
	if not frappe.db._conn:
		frappe.db.connect()
	return frappe.db._cursor


def _collation(table: str) -> str:
	"""The collation of the column `name` of `table`, read once per process."""
	key = (frappe.local.site, table)
	if key not in _collations:
		((found,),) = frappe.db.sql(
			"""SELECT collation_name FROM information_schema.columns
			WHERE table_schema = DATABASE() AND table_name = %s AND column_name = 'name'""",
			table,
		)
		_collations[key] = found or "utf8mb4_unicode_ci"
	return _collations[key]


_collations: dict[tuple[str, str], str] = {}
