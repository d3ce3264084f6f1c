"""Scores brought up to now: ledger, sums, and what the Lead shows of them.

score(lead, t) = sum of the entries that count at t.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from nurture_app.engine import conditions
from nurture_app.engine.condition_scope import Happened, Scope
from nurture_app.engine.ledger import (
	CHUNK,
	close_outdated,
	drop_dead_rules,
	refresh_profiles,
	sync_behaviour,
	sync_profiles,
)
from nurture_app.engine.people import lock_leads, out_of_quarantine
from nurture_app.engine.ports import Host
from nurture_app.engine.rules import Rule
from nurture_app.engine.scorer import Scorer
from nurture_app.engine.sql import P, Query, Raw, as_datetime, chunks, doctype, exists, params
from nurture_app.engine.stages import Crossing, crossings_between, stage_for, stage_out_of_line
from nurture_app.engine.sums import rounded, sums_query

WRITTEN_BY_SCORING = (
	"nurture_score",
	"nurture_fit_score",
	"nurture_engagement_score",
	"nurture_stage",
	"nurture_stage_since",
	"nurture_last_activity_on",
)
"""Fields of Lead that are written here alone."""
PROJECTED = ("name", "nurture_score", "nurture_fit_score", "nurture_engagement_score")


@dataclass(frozen=True, slots=True)
class ScoreMove:
	"""A lead's score before and after."""

	party: str
	before: int
	after: int


@dataclass(frozen=True, slots=True)
class RescoreResult:
	changed: int
	crossings: list[Crossing]
	moves: list[ScoreMove] = field(default_factory=list)


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
		drop_dead_rules(scorer)
	rules = [one for one in scorer.rules if not one.is_profile and rule in (None, one.name)]
	names = _concerned(host, rules, "")
	while names:
		with host.db.transaction():
			sync_behaviour(scorer, names, scorer.behaviours)
		names = _concerned(host, rules, names[-1])
	refresh_profiles(scorer)
	with host.db.transaction():
		close_outdated(scorer)
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
	changed, crossings, moves = 0, [], []
	for names in chunks(sorted(set(parties))):
		sync_behaviour(scorer, names, behaviours)
		sync_profiles(scorer, names, profiles)
		result = project(scorer, names, last_seen or {})
		changed += result.changed
		crossings += result.crossings
		moves += result.moves
	return RescoreResult(changed, crossings, moves)


def project(
	scorer: Scorer, parties: Sequence[str] | None, last_seen: Mapping[str, datetime]
) -> RescoreResult:
	"""Write scores and stages of `parties` (None: all) on the Lead where they changed."""
	host, now = scorer.host, scorer.host.clock.now()

	def build(scope: Scope, some: Sequence[Any] | None) -> Any:
		query = _projection_query(scorer, scope, some)
		return query.select(scope.lead.nurture_last_activity_on) if last_seen else query

	what = "scores and last activity" if last_seen else "scores"
	rows = scorer.questions.ask(host, what, parties, build)
	updates, crossings, moves = [], [], []
	for name, fit_points, engagement_points, old_stage, old_total, *seen in rows:
		total = int(fit_points) + int(engagement_points)
		if total != int(old_total or 0):
			moves.append(ScoreMove(name, int(old_total or 0), total))
		stage = stage_for(total, old_stage or "", scorer.settings) if scorer.rules or old_stage else ""
		moved = crossings_between(name, old_stage or "", stage)
		crossings += moved
		updates.append((name, total, int(fit_points), int(engagement_points), stage, old_stage or "", *seen))
	written = _write_projection(host, updates, last_seen, now)
	return RescoreResult(written, crossings, moves)


def _projection_query(scorer: Scorer, scope: Scope, parties: Sequence[Any] | None) -> Any:
	"""(lead, fit, engagement, stage so far, score so far); of all leads only those of which something changed."""
	lead = scope.lead
	sums = sums_query(scorer.host, parties, now=scope.ago(0)).as_("sums")
	fit, engagement = rounded(sums.fit), rounded(sums.engagement)
	query = Query.from_(lead).left_join(sums).on(sums.party == lead.name).where(out_of_quarantine(lead))
	query = query.select(lead.name, fit, engagement, lead.nurture_stage, lead.nurture_score)
	if parties is not None:
		return query.where(lead.name.isin(params(parties)))
	# a stage may also change because a threshold was moved: cheap to include, few rows differ
	stale = Raw("{} <> COALESCE({}, 0)", fit, lead.nurture_fit_score) | Raw(
		"{} <> COALESCE({}, 0)", engagement, lead.nurture_engagement_score
	)
	if scorer.rules:
		unstaged = Raw("COALESCE({}, {}) = {}", lead.nurture_stage, "", "")
		stale = stale | unstaged | stage_out_of_line(lead, scorer.settings)
	return query.where(stale)


def project_all(scorer: Scorer) -> RescoreResult:
	"""The scores and stages of all leads, in a transaction of its own."""
	with scorer.host.db.transaction():
		return project(scorer, None, {})


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
