"""An activity makes only those rules and segments look again that can see it, and the outcome is as if all had looked."""

import random
from dataclasses import replace

import pytest

from nurture_app.engine import activities, conditions, scoring, segments
from nurture_app.engine.condition_leaves import LEAF_TYPES
from nurture_app.engine.condition_scope import Happened
from nurture_app.simulator.tables import lead_catalog
from tests.database_wrappers import WatchedDatabase

VISITED = Happened(frozenset({"Page View"}))
SEES_A_VISIT = {
	'{"activity": "Page View"}': True,
	'{"activity": ["Demo Request", "Page View"]}': True,
	'{"activity": "Any", "within_days": 60}': True,
	'{"activity": "Demo Request"}': False,
	'{"segment": "Other"}': True,
	'{"tag": "VIP"}': False,
	'{"score": [">=", 50]}': True,
	'{"stage": "MQL"}': True,
	'{"touches": "opened", "sequence": "Any"}': True,
	'{"consent": "Email"}': False,
	'{"asset": "Price List"}': False,
	'{"age_days": [">=", 3], "field": "creation"}': False,
	'{"age_days": [">=", 3], "field": "nurture_last_activity_on"}': True,
	'["industry", "=", "Software"]': False,
	'["nurture_score", ">=", 50]': True,
	'{"not": {"activity": "Page View"}}': True,
	'{"all": [["industry", "=", "Software"], {"any": [{"tag": "VIP"}, {"activity": "Page View"}]}]}': True,
	'{"any": [["industry", "=", "Software"], {"tag": "VIP"}]}': False,
}


@pytest.mark.parametrize("text", SEES_A_VISIT)
def test_what_a_condition_can_see_of_a_visit(text):
	assert conditions.follows(conditions.parse(text, lead_catalog()), VISITED) is SEES_A_VISIT[text]


def test_every_kind_of_leaf_is_asked_above():
	assert all(any(f'"{key}"' in text for text in SEES_A_VISIT) for key in LEAF_TYPES)


def test_scores_and_segments_are_as_if_everything_had_been_looked_at(world):
	make_rules_and_segments(world)
	leads = [world.lead(industry=industry) for industry in ("Software", "Retail", None)]
	scoring.rescore(world.host)
	segments.refresh_all(world.host)
	chance = random.Random(7)
	kinds = ("Page View", "Demo Request", "Email Open", "Unsubscribe", "Opportunity Created", "Meeting")
	for _ in range(60):
		world.record(chance.choice(leads), chance.choice(kinds))
		assert scoring.rescore(world.host).changed == 0
		assert scoring.rebuild(world.host).changed == 0
		moves = segments.refresh_all(world.host)
		assert not any(one.entered or one.left for one in moves.values())


def make_rules_and_segments(world):
	world.rule("Visit", activity_type="Page View", points=10)
	world.rule("Demo", activity_type="Demo Request", points=30, cap_count=2)
	world.rule("Anything", activity_type="Any", points=1, cap_count=0, cooldown=0)
	world.rule("Fits", rule_type="Profile", condition=["industry", "=", "Software"], points=10)
	world.rule("Quiet", rule_type="Profile", condition={"not": {"activity": "Any"}}, points=-5)
	world.rule(
		"Visited", rule_type="Profile", condition={"activity": "Page View", "count": [">=", 2]}, points=3
	)
	world.segment("Visitors", {"activity": "Page View"})
	world.segment("Warm", {"score": [">=", 20]})
	world.segment("MQL", {"stage": ["MQL", "SQL"]})
	world.segment("Never", {"not": {"activity": "Any"}})
	world.segment("Warm Software", [{"segment": "Warm"}, ["industry", "=", "Software"]])
	world.segment("Seen lately", ["nurture_last_activity_on", "is", "set"])
	world.segment("Software", ["industry", "=", "Software"])


def test_rules_and_segments_that_cannot_see_a_visit_cost_nothing(world):
	def calls_of_a_visit() -> int:
		watched = WatchedDatabase(world.db)
		visit = activities.ActivityIn(lead, "Page View", world.clock.now())
		activities.record(replace(world.host, db=watched), [visit])
		return watched.calls

	lead = world.lead()
	world.rule("Visit", activity_type="Page View", points=10)
	calls_of_a_visit()
	few = calls_of_a_visit()
	world.rule("Demo", activity_type="Demo Request", points=10)
	world.rule("Fits", rule_type="Profile", condition=["industry", "=", "Software"], points=10)
	world.segment("Software", ["industry", "=", "Software"])
	assert calls_of_a_visit() == few


def test_an_activity_that_comes_twice_counts_once(world):
	lead = world.lead()
	world.rule("Visit", activity_type="Page View", points=10, cooldown=0)
	first, second = (
		activities.ActivityIn(lead, "Page View", world.clock.now(), dedupe_key=key) for key in "ab"
	)
	assert activities.record(world.host, [first, first]).new == 1
	assert activities.record(world.host, [first, second]).new == 1
	assert activities.record(world.host, [first]).new == 0
	assert world.score(lead) == 20
