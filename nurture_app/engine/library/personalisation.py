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
from nurture_app.engine.library.results import mails_that_left, went_on_after
from nurture_app.engine.ports import Host
from nurture_app.engine.sentences import Translate
from nurture_app.engine.sql import P, Query, doctype, exists

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
	query, touch, _use, columns = mails_that_left("Block", start, end)
	query = query.where(touch.content == P(content)) if content else query
	reacted = _reacted(host, touch, measure)
	rows = host.db.rows(
		query.select(touch.content, *columns, *_people(touch, reacted)).groupby(touch.content, *columns)
	)
	found: dict[tuple[str, str, str, str], tuple[int, int]] = {}
	for text, block, variant, people, some in rows:
		# NULL and an empty text are groups of their own to a database
		key = (text or "", BLOCK, block, variant or "")
		before = found.get(key, (0, 0))
		found[key] = before[0] + int(people), before[1] + int(some)
	return found


def _count_fields(
	host: Host, start: datetime, end: datetime, measure: str, content: str
) -> dict[tuple[str, str, str, str], tuple[int, int]]:
	query, touch, _use, columns = mails_that_left("Content", start, end)
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
	query, touch, _use, columns = mails_that_left("Content", start, end)
	query = query.join(scope.lead).on(scope.lead.name == touch.party)
	query = query.where(touch.content == P(content)) if content else query
	reacted = _reacted(host, touch, measure)
	counts = [*_people(touch, reacted)]
	for field in fields:
		filled = conditions.parse([field, "is", "set"], host.catalog).sql(scope)
		counts += [_those(touch, filled), _those(touch, filled & reacted)]
	found: dict[tuple[str, str, str, str], tuple[int, int]] = {}
	for text, people, some, *rest in host.db.rows(query.select(*columns, *counts).groupby(*columns)):
		for place, field in enumerate(fields):
			if field in named.get(text, ()):
				have, moved = int(rest[2 * place]), int(rest[2 * place + 1])
				found[text, FIELD, field, FILLED] = have, moved
				found[text, FIELD, field, FALLBACK] = int(people) - have, int(some) - moved
	return found


def _people(touch: Any, reacted: Any) -> tuple[Any, Any]:
	return fn.Count(touch.party).distinct(), _those(touch, reacted)


def _those(touch: Any, criterion: Any) -> Any:
	return fn.Count(Case().when(criterion, touch.party)).distinct()


def _reacted(host: Host, touch: Any, measure: str) -> Any:
	if measure == "Clicked":
		return touch.clicked_on.isnotnull()
	if measure == "Replied":
		return touch.replied_on.isnotnull()
	activity = doctype("Nurture Activity", "went_on")
	query = Query.from_(activity).select(activity.name)
	return exists(query.where(went_on_after(touch, activity, host.db.dialect)))


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
