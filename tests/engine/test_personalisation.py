"""What personalising a message brings: variants beside the default, filled fields beside empty ones (PZ-16)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from nurture_app.engine.experiments.statistics import difference, difference_of_groups, of_conversions
from nurture_app.engine.library.personalisation import FEWEST, Line, in_words, personalisation
from nurture_app.engine.sql import P, Query, Table
from tests.database_wrappers import WatchedDatabase
from tests.engine.test_library import SOFTWARE, block, send
from tests.world import MONDAY, World

BODY = "<p>Hi {{ lead.city | default('there') }}</p><p>{{ block.story }}</p>"


def found(world: World, measure: str = "Clicked", content: str = "") -> dict[tuple[str, str], Line]:
	lines = personalisation(
		world.host, MONDAY - timedelta(days=1), MONDAY + timedelta(days=90), measure, content
	)
	return {(line.name, line.variant): line for line in lines}


def react(world: World, leads: list[str], column: str) -> None:
	touch = Table("tabNurture Touch")
	for lead in leads:
		world.db.execute(Query.update(touch).set(touch[column], P(MONDAY)).where(touch.party == P(lead)))


def deliver(world: World) -> None:
	touch = Table("tabNurture Touch")
	with world.db.transaction():
		world.db.execute(Query.update(touch).set(touch.status, P("Sent")).where(touch.status == P("Queued")))


def mailed(world: World, software: int, others: int) -> tuple[list[str], list[str]]:
	block(world, "story", SOFTWARE)
	some = [world.lead(industry="Software", city="Bonn") for _ in range(software)]
	rest = [world.lead(city="Bonn" if number % 2 else None) for number in range(others)]
	world.settings(window_start="00:00:00", window_end="23:59:59")
	send(world, BODY, *some, *rest)
	deliver(world)
	return some, rest


def test_a_variant_stands_beside_its_default_and_a_filled_field_beside_the_fallback(world):
	some, rest = mailed(world, 30, 40)
	with world.db.transaction():
		react(world, [*some[:24], *rest[:2]], "clicked_on")
	lines = found(world)
	story, default = lines["Story", "Software"], lines["Story", ""]
	assert (story.people, story.reacted, default.people, default.reacted) == (30, 24, 40, 2)
	assert story.lift.low > 0.2 and round(story.lift.estimate, 3) == 0.75 and story.lift.high <= 1
	assert in_words(story, "Clicked").startswith("Those who got it: ")
	assert in_words(default, "Clicked") == ""
	city, fallback = lines["city", "filled in"], lines["city", "fallback"]
	assert (city.people, city.reacted, fallback.people, fallback.reacted) == (50, 25, 20, 1)
	assert found(world, content="Nothing") == {}


def test_too_few_people_say_nothing_and_equal_groups_no_difference(world):
	some, rest = mailed(world, FEWEST, FEWEST)
	with world.db.transaction():
		react(world, [some[0], rest[0]], "replied_on")
	story = found(world, "Replied")["Story", "Software"]
	assert story.lift.low < 0 < story.lift.high
	assert in_words(story, "Replied").startswith("No difference can be told")
	few = replace(story, lift=None)
	assert in_words(few, "Replied") == f"Too few people to compare: at least {FEWEST} on either side."


def test_below_the_least_number_no_interval_is_shown(world):
	mailed(world, FEWEST - 1, FEWEST)
	assert found(world)["Story", "Software"].lift is None


def test_going_on_counts_within_thirty_days_after_the_mail(world):
	some, rest = mailed(world, 2, 2)
	world.record(some[0], "Opportunity Created", MONDAY + timedelta(days=10))
	world.record(some[1], "Opportunity Created", MONDAY + timedelta(days=40))
	world.record(rest[0], "Opportunity Created", MONDAY - timedelta(days=1))
	lines = found(world, "Went On")
	assert (lines["Story", "Software"].reacted, lines["Story", ""].reacted) == (1, 0)


def test_the_number_of_queries_does_not_grow_with_the_mails(world):
	mailed(world, 2, 3)

	def statements() -> int:
		watched = WatchedDatabase(world.db)
		lines = personalisation(
			replace(world.host, db=watched),
			MONDAY - timedelta(days=1),
			MONDAY + timedelta(days=90),
			"Went On",
		)
		assert lines
		return watched.calls

	few = statements()
	world.enroll("Seq", *(world.lead() for _ in range(12)))
	world.tick()
	deliver(world)
	assert statements() == few


@pytest.mark.parametrize("rate", [0.02, 0.3])
def test_two_groups_that_do_not_differ_are_seldom_told_apart_and_chance_alone_is_told_more_narrowly(rate):
	chance = np.random.default_rng(16)
	wrong = 0
	for _ in range(200):
		first, second = (of_conversions(1, 300, int(chance.binomial(300, rate))) for _ in range(2))
		apart = difference_of_groups(first, second, 0.05)
		wrong += apart.low > 0 or apart.high < 0
	assert wrong <= 10
	drawn = difference(first, second, 0.05)
	assert apart.high - apart.low > 0 and apart.low <= apart.estimate <= apart.high
	assert drawn.low <= drawn.estimate <= drawn.high
