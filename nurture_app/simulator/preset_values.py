"""One value of a preset file, checked against its field as Frappe and MariaDB check it when a document is saved."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from nurture_app.engine.config import LARGEST_INT
from nurture_app.simulator.csv_input import parse_moment
from nurture_app.simulator.tables import longest_text

_SHOWN = 60
"""Characters of a value in a message."""


def checked(field: Mapping[str, Any], value: Any) -> Any:
	"""The value as it is stored, None for one that is left to the default. Raises `ValueError` with what is wrong."""
	name, fieldtype = field["fieldname"], field["fieldtype"]
	if value is None:
		return None
	if fieldtype == "Code" and not isinstance(value, str):
		return json.dumps(value, ensure_ascii=False)
	if isinstance(value, dict | list):
		raise ValueError(f"{name} must be a single value")
	if fieldtype in _TYPED:
		return _typed(field, value)
	if isinstance(value, bool):
		raise ValueError(f"{name} is {json.dumps(value)}; expected a text")
	text = str(value)
	try:
		text.encode()
	except UnicodeEncodeError:
		raise ValueError(f"{name} holds half a character (\\ud800 to \\udfff)") from None
	most = longest_text(field)
	if most and len(text) > most:
		raise ValueError(f"{name} has {len(text)} characters; at most {most} fit")
	options = str(field.get("options") or "").split("\n")
	if fieldtype == "Select" and text and text not in options:
		raise ValueError(f"{name} is {_shown(text)}; allowed are {', '.join(filter(None, options))}")
	return text


def _typed(field: Mapping[str, Any], value: Any) -> Any:
	if value == "":
		return None
	convert, expected = _TYPED[field["fieldtype"]]
	try:
		found = convert(value)
	except (TypeError, ValueError, OverflowError):
		raise ValueError(f"{field['fieldname']} is {_shown(value)}; expected {expected}") from None
	if field.get("non_negative") and found < 0:
		raise ValueError(f"{field['fieldname']} is {_shown(value)}; it cannot be below zero")
	return found


def _whole(value: Any) -> int:
	number = int(value)
	if number != float(value) or abs(number) > LARGEST_INT:
		raise ValueError
	return number


def _check(value: Any) -> int:
	number = int(value)
	if number not in (0, 1) or number != float(value):
		raise ValueError
	return number


def _number(value: Any) -> float:
	number = float(value)
	if not math.isfinite(number) or abs(number) > 1e15:
		raise ValueError
	return number


def _moment(value: Any) -> datetime:
	return parse_moment(str(value), ZoneInfo("UTC"))


def _day(value: Any) -> str:
	return datetime.strptime(value, "%Y-%m-%d").date().isoformat()


_TYPED: dict[str, tuple[Callable[[Any], Any], str]] = {
	"Int": (_whole, f"a whole number up to {LARGEST_INT}"),
	"Check": (_check, "0 or 1"),
	"Float": (_number, "a number"),
	"Currency": (_number, "a number"),
	"Percent": (_number, "a number"),
	"Date": (_day, "a date such as 2026-01-05"),
	"Datetime": (_moment, "a moment such as 2026-01-05 14:30"),
}


def _shown(value: Any) -> str:
	text = repr(value)
	return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
