"""Who becomes high-touch leaves what is not meant for such leads, and nothing of it reaches them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from nurture_app.engine import activities, nightly
from nurture_app.engine.codes import Reason
from nurture_app.engine.enrollments.entering import enroll
from tests.world import World

TRADE = ["industry", "=", "Software"]
HIGH, LOW = "High-Touch", "Low-Touch"
MAIL = {"step_label": "Mail", "step_type": "Email", "content": "Hello", "timing": "On Day", "day": 1}
LATER = {**MAIL, "step_label": "Later", "day": 3}
TASK = {"step_label": "Look", "step_type": "Task", "task_kind": "To Do", "task_description": "Look them up."}


def tier(world: World, title: str, position: int, of: str = "", **values: Any) -> None:
	row = {"title": title, "position": position, "segment": of, "enabled": 1, "by_people": 0, **values}
	world.put("Nurture Touch Tier", title, **row)


def tier_of(world: World, lead: str) -> str | None:
	return world.row("Lead", lead, "nurture_tier")[0]


def crossings(world: World, lead: str) -> list[tuple[str, str]]:
	kinds = ("High-Touch Reached", "High-Touch Ended")
	rows = world.all("Nurture Activity", "activity_type", "detail", party=lead)
	return [(kind, detail) for kind, detail in rows if kind in kinds]


def change(world: World, lead: str, **values: Any) -> None:
	with world.db.transaction():
		world.db.update("tabLead", ("name", *values), [(lead, *values.values())])
	activities.leads_changed(world.host, [lead])


def state(world: World, lead: str, sequence: str) -> tuple[str, str]:
	return world.all("Nurture Enrollment", "status", "reason", party=lead, sequence=sequence)[0]


@pytest.fixture
def tiers(world):
	"""Software is high-touch, the rest is not."""
	world.content("Hello")
	tier(world, HIGH, 1, world.segment("Worth time", TRADE), by_people=1)
	tier(world, LOW, 2)
	return world


def test_everybody_has_a_tier_and_the_one_without_a_segment_takes_the_rest(tiers):
	rich, other = tiers.lead(industry="Software"), tiers.lead(industry="Food")
	activities.leads_changed(tiers.host, [rich, other])
	assert [tier_of(tiers, lead) for lead in (rich, other)] == [HIGH, LOW]
	assert crossings(tiers, rich) == [("High-Touch Reached", HIGH)]
	assert crossings(tiers, other) == []


def test_the_size_of_a_deal_makes_the_difference(world):
	condition = ["nurture_deal_size", ">=", 50_000]
	tier(world, HIGH, 1, world.segment("Large", condition), by_people=1)
	small, large = world.lead(nurture_deal_size=2_000), world.lead(nurture_deal_size=200_000)
	activities.leads_changed(world.host, [small, large])
	assert [tier_of(world, lead) for lead in (small, large)] == [None, HIGH]


def test_templates_end_at_once_and_what_is_queued_comes_back(tiers):
	sequence, lead = tiers.sequence("Bulk", [MAIL, LATER]), tiers.lead(industry="Food")
	tiers.enroll(sequence, lead)
	tiers.tick()
	assert len(tiers.outbox.messages) == 1
	change(tiers, lead, industry="Software")
	assert state(tiers, lead, sequence) == ("Exited", Reason.HIGH_TOUCH)
	assert len(tiers.outbox.cancelled) == 1


def test_what_suits_them_and_what_only_gives_tasks_goes_on(tiers):
	suits = tiers.sequence("Personal", [MAIL, LATER], for_high_touch=1)
	tasks = tiers.sequence("Tasks", [TASK, {**TASK, "step_label": "Again", "timing": "On Day", "day": 3}])
	lead = tiers.lead(industry="Food")
	tiers.enroll(suits, lead)
	tiers.enroll(tasks, lead)
	change(tiers, lead, industry="Software")
	assert [state(tiers, lead, one)[0] for one in (suits, tasks)] == ["Active", "Active"]


def test_nobody_puts_them_into_templates_either(tiers):
	sequence, lead = tiers.sequence("Bulk", [MAIL]), tiers.lead(industry="Software")
	activities.leads_changed(tiers.host, [lead])
	assert [one.reason for one in enroll(tiers.host, sequence, [lead])] == [Reason.HIGH_TOUCH]
	suits = tiers.sequence("Personal", [MAIL], for_high_touch=1)
	assert [one.reason for one in enroll(tiers.host, suits, [lead])] == [""]


def test_who_became_so_behind_our_back_gets_no_mail_any_more(tiers):
	sequence, lead = tiers.sequence("Bulk", [MAIL]), tiers.lead(industry="Food")
	tiers.enroll(sequence, lead)
	with tiers.db.transaction():
		tiers.db.update("tabLead", ("name", "nurture_tier"), [(lead, HIGH)])
	tiers.tick()
	assert tiers.outbox.messages == []
	assert state(tiers, lead, sequence) == ("Exited", Reason.HIGH_TOUCH)


def test_the_play_of_the_owner_begins_and_what_is_for_the_others_after_it(tiers):
	values = {"trigger_type": "Activity", "reentry": "Always"}
	play = tiers.sequence("Play", [TASK], trigger_activity="High-Touch Reached", **values)
	back = tiers.sequence("Back", [MAIL], trigger_activity="High-Touch Ended", **values)
	lead = tiers.lead(industry="Software")
	activities.leads_changed(tiers.host, [lead])
	tiers.tick()
	assert len(tiers.todos.tasks) == 1
	change(tiers, lead, industry="Food")
	assert crossings(tiers, lead)[-1] == ("High-Touch Ended", LOW)
	assert tiers.all("Nurture Enrollment", "sequence", party=lead) == [(play,), (back,)]


def test_who_goes_quiet_is_low_touch_again_in_the_night(world):
	quiet = {"all": [TRADE, {"activity": "Any", "within_days": 45}]}
	tier(world, HIGH, 1, world.segment("Worth time", quiet), by_people=1)
	tier(world, LOW, 2)
	lead = world.lead(industry="Software")
	world.record(lead, "Page View")
	assert tier_of(world, lead) == HIGH
	world.clock.move_to(world.clock.now() + timedelta(days=46))
	nightly.nightly(world.host)
	assert (tier_of(world, lead), crossings(world, lead)[-1]) == (LOW, ("High-Touch Ended", LOW))


def test_customers_keep_the_tier_in_which_they_were_won_and_get_what_is_for_customers(tiers):
	sequence = tiers.sequence("Onboarding", [MAIL], exit_on_conversion=0)
	lead = tiers.lead(industry="Software")
	activities.leads_changed(tiers.host, [lead])
	change(tiers, lead, industry="Food", status="Converted")
	nightly.nightly(tiers.host)
	assert (tier_of(tiers, lead), crossings(tiers, lead)) == (HIGH, [("High-Touch Reached", HIGH)])
	assert [one.reason for one in tiers.enroll(sequence, lead)] == [""]
	tiers.tick()
	assert len(tiers.outbox.messages) == 1


def test_one_tier_of_people_after_another_is_no_crossing(tiers):
	tier(tiers, "Top", 0, tiers.segment("Top", ["industry", "=", "Banking"]), by_people=1)
	lead = tiers.lead(industry="Software")
	activities.leads_changed(tiers.host, [lead])
	change(tiers, lead, industry="Banking")
	assert tier_of(tiers, lead) == "Top"
	assert crossings(tiers, lead) == [("High-Touch Reached", HIGH)]


def test_a_condition_may_ask_for_the_tier(tiers):
	tiers.segment("A high ones", ["nurture_tier", "=", HIGH])
	lead = tiers.lead(industry="Software")
	activities.leads_changed(tiers.host, [lead])
	assert tiers.all("Nurture Segment Member", "party", segment="A high ones") == [(lead,)]
