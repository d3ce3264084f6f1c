"""Jinja as mails get it: a sandbox without globals, a few filters that cannot grow a text without limit."""

from __future__ import annotations

from functools import lru_cache

from jinja2 import StrictUndefined
from jinja2 import filters as jinja_filters
from jinja2.runtime import Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from nurture_app.engine.formats import LOCAL_FILTERS

MAX_VALUE = 10_000
"""Characters of one value, before and after filters."""
REQUIRED = "required!"
"""Internal filter, with a name nobody can type: stops the mail when the value is empty."""

TESTS = frozenset("eq == equalto ne != gt > greaterthan ge >= lt < lessthan le <= in".split())


class EmptyPlaceholder(Exception):
	"""A placeholder without a default has no value for this lead."""

	def __init__(self, name: str):
		super().__init__(name)
		self.name = name


@lru_cache
def environment(autoescape: bool) -> ImmutableSandboxedEnvironment:
	"""Jinja without globals, with our filters and tests only."""
	jinja = ImmutableSandboxedEnvironment(
		autoescape=autoescape, undefined=StrictUndefined, keep_trailing_newline=True, cache_size=0
	)
	jinja.globals.clear()
	jinja.filters = dict(FILTERS)
	jinja.filters["escape"] = jinja.filters["e"] = escape if autoescape else str
	jinja.filters[REQUIRED] = _required
	jinja.filters["lines"] = _lines if autoescape else str
	jinja.tests = {name: test for name, test in jinja.tests.items() if name in TESTS}
	return jinja


def _required(value: object, name: str) -> object:
	if value == "" or value is None:
		raise EmptyPlaceholder(name)
	return value


def _lines(value: object) -> Markup:
	"""A value of several lines, such as a postal address, as HTML."""
	return Markup("<br>").join(line.strip() for line in str(value).splitlines())


def _default(value: object, default: object = "", boolean: bool = False) -> object:
	"""Jinja's own leaves empty values alone; here they are what `default` is for."""
	if isinstance(value, Undefined) or value is None or value == "" or (boolean and not value):
		return default
	return value


def _limited(length: int) -> None:
	if length > MAX_VALUE:
		raise ValueError(f"a value grew over {MAX_VALUE} characters")


def _replace(value: object, old: object, new: object, count: int | None = None) -> str:
	text, old, new = str(value), str(old), str(new)
	if not old:
		return text
	_limited(len(text) + text.count(old) * max(0, len(new) - len(old)))
	return text.replace(old, new, -1 if count is None else int(count))


def _join(value: object, separator: object = "") -> str:
	separator = str(separator)
	items = [str(item) for item in value if item is not None and item != ""]
	_limited(sum(map(len, items)) + len(separator) * len(items))
	return separator.join(items)


def _round(value: float, precision: int = 0, method: str = "common") -> float:
	if not -10 <= precision <= 10:
		raise ValueError("a number is rounded to at most 10 places")
	rounded = jinja_filters.do_round(value, precision, method)
	return int(rounded) if precision <= 0 else rounded


def _int(value: object, default: int = 0) -> int:
	return jinja_filters.do_int(value, default)


FILTERS = {
	"capitalize": jinja_filters.do_capitalize,
	"count": len,
	"d": _default,
	"default": _default,
	"e": escape,
	"escape": escape,
	"first": jinja_filters.do_first,
	"float": jinja_filters.do_float,
	"int": _int,
	"join": _join,
	"lines": _lines,
	"last": jinja_filters.do_last,
	"length": len,
	"lower": jinja_filters.do_lower,
	"replace": _replace,
	"round": _round,
	"title": jinja_filters.do_title,
	"trim": jinja_filters.do_trim,
	"truncate": jinja_filters.do_truncate,
	"upper": jinja_filters.do_upper,
	"urlencode": jinja_filters.do_urlencode,
	**LOCAL_FILTERS,
}
