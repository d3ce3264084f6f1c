"""The entries of the score ledger kept true: what rules owe for activities, and which profile rules hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from pypika import Case
from pypika import functions as fn
from pypika.terms import Term

from nurture_app.engine.condition_scope import Scope
from nurture_app.engine.people import out_of_quarantine
from nurture_app.engine.ports import Host
from nurture_app.engine.rules import Entry, PastActivity, Rule, behaviour_entries, profile_key
from nurture_app.engine.scorer import Scorer
from nurture_app.engine.sql import P, Query, Raw, as_datetime, chunks, delete_by_name, doctype, params

CHUNK = 1000

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


def sync_behaviour(scorer: Scorer, parties: Sequence[str], rules: Sequence[Rule]) -> None:
	"""Make the behaviour entries of `parties` exactly what `rules` owe for their activities."""
	host = scorer.host
	if not rules:
		return
	kinds = {rule.activity_type for rule in rules}
	wanted: dict[str, Entry] = {}
	for party, activities in past_activities(scorer, parties, kinds).items():
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


def sync_profiles(scorer: Scorer, parties: Sequence[str], rules: Sequence[Rule]) -> None:
	"""Open and close the profile entries of `parties`, within the caller's transaction."""
	for batch in chunks(rules, 60):
		_apply_profiles(scorer, batch, _untrue_profiles(scorer, batch, parties))


def drop_dead_rules(scorer: Scorer) -> None:
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


def close_outdated(scorer: Scorer) -> None:
	"""Close what rules gave under other points to leads for whom they hold no more; to be called after `refresh_profiles`.

	That one writes the entries of all others anew. Closed earlier, those would lack their points for a moment.
	"""
	table = doctype("Nurture Score Entry", "e")
	query = Query.from_(table).select(table.entry_key)
	query = query.where((table.activity == P("")) & table.expires_on.isnull())
	for rule in scorer.profiles:
		others = query.where((table.rule == P(rule.name)) & _same_terms(table, rule).negate())
		_close_profiles(scorer.host, [key for (key,) in scorer.host.db.rows(others)], scorer.host.clock.now())


def past_activities(scorer: Scorer, parties: Sequence[str], kinds: set[str]) -> dict[str, list[PastActivity]]:
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


def _untrue_profiles(
	scorer: Scorer, rules: Sequence[Rule], parties: Sequence[str] | None
) -> list[tuple[str, int, int]]:
	"""(lead, rules that hold, rules with an open entry) as bit masks, only where the two differ.

	Reads tabLead once, whatever the number of rules. Uses the index (party, rule) of Nurture Score Entry.
	"""

	def build(scope: Scope, some: Sequence[Any] | None) -> Any:
		return _untrue_query(scorer, rules, scope, some)

	what = "untrue profiles\n" + "\n".join(rule.name for rule in rules)
	rows = scorer.questions.ask(scorer.host, what, parties, build)
	return [(party, int(holding), int(held)) for party, holding, held in rows]


def _untrue_query(scorer: Scorer, rules: Sequence[Rule], scope: Scope, parties: Sequence[Any] | None) -> Any:
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
	inner = inner.where(out_of_quarantine(scope.lead))
	if parties is not None:
		inner = inner.where(scope.lead.name.isin(params(parties)))
	found = inner.as_("found")
	return Query.from_(found).select(found.party, found.holds, found.held).where(found.holds != found.held)


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
