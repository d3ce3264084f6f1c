"""Reads a CSV file row by row, with the line number of each, whatever a spreadsheet made of it.

UTF-8 with or without a byte order mark; commas, semicolons or tabs. A row that cannot be read costs that row only, also
where it is its encoding that cannot.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_DELIMITERS = ",;\t"
_MOST_LINES_IN_A_ROW = 100
_EMPTY = _DELIMITERS + " \n"
_SEPARATOR_LINE = re.compile(r"sep=[,;\t]\n", re.IGNORECASE)
"""By which some programs tell a spreadsheet what stands between the cells."""
_NEVER_CLOSED = "a quotation mark is opened and never closed"
_FOREIGN = re.compile("[\udc80-\udcff]")
"""What is not UTF-8, as `surrogateescape` reads it."""
_SIGNATURES = {
	b"PK\x03\x04": "is an Excel workbook",
	b"\xd0\xcf\x11\xe0": "is an old Excel workbook",
	b"\xff\xfe": "is written in UTF-16",
	b"\xfe\xff": "is written in UTF-16",
}


class InputError(Exception):
	"""Something that stops the run before it begins: one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Problem:
	"""Something about a line of an input file that its author should know."""

	file: str
	line: int
	reason: str
	left_out: bool = True
	"""Whether the row was left out; False means that this is only a remark."""

	def __str__(self) -> str:
		return f"{self.file} line {self.line}: {self.reason}"


@dataclass(frozen=True, slots=True)
class CsvFile:
	"""A file's header and its lines."""

	name: str
	columns: tuple[str, ...]
	_lines: Sequence[str]
	_header_lines: int
	_delimiter: str

	def rows(self, problems: list[Problem]) -> Iterator[tuple[int, dict[str, str]]]:
		"""(line number, cells by column) of every row that can be read; the others go to `problems`."""
		position = self._header_lines
		while position < len(self._lines):
			line, text = position + 1, self._lines[position]
			if not text.strip(self._delimiter + " \n"):
				position += 1
				continue
			cells, used, reason = _record(self._lines, position, self._delimiter)
			if not reason and used > 1 and len(cells) != len(self.columns):
				cells, used, reason = [], 1, _NEVER_CLOSED
			if not reason and any(cells[len(self.columns) :]):
				reason = f"has {len(cells)} cells, but the header has {len(self.columns)}"
			damage = _damage(self._lines[position : position + used])
			if damage:
				reason = f"{damage}; save the file as CSV in UTF-8"
			position += used
			if reason:
				problems.append(Problem(self.name, line, reason))
			elif any(map(str.strip, cells)):
				yield (
					line,
					{name: cell.strip() for name, cell in zip(self.columns, cells, strict=False) if name},
				)


def _record(lines: Sequence[str], position: int, delimiter: str) -> tuple[list[str], int, str]:
	"""(cells, lines used, what is wrong). A broken row uses one line, so that it cannot swallow the next ones."""
	most = _MOST_LINES_IN_A_ROW if '"' in lines[position] else 1
	# Only the reader knows which quotation marks enclose a cell: those in the middle of one, as in 19" rack, do not.
	reader = csv.reader(lines[position : position + most], delimiter=delimiter, strict=True)
	try:
		return next(reader), reader.line_num, ""
	except csv.Error as error:
		is_open = reader.line_num > 1 or "end of data" in str(error)
		return [], 1, _NEVER_CLOSED if is_open else f"cannot be read ({error})"


def _damage(lines: Sequence[str]) -> str:
	if any("\0" in line for line in lines):
		return "holds binary data"
	return "is not written in UTF-8" if any(map(_FOREIGN.search, lines)) else ""


def open_csv(path: Path, required: Sequence[str]) -> CsvFile:
	"""Read the header of `path` and check that the `required` columns are there. Raises `InputError`."""
	lines = _read_lines(path)
	filled = [number for number, line in enumerate(lines[:_MOST_LINES_IN_A_ROW]) if line.strip(_EMPTY)]
	if filled and _SEPARATOR_LINE.fullmatch(lines[filled[0]]):
		filled = filled[1:]
	if not filled:
		raise InputError(f"{path} is empty; it needs a header line with the columns {', '.join(required)}.")
	first = filled[0]
	if damage := _damage(lines[: first + 1]):
		raise InputError(f"{path} is not a CSV file: its header line {damage}. Save it as CSV in UTF-8.")
	delimiter, columns, used = _header(path, lines, first, required)
	for name in required:
		if name not in columns:
			found = ", ".join(filter(None, columns))[:200]
			raise InputError(f"{path} has no column {name}, which is required; its columns are: {found}.")
	for name in columns:
		if name and columns.count(name) > 1:
			raise InputError(f"{path} has the column {name} twice; keep one of them.")
	return CsvFile(path.name, columns, lines, first + used, delimiter)


def _header(
	path: Path, lines: Sequence[str], first: int, required: Sequence[str]
) -> tuple[str, tuple[str, ...], int]:
	"""(delimiter, columns, lines used) as most of the `required` columns, else most columns, are there."""
	found, reason = [], ""
	for delimiter in _DELIMITERS:
		cells, used, problem = _record(lines, first, delimiter)
		columns = tuple(" ".join(cell.split()).lower() for cell in cells)
		if problem:
			reason = problem
		else:
			found.append((sum(name in columns for name in required), len(columns), delimiter, columns, used))
	if not found:
		raise InputError(f"The header line of {path} cannot be used: {reason}.")
	*_, delimiter, columns, used = max(found, key=lambda one: one[:2])
	return delimiter, columns, used


def _read_lines(path: Path) -> list[str]:
	if path.is_dir():
		raise InputError(f"{path} is a folder; a CSV file is expected.")
	try:
		data = path.read_bytes()
	except FileNotFoundError:
		raise InputError(f"There is no file {path}.") from None
	except OSError as error:
		raise InputError(f"{path} cannot be read: {error.strerror or error}.") from None
	for signature, what in _SIGNATURES.items():
		if data.startswith(signature):
			raise InputError(f"{path} {what}; save it as CSV in UTF-8.")
	text = data.decode("utf-8-sig", errors="surrogateescape")
	lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
	return [line + "\n" for line in lines]
