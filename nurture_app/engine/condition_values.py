"""What may stand beside a field in a condition: numbers, texts, days and moments, lists, and Frappe's timespans."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Any

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.condition_nodes import LARGEST, show_leaf
from nurture_app.engine.ports import FieldInfo

NUMBERS = ("int", "float", "check")
MOMENTS = ("date", "datetime")
EXACT = ("=", "!=", "in", "not in")
"""Operators that compare whole values; of a Select only these must name one of its choices."""
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{6})?)?)?")
LIST_LIMIT = 1000


def checked_value(info: FieldInfo, operator: str, value: Any, node: list) -> Any:
	"""`value` as the comparison needs it: a number, text, day or moment, for lists a tuple of them.

	Raises `condition_bad_value`, `condition_operator_kind`, `condition_unknown_option` and `condition_between_reversed`, which
	name the leaf `node`, and as `timespan_range`.
	"""
	if operator == "is":
		if value not in ("set", "not set"):
			raise _bad_value(node, info, "set / not set")
		return value
	if operator == "timespan":
		name = str(value).lower()
		if info.kind not in MOMENTS:
			raise NurtureError(
				"condition_operator_kind", leaf=show_leaf(node), field=info.fieldname, operator=operator
			)
		timespan_range(name, date(2000, 1, 1))
		return name
	if operator in ("like", "not like", "has word") and info.kind != "text":
		raise NurtureError(
			"condition_operator_kind", leaf=show_leaf(node), field=info.fieldname, operator=operator
		)
	if operator in ("in", "not in", "has word"):
		items = _as_list(value)
		if not 0 < len(items) <= LIST_LIMIT:
			expected = f"a list of 1 to {LIST_LIMIT} values"
			raise _bad_value(node, info, expected)
		values = tuple(_typed(info, item, node, operator) for item in items)
		if operator == "has word" and not all(word.strip() for word in values):
			raise _bad_value(node, info, "words")
		return values
	if operator == "between":
		items = _as_list(value)
		if len(items) != 2:
			raise _bad_value(node, info, "two values")
		low, high = (_typed(info, item, node, operator) for item in items)
		if day_start(low) > day_end(high):
			raise NurtureError("condition_between_reversed", leaf=show_leaf(node), field=info.fieldname)
		return low, high
	return _typed(info, value, node, operator)


def _typed(info: FieldInfo, value: Any, node: list, operator: str) -> Any:
	try:
		if info.kind in NUMBERS:
			number = float(value)
			if not abs(number) <= LARGEST or (info.kind == "check" and number not in (0, 1)):
				raise ValueError
			return int(number) if info.kind != "float" and number == int(number) else number
		if info.kind in MOMENTS:
			moment = read_moment(value)
			return moment.date() if info.kind == "date" and not is_day(moment) else moment
	except (TypeError, ValueError, OverflowError):
		expected = {
			"date": "a date such as 2026-01-31",
			"datetime": "a date or date and time",
			"check": "0 or 1",
		}
		raise _bad_value(node, info, expected.get(info.kind, "a number")) from None
	if value is None or isinstance(value, dict | list | tuple):
		raise _bad_value(node, info, "a text")
	text = str(value)
	known = {option.lower() for option in info.options}
	if known and operator in EXACT and text and text.lower() not in known:
		raise NurtureError(
			"condition_unknown_option",
			leaf=show_leaf(node),
			field=info.fieldname,
			value=text,
			known=", ".join(option for option in info.options if option),
		)
	return text


def _bad_value(node: list, info: FieldInfo, expected: str) -> NurtureError:
	return NurtureError("condition_bad_value", leaf=show_leaf(node), field=info.fieldname, expected=expected)


def read_moment(value: Any) -> date | datetime:
	"""A day, or a day and time as the host's clock shows it. Raises ValueError.

	Days around the ends of the calendar are refused, for one could not count from them.
	"""
	if not isinstance(value, datetime | date):
		text = str(value).strip()
		if not MOMENT.fullmatch(text):  # later Pythons read more than earlier ones
			raise ValueError
		value = date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
	if not 1 < value.year < 9999 or getattr(value, "tzinfo", None) is not None:
		raise ValueError
	return value


def is_day(value: Any) -> bool:
	return isinstance(value, date) and not isinstance(value, datetime)


def day_start(value: Any) -> datetime:
	"""Midnight of a day; a moment is itself."""
	return datetime.combine(value, time()) if is_day(value) else value


def day_end(value: Any) -> Any:
	"""The last microsecond of a day; a moment is itself."""
	return day_start(value) + timedelta(days=1, microseconds=-1) if is_day(value) else value


def _as_list(value: Any) -> list:
	if isinstance(value, str):
		return [part.strip() for part in value.split(",") if part.strip()]
	return list(value) if isinstance(value, list | tuple) else []


def timespan_range(name: str, today: date) -> tuple[date, date]:
	"""First and last day of one of Frappe's timespans; weeks begin on Sunday as in Frappe's default.

	Raises `NurtureError("condition_unknown_timespan")`.
	"""
	words = name.lower().split()
	if name in ("today", "yesterday", "tomorrow"):
		day = today + timedelta(days={"today": 0, "yesterday": -1, "tomorrow": 1}[name])
		return day, day
	if re.fullmatch(r"(last|next) [0-9]{1,5} days", " ".join(words)):
		days = timedelta(days=int(words[1]))
		return (today - days, today) if words[0] == "last" else (today, today + days)
	if len(words) == 3 and words[1:] == ["6", "months"] and words[0] in ("last", "next"):
		offset = -6 if words[0] == "last" else 1
		first = _month_start(today, offset)
		return first, _month_start(first, 6) - timedelta(days=1)
	if len(words) == 2 and words[0] in ("last", "this", "next"):
		step = {"last": -1, "this": 0, "next": 1}[words[0]]
		if words[1] == "week":
			first = today - timedelta(days=(today.weekday() + 1) % 7) + timedelta(weeks=step)
			return first, first + timedelta(days=6)
		months = {"month": 1, "quarter": 3, "year": 12}.get(words[1])
		if months:
			start = date(today.year, (today.month - 1) // months * months + 1, 1)
			first = _month_start(start, step * months)
			return first, _month_start(first, months) - timedelta(days=1)
	raise NurtureError("condition_unknown_timespan", leaf=name, timespan=name)


def _month_start(day: date, months: int) -> date:
	index = day.year * 12 + day.month - 1 + months
	return date(index // 12, index % 12 + 1, 1)
