"""Whether leads that did something became customers more often than the others."""

from __future__ import annotations

from datetime import timedelta

from nurture_app.engine.figures.predictors import OUTCOMES, predictors
from nurture_app.engine.figures.shares import Share
from tests.world import World

CUSTOMER, OPPORTUNITY, MEETING = OUTCOMES
DAY = timedelta(days=1)


def note(world: World, lead: str, kind: str, days: float = 0, by: str = "human") -> None:
	moment = world.clock.now() + days * DAY
	world.put(
		"Nurture Activity", party_type="Lead", party=lead, activity_type=kind, occurred_on=moment,
		classification=by, dedupe_key=f"{lead}|{kind}|{moment}",
	)  # fmt: skip


def look(world: World, outcome: str = CUSTOMER):
	return predictors(world.host, world.clock.now() - DAY, world.clock.now() + DAY, outcome)


def leads(world: World, count: int, *did: str, bought: int = 0) -> list[str]:
	found = [world.lead() for _ in range(count)]
	for number, lead in enumerate(found):
		for kind in did:
			note(world, lead, kind, -1)
		if number < bought:
			note(world, lead, CUSTOMER)
	return found


def test_who_did_it_is_compared_with_everybody_else(world: World):
	world.rule("Asked", activity_type="Demo Request", points=30)
	world.rule("Asked twice", activity_type="Demo Request", points=10)
	leads(world, 40, "Demo Request", "Page View", bought=20)
	leads(world, 60, "Page View", bought=2)
	leads(world, 40, bought=1)
	found = look(world)
	assert found.everybody == Share(23, 140)
	asked, viewed = found.kinds
	assert (asked.kind, asked.did, asked.others) == ("Demo Request", Share(20, 40), Share(3, 100))
	assert (asked.verdict, asked.points) == ("More Often", (30, 10))
	assert (viewed.kind, viewed.did, viewed.points) == ("Page View", Share(22, 100), ())
	assert 0 < asked.low < 47 < asked.high < 100


def test_what_came_after_does_not_count_and_neither_do_machines(world: World):
	lead, other = leads(world, 2, bought=2)
	note(world, lead, "Email Click", 1)
	note(world, other, "Email Click", -1, by="machine")
	assert look(world).kinds == ()
	note(world, other, "Email Click", -2)
	assert look(world).kinds[0].did == Share(1, 1)


def test_a_rule_for_any_activity_pays_for_each_of_them(world: World):
	world.rule("Active", activity_type="Any", points=1)
	world.rule("Viewed", activity_type="Page View", points=5)
	leads(world, 1, "Page View", "Email Click")
	assert {one.kind: one.points for one in look(world).kinds} == {"Page View": (5, 1), "Email Click": (1,)}


def test_the_outcome_says_nothing_of_itself_and_many_times_count_once(world: World):
	(lead,) = leads(world, 1, "Page View", bought=1)
	note(world, lead, "Page View", -2)
	note(world, lead, OPPORTUNITY)
	assert [one.kind for one in look(world).kinds] == ["Page View"]
	assert look(world).kinds[0].did == Share(1, 1)
	assert look(world, OPPORTUNITY).everybody == Share(1, 1)


def test_of_few_people_nothing_is_said(world: World):
	leads(world, 19, "Demo Request", bought=19)
	leads(world, 50, "Page View", bought=1)
	leads(world, 30)
	viewed, asked = look(world).kinds
	assert (viewed.kind, viewed.verdict) == ("Page View", "Less Often")
	assert (asked.kind, asked.verdict) == ("Demo Request", "Too Few")


def test_where_many_kinds_are_compared_more_is_asked_of_each(world: World):
	some = leads(world, 50, "Page View", bought=16)
	others = leads(world, 50, bought=7)
	assert [one.verdict for one in look(world).kinds] == ["More Often"]
	for kind in ("Email Click", "Email Reply", "Form Submitted", "Chat Started", "Content Download"):
		for lead in [*some[:25], *others[:25]]:
			note(world, lead, kind, -1)
	viewed = next(one for one in look(world).kinds if one.kind == "Page View")
	assert viewed.verdict == "No Difference"


def test_leads_of_which_nobody_knows_when_are_left_out(world: World):
	world.lead(status="Converted")
	world.lead(nurture_quarantined=1)
	leads(world, 3, bought=1)
	assert look(world).everybody == Share(1, 3)
	assert look(world, OPPORTUNITY).everybody == Share(0, 4)
	assert look(world, MEETING).everybody == Share(0, 4)
