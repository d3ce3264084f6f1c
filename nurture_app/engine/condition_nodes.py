"""The JSON of a condition leaf, read with errors that name the leaf; its comparisons as SQL and in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from pypika.terms import Criterion, Term

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.sql import Raw

Translate = Callable[[str], str]
Comparison = tuple[str, float]
COMPARE = (">=", ">", "=", "!=", "<=", "<")
WORDS = {
	">=": "at least {0}",
	">": "more than {0}",
	"=": "exactly {0}",
	"!=": "other than {0}",
	"<=": "at most {0}",
	"<": "fewer than {0}",
}
MEASURED = WORDS | {"<": "less than {0}"}
MIRROR = {">=": "<=", ">": "<", "<=": ">=", "<": ">"}
"""A number of days since a moment is the moment compared the other way round."""
LONGEST = 36_500
"""Days: a hundred years."""
LARGEST = 10**15
"""Beyond any number of a lead, within what every database and a float hold exactly."""


def compare(term: Term, comparison: tuple[str, Any]) -> Criterion:
	"""`term` beside the number or moment of the comparison."""
	operator, value = comparison
	return Raw("{} " + ("<>" if operator == "!=" else operator) + " {}", term, value)


def read_comparison(node: dict, key: str, *, ordered: bool = False) -> Comparison | None:
	"""`[operator, number]` under `key`; None when the key is missing."""
	if key not in node:
		return None
	value = node[key]
	allowed = tuple(MIRROR) if ordered else COMPARE
	most = LONGEST if ordered else LARGEST
	if (
		not isinstance(value, list)
		or len(value) != 2
		or value[0] not in allowed
		or isinstance(value[1], bool)
		or not isinstance(value[1], int | float)
		or not abs(value[1]) <= most
	):
		raise NurtureError(
			"condition_bad_value",
			leaf=show_leaf(node),
			field=key,
			expected=f'["{allowed[0]}", 3], operators {" ".join(allowed)}, numbers up to {most}',
		)
	return value[0], value[1]


def read_days(node: dict, key: str) -> float | None:
	"""A number of days above 0 under `key`; None when the key is missing."""
	value = node.get(key)
	if value is None:
		return None
	if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= LONGEST:
		raise NurtureError(
			"condition_bad_value", leaf=show_leaf(node), field=key, expected="a number of days above 0"
		)
	return value


def read_names(node: dict, key: str) -> tuple[str, ...]:
	"""The name or list of names under `key`; at least one."""
	value = node[key]
	items = value if isinstance(value, list) else [value]
	if not items or not all(isinstance(item, str) and item.strip() for item in items):
		raise NurtureError(
			"condition_bad_value", leaf=show_leaf(node), field=key, expected="a name or a list of names"
		)
	return tuple(items)


def read_text(node: dict, key: str) -> str:
	"""The name that must stand under `key`."""
	if not isinstance(node[key], str) or not node[key].strip():
		raise NurtureError("condition_bad_value", leaf=show_leaf(node), field=key, expected="a name")
	return node[key]


def read_optional_text(node: dict, key: str) -> str:
	"""The text under `key`; empty when the key is missing."""
	value = node.get(key)
	if value is not None and not isinstance(value, str):
		raise NurtureError("condition_bad_value", leaf=show_leaf(node), field=key, expected="a text")
	return value or ""


def only_keys(node: dict, *keys: str) -> None:
	"""Refuse a leaf with a key that its kind does not know."""
	for key in node:
		if key not in keys:
			raise NurtureError("condition_unknown_key", leaf=show_leaf(node), key=key, known=", ".join(keys))


def how_many(comparison: Comparison, translate: Translate) -> str:
	"""The comparison in words: at least 3."""
	return translate(WORDS[comparison[0]]).format(number_text(comparison[1]))


def how_much(comparison: Comparison, translate: Translate) -> str:
	"""The comparison of what is measured and not counted, in words: less than 3."""
	return translate(MEASURED[comparison[0]]).format(number_text(comparison[1]))


def lately(days: float, translate: Translate) -> str:
	"""So many days back, in words."""
	pattern = "in the last {0} day" if days == 1 else "in the last {0} days"
	return translate(pattern).format(number_text(days))


def number_text(value: float) -> str:
	"""A whole number without decimals."""
	return str(int(value)) if value == int(value) else str(value)


def show_leaf(node: Any) -> str:
	"""The piece of JSON as an error shows it."""
	return json.dumps(node, ensure_ascii=False, default=str)[:300]
