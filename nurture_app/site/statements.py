"""Statements that write many rows: in pieces that the server takes, with values written here where the driver is slow."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from pymysql.constants import SERVER_STATUS

from nurture_app.engine.ports import Row
from nurture_app.site.shared_texts import Composed

ROWS_PER_STATEMENT = 500
BYTES_PER_STATEMENT = 12_000_000
"""Three quarters of MariaDB's default `max_allowed_packet`. Room for a batch of 500 mails in one statement."""

PLAIN = re.compile(r"[A-Za-z0-9@._|:/ +-]*")
"""Texts in which no database finds anything to escape: most ids and addresses."""

LONG_TEXT = 200
"""Characters from which on a text counts when statements are measured, and is escaped here rather than by pymysql."""


def in_pieces(rows: Iterable[Row], most: int = ROWS_PER_STATEMENT) -> Iterator[list[Row]]:
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


def write_values(
	connection: Any, first: str, other: str, rows: list[Row]
) -> tuple[list[str], list[Any] | None]:
	"""`first` for the first row and `other` for each further one, and the values the driver has still to fill in.

	None where they are filled in here, a column at a time, see `escapes_slowly`.
	"""
	if rows[0] and escapes_slowly(connection):
		return _filled_in(first, other, rows, quoting(connection)), None
	return [first, *[other] * (len(rows) - 1)], [value for row in rows for value in row]


def as_constant(value: Any, quoted: Callable[[Any], str] | None) -> str | None:
	"""`value` as it may stand in a statement before its parameters are filled in; None when it must be one of them."""
	if value is None:
		return "NULL"
	if type(value) is int:
		return str(value)
	if quoted and (type(value) is datetime or (type(value) is str and len(value) < LONG_TEXT)):
		return quoted(value).replace("%", "%%")
	return None


def quoting(connection: Any) -> Callable[[Any], str]:
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


def escaped(text: str) -> str:
	"""`text` as it may stand between single quotes. The backslash comes first, or it would meet the quotes' own.

	Line breaks and double quotes may stand there as they are; pymysql escapes them, which makes mails a tenth longer.
	"""
	return text.replace("\\", "\\\\").replace("'", "\\'").replace("\0", "\\0")


def escapes_slowly(connection: Any) -> bool:
	"""pymysql replaces character by character: of the time a batch of mails takes in Python, that was a third."""
	if type(connection).__module__.partition(".")[0] != "pymysql":
		return False
	return not connection.server_status & SERVER_STATUS.SERVER_STATUS_NO_BACKSLASH_ESCAPES


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
