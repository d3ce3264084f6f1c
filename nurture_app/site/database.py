"""The engine's database on a Frappe site: `frappe.db`, with bulk writes that go around the document layer."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from itertools import islice
from random import getrandbits
from time import time_ns
from typing import Any

import frappe
from frappe.utils import now_datetime
from pymysql.constants import SERVER_STATUS

from nurture_app.engine.ports import Row
from nurture_app.engine.shared_runs import FEWEST
from nurture_app.engine.sql import render
from nurture_app.site.shared_texts import LONG, Composed, SharedTexts

ROWS_PER_STATEMENT = 500
UPDATES_PER_STATEMENT = 2000
DENSE = 1.5
"""Rows of a span per row to change, up to which a span is walked along."""

BYTES_PER_STATEMENT = 12_000_000
"""Three quarters of MariaDB's default `max_allowed_packet`. Room for a batch of 500 mails in one statement."""

LONGEST_JOINED = "group_concat_max_len = 1073741824"
MANY_PARAMETERS = 50
PLAIN = re.compile(r"[A-Za-z0-9@._|:/ +-]*")
"""Texts in which no database finds anything to escape: most ids and addresses."""

LONG_TEXT = 200
"""Characters from which on a text counts when statements are measured, and is escaped here rather than by pymysql."""

RETRYABLE = (frappe.QueryDeadlockError, frappe.QueryTimeoutError)
"""Raised by every method of `FrappeDatabase` when another transaction was in the way: run the whole batch again."""

RECORD_CHANGED = 1020
"""MariaDB 11.6 and newer: a row changed after the transaction's snapshot; the transaction is rolled back."""

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
		with _translated_errors():
			return list(frappe.db.sql(*self._rendered(query)))

	def ids(self, query: Any) -> list[str]:
		"""As one text where the database can join them: pymysql takes six times as long to read row by row."""
		if self.dialect != "mysql":
			return [name for (name,) in self.rows(query)]
		sql, values = render(query, self.dialect)
		joined = f"SELECT COUNT(*), GROUP_CONCAT(x.id SEPARATOR '\\n') FROM ({sql}) x"
		with _translated_errors():
			((count, text),) = frappe.db.sql(f"SET STATEMENT {LONGEST_JOINED} FOR {joined}", values)
		found = text.split("\n") if text else []
		# A text longer than a packet is cut or left out, which the count tells.
		return found if len(found) == count else [name for (name,) in self.rows(query)]

	def execute(self, query: Any) -> int:
		with _translated_errors():
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
		for chunk in _chunks(own):
			inserted += self._insert_chunk(table, [*columns, *added], places, chunk, ignore)
		return inserted

	def update(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
		for chunk in _chunks(rows, UPDATES_PER_STATEMENT):
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
			with _translated_errors():
				frappe.db.commit()  # nosemgrep: jobs only, see `commit`
		except BaseException:
			frappe.db.rollback()
			raise

	def _rendered(self, query: Any) -> tuple[Any, ...]:
		"""SQL and its parameters, or SQL alone: many of them are filled in here, see `_escapes_slowly`."""
		sql, values = render(query, self.dialect)
		if len(values) < MANY_PARAMETERS or self.dialect != "mysql":
			return sql, values
		connection = _connection()
		if not _escapes_slowly(connection):
			return sql, values
		quoted = _literal(connection)
		return (sql % {name: quoted(value) for name, value in values.items()},)

	def _insert_chunk(
		self, table: str, columns: list[str], places: list[str], rows: list[Row], ignore: bool
	) -> int:
		names = ", ".join(map(self._quoted, columns))
		verb = "INSERT IGNORE" if ignore and self.dialect == "mysql" else "INSERT"
		conflict = " ON CONFLICT DO NOTHING" if ignore and self.dialect != "mysql" else ""
		row = "(" + ", ".join(places) + ")"
		statement = f"{verb} INTO {self._quoted(table)} ({names}) VALUES "
		written, values = _written(row, row, rows)
		return self._run(statement + ", ".join(written) + conflict, values)

	def _shared_written_once(self, rows: list[Row]) -> tuple[list[str], list[Row]]:
		"""What stands for each column in a row's VALUES, and the rows without the columns that are the same in all.

		Of the columns of a mail's rows that is more than half, and each value of each row is escaped one by one.
		"""
		connection = _connection()
		quoted = _literal(connection) if _escapes_slowly(connection) else None
		places, kept = [], []
		for position, column in enumerate(zip(*rows, strict=True)):
			is_shared = column.count(column[0]) == len(column)
			constant = _constant(column[0], quoted) if is_shared else None
			places.append(constant or "%s")
			if constant is None:
				kept.append(position)
		return places, [tuple([row[position] for position in kept]) for row in rows]

	def _shared_pieces_once(self, rows: list[Row]) -> list[Row]:
		"""The rows with long texts taken to pieces, see `shared_texts`; what rows share is in variables by then."""
		if len(rows) < FEWEST or self.dialect != "mysql" or not _escapes_slowly(_connection()):
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
		(named, *others), values = _written(first, other, rows)
		given = f"({named}{' UNION ALL VALUES ' + ', '.join(others) if others else ''}) v"
		assignments = ", ".join(f"t.{self._quoted(c)} = v.{self._quoted(c)}" for c in columns[1:])
		span = self._dense_span(table, rows)
		# STRAIGHT_JOIN: the order is ours to choose, or a small table would be scanned and every row of it locked.
		if span:
			tables = f"{self._quoted(table)} t STRAIGHT_JOIN {given}"
			(where,), ends = _written(" WHERE t.name BETWEEN %s AND %s", "", [span])
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
		with _translated_errors():
			cursor = _cursor()
			if values is None:
				cursor.execute(statement)
			elif _escapes_slowly(frappe.db._conn):
				cursor.execute(statement % tuple(map(_literal(frappe.db._conn), values)))
			else:
				cursor.execute(statement, values)
			return cursor.rowcount

	def _executemany(self, statement: str, rows: list[Row]) -> None:
		with _translated_errors():
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


@contextmanager
def savepoint() -> Iterator[None]:
	"""Undo what the block wrote when an exception passes; commit nothing."""
	mark = f"nurture_{os.urandom(6).hex()}"
	frappe.db.savepoint(mark)
	try:
		yield
	except frappe.QueryDeadlockError:
		# It has rolled back everything, this savepoint included.
		raise
	except frappe.QueryTimeoutError:
		_undo_after_timeout(mark)
		raise
	except BaseException:
		frappe.db.rollback(save_point=mark)
		raise
	else:
		frappe.db.release_savepoint(mark)


def _undo_after_timeout(mark: str) -> None:
	"""A wait for a lock that was too long undoes its own statement alone, and what the block wrote before stands.

	A server with innodb_rollback_on_timeout rolls back everything: then there is no savepoint to go back to, and like
	a deadlock it must not be hidden from whoever wrote before.
	"""
	try:
		frappe.db.rollback(save_point=mark)
	except Exception as error:
		raise frappe.QueryDeadlockError("the transaction was rolled back after a time-out") from error


@contextmanager
def _translated_errors() -> Iterator[None]:
	try:
		yield
	except RETRYABLE:
		raise
	except Exception as error:
		code = error.args[0] if error.args else None
		if frappe.db.is_deadlocked(error) or code == RECORD_CHANGED:
			raise frappe.QueryDeadlockError(error) from error
		if frappe.db.is_timedout(error):
			raise frappe.QueryTimeoutError(error) from error
		raise


def _connection() -> Any:
	_cursor()
	return frappe.db._conn


def _cursor() -> Any:
	if not frappe.db._conn:
		frappe.db.connect()
	return frappe.db._cursor


def _escapes_slowly(connection: Any) -> bool:
	"""pymysql replaces character by character: of the time a batch of mails takes in Python, that was a third."""
	if type(connection).__module__.partition(".")[0] != "pymysql":
		return False
	return not connection.server_status & SERVER_STATUS.SERVER_STATUS_NO_BACKSLASH_ESCAPES


def _literal(connection: Any) -> Callable[[Any], str]:
	"""What `connection.literal` makes of a value, but long texts faster, and what rows share only once."""
	literal = connection.literal
	known: dict[Any, str] = {}

	def quoted(value: Any) -> str:
		kind = type(value)
		if kind is Composed:
			return value.expression
		if kind is str and len(value) >= LONG_TEXT:
			return f"'{escaped(value)}'"
		if kind is int:
			return str(value)
		if kind is str and PLAIN.fullmatch(value):
			return f"'{value}'"
		if kind is not str and kind is not datetime:  # 1, 1.0 and True are one key and three literals
			return literal(value)
		if value not in known:
			known[value] = literal(value)
		return known[value]

	return quoted


def _written(first: str, other: str, rows: list[Row]) -> tuple[list[str], list[Any] | None]:
	"""`first` for the first row and `other` for each further one, and the values the driver has still to fill in.

	None where they are filled in here, a column at a time, see `_escapes_slowly`.
	"""
	connection = _connection()
	if rows[0] and _escapes_slowly(connection):
		return _filled_in(first, other, rows, _literal(connection)), None
	return [first, *[other] * (len(rows) - 1)], [value for row in rows for value in row]


def _filled_in(first: str, other: str, rows: list[Row], quoted: Callable[[Any], str]) -> list[str]:
	"""`first` with the literals of the first row, and `other` with those of each further one."""
	literals = [_literals(column, quoted) for column in zip(*rows, strict=True)]
	one, *more = zip(*literals, strict=True)
	return [first % one, *[other % values for values in more]]


def _literals(column: Sequence[Any], quoted: Callable[[Any], str]) -> list[str]:
	"""`quoted` of each value; in one go where there is nothing to escape in any of them."""
	if set(map(type, column)) == {str} and PLAIN.fullmatch("".join(column)):
		return [f"'{value}'" for value in column]
	return list(map(quoted, column))


def escaped(text: str) -> str:
	"""`text` as it may stand between single quotes. The backslash comes first, or it would meet the quotes' own.

	Line breaks and double quotes may stand there as they are; pymysql escapes them, which makes mails a tenth longer.
	"""
	return text.replace("\\", "\\\\").replace("'", "\\'").replace("\0", "\\0")


def _constant(value: Any, quoted: Callable[[Any], str] | None) -> str | None:
	"""`value` as it may stand in a statement before its parameters are filled in; None when it must be one of them."""
	if value is None:
		return "NULL"
	if type(value) is int:
		return str(value)
	if quoted and (type(value) is datetime or (type(value) is str and len(value) < LONG_TEXT)):
		return quoted(value).replace("%", "%%")
	return None


def _chunks(rows: Iterable[Row], most: int = ROWS_PER_STATEMENT) -> Iterator[list[Row]]:
	"""Rows in pieces that fit one statement, by number and by size."""
	iterator = iter(rows)
	while piece := list(islice(iterator, most)):
		if _fits(piece):
			yield piece
			continue
		chunk: list[Row] = []
		size = 0
		for row in piece:
			row_size = _bytes_at_most(row)
			if chunk and size + row_size > BYTES_PER_STATEMENT:
				yield chunk
				chunk, size = [], 0
			chunk.append(row)
			size += row_size
		yield chunk


def _fits(rows: list[Row]) -> bool:
	"""Whether these surely fit one statement; measured column by column, as most of them do."""
	size = 100 * len(rows) * len(rows[0])
	for column in zip(*rows, strict=True):
		try:
			size += 4 * sum(map(len, column))
		except TypeError:  # has numbers, dates or nothing in it
			size += 4 * sum(len(value) for value in column if type(value) in (str, Composed))
	return size <= BYTES_PER_STATEMENT


def _bytes_at_most(row: Row) -> int:
	"""Escaping may double a text. Short values are not looked at one by one."""
	long_texts = (value for value in row if type(value) is str and len(value) >= LONG_TEXT)
	composed = sum(len(value) for value in row if type(value) is Composed)
	return 100 * len(row) + composed + sum(len(text) * (2 if text.isascii() else 4) for text in long_texts)


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
