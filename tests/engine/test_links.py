"""Two links of one campaign, and what became of those who came by either (AB-10)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nurture_app.engine.figures.links import Link, compare_links
from nurture_app.engine.figures.shares import Share, difference
from tests.world import World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def visit(world: World, visitor: str, content: str, campaign: str = "Guide", lead: str = "") -> None:
	if not world.all("Nurture Visitor", "name", name=visitor):
		world.put("Nurture Visitor", visitor, visitor_id=visitor, party=lead or None)
	world.put(
		"Nurture Visit",
		visitor=visitor,
		started_on=world.clock.now(),
		utm_campaign=campaign,
		utm_content=content,
	)
	world.clock.move_to(world.clock.now() + HOUR)


def found(world: World, **values) -> list[Link]:
	now = world.clock.now()
	return compare_links(world.host, now - 30 * DAY, now, **{"activity_type": "Demo Request", **values})


def test_visitors_leads_and_those_who_did_it_are_counted_by_their_link(world):
	for lead in ("ann", "bob", "cid"):
		world.lead(lead)
	visit(world, "v1", "short", lead="ann")
	visit(world, "v2", "short", lead="bob")
	visit(world, "v3", "short")
	visit(world, "v4", "long", lead="cid")
	visit(world, "v5", "long")
	world.record("ann", "Demo Request"), world.record("ann", "Demo Request")
	world.record("bob", "Page View"), world.record("cid", "Demo Request", classification="machine")
	assert found(world) == [Link("Guide", "long", 2, 1, 0), Link("Guide", "short", 3, 2, 1)]


def test_a_visitor_belongs_to_the_link_of_the_first_visit(world):
	for content in ("short", "long", "long"):
		visit(world, "v1", content)
	visit(world, "v2", "long")
	assert [(link.content, link.visitors) for link in found(world)] == [("long", 1), ("short", 1)]


def test_what_was_done_before_the_visit_is_not_due_to_it(world):
	world.lead("ann")
	world.record("ann", "Demo Request")
	world.clock.move_to(world.clock.now() + HOUR)
	visit(world, "v1", "short", lead="ann")
	visit(world, "v2", "long")
	assert [link.reached for link in found(world)] == [0, 0]


@pytest.mark.parametrize(
	("campaign", "contents"), [("", ["a", "b", "c", "d"]), ("Other", ["c", "d"]), ("None", [])]
)
def test_only_campaigns_with_a_choice_are_compared(world, campaign, contents):
	for number, (of, content) in enumerate(
		(("Guide", "a"), ("Guide", "b"), ("Other", "c"), ("Other", "d"), ("Single", "e"), ("Guide", ""))
	):
		visit(world, f"v{number}", content, of)
	assert [link.content for link in found(world, campaign=campaign)] == contents


def test_visits_outside_the_days_are_left_out(world):
	visit(world, "v1", "short"), visit(world, "v2", "long")
	world.clock.move_to(world.clock.now() + 40 * DAY)
	assert found(world) == []


def test_a_difference_is_sure_only_with_enough_people():
	low, high = difference(Share(30, 300), Share(9, 300))
	assert 2 < low < 7 < high < 12
	low, high = difference(Share(3, 30), Share(1, 30))
	assert low < 0 < high
