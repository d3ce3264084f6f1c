"""Scoring rules as values, and the ledger entries a behaviour rule owes for a person's activities."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.ports import Database
from nurture_app.engine.sql import P, Query, doctype
from nurture_app.engine.timing import so_many_days

COLUMNS = (
	"name",
	"rule_type",
	"score_part",
	"points",
	"condition",
	"activity_type",
	"detail_contains",
	"needs_count",
	"count_within",
	"cap_count",
	"cap_window_days",
	"cooldown",
	"cooldown_unit",
	"decay",
	"decay_days",
)
NUMBERS = ("points", "needs_count", "cap_count", "cap_window_days", "cooldown", "decay_days")
MOST_POINTS = 100_000
"""Of one entry, so that the sum of thousands still fits the fields of the Lead."""


@dataclass(frozen=True, slots=True)
class Rule:
	"""A `Lead Scoring Rule`. Profile rules read `condition`, behaviour rules everything from `activity_type` on."""

	name: str
	rule_type: str
	score_part: str
	points: int
	condition: str
	activity_type: str
	detail_contains: str
	needs_count: int
	count_within: str
	cap_count: int
	cap_window_days: int
	cooldown: int
	cooldown_unit: str
	decay: str
	decay_days: int

	@property
	def is_profile(self) -> bool:
		return self.rule_type == "Profile"

	def pays_for(self, kind: str, engagement: Collection[str]) -> bool:
		"""Whether a behaviour rule is about activities of that kind; `engagement` are those that "Any" means."""
		return kind in engagement if self.activity_type == "Any" else kind == self.activity_type


@dataclass(frozen=True, slots=True)
class PastActivity:
	"""What scoring reads of an activity. `occurred_on` is naive, in the host's zone."""

	name: str
	activity_type: str
	occurred_on: datetime
	detail: str
	sequence: str
	touch: str


@dataclass(frozen=True, slots=True)
class Entry:
	"""A ledger entry as it should stand; `key` identifies it for ever."""

	key: str
	party: str
	rule: str
	activity: str
	score_part: str
	points: int
	occurred_on: datetime
	expires_on: datetime | None
	half_life_days: int
	detail: str


def rule_from_row(row: Mapping[str, Any]) -> Rule:
	"""A rule from a document or database row. Raises `NurtureError` for values that make no sense."""
	values: dict[str, Any] = {column: row.get(column) for column in COLUMNS}
	for column in NUMBERS:
		try:
			values[column] = int(float(values[column] or 0))
		except (TypeError, ValueError, OverflowError):
			raise NurtureError("not_a_number", field=column, value=values[column]) from None
	for column, value in values.items():
		values[column] = value = "" if value is None else value
		if column not in (*NUMBERS, "condition") and not isinstance(value, str):
			raise NurtureError(
				"not_a_text", field=column, value=value
			)  # a condition may also come as objects
	rule = Rule(**values)
	for column in NUMBERS[1:]:
		if getattr(rule, column) < 0:
			raise NurtureError("rule_negative", rule=rule.name, field=column, value=getattr(rule, column))
	if rule.points == 0:
		raise NurtureError("rule_no_points", rule=rule.name)
	if abs(rule.points) > MOST_POINTS:
		raise NurtureError(
			"number_out_of_range", field="points", value=rule.points, lowest=-MOST_POINTS, limit=MOST_POINTS
		)
	if not rule.is_profile and not rule.activity_type:
		raise NurtureError("rule_no_activity", rule=rule.name)
	if not rule.is_profile and rule.decay in ("Expire", "Half-life") and rule.decay_days <= 0:
		raise NurtureError("rule_no_decay_days", rule=rule.name)
	return rule


def load_rules(db: Database) -> tuple[list[Rule], frozenset[str]]:
	"""The enabled rules that make sense, by name, and the names of all enabled ones."""
	table = doctype("Lead Scoring Rule", "r")
	query = (
		Query.from_(table)
		.select(*(getattr(table, column) for column in COLUMNS))
		.where(table.enabled == P(1))
		.orderby(table.name)
	)
	rules, names = [], []
	for row in db.rows(query):
		names.append(row[0])
		try:
			rules.append(rule_from_row(dict(zip(COLUMNS, row, strict=True))))
		except NurtureError:
			continue  # refused when saved through the form: changed behind it
	return rules, frozenset(names)


def profile_key(rule: str, party: str) -> str:
	"""The key of an open profile entry; a closed one carries its own id instead."""
	return f"P|{rule}|{party}"


def behaviour_entries(
	rule: Rule, party: str, activities: Iterable[PastActivity], engagement: frozenset[str]
) -> list[Entry]:
	"""What `rule` pays for all human `activities` of `party`, which come in order of time (SC-21, SC-22).

	Depends on nothing but its arguments, so paying one by one as things happen and recomputing years later agree.
	"""
	groups: dict[str, list[PastActivity]] = {}
	for activity in activities:
		if not _concerns(rule, activity, engagement):
			continue
		if rule.count_within == "Sequence":
			if activity.sequence:
				groups.setdefault(activity.sequence, []).append(activity)
		else:
			groups.setdefault("", []).append(activity)
	return [
		_entry(rule, party, activity)
		for group in groups.values()
		for activity in _within_limits(rule, _every_nth(rule, group))
	]


def _concerns(rule: Rule, activity: PastActivity, engagement: frozenset[str]) -> bool:
	if not rule.pays_for(activity.activity_type, engagement):
		return False
	return not rule.detail_contains or rule.detail_contains.lower() in activity.detail.lower()


def _every_nth(rule: Rule, activities: Sequence[PastActivity]) -> list[PastActivity]:
	"""The activities at which the count is full. Opening one mail five times counts as one opening."""
	if rule.needs_count <= 1:
		return list(activities)
	seen: set[str] = set()
	distinct = []
	for activity in activities:
		if activity.touch and activity.touch in seen:
			continue
		seen.add(activity.touch)
		distinct.append(activity)
	return distinct[rule.needs_count - 1 :: rule.needs_count]


def _within_limits(rule: Rule, activities: Iterable[PastActivity]) -> list[PastActivity]:
	paid: list[PastActivity] = []
	for activity in activities:
		if paid and _cooling_down(rule, paid[-1].occurred_on, activity.occurred_on):
			continue
		if rule.cap_count:
			since = activity.occurred_on - so_many_days(rule.cap_window_days)
			in_window = [one for one in paid if not rule.cap_window_days or one.occurred_on > since]
			if len(in_window) >= rule.cap_count:
				continue
		paid.append(activity)
	return paid


def _cooling_down(rule: Rule, last: datetime, moment: datetime) -> bool:
	if rule.cooldown <= 0:
		return False
	if rule.cooldown_unit == "Hours":
		return moment - last < timedelta(hours=rule.cooldown)
	return (moment.date() - last.date()).days < rule.cooldown


def _entry(rule: Rule, party: str, activity: PastActivity) -> Entry:
	expires = rule.decay == "Expire"
	return Entry(
		key=f"B|{rule.name}|{activity.name}",
		party=party,
		rule=rule.name,
		activity=activity.name,
		score_part=rule.score_part,
		points=rule.points,
		occurred_on=activity.occurred_on,
		expires_on=activity.occurred_on + so_many_days(rule.decay_days) if expires else None,
		half_life_days=rule.decay_days if rule.decay == "Half-life" else 0,
		detail=activity.detail[:255],
	)
