"""Why a lead has its points, and what an edited rule would change."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pypika import functions as fn

from nurture_app.engine import conditions
from nurture_app.engine.condition_scope import lead_scope
from nurture_app.engine.ledger import past_activities
from nurture_app.engine.people import out_of_quarantine
from nurture_app.engine.ports import Host
from nurture_app.engine.rules import Entry, Rule, behaviour_entries, rule_from_row
from nurture_app.engine.scorer import Scorer
from nurture_app.engine.sql import P, Query, as_datetime, chunks, doctype, params
from nurture_app.engine.stages import crossings_between, stage_for
from nurture_app.engine.sums import counts_at, points_now, round_half_away, sums_query


@dataclass(frozen=True, slots=True)
class ScoreReason:
	"""Why a lead has points: one line per rule. `points` is what counts now, rounded; `full` what it was at first.

	Points that a step of a sequence gave belong to no rule; `rule` names the step then, and `is_rule` is false.
	"""

	rule: str
	score_part: str
	points: int
	count: int
	last_on: datetime
	detail: str
	ends_on: datetime | None
	"""When the first of these points expire."""
	half_life_days: int = 0
	full: int = 0
	is_rule: bool = True
	holds: bool = False
	"""They are there as long as something is true of the lead, and not for what it did."""


MOST_TRIED = 5000
"""Leads that a dry run looks at: of more, evenly chosen ones stand for all, for somebody is waiting."""


@dataclass(slots=True)
class DryRun:
	"""What saving an edited rule would do (SC-29): numbers of leads."""

	concerned: int = 0
	"""Leads that have points by the rule, or would have."""
	looked_at: int = 0
	"""If fewer, the following numbers are estimates for all of them."""
	leads_changed: int = 0
	reached: dict[str, int] = field(default_factory=dict)
	lost: dict[str, int] = field(default_factory=dict)


def breakdown(host: Host, party: str) -> list[ScoreReason]:
	"""Why the lead has its points now, strongest first (SC-23)."""
	return breakdowns(host, [party]).get(party, [])


def breakdowns(host: Host, parties: Sequence[str]) -> dict[str, list[ScoreReason]]:
	"""`breakdown` by lead, of those that have an entry. One query per thousand leads; index (party, ...)."""
	entry = doctype("Nurture Score Entry", "entry")
	now = P(host.clock.now())
	query = (
		Query.from_(entry)
		.select(
			entry.party,
			entry.rule,
			entry.score_part,
			points_now(entry, now, host.db.dialect),
			entry.occurred_on,
			entry.detail,
			entry.expires_on,
			entry.half_life_days,
			entry.points,
			entry.activity,
		)
		.where(counts_at(entry, now))
		.orderby(entry.occurred_on)
	)
	rows_of: dict[str, list[tuple]] = {}
	for some in chunks(parties):
		for party, *row in host.db.rows(query.where(entry.party.isin(params(some)))):
			rows_of.setdefault(party, []).append(tuple(row))
	return {party: _reasons(rows) for party, rows in rows_of.items()}


def _reasons(rows: Sequence[tuple]) -> list[ScoreReason]:
	"""Of the entries of one lead, by time."""
	by_rule: dict[tuple[str, str], list[tuple]] = {}
	for row in rows:
		by_rule.setdefault((row[1], row[0] or row[4] or ""), []).append(row)
	exact = {key: sum(float(row[2]) for row in rows) for key, rows in by_rule.items()}
	points: dict[tuple[str, str], int] = {}
	for part in {part for part, _ in exact}:
		points |= _whole_points({key: value for key, value in exact.items() if key[0] == part})
	reasons = [_reason(rule, part, points[part, rule], rows) for (part, rule), rows in by_rule.items()]
	return sorted(reasons, key=lambda reason: (-abs(reason.points), reason.rule))


def _reason(rule: str, part: str, points: int, rows: Sequence[tuple]) -> ScoreReason:
	"""Of the entries of one rule, by time."""
	name, _, _, last_on, detail, _, _, _, activity = rows[-1]
	ends = [as_datetime(row[5]) for row in rows if row[5]]
	return ScoreReason(
		rule=rule,
		score_part=part,
		points=points,
		count=len(rows),
		last_on=as_datetime(last_on),
		detail=detail or "",
		ends_on=min(ends) if ends else None,
		half_life_days=max(int(row[6] or 0) for row in rows),
		full=sum(int(row[7]) for row in rows),
		is_rule=bool(name),
		holds=bool(name) and not activity,
	)


def strongest_reasons(host: Host, parties: Sequence[str], count: int) -> dict[str, list[tuple[str, int]]]:
	"""By lead, the `count` rules that give it most now, with their points. One query per thousand leads."""
	entry = doctype("Nurture Score Entry", "entry")
	now = P(host.clock.now())
	what = fn.Coalesce(entry.rule, entry.detail)
	points = fn.Sum(points_now(entry, now, host.db.dialect))
	found: dict[str, list[tuple[str, int]]] = {}
	for some in chunks(parties):
		query = Query.from_(entry).select(entry.party, what, points)
		query = query.where(entry.party.isin(params(some)) & counts_at(entry, now))
		for party, rule, worth in host.db.rows(query.groupby(entry.party, what)):
			if whole := round_half_away(worth):
				found.setdefault(party, []).append((rule or "", whole))
	return {
		party: sorted(reasons, key=lambda one: (-one[1], one[0]))[:count] for party, reasons in found.items()
	}


def dry_run(host: Host, rule_row: Mapping[str, Any], *, enabled: bool = True) -> DryRun:
	"""How many leads would change and cross a line if the rule were saved like this. Writes nothing.

	Exact for up to `MOST_TRIED` leads that the rule concerns, an estimate beyond.
	"""
	scorer = Scorer.load(host)
	rule = rule_from_row(rule_row)
	owing = _those_owed(host, rule) if enabled else set()
	concerned = sorted(owing | _those_paid(host, rule.name))
	tried = concerned[:: math.ceil(len(concerned) / MOST_TRIED) or 1]
	result = DryRun(len(concerned), len(tried))
	for names in chunks(tried):
		_try_out(scorer, rule, names, owing, result)
	_stand_for_all(result)
	return result


def _try_out(scorer: Scorer, rule: Rule, names: Sequence[str], owing: set[str], result: DryRun) -> None:
	host, lead = scorer.host, doctype("Lead", "lead")
	owed = _owed(scorer, rule, [name for name in names if name in owing])
	now = {name: parts for name, *parts in host.db.rows(sums_query(host, names))}
	by_rule = {name: parts for name, *parts in host.db.rows(sums_query(host, names, rule.name))}
	query = Query.from_(lead).select(lead.name, lead.nurture_stage).where(out_of_quarantine(lead))
	for name, stage in host.db.rows(query.where(lead.name.isin(params(names)))):
		before = [float(points) for points in now.get(name, (0, 0))]
		after = [points - float(own) for points, own in zip(before, by_rule.get(name, (0, 0)), strict=True)]
		after[0 if rule.score_part == "Fit" else 1] += owed.get(name, 0)
		score = sum(map(round_half_away, after))
		if score == sum(map(round_half_away, before)):
			continue
		result.leads_changed += 1
		for crossing in crossings_between(name, stage or "", stage_for(score, stage or "", scorer.settings)):
			line, direction = crossing.activity_type.split()
			counts = result.reached if direction == "Reached" else result.lost
			counts[line] = counts.get(line, 0) + 1


def _stand_for_all(result: DryRun) -> None:
	if result.looked_at == result.concerned:
		return
	each = result.concerned / result.looked_at
	result.leads_changed = round(result.leads_changed * each)
	for counts in (result.reached, result.lost):
		counts.update({line: round(count * each) for line, count in counts.items()})


def _those_paid(host: Host, rule: str) -> set[str]:
	"""Index (rule, party)."""
	entry = doctype("Nurture Score Entry", "e")
	query = Query.from_(entry).select(entry.party).distinct().where(entry.rule == P(rule))
	return {party for (party,) in host.db.rows(query) if party}


def _those_owed(host: Host, rule: Rule) -> set[str]:
	"""Who fits a profile rule, or did what a behaviour rule may pay for. Index (activity_type, occurred_on, party)."""
	if rule.is_profile:
		scope = lead_scope(host)
		criterion = conditions.parse(rule.condition, host.catalog).sql(scope)
		query = Query.from_(scope.lead).select(scope.lead.name).where(criterion)
	else:
		activity = doctype("Nurture Activity", "a")
		query = Query.from_(activity).select(activity.party).distinct()
		if rule.activity_type != "Any":
			query = query.where(activity.activity_type == P(rule.activity_type))
	return {party for (party,) in host.db.rows(query) if party}


def _owed(scorer: Scorer, rule: Rule, parties: Sequence[str]) -> dict[str, float]:
	"""What the rule would be worth now to each of `parties`, who fit it."""
	if rule.is_profile or not parties:
		return dict.fromkeys(parties, float(rule.points))
	now = scorer.host.clock.now()
	owed: dict[str, float] = {}
	for party, activities in past_activities(scorer, parties, {rule.activity_type}).items():
		entries = behaviour_entries(rule, party, activities, scorer.engagement)
		owed[party] = sum(_worth(entry, now) for entry in entries)
	return owed


def _worth(entry: Entry, now: datetime) -> float:
	if entry.occurred_on > now or (entry.expires_on and entry.expires_on <= now):
		return 0.0
	if not entry.half_life_days:
		return float(entry.points)
	return entry.points * 0.5 ** ((now - entry.occurred_on).total_seconds() / 86400 / entry.half_life_days)


def _whole_points(exact: Mapping[Any, float]) -> dict[Any, int]:
	"""Each value rounded up or down so that together they give the rounded sum: the largest fractions go up."""
	shares = {key: math.floor(value) for key, value in exact.items()}
	missing = round_half_away(sum(exact.values())) - sum(shares.values())
	by_fraction = sorted(exact, key=lambda key: (shares[key] - exact[key], key))
	for key in by_fraction[:missing]:
		shares[key] += 1
	return shares
