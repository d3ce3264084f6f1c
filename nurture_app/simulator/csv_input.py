"""Leads and activities as people have them: two CSV files, checked row by row."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from nurture_app.engine.addresses import normalise
from nurture_app.engine.known_names import closest
from nurture_app.engine.ports import FieldInfo
from nurture_app.simulator.collation import fold
from nurture_app.simulator.csv_file import CsvFile, Problem, open_csv

LEAD_COLUMNS = ("email_id",)
ACTIVITY_COLUMNS = ("email_id", "activity_type", "occurred_on")
RECORDED_BY_ENGINE = (
	"Segment Entered", "Segment Left", "MQL Reached", "MQL Lost", "SQL Reached", "SQL Lost",
)  # fmt: skip
"""Activity types that follow from others; a file cannot claim them."""

_OWN_COLUMNS = ("consent", "time_zone", "creation")
_STANDARD_COLUMNS = (
	"name",
	"id",
	"owner",
	"modified",
	"modified_by",
	"docstatus",
	"idx",
	"naming_series",
	"image",
)
_TEXT_LENGTH = 140
_DETAIL_LENGTH = 255
_YES = ("yes", "y", "true", "1")
_NO = ("no", "n", "false", "0", "")


@dataclass(frozen=True, slots=True)
class LeadRow:
	"""A lead to be. `creation` is naive, in the simulation's zone; None means that the file does not say."""

	line: int
	address: str
	"""Normalised; what activities refer to."""
	values: Mapping[str, Any]
	"""Lead fields, `email_id` as written among them."""
	creation: datetime | None
	consent: bool
	time_zone: str


@dataclass(frozen=True, slots=True)
class ActivityRow:
	"""What somebody did. `occurred_on` is naive, in the simulation's zone."""

	line: int
	address: str
	activity_type: str
	occurred_on: datetime
	channel: str
	detail: str


class _BadCell(ValueError):
	"""Why a row is left out."""


def read_leads(
	path: Path, catalog: Mapping[str, FieldInfo], zone: ZoneInfo, end: datetime, problems: list[Problem]
) -> list[LeadRow]:
	"""The good rows in the file's order; everything else goes to `problems`. Raises `InputError`."""
	file = open_csv(path, LEAD_COLUMNS)
	fields = _lead_fields(file, catalog, problems)
	zones = available_timezones()
	leads: list[LeadRow] = []
	first_lines: dict[str, int] = {}
	for line, cells in file.rows(problems):
		try:
			lead = _lead(line, cells, fields, zones, zone)
			if lead.creation and lead.creation >= end:
				raise _BadCell(f"creation {cells['creation']} lies after the simulated period")
		except _BadCell as bad:
			problems.append(Problem(file.name, line, str(bad)))
			continue
		if lead.address in first_lines:
			reason = f"{lead.address} is also in line {first_lines[lead.address]}; both become leads, but a sequence takes an address once"
			problems.append(Problem(file.name, line, reason, left_out=False))
		first_lines.setdefault(lead.address, line)
		leads.append(lead)
	return leads


def read_activities(
	path: Path,
	addresses: Collection[str],
	activity_types: Collection[str],
	zone: ZoneInfo,
	end: datetime,
	problems: list[Problem],
) -> list[ActivityRow]:
	"""The good rows in order of time; everything else goes to `problems`. Raises `InputError`."""
	file = open_csv(path, ACTIVITY_COLUMNS)
	known = {fold(name): name for name in activity_types}
	activities = []
	for line, cells in file.rows(problems):
		try:
			activities.append(_activity(line, cells, addresses, known, zone, end))
		except _BadCell as bad:
			problems.append(Problem(file.name, line, str(bad)))
	return sorted(activities, key=lambda row: (row.occurred_on, row.line))


def parse_moment(text: str, zone: ZoneInfo) -> datetime:
	"""`2026-01-05`, `2026-01-05 14:30` or the like as a naive time in `zone`; a time with an offset is converted.

	Raises `ValueError`.
	"""
	try:
		moment = _parsed(text, zone)
	except OverflowError:  # an offset that leads out of the calendar
		raise ValueError("year out of range") from None
	if not 1970 <= moment.year <= 2200:
		raise ValueError("year out of range")
	return moment


def _parsed(text: str, zone: ZoneInfo) -> datetime:
	found = _MOMENT.fullmatch(text)
	if not found:
		raise ValueError("not a moment")
	*parts, fraction, offset = found.groups()
	moment = datetime(*(int(part or 0) for part in parts), int((fraction or "").ljust(6, "0")))
	if offset:
		moment = moment.replace(tzinfo=_offset_zone(offset)).astimezone(zone).replace(tzinfo=None)
	return moment


_MOMENT = re.compile(
	r"(\d{4})-(\d{1,2})-(\d{1,2})"
	r"(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6})\d*)?)?)?"
	r"\s*([Zz]|[+-]\d{2}:?\d{2})?",
	re.ASCII,
)


def _offset_zone(text: str) -> timezone:
	if text in "Zz":
		return timezone.utc
	minutes = int(text[1:3]) * 60 + int(text[-2:])
	return timezone(timedelta(minutes=minutes if text[0] == "+" else -minutes))


def _lead_fields(
	file: CsvFile, catalog: Mapping[str, FieldInfo], problems: list[Problem]
) -> dict[str, Callable[[str], Any]]:
	"""How to read each column that is a Lead field; a remark for each that is nothing."""
	fields = {}
	for column in file.columns:
		if (
			column in catalog
			and not column.startswith("nurture_")
			and column not in (*_OWN_COLUMNS, *_STANDARD_COLUMNS)
		):
			fields[column] = _reader(catalog[column])
		elif column and column not in (*_OWN_COLUMNS, *_STANDARD_COLUMNS):
			problems.append(
				Problem(
					file.name, 1, f"the column {column} is no field of Lead and is ignored", left_out=False
				)
			)
	return fields


def _lead(
	line: int,
	cells: Mapping[str, str],
	fields: Mapping[str, Callable[[str], Any]],
	zones: set[str],
	zone: ZoneInfo,
) -> LeadRow:
	address = _address(cells)
	values = {}
	for column, read in fields.items():
		cell = cells.get(column, "")
		if cell:
			values[column] = read(cell)
	time_zone = cells.get("time_zone", "")
	if time_zone and time_zone not in zones:
		raise _BadCell(f"time_zone {time_zone!r} is no time zone; write a name such as Europe/Berlin")
	consent = cells.get("consent", "").lower()
	if consent not in _YES + _NO:
		raise _BadCell(f"consent is {cells['consent']!r}; write yes or no")
	creation = cells.get("creation", "")
	return LeadRow(
		line=line,
		address=address,
		values=values,
		creation=_moment("creation", creation, zone) if creation else None,
		consent=consent in _YES,
		time_zone=time_zone,
	)


def _activity(
	line: int,
	cells: Mapping[str, str],
	addresses: Collection[str],
	known: Mapping[str, str],
	zone: ZoneInfo,
	end: datetime,
) -> ActivityRow:
	address = _address(cells)
	if address not in addresses:
		raise _BadCell(f"there is no lead with the address {address}")
	written = cells.get("activity_type", "")
	if not written:
		raise _BadCell("activity_type is empty")
	activity_type = known.get(fold(written))
	if activity_type is None:
		near = closest(written, known.values())
		raise _BadCell(
			f"there is no activity type {written!r}; "
			+ (f"did you mean {near!r}?" if near else f"known are {', '.join(sorted(known.values()))}")
		)
	if activity_type in RECORDED_BY_ENGINE:
		raise _BadCell(f"{activity_type} follows from other activities and cannot be given")
	if not cells.get("occurred_on"):
		raise _BadCell("occurred_on is empty")
	occurred_on = _moment("occurred_on", cells["occurred_on"], zone)
	if occurred_on >= end:
		raise _BadCell(f"occurred_on {cells['occurred_on']} lies after the simulated period")
	return ActivityRow(
		line=line,
		address=address,
		activity_type=activity_type,
		occurred_on=occurred_on,
		channel=_text("channel", cells.get("channel", ""), _TEXT_LENGTH),
		detail=_text("detail", cells.get("detail", ""), _DETAIL_LENGTH),
	)


def _address(cells: Mapping[str, str]) -> str:
	written = cells.get("email_id", "")
	if not written:
		raise _BadCell("email_id is empty")
	address = normalise(written)
	if not address:
		raise _BadCell(f"email_id {written[:60]!r} is no e-mail address")
	return address


def _moment(column: str, text: str, zone: ZoneInfo) -> datetime:
	try:
		return parse_moment(text, zone)
	except ValueError:
		raise _BadCell(f"{column} {text[:40]!r} is no date; write 2026-01-05 or 2026-01-05 14:30") from None


def _text(column: str, text: str, length: int) -> str:
	if len(text) > length:
		raise _BadCell(f"{column} has {len(text)} characters; at most {length} fit")
	return text


def _reader(field: FieldInfo) -> Callable[[str], Any]:
	"""A function that turns a cell into the field's value or raises `_BadCell`."""
	name = field.fieldname
	if field.options:
		options = {fold(option): option for option in field.options}

		def choice(text: str) -> str:
			if fold(text) not in options:
				raise _BadCell(f"{name} is {text[:60]!r}; ERPNext allows {', '.join(options.values())}")
			return options[fold(text)]

		return choice

	readers: dict[str, tuple[Callable[[str], Any], str]] = {
		"int": (int, "a whole number"),
		"float": (_finite, "a number"),
		"check": (_check, "0 or 1"),
		"date": (_day, "a date such as 2026-01-05"),
	}
	if field.kind not in readers:
		return lambda text: _text(name, text, _TEXT_LENGTH)
	convert, expected = readers[field.kind]

	def value(text: str) -> Any:
		try:
			return convert(text)
		except ValueError:
			raise _BadCell(f"{name} is {text[:60]!r}; expected {expected}") from None

	return value


def _day(text: str) -> date:
	"""As `parse_moment`, but the day itself; spreadsheets write a midnight behind it."""
	moment = _parsed(text, ZoneInfo("UTC"))
	if moment.time() != time():
		raise ValueError("not a day")
	return moment.date()


def _finite(text: str) -> float:
	number = float(text)
	if abs(number) > 1e15 or number != number or "_" in text:
		raise ValueError
	return number


def _check(text: str) -> int:
	if text.lower() in _YES:
		return 1
	if text.lower() in _NO:
		return 0
	raise ValueError
