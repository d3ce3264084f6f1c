"""What was asked of one lead before is asked of the next with the same SQL: about that lead, at that moment, of this set-up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from nurture_app.engine import activities, nightly, segments
from tests.database_wrappers import WatchedDatabase
from tests.world import Memory, World


@pytest.fixture
def remembering(world: World) -> World:
	world.host = replace(world.host, memory=Memory())
	return world


def inside(world: World, segment: str) -> list[str]:
	"""Leads that are in it now."""
	members = world.all("Nurture Segment Member", "segment", "party", "left_on")
	return sorted(party for name, party, left_on in members if name == segment and left_on is None)


def test_each_lead_is_asked_about_itself(remembering):
	world = remembering
	world.rule("Visit", activity_type="Page View", points=10)
	world.rule("Software", rule_type="Profile", condition=["industry", "=", "Software"], points=5)
	world.segment("Warm", {"score": [">=", 15]})
	maker, shop = world.lead(industry="Software"), world.lead(industry="Retail")
	for lead in (maker, shop, maker):
		activities.leads_changed(world.host, [lead])
		world.record(lead, "Page View")
	assert (world.score(maker), world.score(shop)) == (15, 10)
	assert inside(world, "Warm") == [maker]


def test_the_moment_is_that_of_the_question(remembering):
	world = remembering
	world.segment("Was here this week", {"activity": "Page View", "within_days": 7})
	world.segment("Long silent", {"activity": "Any", "last_days": [">=", 30]})
	world.rule("Visit", activity_type="Page View", points=10, decay="Half-life", decay_days=10)
	lead = world.lead()
	world.record(lead, "Page View")
	assert (inside(world, "Was here this week"), world.score(lead)) == ([lead], 10)
	world.clock.move_to(world.clock.now() + timedelta(days=10))
	activities.leads_changed(world.host, [lead])
	assert (inside(world, "Was here this week"), world.score(lead)) == ([], 5)
	world.clock.move_to(world.clock.now() + timedelta(days=20))
	activities.leads_changed(world.host, [lead])
	assert inside(world, "Long silent") == [lead]


def test_today_is_the_day_of_the_question(remembering):
	world = remembering
	world.segment("New today", ["creation", "timespan", "today"])
	first = world.lead(creation=world.clock.now())
	activities.leads_changed(world.host, [first])
	assert inside(world, "New today") == [first]
	world.clock.move_to(world.clock.now() + timedelta(days=1))
	second = world.lead(creation=world.clock.now())
	for lead in (first, second):
		activities.leads_changed(world.host, [lead])
	assert inside(world, "New today") == [second]


def test_rules_and_segments_that_change_are_asked_anew(remembering):
	world = remembering
	world.rule("Fits", rule_type="Profile", condition=["industry", "=", "Software"], points=5)
	world.segment("Ours", ["industry", "=", "Software"])
	maker, shop = world.lead(industry="Software"), world.lead(industry="Retail")
	activities.leads_changed(world.host, [maker])
	assert (world.score(maker), inside(world, "Ours")) == (5, [maker])
	world.delete("Lead Scoring Rule", "Fits")
	world.delete("Nurture Segment", "Ours")
	world.rule("Fits", rule_type="Profile", condition=["industry", "=", "Retail"], points=5)
	world.segment("Ours", ["industry", "=", "Retail"])
	world.host.memory.forget()
	for lead in (maker, shop):
		activities.leads_changed(world.host, [lead])
	assert (world.score(maker), world.score(shop), inside(world, "Ours")) == (0, 5, [shop])


def test_personas_are_asked_about_each_lead(remembering):
	world = remembering
	for name, industry in (("Maker", "Software"), ("Seller", "Retail")):
		condition = ["industry", "=", industry]
		world.put("Nurture Persona", name, title=name, enabled=1, condition=condition)
	maker, shop = world.lead(industry="Software"), world.lead(industry="Retail")
	for lead in (maker, shop):
		activities.leads_changed(world.host, [lead])
	assert [world.row("Lead", lead, "nurture_persona")[0] for lead in (maker, shop)] == ["Maker", "Seller"]


def test_alone_and_together_leads_come_to_the_same(remembering):
	world = remembering
	world.rule("Visit", activity_type="Page View", points=10)
	world.segment("Visitors", {"activity": "Page View"})
	world.segment("Of visitors", {"segment": "Visitors"})
	leads = [world.lead() for _ in range(4)]
	world.record(leads[0], "Page View")
	now = world.clock.now()
	activities.record(world.host, [activities.ActivityIn(lead, "Page View", now) for lead in leads[1:]])
	assert inside(world, "Visitors") == inside(world, "Of visitors") == sorted(leads)
	assert {world.score(lead) for lead in leads} == {10}
	assert [row[0] for row in world.all("Nurture Segment", "member_count")] == [4, 4]
	nightly.nightly(world.host)
	assert [row[0] for row in world.all("Nurture Segment", "member_count")] == [4, 4]


def test_to_enter_and_leave_many_segments_takes_as_many_statements_as_one(remembering):
	world = remembering
	counted = []
	for number in (1, 6):
		for place in range(number):
			world.segment(f"Visitors {place}", {"activity": "Page View"})
			world.segment(f"Strangers {place}", {"not": {"activity": "Page View"}})
		world.host.memory.forget()
		lead = world.lead()
		activities.leads_changed(world.host, [lead])
		watched = WatchedDatabase(world.db)
		activities.record(
			replace(world.host, db=watched), [activities.ActivityIn(lead, "Page View", world.clock.now())]
		)
		counted.append(watched.calls)
		assert all(inside(world, f"Visitors {place}") == [lead] for place in range(number))
		assert not any(inside(world, f"Strangers {place}") for place in range(number))
		world.empty("Nurture Segment", "Nurture Segment Member")
	assert counted[0] == counted[1]


def test_a_member_that_somebody_else_entered_meanwhile_is_not_counted_twice(remembering):
	world = remembering
	world.segment("Visitors", {"activity": "Page View"})
	lead = world.lead()
	world.record(lead, "Page View")
	with world.db.transaction():
		world.db.update(
			"tabNurture Segment Member",
			("name", "left_on"),
			[(name, world.clock.now()) for (name,) in world.all("Nurture Segment Member", "name")],
		)
	assert segments.refresh_parties(world.host, [lead]) == 1  # its key is still taken
	assert len(world.all("Nurture Segment Member", "name")) == 1
	assert world.row("Nurture Segment", "Visitors", "member_count") == (1,)
