"""The engine's database port on a plain MariaDB connection: tables as Frappe makes them, statements as the site sends them.

Whatever `nurture_app/site/database.py` does to SQL is done here alike, so that what the engine's tests prove holds there:
many rows per statement, INSERT IGNORE, UPDATE .. JOIN, no autocommit, and a snapshot that lasts until the next commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

import pymysql
from pymysql.constants import ER, FIELD_TYPE
from pymysql.converters import conversions

from nurture_app.engine.ports import Clock, Row
from nurture_app.engine.schema import INDEXES, index_name
from nurture_app.engine.sql import render
from nurture_app.simulator.tables import DocTypeTable, foreign_doctypes, own_doctypes
from tests.mariadb_server import MariaDBServer

USER = "Administrator"
ROWS_PER_STATEMENT = 500
STANDARD_COLUMNS = ("creation", "modified", "owner", "modified_by", "docstatus", "idx")
CONVERSIONS = conversions | {FIELD_TYPE.NEWDECIMAL: float, FIELD_TYPE.DECIMAL: float}
RETRYABLE = (ER.LOCK_DEADLOCK, ER.LOCK_WAIT_TIMEOUT)
"""Another transaction was in the way: the site runs the whole batch again."""

_TYPES = {
	"Int": "int(11) not null default {number}",
	"Check": "int(1) not null default {number}",
	"Float": "decimal(21,9) not null default {number}",
	"Currency": "decimal(21,9) not null default {number}",
	"Percent": "decimal(21,9) not null default {number}",
	"Date": "date",
	"Datetime": "datetime(6)",
	"Time": "time(6)",
	"Small Text": "text",
	"Text": "text",
	"Long Text": "longtext",
	"Code": "longtext",
	"Text Editor": "longtext",
	"HTML Editor": "longtext",
	"Markdown Editor": "longtext",
	"JSON": "json",
}


class MariaDBDatabase:
	"""Plays `engine.ports.Database`. One connection, one thread."""

	dialect = "mysql"
	retryable = (pymysql.OperationalError,)

	def __init__(self, server: MariaDBServer, clock: Clock, names: str = ""):
		"""`names` begins the ids made here, so that workers at the same time make different ones."""
		self._clock = clock
		self._server = server
		self._names = names
		self._count = 0
		self._in_transaction = False
		self._connection = server.connect(conv=CONVERSIONS, autocommit=False)

	def another(self, names: str, clock: Clock | None = None, *, wait: bool = True) -> MariaDBDatabase:
		"""A second connection to the same tables: another worker, another request.

		Without `wait` a row that somebody has locked is an error at once, for tests that play both sides in turns.
		"""
		other = MariaDBDatabase(self._server, clock or self._clock, names)
		if not wait:
			with other._connection.cursor() as cursor:
				cursor.execute("SET SESSION innodb_lock_wait_timeout = 0")
		return other

	def close(self) -> None:
		if self._connection.open:
			self._connection.close()

	def rows(self, query: Any) -> list[Row]:
		with self._connection.cursor() as cursor:
			cursor.execute(*render(query, self.dialect))
			return list(cursor.fetchall())

	def ids(self, query: Any) -> list[str]:
		return [name for (name,) in self.rows(query)]

	def execute(self, query: Any) -> int:
		with self._connection.cursor() as cursor:
			return cursor.execute(*render(query, self.dialect))

	def insert(self, table: str, columns: Sequence[str], rows: Iterable[Row], *, ignore: bool = False) -> int:
		added = [column for column in STANDARD_COLUMNS if column not in columns]
		now = self._clock.now()
		defaults = dict(zip(STANDARD_COLUMNS, (now, now, USER, USER, 0, 0), strict=True))
		suffix = tuple(defaults[column] for column in added)
		names = ", ".join(f"`{column}`" for column in (*columns, *added))
		verb = "INSERT IGNORE" if ignore else "INSERT"
		marks = "(" + ", ".join(["%s"] * (len(columns) + len(added))) + ")"
		inserted = 0
		for chunk in _chunks(rows):
			statement = f"{verb} INTO `{table}` ({names}) VALUES " + ", ".join([marks] * len(chunk))
			inserted += self._run(statement, [value for row in chunk for value in (*row, *suffix)])
		return inserted

	def update(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
		first = "SELECT " + ", ".join(f"%s AS `{column}`" for column in columns)
		other = " UNION ALL SELECT " + ", ".join(["%s"] * len(columns))
		sets = ", ".join(f"t.`{column}` = v.`{column}`" for column in columns[1:])
		for chunk in _chunks(rows):
			self._run(
				f"UPDATE `{table}` t JOIN ({first}{other * (len(chunk) - 1)}) v"
				f" ON t.name = v.name COLLATE utf8mb4_unicode_ci SET {sets}",
				[value for row in chunk for value in row],
			)

	@contextmanager
	def transaction(self) -> Iterator[None]:
		if self._in_transaction:
			raise RuntimeError("a transaction is open already; transactions are not nested")
		self._connection.commit()  # what others committed meanwhile must be seen
		self._in_transaction = True
		try:
			yield
			self._connection.commit()
		except BaseException:
			self._connection.rollback()
			raise
		finally:
			self._in_transaction = False

	def new_name(self) -> str:
		self._count += 1
		return f"{self._names}{self._count:010}"

	def make_tables(self) -> None:
		"""All tables and indexes of the app and those of ERPNext that it reads."""
		with self._connection.cursor() as cursor:
			for statement in statements():
				cursor.execute(statement)

	def empty_tables(self) -> None:
		with self._connection.cursor() as cursor:
			for table in ("tabSingles", *(one.table for one in _tables())):
				cursor.execute(f"DELETE FROM `{table}`")
		self._connection.commit()

	def _run(self, statement: str, values: list[Any]) -> int:
		with self._connection.cursor() as cursor:
			return cursor.execute(statement, values)


def is_retryable(error: BaseException) -> bool:
	return isinstance(error, pymysql.MySQLError) and error.args[:1] and error.args[0] in RETRYABLE


def statements() -> Iterator[str]:
	"""CREATE TABLE for everything, with the column types and indexes Frappe gives them."""
	yield (
		"CREATE TABLE `tabSingles` (`doctype` varchar(255), `field` varchar(255), `value` longtext,"
		" KEY `singles_doctype_field_index` (`doctype`, `field`))"
	)
	for table in _tables():
		lines = [
			"`name` varchar(140) primary key",
			"`creation` datetime(6)",
			"`modified` datetime(6)",
			"`modified_by` varchar(140)",
			"`owner` varchar(140)",
			"`docstatus` int(1) not null default 0",
			"`idx` int(8) not null default 0",
		]
		if table.is_child:
			lines += [f"`{name}` varchar(140)" for name in ("parent", "parentfield", "parenttype")]
			lines.append("KEY `parent` (`parent`)")
		else:
			lines.append("KEY `modified` (`modified`)")
		for field in table.columns():
			lines.append(_column(field))
			if field.get("search_index") and not field.get("unique"):
				lines.append("KEY `{0}_index` (`{0}`)".format(field["fieldname"]))
		for columns in INDEXES.get(table.name, ()):
			lines.append("KEY `{}` ({})".format(index_name(columns), ", ".join(f"`{c}`" for c in columns)))
		yield f"CREATE TABLE `{table.table}` ({', '.join(lines)}) ROW_FORMAT=DYNAMIC"


def _tables() -> list[DocTypeTable]:
	return [one for one in (*own_doctypes().values(), *foreign_doctypes().values()) if not one.is_single]


def _column(field: Mapping[str, Any]) -> str:
	kind = _TYPES.get(field["fieldtype"])
	default = field.get("default")
	if kind and "{number}" in kind:
		return f"`{field['fieldname']}` " + kind.format(number=default or 0)
	definition = f"`{field['fieldname']}` " + (kind or f"varchar({field.get('length') or 140})")
	if default and not str(default).startswith(":") and default not in ("Today", "Now"):
		definition += " default '{}'".format(str(default).replace("'", "''"))
	return definition + (" unique" if field.get("unique") else "")


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
	iterator = iter(rows)
	while chunk := list(islice(iterator, ROWS_PER_STATEMENT)):
		yield chunk
