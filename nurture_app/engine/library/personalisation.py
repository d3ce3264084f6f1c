"""What personalising each message brings: every block's variants beside its default, every field filled in beside empty (PZ-16).

Nobody drew lots: a variant goes to those it was written for, who may click more or less for reasons of their own. So the
figures say how far groups are apart, and an experiment says why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pypika import Case
from pypika import functions as fn

from nurture_app.engine import conditions
from nurture_app.engine.condition_scope import lead_scope
from nurture_app.engine.experiments.statistics import Interval, difference_of_groups, of_conversions
from nurture_app.engine.library.contents import load_contents
from nurture_app.engine.library.results import mails_that_left, moved_mails
from nurture_app.engine.ports import Host
from nurture_app.engine.sentences import Translate
from nurture_app.engine.sql import P, one_way, sorted_in_memory

MEASURES = {"Clicked": "people who click", "Replied": "replies", "Went On": "people who went on"}
BLOCK, FIELD = "Block", "Field"
FILLED, FALLBACK = "filled in", "fallback"
ALPHA = 0.05
"""An interval is wrong in at most so many cases, however often one looks."""
FEWEST = 20
"""Below so many people on either side nothing is said."""

MORE = "Those who got it: {low} to {high} more {things} per 100 people than those who did not."
LESS = "Those who got it: {low} to {high} fewer {things} per 100 people than those who did not."
OPEN = "No difference can be told: between {fewer} fewer and {more} more {things} per 100 people."
TOO_FEW = "Too few people to compare: at least {fewest} on either side."
BY_KNOWLEDGE = (
	"What is known of people decided who got what, not chance. Whoever gets a variant may click more or less for "
	"reasons of their own. To know whether the text does it, try it in an experiment."
)
SURE = "In at most {wrong} of 100 such lines the interval is wrong, however often one looks. Of many lines some are wrong."
AS_TODAY = "Whether a field is filled in is asked of the leads as they are today."


@dataclass(frozen=True, slots=True)
class Line:
	"""One way in which a message differs between people."""

	content: str
	kind: str
	"""BLOCK or FIELD."""
	name: str
	"""Of the block's record, or the field of Lead."""
	variant: str
	"""Of the block, empty for its default; FILLED or FALLBACK."""
	people: int
	reacted: int
	lift: Interval | None = None
	"""Beside the default; None for the default itself, and with too few people."""

	@property
	def is_default(self) -> bool:
		return self.variant in ("", FALLBACK)


def personalisation(
	host: Host, start: datetime, end: datetime, measure: str, content: str = ""
) -> list[Line]:
	"""Of mails that left from `start` to `end` (naive, host zone), by message; those without anything personal have no line.

	A fixed number of queries, whatever the number of mails. Indexes (block, variant, touch) of the uses, (party,
	activity_type, occurred_on) of the activities.
	"""
	blocks = _count_blocks(host, start, end, measure, content)
	fields = _count_fields(host, start, end, measure, content)
	groups: dict[tuple[str, str, str], dict[str, tuple[int, int]]] = {}
	for key, counted in {**blocks, **fields}.items():
		groups.setdefault(key[:3], {})[key[3]] = counted
	return [line for key in sorted(groups) for line in _lines(key, groups[key])]


def _lines(key: tuple[str, str, str], found: Mapping[str, tuple[int, int]]) -> Iterator[Line]:
	"""The default first."""
	default = FALLBACK if key[1] == FIELD else ""
	base = found.get(default, (0, 0))
	if default in found:
		yield Line(*key, default, *base)
	others = sorted(variant for variant in found if variant != default)
	for variant in others:
		yield Line(*key, variant, *found[variant], _lift(base, found[variant], ALPHA / len(others)))


def _lift(base: tuple[int, int], other: tuple[int, int], alpha: float) -> Interval | None:
	if min(base[0], other[0]) < FEWEST:
		return None
	return difference_of_groups(of_conversions(1, *base), of_conversions(1, *other), alpha)


def _count_blocks(
	host: Host, start: datetime, end: datetime, measure: str, content: str
) -> dict[tuple[str, str, str, str], tuple[int, int]]:
	query, touch, _use, columns = mails_that_left(host, "Block", start, end)
	query = query.where(touch.content == P(content)) if content else query
	query, counts = _people(host, query, touch, start, end, measure)
	query = query.select(touch.content, *columns, *counts).groupby(touch.content, *columns)
	found: dict[tuple[str, str, str, str], tuple[int, int]] = {}
	for text, block, variant, people, some in host.db.rows(sorted_in_memory(query, host.db.dialect)):
		# NULL and an empty text are groups of their own to a database
		key = (text or "", BLOCK, block, variant or "")
		before = found.get(key, (0, 0))
		found[key] = before[0] + int(people), before[1] + int(some)
	return found


def _count_fields(
	host: Host, start: datetime, end: datetime, measure: str, content: str
) -> dict[tuple[str, str, str, str], tuple[int, int]]:
	"""By message and by which of its fields a lead has, each lead once: adding these up gives any single field."""
	query, touch, _use, columns = mails_that_left(host, "Content", start, end)
	query = query.where(touch.content == P(content)) if content else query
	sent = [name for (name,) in host.db.rows(query.select(*columns).distinct())]
	named = {
		name: sorted(one.compiled.lead_fields & set(host.catalog))
		for name, one in load_contents(host, sent).items()
		if one.compiled and name in sent
	}
	fields = sorted({field for some in named.values() for field in some})
	if not fields:
		return {}
	scope = lead_scope(host)
	query, touch, _use, columns = mails_that_left(host, "Content", start, end)
	query = query.join(scope.lead).on(scope.lead.name == one_way(touch.party, host.db.dialect))
	query = query.where(touch.content == P(content)) if content else query
	query, counts = _people(host, query, touch, start, end, measure)
	has = []
	for place, field in enumerate(fields):
		filled = conditions.parse([field, "is", "set"], host.catalog).sql(scope)
		has.append(Case().when(filled, 1).else_(0).as_(f"has_{place}"))
	query = query.select(*columns, *counts, *has).groupby(*columns, *has)
	found: dict[tuple[str, str, str, str], tuple[int, int]] = {}
	for text, people, some, *filled in host.db.rows(sorted_in_memory(query, host.db.dialect)):
		for field, is_filled in zip(fields, filled, strict=True):
			if field not in named.get(text, ()):
				continue
			for variant, counts_here in ((FILLED, int(is_filled)), (FALLBACK, not int(is_filled))):
				before = found.get((text, FIELD, field, variant), (0, 0))
				more = (int(people), int(some)) if counts_here else (0, 0)
				found[text, FIELD, field, variant] = before[0] + more[0], before[1] + more[1]
	return found


def _people(
	host: Host, query: Any, touch: Any, start: datetime, end: datetime, measure: str
) -> tuple[Any, tuple[Any, Any]]:
	"""The query with what it needs for the measure, and its two counts: people, and those who reacted."""
	if measure == "Clicked":
		reacted = touch.clicked_on.isnotnull()
	elif measure == "Replied":
		reacted = touch.replied_on.isnotnull()
	else:
		moved = moved_mails(host, start, end)
		query = query.left_join(moved).on(moved.touch == touch.name)
		reacted = moved.touch.isnotnull()
	return query, (
		fn.Count(touch.party).distinct(),
		fn.Count(Case().when(reacted, touch.party)).distinct(),
	)


def in_words(line: Line, measure: str, translate: Translate = str) -> str:
	"""How a variant stands beside its default; empty for the default."""
	if line.is_default:
		return ""
	if line.lift is None:
		return translate(TOO_FEW).format(fewest=FEWEST)
	things = translate(MEASURES[measure])
	low, high = (_per_hundred(value) for value in (line.lift.low, line.lift.high))
	if line.lift.low > 0:
		return translate(MORE).format(low=low, high=high, things=things)
	if line.lift.high < 0:
		return translate(LESS).format(low=high, high=low, things=things)
	return translate(OPEN).format(fewer=low, more=high, things=things)


def notes(translate: Translate = str) -> list[str]:
	"""What somebody who reads the figures must know."""
	return [
		translate(BY_KNOWLEDGE),
		translate(SURE).format(wrong=round(100 * ALPHA)),
		translate(AS_TODAY),
	]


def _per_hundred(value: float) -> str:
	return f"{abs(100 * value):.1f}".removesuffix(".0")
