"""Scores: the ledger kept true, summed, projected on the Lead, and explained.

score(lead, t) = sum of the entries that count at t. Nothing else is ever added to a score.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pypika import Case
from pypika import functions as fn
from pypika.terms import Term

from nurture_app.engine import conditions
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.condition_scope import Happened, lead_scope
from nurture_app.engine.config import ActivityType, Settings, activity_types, load_settings
from nurture_app.engine.people import lock_leads
from nurture_app.engine.ports import Host
from nurture_app.engine.rules import (
	Entry,
	PastActivity,
	Rule,
	behaviour_entries,
	load_rules,
	profile_key,
	rule_from_row,
)
from nurture_app.engine.sql import (
	P,
	Query,
	Raw,
	as_datetime,
	chunks,
	days_between,
	delete_by_name,
	doctype,
	exists,
	params,
)

CHUNK = 1000
STAGES = ("", "Recycle", "Nurture", "MQL", "SQL")
PROJECTED = ("name", "nurture_score", "nurture_fit_score", "nurture_engagement_score")
ENTRY_COLUMNS = (
	"name",
	"entry_key",
	"party_type",
	"party",
	"rule",
	"activity",
	"score_part",
	"points",
	"occurred_on",
	"expires_on",
	"half_life_days",
	"detail",
)


@dataclass(frozen=True, slots=True)
class Crossing:
	"""A lead passed the MQL or SQL line; `activity_type` is `MQL Reached`, `MQL Lost`, `SQL Reached` or `SQL Lost`."""

	party: str
	activity_type: str


@dataclass(frozen=True, slots=True)
class RescoreResult:
	changed: int
	crossings: list[Crossing]


@dataclass(frozen=True, slots=True)
class ScoreReason:
	"""Why a lead has points: one line per rule. `points` is what counts now, rounded."""

	rule: str
	score_part: str
	points: int
	count: int
	last_on: datetime
	detail: str
	ends_on: datetime | None


@dataclass(slots=True)
class DryRun:
	"""What saving an edited rule would do (SC-29): numbers of leads."""

	leads_changed: int = 0
	reached: dict[str, int] = field(default_factory=dict)
	lost: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scorer:
	"""What every scoring call needs, read once."""

	host: Host
	settings: Settings
	rules: Sequence[Rule]
	"""The enabled rules that can be read. A broken one keeps its old entries until it is mended."""
	conditions: Mapping[str, Any]
	"""Parsed, of the profile rules by name."""
	activity_types: Mapping[str, ActivityType]
	all_rules: frozenset[str] = frozenset()

	@classmethod
	def load(cls, host: Host) -> Scorer:
		rules, parsed, names = host.memory.remembered("rules", lambda: _readable_rules(host))
		settings = host.memory.remembered("settings", lambda: load_settings(host.db))
		return cls(host, settings, rules, parsed, activity_types(host), names)

	@property
	def profiles(self) -> list[Rule]:
		return [rule for rule in self.rules if rule.is_profile]

	@property
	def behaviours(self) -> list[Rule]:
		return [rule for rule in self.rules if not rule.is_profile]

	@property
	def engagement(self) -> frozenset[str]:
		return frozenset(name for name, kind in self.activity_types.items() if kind.is_engagement)


def _readable_rules(host: Host) -> tuple[list[Rule], dict[str, Any], frozenset[str]]:
	"""The enabled rules that can be evaluated, their parsed conditions, and the names of all enabled rules."""
	rules, names = load_rules(host.db)
	readable, parsed = [], {}
	for rule in rules:
		try:
			if rule.is_profile:
				parsed[rule.name] = conditions.parse(rule.condition, host.catalog)
		except NurtureError:
			continue  # for instance because a custom field was removed from Lead
		readable.append(rule)
	return readable, parsed, names


def stage_for(score: int, old_stage: str, settings: Settings) -> str:
	"""The stage of a score (SC-13, SC-14). A lead keeps its stage until it falls `hysteresis` points under its line (SC-24)."""
	lines = {
		"SQL": settings.sql_threshold,
		"MQL": settings.mql_threshold,
		"Nurture": settings.nurture_threshold,
	}
	if old_stage in lines and lines[old_stage] - settings.hysteresis <= score < lines[old_stage]:
		return old_stage
	return next((stage for stage, line in lines.items() if score >= line), "Recycle")


def crossings_between(party: str, old_stage: str, new_stage: str) -> list[Crossing]:
	"""The lines passed when a lead moves from one stage to another, in the order they were passed."""
	old, new = STAGES.index(old_stage or ""), STAGES.index(new_stage or "")
	if new > old:
		return [
			Crossing(party, f"{stage} Reached")
			for stage in ("MQL", "SQL")
			if old < STAGES.index(stage) <= new
		]
	return [Crossing(party, f"{stage} Lost") for stage in ("SQL", "MQL") if new < STAGES.index(stage) <= old]


def rescore(host: Host, parties: Sequence[str] | None = None) -> RescoreResult:
	"""Bring ledger and Lead up to now for `parties`, or for every lead.

	For every lead the behaviour entries are taken as they stand (they depend only on activities, which rescore their
	own lead at once); profile rules and the passing of time are what changes. Call `rebuild` after a rule edit.
	"""
	if parties is not None:
		with host.db.transaction():
			lock_leads(host, parties)
			return rescore_parties(Scorer.load(host), parties)
	scorer = Scorer.load(host)
	refresh_profiles(scorer)
	return project_all(scorer)


def rebuild(host: Host, rule: str | None = None) -> RescoreResult:
	"""Recompute the ledger from the activities after rules changed, for every lead the rule ever concerned, in chunks."""
	with host.db.transaction():
		scorer = Scorer.load(host)
		_drop_dead_rules(scorer)
	rules = [one for one in scorer.rules if not one.is_profile and rule in (None, one.name)]
	names = _concerned(host, rules, "")
	while names:
		with host.db.transaction():
			sync_behaviour(scorer, names, scorer.behaviours)
		names = _concerned(host, rules, names[-1])
	refresh_profiles(scorer)
	return project_all(scorer)


def _concerned(host: Host, rules: Sequence[Rule], after: str) -> list[str]:
	"""The next leads after `after` that did what behaviour `rules` pay for, or were paid before the rules were edited.

	Indexes (party, activity_type, occurred_on) and (party, rule).
	"""
	if not rules:
		return []
	lead = doctype("Lead", "lead")
	activity, entry = doctype("Nurture Activity", "a"), doctype("Nurture Score Entry", "e")
	did = Query.from_(activity).select(activity.name).where(activity.party == lead.name)
	kinds = {one.activity_type for one in rules}
	if "Any" not in kinds:
		did = did.where(activity.activity_type.isin(params(sorted(kinds))))
	paid = Query.from_(entry).select(entry.name).where((entry.party == lead.name) & (entry.activity != P("")))
	paid = paid.where(entry.rule.isin(params([one.name for one in rules])))
	query = Query.from_(lead).select(lead.name).where((lead.name > P(after)) & (exists(did) | exists(paid)))
	return [name for (name,) in host.db.rows(query.orderby(lead.name).limit(CHUNK))]


def rescore_parties(
	scorer: Scorer,
	parties: Sequence[str],
	last_seen: Mapping[str, datetime] | None = None,
	happened: Happened | None = None,
) -> RescoreResult:
	"""`rescore` for a few leads inside the caller's transaction; `last_seen` also moves their last activity.

	With `happened` only rules that look at it are evaluated.
	"""
	behaviours, profiles = scorer.behaviours, scorer.profiles
	if happened:
		behaviours = [rule for rule in behaviours if happened.includes(rule.activity_type)]
		profiles = [rule for rule in profiles if conditions.follows(scorer.conditions[rule.name], happened)]
	changed, crossings = 0, []
	for names in chunks(sorted(set(parties))):
		sync_behaviour(scorer, names, behaviours)
		_sync_profiles(scorer, names, profiles)
		result = project(scorer, names, last_seen or {})
		changed += result.changed
		crossings += result.crossings
	return RescoreResult(changed, crossings)


def sync_behaviour(scorer: Scorer, parties: Sequence[str], rules: Sequence[Rule]) -> None:
	"""Make the behaviour entries of `parties` exactly what `rules` owe for their activities."""
	host = scorer.host
	if not rules:
		return
	kinds = {rule.activity_type for rule in rules}
	wanted: dict[str, Entry] = {}
	for party, activities in _past_activities(scorer, parties, kinds).items():
		for rule in rules:
			for entry in behaviour_entries(rule, party, activities, scorer.engagement):
				wanted[entry.key] = entry
	table = doctype("Nurture Score Entry", "e")
	query = Query.from_(table).select(
		table.name, table.entry_key, table.points, table.score_part, table.expires_on, table.half_life_days
	)
	query = query.where(
		table.party.isin(params(parties)) & table.rule.isin(params([rule.name for rule in rules]))
	)
	gone = []
	for name, key, points, part, expires_on, half_life in host.db.rows(query.where(table.activity != P(""))):
		entry = wanted.get(key)
		if entry and (entry.points, entry.score_part, entry.expires_on, entry.half_life_days) == (
			int(points),
			part,
			as_datetime(expires_on),
			int(half_life or 0),
		):
			del wanted[key]
		else:
			gone.append(name)
	_delete_entries(host, gone)
	_insert_entries(host, wanted.values())


def refresh_profiles(scorer: Scorer) -> None:
	"""Open and close profile entries for all leads: one pass over the leads finds those whose entries are not true now."""
	for batch in chunks(scorer.profiles, 60):  # a bit per rule must fit a 64-bit integer
		with scorer.host.db.transaction():
			_apply_profiles(scorer, batch, _untrue_profiles(scorer, batch, None))


def _sync_profiles(scorer: Scorer, parties: Sequence[str], rules: Sequence[Rule]) -> None:
	for batch in chunks(rules, 60):
		_apply_profiles(scorer, batch, _untrue_profiles(scorer, batch, parties))


def _untrue_profiles(
	scorer: Scorer, rules: Sequence[Rule], parties: Sequence[str] | None
) -> list[tuple[str, int, int]]:
	"""(lead, rules that hold, rules with an open entry) as bit masks, only where the two differ.

	Reads tabLead once, whatever the number of rules. Uses the index (party, rule) of Nurture Score Entry.
	"""
	host = scorer.host
	scope = lead_scope(host)
	entry = doctype("Nurture Score Entry", "entry")
	holds: Term | None = None
	is_open: Term | None = None
	for index, rule in enumerate(rules):
		criterion = scorer.conditions[rule.name].sql(scope)
		bit = Case().when(criterion, 1 << index).else_(0)
		holds = bit if holds is None else holds + bit
		held = Case().when((entry.rule == P(rule.name)) & _same_terms(entry, rule), 1 << index).else_(0)
		is_open = held if is_open is None else is_open + held
	open_entries = (
		Query.from_(entry)
		.select(entry.party, fn.Sum(is_open).as_("mask"))
		.where((entry.activity == P("")) & entry.expires_on.isnull())
		.where(entry.rule.isin(params([rule.name for rule in rules])))
		.groupby(entry.party)
	)
	if parties is not None:
		open_entries = open_entries.where(entry.party.isin(params(parties)))
	opened = open_entries.as_("opened")
	inner = (
		Query.from_(scope.lead)
		.left_join(opened)
		.on(opened.party == scope.lead.name)
		.select(
			scope.lead.name.as_("party"),
			Raw("({})", holds).as_("holds"),
			fn.Coalesce(opened.mask, 0).as_("held"),
		)
	)
	if parties is not None:
		inner = inner.where(scope.lead.name.isin(params(parties)))
	found = inner.as_("found")
	query = Query.from_(found).select(found.party, found.holds, found.held).where(found.holds != found.held)
	return [(party, int(holding), int(held)) for party, holding, held in host.db.rows(query)]


def _same_terms(entry: Any, rule: Rule) -> Any:
	"""An entry written under other points counts as not open, so that it is closed and written anew."""
	return (entry.points == P(rule.points)) & (entry.score_part == P(rule.score_part))


def _apply_profiles(scorer: Scorer, rules: Sequence[Rule], untrue: Iterable[tuple[str, int, int]]) -> None:
	host = scorer.host
	now = host.clock.now()
	opening: list[Entry] = []
	closing: list[str] = []
	for party, holds, held in untrue:
		for index, rule in enumerate(rules):
			bit = 1 << index
			if holds & bit and not held & bit:
				opening.append(
					Entry(
						profile_key(rule.name, party),
						party,
						rule.name,
						"",
						rule.score_part,
						rule.points,
						now,
						None,
						0,
						"",
					)
				)
			if held & bit and not holds & bit:
				closing.append(profile_key(rule.name, party))
	# an entry to be opened may exist under old points: close that one first
	_close_profiles(host, closing + [entry.key for entry in opening], now)
	_insert_entries(host, opening)


def _close_profiles(host: Host, keys: Sequence[str], now: datetime) -> None:
	table = doctype("Nurture Score Entry", "e")
	for some in chunks(keys):
		rows = host.db.rows(
			Query.from_(table).select(table.name, table.entry_key).where(table.entry_key.isin(params(some)))
		)
		host.db.update(
			"tabNurture Score Entry",
			("name", "expires_on", "entry_key"),
			[(name, now, f"{key}|{name}") for name, key in rows],
		)


def _drop_dead_rules(scorer: Scorer) -> None:
	"""Entries of rules that are disabled, gone or of the other type now: behaviour entries are deleted, open profile entries closed."""
	host = scorer.host
	alive = params(sorted(scorer.all_rules)) or [P("")]
	profiles = params([rule.name for rule in scorer.profiles]) or [P("")]
	behaviours = params([rule.name for rule in scorer.behaviours]) or [P("")]
	table = doctype("Nurture Score Entry", "e")
	paid, is_open = table.activity != P(""), (table.activity == P("")) & table.expires_on.isnull()
	query = Query.from_(table).select(table.name, table.entry_key, table.activity)
	query = query.where(
		(table.rule.notin(alive) & (paid | is_open))
		| (table.rule.isin(profiles) & paid)
		| (table.rule.isin(behaviours) & is_open)
	)
	rows = host.db.rows(query)
	_delete_entries(host, [name for name, _, activity in rows if activity])
	_close_profiles(host, [key for _, key, activity in rows if not activity], host.clock.now())


def points_now(entry: Any, now: datetime, dialect: str) -> Term:
	"""What an entry is worth at `now`: full until it expires, or halved every half-life."""
	age = days_between(entry.occurred_on, now, dialect)
	halved = Raw("({} * POWER(0.5, {} / {}))", entry.points, age, entry.half_life_days)
	return Case().when(entry.half_life_days > P(0), halved).else_(entry.points)


def counts_at(entry: Any, now: datetime) -> Any:
	return (entry.occurred_on <= P(now)) & (entry.expires_on.isnull() | (entry.expires_on > P(now)))


def sums_query(host: Host, parties: Sequence[str] | None, rule: str | None = None) -> Any:
	"""(party, fit, engagement) at this moment, unrounded: the one definition of a score. With `rule`, its part of it."""
	entry = doctype("Nurture Score Entry", "entry")
	now = host.clock.now()
	worth = points_now(entry, now, host.db.dialect)
	is_fit = entry.score_part == P("Fit")
	query = (
		Query.from_(entry)
		.select(
			entry.party,
			fn.Sum(Case().when(is_fit, worth).else_(0)).as_("fit"),
			fn.Sum(Case().when(is_fit, 0).else_(worth)).as_("engagement"),
		)
		.where(counts_at(entry, now))
		.groupby(entry.party)
	)
	if rule is not None:
		query = query.where(entry.rule == P(rule))
	return query if parties is None else query.where(entry.party.isin(params(parties)))


def project(
	scorer: Scorer, parties: Sequence[str] | None, last_seen: Mapping[str, datetime]
) -> RescoreResult:
	"""Write scores and stages of `parties` (None: all) on the Lead where they changed."""
	host, now = scorer.host, scorer.host.clock.now()
	lead = doctype("Lead", "lead")
	sums = sums_query(host, parties).as_("sums")
	fit, engagement = _rounded(sums.fit), _rounded(sums.engagement)
	query = (
		Query.from_(lead)
		.left_join(sums)
		.on(sums.party == lead.name)
		.select(lead.name, fit, engagement, lead.nurture_stage)
	)
	if parties is None:
		# a stage may also change because a threshold was moved: cheap to include, few rows differ
		stale = Raw("{} <> COALESCE({}, 0)", fit, lead.nurture_fit_score) | Raw(
			"{} <> COALESCE({}, 0)", engagement, lead.nurture_engagement_score
		)
		if scorer.rules:
			unstaged = Raw("COALESCE({}, {}) = {}", lead.nurture_stage, "", "")
			stale = stale | unstaged | _stage_out_of_line(lead, scorer.settings)
		query = query.where(stale)
	else:
		query = query.where(lead.name.isin(params(parties)))
	if last_seen:
		query = query.select(lead.nurture_last_activity_on)
	updates, crossings = [], []
	for name, fit_points, engagement_points, old_stage, *seen in host.db.rows(query):
		total = int(fit_points) + int(engagement_points)
		stage = stage_for(total, old_stage or "", scorer.settings) if scorer.rules or old_stage else ""
		moved = crossings_between(name, old_stage or "", stage)
		crossings += moved
		updates.append((name, total, int(fit_points), int(engagement_points), stage, old_stage or "", *seen))
	written = _write_projection(host, updates, last_seen, now)
	return RescoreResult(written, crossings)


def project_all(scorer: Scorer) -> RescoreResult:
	with scorer.host.db.transaction():
		return project(scorer, None, {})


def _stage_out_of_line(lead: Any, settings: Settings) -> Any:
	score = lead.nurture_score
	slack = settings.hysteresis
	bounds = {
		"SQL": (settings.sql_threshold - slack, None),
		"MQL": (settings.mql_threshold - slack, settings.sql_threshold),
		"Nurture": (settings.nurture_threshold - slack, settings.mql_threshold),
		"Recycle": (None, settings.nurture_threshold),
	}
	out = None
	for stage, (low, high) in bounds.items():
		wrong = None
		if low is not None:
			wrong = score < P(low)
		if high is not None:
			wrong = (score >= P(high)) if wrong is None else wrong | (score >= P(high))
		wrong = (lead.nurture_stage == P(stage)) & wrong
		out = wrong if out is None else out | wrong
	return out


def _write_projection(
	host: Host, updates: list[tuple], last_seen: Mapping[str, datetime], now: datetime
) -> int:
	"""One statement for all leads of which the same columns change."""
	by_columns: dict[tuple[str, ...], list[tuple]] = {}
	for name, total, fit, engagement, stage, old_stage, *seen in updates:
		columns, values = PROJECTED, (name, total, fit, engagement)
		if stage != old_stage:
			columns, values = (*columns, "nurture_stage", "nurture_stage_since"), (*values, stage, now)
		new_seen = last_seen.get(name)
		if new_seen and (as_datetime(seen[0]) is None or new_seen > as_datetime(seen[0])):
			columns, values = (*columns, "nurture_last_activity_on"), (*values, new_seen)
		by_columns.setdefault(columns, []).append(values)
	for columns, rows in by_columns.items():
		host.db.update("tabLead", columns, rows)
	return len(updates)


def breakdown(host: Host, party: str) -> list[ScoreReason]:
	"""Why the lead has its points now, strongest first (SC-23)."""
	entry = doctype("Nurture Score Entry", "entry")
	now = host.clock.now()
	query = (
		Query.from_(entry)
		.select(
			entry.rule,
			entry.score_part,
			points_now(entry, now, host.db.dialect),
			entry.occurred_on,
			entry.detail,
			entry.expires_on,
		)
		.where((entry.party == P(party)) & counts_at(entry, now))
		.orderby(entry.occurred_on)
	)
	by_rule: dict[tuple[str, str], list[tuple]] = {}
	for row in host.db.rows(query):
		by_rule.setdefault((row[1], row[0]), []).append(row)
	exact = {key: sum(float(row[2]) for row in rows) for key, rows in by_rule.items()}
	points: dict[tuple[str, str], int] = {}
	for part in {part for part, _ in exact}:
		points |= _whole_points({key: value for key, value in exact.items() if key[0] == part})
	reasons = [
		ScoreReason(
			rule=rule,
			score_part=part,
			points=points[part, rule],
			count=len(rows),
			last_on=as_datetime(rows[-1][3]),
			detail=rows[-1][4] or "",
			ends_on=as_datetime(rows[-1][5]),
		)
		for (part, rule), rows in by_rule.items()
	]
	return sorted(reasons, key=lambda reason: (-abs(reason.points), reason.rule))


def _whole_points(exact: Mapping[Any, float]) -> dict[Any, int]:
	"""Each value rounded up or down so that together they give the rounded sum: the largest fractions go up."""
	shares = {key: math.floor(value) for key, value in exact.items()}
	missing = round_half_away(sum(exact.values())) - sum(shares.values())
	by_fraction = sorted(exact, key=lambda key: (shares[key] - exact[key], key))
	for key in by_fraction[:missing]:
		shares[key] += 1
	return shares


def score_at(host: Host, party: str) -> tuple[int, int]:
	"""(fit, engagement) straight from the ledger, as they should stand on the Lead now."""
	for _, fit, engagement in host.db.rows(sums_query(host, [party])):
		return round_half_away(fit), round_half_away(engagement)
	return 0, 0


def _rounded(points: Term) -> Term:
	"""Points as they are shown, halves away from zero: of a double some databases round halves to the even side."""
	return Raw("ROUND(CAST(ROUND(COALESCE({}, 0), 6) AS DECIMAL(21, 6)))", points)


def round_half_away(value: Any) -> int:
	"""Rounds as `_rounded` does."""
	number = round(float(value or 0), 6)
	return int(abs(number) + 0.5) * (1 if number >= 0 else -1)


def dry_run(host: Host, rule_row: Mapping[str, Any], *, enabled: bool = True) -> DryRun:
	"""How many leads would change and cross a line if the rule were saved like this. Writes nothing."""
	scorer = Scorer.load(host)
	rule = rule_from_row(rule_row)
	owed = _owed_by_party(scorer, rule) if enabled else {}
	paid = {name for name, _, _ in host.db.rows(sums_query(host, None, rule.name))}
	result = DryRun()
	lead = doctype("Lead", "lead")
	for names in chunks(sorted(paid | set(owed))):
		now = {name: parts for name, *parts in host.db.rows(sums_query(host, names))}
		by_rule = {name: parts for name, *parts in host.db.rows(sums_query(host, names, rule.name))}
		query = Query.from_(lead).select(lead.name, lead.nurture_stage)
		for name, stage in host.db.rows(query.where(lead.name.isin(params(names)))):
			before = [float(points) for points in now.get(name, (0, 0))]
			after = [
				points - float(own) for points, own in zip(before, by_rule.get(name, (0, 0)), strict=True)
			]
			after[0 if rule.score_part == "Fit" else 1] += owed.get(name, 0)
			score = sum(map(round_half_away, after))
			if score == sum(map(round_half_away, before)):
				continue
			result.leads_changed += 1
			for crossing in crossings_between(
				name, stage or "", stage_for(score, stage or "", scorer.settings)
			):
				line, direction = crossing.activity_type.split()
				counts = result.reached if direction == "Reached" else result.lost
				counts[line] = counts.get(line, 0) + 1
	return result


def _owed_by_party(scorer: Scorer, rule: Rule) -> dict[str, float]:
	host, now = scorer.host, scorer.host.clock.now()
	if rule.is_profile:
		scope = lead_scope(host)
		criterion = conditions.parse(rule.condition, host.catalog).sql(scope)
		rows = host.db.rows(Query.from_(scope.lead).select(scope.lead.name).where(criterion))
		return {name: float(rule.points) for (name,) in rows}
	owed: dict[str, float] = {}
	activity = doctype("Nurture Activity", "a")
	query = Query.from_(activity).select(activity.party).distinct()
	if rule.activity_type != "Any":
		query = query.where(activity.activity_type == P(rule.activity_type))
	parties = sorted(party for (party,) in host.db.rows(query) if party)
	for names in chunks(parties):
		for party, activities in _past_activities(scorer, names, {rule.activity_type}).items():
			entries = behaviour_entries(rule, party, activities, scorer.engagement)
			points = sum(_worth(entry, now) for entry in entries)
			if points:
				owed[party] = points
	return owed


def _worth(entry: Entry, now: datetime) -> float:
	if entry.occurred_on > now or (entry.expires_on and entry.expires_on <= now):
		return 0.0
	if not entry.half_life_days:
		return float(entry.points)
	return entry.points * 0.5 ** ((now - entry.occurred_on).total_seconds() / 86400 / entry.half_life_days)


def _past_activities(
	scorer: Scorer, parties: Sequence[str], kinds: set[str]
) -> dict[str, list[PastActivity]]:
	"""Human activities that rules look at, by party in order of time. Uses the index (party, activity_type, occurred_on)."""
	activity = doctype("Nurture Activity", "a")
	names = (scorer.engagement | kinds) - {"Any"} if "Any" in kinds else kinds
	query = (
		Query.from_(activity)
		.select(
			activity.party,
			activity.name,
			activity.activity_type,
			activity.occurred_on,
			activity.detail,
			activity.sequence,
			activity.touch,
		)
		.where(activity.party.isin(params(parties)) & activity.activity_type.isin(params(sorted(names))))
		.where(activity.classification == P("human"))
		.orderby(activity.occurred_on)
		.orderby(activity.name)
	)
	found: dict[str, list[PastActivity]] = {}
	for party, name, kind, occurred_on, detail, sequence, touch in scorer.host.db.rows(query):
		past = PastActivity(name, kind, as_datetime(occurred_on), detail or "", sequence or "", touch or "")
		found.setdefault(party, []).append(past)
	return found


def _insert_entries(host: Host, entries: Iterable[Entry]) -> None:
	rows = [
		(
			host.db.new_name(),
			entry.key,
			"Lead",
			entry.party,
			entry.rule,
			entry.activity,
			entry.score_part,
			entry.points,
			entry.occurred_on,
			entry.expires_on,
			entry.half_life_days,
			entry.detail,
		)
		for entry in entries
	]
	if rows:
		host.db.insert("tabNurture Score Entry", ENTRY_COLUMNS, rows, ignore=True)


def _delete_entries(host: Host, names: Sequence[str]) -> None:
	for some in chunks(names):
		host.db.execute(delete_by_name("Nurture Score Entry", some))
