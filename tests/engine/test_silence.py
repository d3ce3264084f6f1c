"""Whoever gives no sign for the longest time is left alone until there is one (CD-09)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from nurture_app.engine import activities
from nurture_app.engine.activities import ActivityIn
from nurture_app.engine.nightly import nightly
from nurture_app.engine.silence import COLUMNS, is_silent, put_silent_aside
from tests.database_wrappers import Intruder, interrupted
from tests.world import MONDAY, World

YEAR = timedelta(days=360)


@pytest.fixture
def silent(world):
	"""A lead that has been written to for a year, and is in a promotional and another sequence."""
	world.settings(silence_months=12)
	world.sequence("Offers", [{"step_label": "Wait", "step_type": "Wait", "delay": 1000}], promotional=1)
	world.sequence("Service", [{"step_label": "Wait", "step_type": "Wait", "delay": 1000}])
	lead = world.lead()
	write_to(world, lead)
	world.enroll("Offers", lead)
	world.enroll("Service", lead)
	world.clock.move_to(MONDAY + YEAR)
	return lead


def write_to(world: World, lead: str, status: str = "Sent") -> None:
	world.put("Nurture Touch", party=lead, channel="Email", status=status, queued_on=world.clock.now())


def state(world: World, lead: str) -> dict[str, tuple[str, str]]:
	rows = world.all("Nurture Enrollment", "sequence", "status", "reason", party=lead)
	return {sequence: (status, reason or "") for sequence, status, reason in rows}


def test_after_a_year_without_a_sign_promotional_sequences_end_and_take_nobody(world, silent):
	assert put_silent_aside(world.host) == 1
	assert state(world, silent) == {"Offers": ("Exited", "archived"), "Service": ("Active", "")}
	assert [one.reason for one in world.enroll("Offers", silent)] == ["archived"]
	assert put_silent_aside(world.host) == 0


def test_a_new_sign_opens_them_again_at_once(world, silent):
	put_silent_aside(world.host)
	again = {"trigger_type": "Activity", "trigger_activity": "Content Download", "promotional": 1}
	world.sequence("After a Download", [{"step_label": "Mail"}], **again)
	world.clock.move_to(world.clock.now() + timedelta(hours=1))
	world.record(silent, "Content Download")
	assert state(world, silent)["After a Download"][0] == "Active"
	nightly(world.host)
	assert world.row("Lead", silent, "nurture_archived_on") == (None,)
	world.sequence("Other Offers", [{"step_label": "Mail"}], promotional=1, priority=9)
	assert world.enroll("Other Offers", silent)[0].reason == ""


def test_the_time_begins_with_the_first_message_after_the_last_sign(world, silent):
	never_written_to, answered, lately, taken_back = (world.lead(creation=MONDAY) for _ in range(4))
	world.clock._now = MONDAY
	write_to(world, answered)
	write_to(world, taken_back, "Skipped")
	world.clock.move_to(MONDAY + timedelta(days=300))
	write_to(world, lately)
	world.record(answered, "Email Reply")
	world.clock.move_to(MONDAY + YEAR)
	put_silent_aside(world.host)
	for lead in (never_written_to, answered, lately, taken_back):
		assert world.row("Lead", lead, "nurture_archived_on") == (None,)
	assert world.row("Lead", silent, "nurture_archived_on")[0] is not None


def test_without_the_setting_nobody_is_put_aside(world, silent):
	world.settings(silence_months=0)
	assert put_silent_aside(world.host) == 0
	assert state(world, silent)["Offers"] == ("Active", "")


def test_an_answer_that_was_fetched_only_after_the_night_counts(world, silent):
	put_silent_aside(world.host)
	world.clock.move_to(world.clock.now() + timedelta(hours=1))
	world.record(silent, "Email Reply", MONDAY + YEAR - timedelta(hours=1))
	assert world.enroll("Offers", silent)[0].reason == ""
	put_silent_aside(world.host)
	assert world.row("Lead", silent, "nurture_archived_on") == (None,)


def test_a_sign_at_any_moment_of_putting_aside_counts(mariadb_world):
	world = mariadb_world
	world.settings(silence_months=12)
	other = world.db.another("other", wait=False)
	at, calls, put_aside = 0, 1, set()
	while at < calls:
		lead = world.lead()
		write_to(world, lead)
		world.clock.move_to(world.clock.now() + YEAR)
		sign = ActivityIn(lead, "Email Reply", world.clock.now())
		answer = Intruder(partial(activities.record, replace(world.host, db=other), [sign]))
		watched = interrupted(world.db, at, answer)
		put_aside.add(put_silent_aside(replace(world.host, db=watched)))
		at, calls = at + 1, max(calls, watched.calls)
		answer.comes_after()
		with world.db.transaction():  # see what the other one did
			pass
		columns = dict(zip(COLUMNS, world.row("Lead", lead, *COLUMNS), strict=True))
		assert not is_silent(columns), at - 1
	other.close()
	assert put_aside == {0, 1}, "it came in before the lead was put aside, and after"
