"""Condition leaves on fields of the Lead, with Frappe's operator names and meanings.

Where Frappe's own filters treat an empty value as "" or 0 (`!=`, `not in`, `not like`, `=` and `in` with ""), so do these.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from operator import or_
from typing import Any

from pypika.terms import Criterion, Term

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.condition_nodes import show_leaf
from nurture_app.engine.condition_scope import Happened, Known, Scope
from nurture_app.engine.condition_values import (
	NUMBERS,
	checked_value,
	day_start,
	is_day,
	timespan_range,
)
from nurture_app.engine.known_names import unknown_field
from nurture_app.engine.ports import FieldInfo
from nurture_app.engine.sql import Fn, P, Raw, like_escape, params

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
			raise unknown_field(fieldname, catalog, show_leaf(node))
		if operator not in OPERATORS:
			raise NurtureError(
				"condition_unknown_operator",
				leaf=show_leaf(node),
				operator=node[1],
				known=", ".join(OPERATORS),
			)
		return cls(info, operator, checked_value(info, operator, value, node))

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
		if self.operator in ("like", "not like"):
			# as Frappe's filters write what contains a text
			value = re.sub(r"^%([^%]+)%$", r"\1", str(value))
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
	if leaf.field.kind == "datetime" and is_day(leaf.value):
		return (column >= P(day_start(leaf.value))) & (column < P(day_start(leaf.value + timedelta(days=1))))
	equal = column == P(leaf.value)
	return (equal | column.isnull()) if leaf.value == "" else equal


def _not_equal(leaf: FieldLeaf, column: Term, scope: Scope) -> Criterion:
	return Raw("NOT COALESCE({}, FALSE)", _equal(leaf, column, scope))


def _greater(leaf: FieldLeaf, column: Term, scope: Scope) -> Criterion:
	if leaf.field.kind == "datetime" and is_day(leaf.value):
		return column >= P(day_start(leaf.value + timedelta(days=1)))
	return column > P(leaf.value)


def _less(leaf: FieldLeaf, column: Term, scope: Scope) -> Criterion:
	return column < P(day_start(leaf.value) if leaf.field.kind == "datetime" else leaf.value)


def _at_least(leaf: FieldLeaf, column: Term, scope: Scope) -> Criterion:
	return column >= P(day_start(leaf.value) if leaf.field.kind == "datetime" else leaf.value)


def _at_most(leaf: FieldLeaf, column: Term, scope: Scope) -> Criterion:
	if leaf.field.kind == "datetime" and is_day(leaf.value):
		return column < P(day_start(leaf.value + timedelta(days=1)))
	return column <= P(leaf.value)


def _like(leaf: FieldLeaf, column: Term, scope: Scope) -> Criterion:
	text = str(leaf.value)
	pattern = text if "%" in text else f"%{like_escape(text)}%"
	return Raw("{} ILIKE {}" if scope.dialect == "postgres" else "{} LIKE {}", column, pattern)


def _not_like(leaf: FieldLeaf, column: Term, scope: Scope) -> Criterion:
	return Raw("NOT COALESCE({}, FALSE)", _like(leaf, column, scope))


def _in(leaf: FieldLeaf, column: Term, scope: Scope) -> Criterion:
	days = [value for value in leaf.value if leaf.field.kind == "datetime" and is_day(value)]
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


def _text(value: Any) -> str:
	if isinstance(value, float) and value == int(value):
		value = int(value)
	return str(value) if value != "" else '""'
