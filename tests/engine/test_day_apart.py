"""Who comes on a Saturday: two mails on Monday, or one on Monday and one on Tuesday, as the settings say."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from nurture_app.engine.forecast import upcoming
from tests.world import MONDAY, World

SATURDAY = MONDAY + timedelta(days=5)
DAYS = [{"step_label": f"Day {day}", "timing": "On Day", "day": day} for day in (1, 3, 5)]


def left(world: World, steps: list[dict[str, Any]], start: datetime = SATURDAY, **lead: Any) -> list[str]:
	"""When the mails left to somebody who came at `start`, on the site's clock; foreseen right before the first."""
	world.run_until(start)
	world.sequence("Seq", steps)
	world.enroll("Seq", world.lead("ann", **lead))
	world.tick()
	foreseen = sorted((one.step, one.due_on) for one in upcoming(world.host, "ann"))
	world.run_until(start + timedelta(days=20))
	rows = world.all("Nurture Touch", "step", "queued_on", channel="Email")
	assert all(row in rows for row in foreseen)
	return [f"{moment:%a %d %H:%M}" for moment in sorted(moment for _, moment in rows)]


@pytest.fixture
def apart(world: World) -> World:
	world.settings(days_apart=1, cap_messages=0)
	return world


def test_as_it_ships_a_moved_mail_moves_no_later_one(world):
	assert left(world, DAYS) == ["Mon 09 09:00", "Mon 09 09:00", "Wed 11 09:00"]


def test_the_second_waits_a_day_and_the_third_keeps_its_own(apart):
	assert left(apart, DAYS) == ["Mon 09 09:00", "Tue 10 09:00", "Wed 11 09:00"]


def test_the_reason_is_on_record_while_it_waits(apart):
	apart.run_until(SATURDAY)
	apart.sequence("Seq", DAYS)
	apart.enroll("Seq", apart.lead("ann"))
	apart.run_until(SATURDAY + timedelta(days=2))
	assert apart.all("Nurture Enrollment", "step", "status", "reason") == [("Day 3", "Active", "same_day")]
	planned = apart.all("Nurture Touch", "status", "reason", step="Day 3")
	assert planned == [("Planned", "same_day")]


@pytest.mark.parametrize(
	"following",
	[
		[{"step_label": "Two", "delay": 1}],
		[{"step_label": "Wait", "step_type": "Wait", "delay": 1}, {"step_label": "Two"}],
	],
	ids=["at once", "after a wait"],
)
def test_mails_that_follow_each_other_are_kept_apart_too(apart, following):
	assert left(apart, [{"step_label": "One"}, *following]) == ["Mon 09 09:00", "Tue 10 09:00"]


def test_mails_planned_for_one_day_stay_on_it(apart):
	steps = [{"step_label": "One"}, {"step_label": "Two", "delay": 3, "delay_unit": "Hours"}]
	assert left(apart, steps) == ["Mon 09 09:00", "Mon 09 09:00"]
	assert not apart.all("Nurture Touch", "name", reason="same_day")


@pytest.mark.parametrize("start", [MONDAY, SATURDAY])
def test_an_answer_to_what_the_reader_does_that_day_does_not_wait_for_the_next(apart, start):
	"""How long one would have waited for it, had it not happened, says nothing of days."""
	wait = {"step_type": "Wait Until", "wait_activity": "Pricing Page View", "timeout": 5}
	steps = [{"step_label": "One"}, {"step_label": "Wait", **wait}, {"step_label": "Two"}]
	monday = MONDAY if start == MONDAY else MONDAY + timedelta(days=7)
	apart.run_until(start)
	apart.sequence("Seq", steps)
	lead = apart.lead("ann")
	apart.enroll("Seq", lead)
	apart.run_until(monday + timedelta(hours=1))
	apart.record(lead, "Pricing Page View")
	apart.run_until(monday + timedelta(days=9))
	rows = apart.all("Nurture Touch", "step", "queued_on", channel="Email")
	assert [(step, moment.date()) for step, moment in rows] == [
		("One", monday.date()),
		("Two", monday.date()),
	]


def test_what_is_overdue_once_a_wait_has_ended_follows_on_that_day(apart):
	wait = {"step_type": "Wait Until", "wait_activity": "Pricing Page View", "timeout": 5}
	steps = [{"step_label": "Wait", **wait}, {"step_label": "Two"}]
	steps.append({"step_label": "Day 3", "timing": "On Day", "day": 3})
	assert left(apart, steps, MONDAY) == ["Mon 09 09:00", "Mon 09 09:00"]


def test_on_days_of_their_own_nothing_changes(apart):
	assert left(apart, DAYS, MONDAY) == ["Mon 02 10:00", "Wed 04 09:00", "Fri 06 09:00"]


def test_the_day_is_the_recipients(apart):
	"""In Auckland it is Monday evening when Sunday ends in UTC; the window there opens on Sunday at 20:00 UTC."""
	found = left(apart, DAYS, nurture_time_zone="Pacific/Auckland")
	assert found == ["Sun 08 20:00", "Mon 09 20:00", "Tue 10 20:00"]


def test_a_mail_for_a_weekday_waits_for_the_next_such_day(apart):
	steps = [
		{"step_label": "One", "at_weekday": "Tuesday"},
		{"step_label": "Two", "delay": 2, "at_weekday": "Tuesday"},
	]
	assert left(apart, steps) == ["Tue 10 09:00", "Tue 17 09:00"]


def test_it_holds_without_a_cap_and_with_one(apart):
	apart.settings(cap_messages=2, cap_days=1)
	assert left(apart, DAYS)[:2] == ["Mon 09 09:00", "Tue 10 09:00"]


def test_other_sequences_may_write_on_that_day(apart):
	apart.sequence("Other", [{"step_label": "Hello", "timing": "On Day", "day": 3}])
	apart.run_until(SATURDAY)
	apart.sequence("Seq", DAYS[:1])
	lead = apart.lead("ann")
	apart.enroll("Seq", lead), apart.enroll("Other", lead)
	apart.run_until(SATURDAY + timedelta(days=3))
	days = [moment.day for (moment,) in apart.all("Nurture Touch", "queued_on", channel="Email")]
	assert days == [9, 9]
