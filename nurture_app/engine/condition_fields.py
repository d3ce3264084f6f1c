"""Condition leaves on fields of the Lead, with Frappe's operator names and meanings.

Where Frappe's own filters treat an empty value as "" or 0 (`!=`, `not in`, `not like`, `=` and `in` with ""), so do these.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import reduce
from operator import or_
from typing import Any

from pypika.terms import Criterion, Term

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.condition_nodes import LARGEST, show_leaf
from nurture_app.engine.condition_scope import Happened, Known, Scope
from nurture_app.engine.ports import FieldInfo
from nurture_app.engine.sql import Fn, P, Raw, params

OPERATORS = (
	"=",
	"!=",
	">",
	"<",
	">=",
	"<=",
	"like",
	"not like",
	"in",
	"not in",
	"is",
	"between",
	"timespan",
	"has word",
)
ALIASES = {"is set": ("is", "set"), "is not set": ("is", "not set")}
NUMBERS = ("int", "float", "check")
MOMENTS = ("date", "datetime")
EXACT = ("=", "!=", "in", "not in")
"""Operators that compare whole values; of a Select only these must name one of its choices."""
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{6})?)?)?")
LIST_LIMIT = 1000
WRITTEN_BY_ENGINE = "nurture_"
"""What the names of the fields of Lead begin with that follow from activities: score, stage, last activity."""


@dataclass(frozen=True, slots=True)
class FieldLeaf:
	"""`[field, operator, value]`."""

	field: FieldInfo
	operator: str
	value: Any
	"""A number, a text, a date or datetime, a tuple of these, or for `timespan` its name."""

	@classmethod
	def parse(cls, node: list, catalog: Mapping[str, FieldInfo]) -> FieldLeaf:
		"""From Frappe's filter form: `[field, op, value]`, or `[doctype, field, op, value]` with anything after it."""
		if len(node) >= 4 and node[0] == "Lead":
			node = node[1:4]
		if len(node) == 2 and str(node[1]).lower() in ALIASES:
			node = [node[0], *ALIASES[str(node[1]).lower()]]
		if len(node) != 3 or not isinstance(node[0], str) or not isinstance(node[1], str):
			raise NurtureError("condition_bad_field_leaf", leaf=show_leaf(node))
		fieldname, operator, value = node[0], " ".join(node[1].lower().split()), node[2]
		if operator in ALIASES:
			operator, value = ALIASES[operator]
		info = catalog.get(fieldname)
		if info is None:
			raise NurtureError("condition_unknown_field", leaf=show_leaf(node), field=fieldname)
		if operator not in OPERATORS:
			raise NurtureError(
				"condition_unknown_operator",
				leaf=show_leaf(node),
				operator=node[1],
				known=", ".join(OPERATORS),
			)
		return cls(info, operator, _checked_value(info, operator, value, node))

	def check_references(self, known: Known) -> None:
		"""Fields were checked when the leaf was parsed."""

	def follows(self, happened: Happened) -> bool:
		return self.field.fieldname.startswith(WRITTEN_BY_ENGINE)

	def sql(self, scope: Scope) -> Criterion:
		return COMPARISONS[self.operator](self, getattr(scope.lead, self.field.fieldname), scope)

	def sentence(self, translate: Callable[[str], str]) -> str:
		label = translate(self.field.label)
		if self.operator == "is":
			return translate("{0} is filled in" if self.value == "set" else "{0} is empty").format(label)
		pattern = translate(SENTENCES[self.operator])
		if self.operator == "between":
			return pattern.format(label, _text(self.value[0]), _text(self.value[1]))
		if isinstance(self.value, tuple):
			return pattern.format(label, ", ".join(self._called(value) for value in self.value))
		return pattern.format(label, self._called(self.value))

	def _called(self, value: Any) -> str:
		return dict(self.field.titles).get(value) or _text(value)


SENTENCES = {
	"=": "{0} is {1}",
	"!=": "{0} is not {1}",
	">": "{0} is more than {1}",
	"<": "{0} is less than {1}",
	">=": "{0} is at least {1}",
	"<=": "{0} is at most {1}",
	"like": "{0} contains {1}",
	"not like": "{0} does not contain {1}",
	"in": "{0} is one of {1}",
	"not in": "{0} is none of {1}",
	"between": "{0} is between {1} and {2}",
	"timespan": "{0} is within {1}",
	"has word": "{0} has one of the words {1}",
}


def _equal(leaf: FieldLeaf, column: Term, scope: Scope) -> Criterion:
	if leaf.field.kind == "datetime" and _is_day(leaf.value):
		return (column >= P(_day_start(leaf.value))) & (
			column < P(_day_start(leaf.value + timedelta(days=1)))
		)
	equal = column == P(leaf.value)
	return (equal | column.isnull()) if leaf.value == "" else equal


def _not_equal(leaf: FieldLeaf, column: Term, scope: Scope) -> Criterion:
	return Raw("NOT COALESCE({}, FALSE)", _equal(leaf, column, scope))


def _greater(leaf: FieldLeaf, column: Term, scope: Scope) -> Criterion:
	if leaf.field.kind == "datetime" and _is_day(leaf.value):
		return column >= P(_day_start(leaf.value + timedelta(days=1)))
	return column > P(leaf.value)


def _less(leaf: FieldLeaf, column: Term, scope: Scope) -> Criterion:
	return column < P(_day_start(leaf.value) if leaf.field.kind == "datetime" else leaf.value)


def _at_least(leaf: FieldLeaf, column: Term, scope: Scope) -> Criterion:
	return column >= P(_day_start(leaf.value) if leaf.field.kind == "datetime" else leaf.value)


def _at_most(leaf: FieldLeaf, column: Term, scope: Scope) -> Criterion:
	if leaf.field.kind == "datetime" and _is_day(leaf.value):
		return column < P(_day_start(leaf.value + timedelta(days=1)))
	return column <= P(leaf.value)


def _like(leaf: FieldLeaf, column: Term, scope: Scope) -> Criterion:
	text = str(leaf.value)
	pattern = text if "%" in text else f"%{like_escape(text)}%"
	return Raw("{} ILIKE {}" if scope.dialect == "postgres" else "{} LIKE {}", column, pattern)


def _not_like(leaf: FieldLeaf, column: Term, scope: Scope) -> Criterion:
	return Raw("NOT COALESCE({}, FALSE)", _like(leaf, column, scope))


def _in(leaf: FieldLeaf, column: Term, scope: Scope) -> Criterion:
	days = [value for value in leaf.value if leaf.field.kind == "datetime" and _is_day(value)]
	others = [value for value in leaf.value if value not in days]
	ways = [column.isin(params(others))] if others else []
	if days:
		ways.append(Fn("DATE", column).isin(params(days)))
	if "" in others:
		ways.append(column.isnull())
	return reduce(or_, ways)


def _not_in(leaf: FieldLeaf, column: Term, scope: Scope) -> Criterion:
	return Raw("NOT COALESCE({}, FALSE)", _in(leaf, column, scope))


def _is_set(leaf: FieldLeaf, column: Term, scope: Scope) -> Criterion:
	if leaf.field.kind in NUMBERS:
		filled = Fn("COALESCE", column, 0) != P(0)
	elif leaf.field.kind == "text":
		filled = column.isnotnull() & (column != P(""))
	else:
		filled = column.isnotnull()
	return filled if leaf.value == "set" else Raw("NOT ({})", filled)


def _between(leaf: FieldLeaf, column: Term, scope: Scope) -> Criterion:
	low, high = leaf.value
	bounds = FieldLeaf(leaf.field, ">=", low), FieldLeaf(leaf.field, "<=", high)
	return _at_least(bounds[0], column, scope) & _at_most(bounds[1], column, scope)


def _timespan(leaf: FieldLeaf, column: Term, scope: Scope) -> Criterion:
	low, high = timespan_range(leaf.value, scope.now.date())
	return _between(FieldLeaf(leaf.field, "between", (low, high)), column, scope)


def _has_word(leaf: FieldLeaf, column: Term, scope: Scope) -> Criterion:
	words = "|".join(re.escape(word.lower()) for word in leaf.value)
	pattern = rf"(^|[\W_])({words})($|[\W_])"
	operator = "~" if scope.dialect == "postgres" else "REGEXP"
	return Raw("LOWER({}) " + operator + " {}", column, pattern)


COMPARISONS: dict[str, Callable[[FieldLeaf, Term, Scope], Criterion]] = {
	"=": _equal,
	"!=": _not_equal,
	">": _greater,
	"<": _less,
	">=": _at_least,
	"<=": _at_most,
	"like": _like,
	"not like": _not_like,
	"in": _in,
	"not in": _not_in,
	"is": _is_set,
	"between": _between,
	"timespan": _timespan,
	"has word": _has_word,
}


def _checked_value(info: FieldInfo, operator: str, value: Any, node: list) -> Any:
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
		if _day_start(low) > _day_end(high):
			raise NurtureError("condition_between_reversed", leaf=show_leaf(node), field=info.fieldname)
		return low, high
	return _typed(info, value, node, operator)


def _typed(info: FieldInfo, value: Any, node: list, operator: str) -> Any:
	try:
		if info.kind in NUMBERS:
			number = float(value)
			if not abs(number) <= LARGEST or (info.kind == "check" and number != int(number)):
				raise ValueError
			return int(number) if info.kind != "float" and number == int(number) else number
		if info.kind in MOMENTS:
			moment = read_moment(value)
			return moment.date() if info.kind == "date" and not _is_day(moment) else moment
	except (TypeError, ValueError, OverflowError):
		expected = {"date": "a date such as 2026-01-31", "datetime": "a date or date and time"}
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


def _is_day(value: Any) -> bool:
	return isinstance(value, date) and not isinstance(value, datetime)


def _day_start(value: Any) -> datetime:
	return datetime.combine(value, time()) if _is_day(value) else value


def _day_end(value: Any) -> Any:
	return _day_start(value) + timedelta(days=1, microseconds=-1) if _is_day(value) else value


def _as_list(value: Any) -> list:
	if isinstance(value, str):
		return [part.strip() for part in value.split(",") if part.strip()]
	return list(value) if isinstance(value, list | tuple) else []


def like_escape(text: str) -> str:
	"""`text` as a LIKE pattern that matches nothing but itself."""
	return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _text(value: Any) -> str:
	if isinstance(value, float) and value == int(value):
		value = int(value)
	return str(value) if value != "" else '""'


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
