"""Which page is which: categories by patterns of the path (CT-09, TR-03)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, doctype

PLAIN_VIEW = "Page View"
"""What a page without a category counts as."""

MOST_STARS = 8
LONGEST_PATTERN = 255


@dataclass(frozen=True, slots=True)
class PageCategory:
	"""Paths like one of `patterns` are of this category and count as `activity_type`."""

	title: str
	patterns: tuple[str, ...]
	activity_type: str
	topic: str = ""
	"""What a look at it says about the lead's interest."""


def load_categories(host: Host) -> Sequence[PageCategory]:
	"""Those in use, in the order in which they are asked; remembered."""
	return host.memory.remembered("page categories", lambda: _load(host))


def category_of(path: str, categories: Sequence[PageCategory]) -> PageCategory | None:
	"""The first category that fits `path`."""
	bare = path.lower().rstrip("/") or "/"
	for category in categories:
		if any(fits(bare, pattern) for pattern in category.patterns):
			return category
	return None


def patterns_in(text: str) -> tuple[str, ...]:
	"""The patterns in a field, one a line, lower case. Raises `page_pattern_bad` for one that can never fit."""
	patterns = []
	for line in (text or "").splitlines():
		pattern = line.strip().lower()
		if not pattern:
			continue
		if (
			not pattern.startswith(("/", "*"))
			or pattern.count("*") > MOST_STARS
			or len(pattern) > LONGEST_PATTERN
		):
			raise NurtureError("page_pattern_bad", pattern=line.strip(), limit=MOST_STARS)
		patterns.append(pattern if pattern == "/" else pattern.rstrip("/"))
	return tuple(patterns)


def fits(path: str, pattern: str) -> bool:
	"""`*` stands for any characters, none and slashes included. Linear in the length of the path: no regular expression."""
	first, *rest = pattern.split("*")
	if not rest:
		return path == pattern
	if not path.startswith(first):
		return False
	*middle, last = rest
	position = len(first)
	for piece in middle:
		found = path.find(piece, position)
		if found < 0:
			return False
		position = found + len(piece)
	return len(path) - len(last) >= position and path.endswith(last)


def _load(host: Host) -> list[PageCategory]:
	table = doctype("Nurture Page Category", "c")
	query = (
		Query.from_(table)
		.select(table.name, table.pattern, table.activity_type, table.topic)
		.where(table.enabled == P(1))
		.orderby(table.position)
		.orderby(table.name)
	)
	return [
		PageCategory(name, patterns_in(pattern), activity_type or PLAIN_VIEW, topic or "")
		for name, pattern, activity_type, topic in host.db.rows(query)
	]
