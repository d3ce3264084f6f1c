"""The ledger is true: whatever happened in whatever order, a score is the sum of what the rules owe (invariant 4)."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nurture_app.engine import activities, scoring, sums
from nurture_app.engine.activities import ActivityIn
from nurture_app.engine.rules import COLUMNS
from nurture_app.engine.sql import Query, Table
from tests.world import MONDAY, World

LEADS = ("ann", "bob")
KINDS = ("Page View", "Call", "Email Open", "Unsubscribe")

RULES = st.fixed_dictionaries(
	{
		"activity_type": st.sampled_from([*KINDS, "Any"]),
		"points": st.sampled_from([-15, 3, 7, 10, 40]),
		"score_part": st.sampled_from(["Fit", "Engagement"]),
		"detail_contains": st.sampled_from(["", "a"]),
		"needs_count": st.sampled_from([1, 1, 2, 3]),
		"count_within": st.sampled_from(["Lead", "Sequence"]),
		"cap_count": st.sampled_from([0, 1, 2]),
		"cap_window_days": st.sampled_from([0, 3, 10]),
		"cooldown": st.sampled_from([0, 1, 5]),
		"cooldown_unit": st.sampled_from(["Days", "Hours"]),
		"decay": st.sampled_from(["None", "Expire", "Half-life"]),
		"decay_days": st.sampled_from([2, 9]),
	}
)
RULES_COLUMNS = (*COLUMNS[1:], "enabled")
HAPPENED = st.lists(
	st.builds(
		ActivityIn,
		party=st.sampled_from(LEADS),
		activity_type=st.sampled_from(KINDS),
		occurred_on=st.integers(0, 24 * 20).map(lambda hours: MONDAY - timedelta(hours=hours)),
		detail=st.sampled_from(["", "A", "b"]),
		classification=st.sampled_from(["human", "human", "human", "machine"]),
		touch=st.sampled_from(["", "T1", "T2", "T3"]),
		sequence=st.sampled_from(["", "S1", "S2"]),
	),
	min_size=1,
	max_size=14,
	# two at the very same second are told apart by when they became known, which is what a shuffle changes
	unique_by=lambda one: (one.party, one.occurred_on),
)


def cleared(world: World, rule_rows: list[dict[str, Any]]) -> World:
	"""The world as new, with these rules and two leads."""
	with world.db.transaction():
		for doctype in ("Lead", "Lead Scoring Rule", "Nurture Activity", "Nurture Score Entry"):
			world.db.execute(Query.from_(Table(f"tab{doctype}")).delete())
	for number, row in enumerate(rule_rows):
		world.rule(f"R{number}", **row)
	world.rule("Fits", rule_type="Profile", score_part="Fit", points=5, condition={"activity": "Call"})
	for lead in LEADS:
		world.lead(lead, consent=False)
	scoring.rescore(world.host)  # everybody has a stage
	return world


def state(world: World) -> tuple[list, list]:
	"""Scores, and the ledger by what its entries are for (activities have other ids in each run).

	A profile rule that held for no time at all leaves an entry that never counted; those are left out.
	"""
	names = dict(world.all("Nurture Activity", "name", "dedupe_key"))
	columns = (
		"party",
		"rule",
		"activity",
		"points",
		"score_part",
		"occurred_on",
		"expires_on",
		"half_life_days",
	)
	rows = world.all("Nurture Score Entry", *columns)
	entries = [(*row[:2], names.get(row[2], ""), *row[3:]) for row in rows if row[5] != row[6]]
	scores = world.all(
		"Lead", "name", "nurture_score", "nurture_fit_score", "nurture_engagement_score", "nurture_stage"
	)
	return sorted(entries, key=str), scores


def sums_of_all(world: World) -> list[tuple]:
	rows = []
	for lead, *_ in world.all("Lead", "name"):
		fit, engagement = sums.score_at(world.host, lead)
		rows.append((lead, fit + engagement, fit, engagement))
	return rows


@pytest.mark.parametrize("database", ["sqlite", "mariadb"])
def test_any_order_of_recording_gives_the_same_ledger_as_computing_it_anew(make_world, database):
	world = make_world(database)

	@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
	@given(st.lists(RULES, min_size=1, max_size=4), HAPPENED, st.randoms(use_true_random=False))
	def agree(rule_rows: list[dict[str, Any]], happened: list[ActivityIn], chance: random.Random) -> None:
		happened = [replace(one, dedupe_key=f"K{number}") for number, one in enumerate(happened)]
		cleared(world, rule_rows)
		activities.record(world.host, sorted(happened, key=lambda one: one.occurred_on))
		in_order = state(world)
		assert [row[:4] for row in in_order[1]] == sums_of_all(world)

		cleared(world, rule_rows)
		shuffled = list(happened)
		chance.shuffle(shuffled)
		for one in shuffled:
			activities.record(world.host, [one])
			assert [row[:4] for row in state(world)[1]] == sums_of_all(world)
			if chance.random() < 0.1:  # a repetition is harmless
				assert activities.record(world.host, [one]).new == 0
		out_of_order = state(world)
		assert out_of_order[0] == in_order[0]
		# the stage depends on the way there (slack on the way down); the points do not
		assert [row[:4] for row in out_of_order[1]] == [row[:4] for row in in_order[1]]

		for again in (scoring.rebuild, scoring.rescore):
			result = again(world.host)
			assert (result.changed, result.crossings, state(world)) == (0, [], out_of_order)

	agree()


@pytest.mark.parametrize("database", ["sqlite", "mariadb"])
def test_classifying_later_is_as_if_it_had_been_known(make_world, database):
	world = make_world(database)

	@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
	@given(st.lists(RULES, min_size=1, max_size=3), HAPPENED)
	def agree(rule_rows: list[dict[str, Any]], happened: list[ActivityIn]) -> None:
		happened = [replace(one, dedupe_key=f"K{number}") for number, one in enumerate(happened)]
		cleared(world, rule_rows)
		activities.record(world.host, happened)
		expected = state(world)
		cleared(world, rule_rows)
		other = {"human": "machine", "machine": "human"}
		activities.record(
			world.host, [replace(one, classification=other[one.classification]) for one in happened]
		)
		keys = {one.dedupe_key: one.classification for one in happened}
		for classification in ("machine", "human"):
			rows = world.all("Nurture Activity", "name", "dedupe_key")
			names = [name for name, key in rows if keys.get(key) == classification]
			activities.reclassify(world.host, names, classification)
		found = state(world)
		assert (found[0], [row[:4] for row in found[1]]) == (expected[0], [row[:4] for row in expected[1]])

	agree()


def test_scores_of_every_lead_are_the_sum_of_their_entries_as_time_passes(world):
	"""A month of a small town, rescored at night only."""
	chance = random.Random(7)
	for number, decay in enumerate(("None", "Expire", "Half-life")):
		world.rule(f"R{number}", activity_type=KINDS[number], decay=decay, decay_days=5, cooldown=0, points=9)
	world.rule(
		"Idle", rule_type="Profile", points=-4, condition={"not": {"activity": "Any", "within_days": 4}}
	)
	leads = [world.lead(consent=False) for _ in range(6)]
	for _ in range(30):
		for lead in chance.sample(leads, 2):
			world.record(lead, chance.choice(KINDS))
		world.clock.move_to(world.clock.now() + timedelta(days=1))
		scoring.rescore(world.host)
		shown = world.all("Lead", "name", "nurture_score", "nurture_fit_score", "nurture_engagement_score")
		assert shown == sums_of_all(world)
	assert any(score for _, score, _, _ in shown)


PROFILES = st.fixed_dictionaries(
	{
		"rule_type": st.just("Profile"),
		"points": st.sampled_from([-15, 7, 40]),
		"score_part": st.sampled_from(["Fit", "Engagement"]),
		"condition": st.sampled_from(
			['["city", "=", "Ulm"]', '["city", "=", "Bonn"]', '{"activity": "Call"}', '["city", "is", "set"]']
		),
	}
)
BEHAVIOURS = RULES.map(lambda row: row | {"rule_type": "Behaviour"})
EDITS = st.lists(
	st.one_of(
		st.tuples(st.just("edit"), st.integers(0, 2), PROFILES),
		st.tuples(st.just("edit"), st.integers(0, 2), PROFILES | BEHAVIOURS),
		st.tuples(st.just("switch"), st.integers(0, 2), st.integers(0, 1)),
		st.tuples(st.just("delete"), st.integers(0, 2), st.none()),
		st.tuples(st.just("rebuild"), st.integers(0, 2), st.none()),
		st.tuples(st.just("move"), st.sampled_from(LEADS), st.sampled_from(["Ulm", "Bonn", None])),
		st.tuples(st.just("record"), st.sampled_from(LEADS), st.sampled_from(KINDS)),
	),
	max_size=10,
)


def scores_of(world: World) -> list[tuple]:
	# not their stages, which depend on the way there
	return world.all("Lead", "name", "nurture_score", "nurture_fit_score", "nurture_engagement_score")


def edit(world: World, doctype: str, name: str, values: dict[str, Any]) -> None:
	with world.db.transaction():
		world.db.update(f"tab{doctype}", ("name", *values), [(name, *values.values())])


@pytest.mark.parametrize("database", ["sqlite", "mariadb"])
def test_after_any_edits_of_rules_a_rebuild_gives_the_scores_of_a_new_site(make_world, database):
	"""What rules gave before they were edited, switched off, deleted or made of the other type leaves no trace."""
	world = make_world(database)

	@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
	@given(st.lists(PROFILES | PROFILES | RULES, min_size=3, max_size=3), EDITS)
	def agree(rule_rows: list[dict[str, Any]], edits: list[tuple]) -> None:
		cleared(world, rule_rows)
		cities, happened = dict(zip(LEADS, ("Ulm", "Bonn"), strict=True)), []
		for lead, city in cities.items():
			edit(world, "Lead", lead, {"city": city})
		activities.leads_changed(world.host, LEADS)
		for number, (what, whom, value) in enumerate(edits):
			rule = f"R{whom}"
			if what == "edit":
				edit(world, "Lead Scoring Rule", rule, value)
			elif what == "switch":
				edit(world, "Lead Scoring Rule", rule, {"enabled": value})
			elif what == "delete":
				world.delete("Lead Scoring Rule", rule)
			elif what == "rebuild":
				scoring.rebuild(world.host, rule)
			elif what == "move":
				cities[whom] = value
				edit(world, "Lead", whom, {"city": value})
				activities.leads_changed(world.host, [whom])
			else:
				one = ActivityIn(whom, value, MONDAY - timedelta(hours=100 - number), dedupe_key=f"K{number}")
				happened.append(one)
				activities.record(world.host, [one])
		scoring.rebuild(world.host)
		edited = scores_of(world)
		columns = ("name", *RULES_COLUMNS)
		left = [dict(zip(columns, row, strict=True)) for row in world.all("Lead Scoring Rule", *columns)]

		cleared(world, [])
		world.delete("Lead Scoring Rule", "Fits")
		for row in left:
			world.rule(row.pop("name"), **row)
		for lead, city in cities.items():
			edit(world, "Lead", lead, {"city": city})
		activities.record(world.host, happened)
		scoring.rebuild(world.host)
		assert edited == scores_of(world)

	agree()
