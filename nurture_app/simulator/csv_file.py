"""Reads a CSV file row by row, with the line number of each, whatever a spreadsheet made of it.

UTF-8 with or without a byte order mark; commas, semicolons or tabs. A row that cannot be read costs that row only.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_DELIMITERS = ",;\t"
_MOST_LINES_IN_A_ROW = 100
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
			cells, used, reason = self._record(position)
			position += used
			if reason:
				problems.append(Problem(self.name, line, reason))
			else:
				yield (
					line,
					{name: cell.strip() for name, cell in zip(self.columns, cells, strict=False) if name},
				)

	def _record(self, position: int) -> tuple[list[str], int, str]:
		"""(cells, lines used, what is wrong). A broken row uses one line, so that it cannot swallow the next ones."""
		text, used = self._lines[position], 1
		while text.count('"') % 2 and used < _MOST_LINES_IN_A_ROW and position + used < len(self._lines):
			text += self._lines[position + used]
			used += 1
		if text.count('"') % 2:
			return [], 1, "a quotation mark is opened and never closed"
		try:
			lines = self._lines[position : position + used]
			cells = next(csv.reader(lines, delimiter=self._delimiter, strict=True))
		except csv.Error as error:
			return [], 1, f"cannot be read ({error})"
		if used > 1 and len(cells) != len(self.columns):
			return [], 1, "a quotation mark is opened and never closed"
		if any(cells[len(self.columns) :]):
			return [], used, f"has {len(cells)} cells, but the header has {len(self.columns)}"
		return cells, used, ""


def open_csv(path: Path, required: Sequence[str]) -> CsvFile:
	"""Read the header of `path` and check that the `required` columns are there. Raises `InputError`."""
	lines = _read_lines(path)
	first = next((number for number, line in enumerate(lines) if line.strip()), None)
	if first is None:
		raise InputError(f"{path} is empty; it needs a header line with the columns {', '.join(required)}.")
	delimiter = max(_DELIMITERS, key=lambda one: lines[first].count(one))
	try:
		header = next(csv.reader([lines[first]], delimiter=delimiter, strict=True))
	except csv.Error as error:
		raise InputError(f"The header line of {path} cannot be read ({error}).") from None
	columns = tuple(cell.strip().lower() for cell in header)
	for name in required:
		if name not in columns:
			found = ", ".join(filter(None, columns))[:200]
			raise InputError(f"{path} has no column {name}, which is required; its columns are: {found}.")
	for name in columns:
		if name and columns.count(name) > 1:
			raise InputError(f"{path} has the column {name} twice; keep one of them.")
	return CsvFile(path.name, columns, lines, first + 1, delimiter)


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
	if b"\x00" in data:
		raise InputError(f"{path} is not a CSV file (it holds binary data); save it as CSV in UTF-8.")
	try:
		text = data.decode("utf-8-sig")
	except UnicodeDecodeError as error:
		line = data.count(b"\n", 0, error.start) + 1
		raise InputError(
			f"{path} is not written in UTF-8 (see line {line}); save it as CSV in UTF-8."
		) from None
	lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
	return [line + "\n" for line in lines]
