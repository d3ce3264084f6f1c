"""People of one company get no two different offers within some days."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.world import MONDAY, World

DAY = timedelta(days=1)
KNOWN = {"journey_stage": "Decision", "promotion_reason": "They asked for it."}


def offer(world: World, name: str, **values: Any) -> str:
	texts = {"subject": name, "body": "<p>Hello {{ lead.first_name | default('there') }}</p>", "revision": 1}
	return world.put("Nurture Content", name, title=name, **texts, cta_strength="Hard", **values)


@pytest.fixture
def world(world):
	"""The buyers' track offers a discount, the engineers' a trial; a newsletter offers nothing."""
	world.settings(account_offer_days=7, window_start="00:00:00", window_end="23:59:59")
	for sequence, content in (("Buyers", "Discount"), ("Engineers", "Trial")):
		world.sequence(sequence, [{"step_label": "Offer", "content": offer(world, content)}], **KNOWN)
	world.sequence("News", [{"step_label": "News"}])
	return world


def colleagues(world: World) -> tuple[str, str, str]:
	return (
		world.lead("ann", company_name="Acme"),
		world.lead("bob", company_name="ACME"),
		world.lead("cid", company_name="Other"),
	)


def test_the_second_offer_waits_until_the_days_are_over(world):
	ann, bob, cid = colleagues(world)
	world.enroll("Buyers", ann)
	world.tick()
	world.clock.move_to(MONDAY + DAY)
	world.enroll("Engineers", bob, cid)
	world.tick()
	assert (world.sent(ann), world.sent(bob), world.sent(cid)) == (["Discount"], [], ["Trial"])
	assert world.all("Nurture Enrollment", "due_on", party=bob)[0][0] is not None
	world.run_until(MONDAY + 7 * DAY - timedelta(minutes=5))
	assert world.sent(bob) == []
	world.run_until(MONDAY + 7 * DAY + timedelta(hours=1))
	assert world.sent(bob) == ["Trial"]


def test_two_offers_in_one_batch_are_seen_too(world):
	ann, bob, _cid = colleagues(world)
	world.enroll("Buyers", ann)
	world.enroll("Engineers", bob)
	world.tick()
	assert len(world.sent()) == 1


def test_the_same_offer_what_offers_nothing_and_ones_own_offers_contradict_nobody(world):
	ann, bob, _cid = colleagues(world)
	world.enroll("Buyers", ann, bob)
	world.enroll("News", ann, bob)
	world.enroll("Engineers", world.lead("dan"))
	world.tick()
	assert sorted(world.sent()) == ["Discount", "Discount", "News News", "News News", "Trial"]
	world.clock.move_to(MONDAY + DAY)
	world.sequence("More", [{"step_label": "Offer", "content": "Trial"}], **KNOWN)
	eve = world.lead("eve", company_name="Solo")
	world.enroll("Buyers", eve)
	world.tick()
	world.enroll("More", eve)
	world.tick()
	assert world.sent(eve) == ["Discount", "Trial"]


def test_switched_off_it_keeps_nobody_waiting(world):
	world.settings(account_offer_days=0)
	ann, bob, _cid = colleagues(world)
	world.enroll("Buyers", ann)
	world.enroll("Engineers", bob)
	world.tick()
	assert sorted(world.sent()) == ["Discount", "Trial"]
