"""Values for fields of a Lead, read from the text a marketer typed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from nurture_app.engine.condition_values import read_moment
from nurture_app.engine.config import LARGEST_INT, as_time

LONGEST_TEXT = 140
LARGEST_FLOAT = 10**12 - 1
"""What Frappe's columns hold: varchar(140), int(11), decimal(21,9)."""


def read_value(kind: str, text: str) -> Any:
	"""`text` in a field's kind (see `ports.FieldInfo`). Raises `ValueError` with an example when no column could hold it."""
	reader, example = _READERS.get(kind, (_text, f"at most {LONGEST_TEXT} characters"))
	try:
		return reader(text)
	except (ValueError, OverflowError):
		raise ValueError(example) from None


def _text(text: str) -> str | None:
	if len(text) > LONGEST_TEXT:
		raise ValueError
	return text or None


def _int(text: str) -> int:
	return _limited(int(text or 0), LARGEST_INT)


def _float(text: str) -> float:
	return _limited(float(text or 0), LARGEST_FLOAT)


def _limited(number: Any, most: int) -> Any:
	if not abs(number) <= most:  # not a number neither
		raise ValueError
	return number


def _check(text: str) -> int:
	if text not in ("", "0", "1"):
		raise ValueError
	return int(text or 0)


def _date(text: str) -> date | None:
	moment = read_moment(text) if text else None
	return moment.date() if isinstance(moment, datetime) else moment


def _datetime(text: str) -> date | datetime | None:
	return read_moment(text) if text else None


def _time(text: str) -> time | None:
	return as_time(text)


_READERS: dict[str, tuple[Callable[[str], Any], str]] = {
	"int": (_int, "0, 1, 2 ..."),
	"float": (_float, "0, 1, 2.5 ..."),
	"check": (_check, "0, 1"),
	"date": (_date, "2026-01-31"),
	"datetime": (_datetime, "2026-01-31 09:30:00"),
	"time": (_time, "09:30"),
}
