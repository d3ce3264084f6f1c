"""Steps that wait until something happens, or until their time is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from nurture_app.engine import activities, lifecycle, runner
from nurture_app.engine.activities import ActivityIn
from nurture_app.engine.enrollments import pausing
from tests.database_wrappers import WatchedDatabase
from tests.world import MONDAY, World

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def waiting(world: World, *, after: int = 1, reentry: str = "Never", **values: Any) -> str:
	wait = {
		"step_label": "Wait",
		"step_type": "Wait Until",
		"wait_activity": "Page View",
		"timeout": 7,
		"timeout_unit": "Days",
		"on_true": "Came",
		"on_false": "Late",
	}
	steps = [
		{"step_label": "Hello"},
		wait | values,
		{"step_label": "Came", "delay": after, "go_to": "Stop"},
		{"step_label": "Late", "delay": after},
		{"step_label": "Stop", "step_type": "End"},
	]
	return world.sequence("Seq", steps, reentry=reentry)


def queued(world: World, step: str) -> list:
	return [moment for (moment,) in world.all("Nurture Touch", "queued_on", step=step)]


def entered(world: World, **values: Any) -> str:
	lead = world.lead(**values)
	world.enroll("Seq", lead)
	world.tick()
	return lead


def test_what_happens_ends_the_wait_at_once_and_the_next_step_counts_from_it(world):
	waiting(world)
	lead = entered(world)
	world.run_until(MONDAY + DAY)
	world.clock.move_to(MONDAY + DAY + HOUR)
	world.record(lead, "Page View")
	world.run_until(MONDAY + 20 * DAY)
	assert world.sent(lead) == ["Seq Hello", "Seq Came"]
	assert queued(world, "Came") == [MONDAY + 2 * DAY + HOUR]
	assert world.all("Nurture Touch", "status", "reason_detail", step="Wait") == [("Done", "true")]


def test_after_the_longest_wait_the_other_way_is_gone_from_that_moment(world):
	waiting(world)
	lead = entered(world)
	world.run_until(MONDAY + 20 * DAY)
	assert world.sent(lead) == ["Seq Hello", "Seq Late"]
	assert queued(world, "Late") == [MONDAY + 8 * DAY]
	assert world.all("Nurture Touch", "status", "reason_detail", step="Wait") == [("Done", "false")]


def test_what_happened_before_does_not_count(world):
	waiting(world, delay=2)
	lead = entered(world)
	world.record(lead, "Page View", MONDAY - DAY)
	world.run_until(MONDAY + DAY)
	world.record(lead, "Page View")
	world.run_until(MONDAY + 20 * DAY)
	assert world.sent(lead)[-1] == "Seq Late"
	assert queued(world, "Late") == [MONDAY + 10 * DAY]


def test_what_started_the_sequence_is_not_what_its_first_step_waits_for(world):
	steps = [
		{
			"step_label": "Wait",
			"step_type": "Wait Until",
			"wait_activity": "Page View",
			"timeout": 2,
			"on_false": "Late",
			"on_true": "Again",
		},
		{"step_label": "Again", "go_to": "Stop"},
		{"step_label": "Late"},
		{"step_label": "Stop", "step_type": "End"},
	]
	world.sequence("Seq", steps, trigger_type="Activity", trigger_activity="Page View")
	once, again = world.lead(), world.lead()
	world.record(once, "Page View"), world.record(again, "Page View")
	world.run_until(MONDAY + DAY)
	world.record(again, "Page View")
	world.run_until(MONDAY + 5 * DAY)
	assert (world.sent(once), world.sent(again)) == (["Seq Late"], ["Seq Again"])


def test_what_happens_between_arriving_and_a_late_tick_counts(world):
	waiting(world, delay=1)
	lead = entered(world)
	world.clock.move_to(MONDAY + DAY + HOUR)
	world.record(lead, "Page View")  # it stands at the step in truth, though no tick has seen that yet
	world.clock.move_to(MONDAY + DAY + 2 * HOUR)
	world.run_until(MONDAY + 20 * DAY)
	assert world.sent(lead)[-1] == "Seq Came"
	assert queued(world, "Came") == [MONDAY + 2 * DAY + HOUR]


def test_what_happens_after_the_time_is_over_comes_too_late_even_for_a_late_tick(world):
	waiting(world)
	lead = entered(world)
	world.clock.move_to(MONDAY + 7 * DAY + HOUR)
	world.record(lead, "Page View")
	world.run_until(MONDAY + 20 * DAY)
	assert world.sent(lead)[-1] == "Seq Late"


def test_only_what_people_did_with_the_right_detail_wakes(world):
	waiting(world, wait_detail="/Price")
	one, other, machine = entered(world), entered(world), entered(world)
	world.clock.move_to(MONDAY + DAY)
	world.record(one, "Page View", detail="https://example.com/prices")
	world.record(other, "Page View", detail="/blog"), world.record(other, "Email Click", detail="/price")
	world.record(machine, "Page View", detail="/price", classification="machine")
	world.run_until(MONDAY + 20 * DAY)
	last = [world.sent(lead)[-1] for lead in (one, other, machine)]
	assert last == ["Seq Came", "Seq Late", "Seq Late"]


def test_an_activity_found_to_be_a_persons_wakes(world):
	waiting(world)
	lead = entered(world)
	world.clock.move_to(MONDAY + DAY)
	world.record(lead, "Page View", classification="unknown")
	world.run_until(MONDAY + 2 * DAY)
	names = [name for (name,) in world.all("Nurture Activity", "name", activity_type="Page View")]
	activities.reclassify(world.host, names, "human")
	world.run_until(MONDAY + 20 * DAY)
	assert world.sent(lead)[-1] == "Seq Came"
	assert queued(world, "Came") == [MONDAY + 3 * DAY], (
		"known a day late: what follows does not follow on its heels"
	)


def test_a_condition_is_waited_for_and_a_change_of_the_lead_is_seen_at_once(world):
	waiting(world, wait_activity="", condition=["city", "=", "Ulm"])
	lead, other, already = entered(world), entered(world), entered(world, city="Ulm")
	world.clock.move_to(MONDAY + DAY + HOUR)
	with world.db.transaction():
		world.db.update("tabLead", ("name", "city"), [(lead, "Ulm")])
	activities.leads_changed(world.host, [lead])
	world.tick()
	assert world.all("Nurture Touch", "reason_detail", step="Wait", party=lead) == [("true",)]
	world.run_until(MONDAY + 20 * DAY)
	assert [world.sent(one)[-1] for one in (lead, other, already)] == ["Seq Came", "Seq Late", "Seq Came"]
	assert sorted(queued(world, "Came")) == [MONDAY + DAY + HOUR, MONDAY + 2 * DAY + HOUR]


def test_a_condition_that_time_makes_true_is_seen_within_hours(world):
	condition = {"not": {"activity": "Form Submitted", "within_days": 3}}
	waiting(world, after=0, wait_activity="", condition=condition)
	lead = world.lead()
	world.record(lead, "Form Submitted")
	world.enroll("Seq", lead)
	world.run_until(MONDAY + 20 * DAY)
	assert world.sent(lead)[-1] == "Seq Came"
	((moment,),) = [queued(world, "Came")]
	assert MONDAY + 3 * DAY <= moment <= MONDAY + 3 * DAY + 4 * HOUR


def test_an_activity_and_a_condition_are_both_needed(world):
	waiting(world, condition=["city", "=", "Ulm"])
	both, one = entered(world), entered(world)
	world.clock.move_to(MONDAY + DAY)
	world.record(both, "Page View"), world.record(one, "Page View")
	world.run_until(MONDAY + 2 * DAY)
	with world.db.transaction():
		world.db.update("tabLead", ("name", "city"), [(both, "Ulm")])
	activities.leads_changed(world.host, [both])
	world.run_until(MONDAY + 20 * DAY)
	assert [world.sent(lead)[-1] for lead in (both, one)] == ["Seq Came", "Seq Late"]
	assert queued(world, "Came") == [MONDAY + 3 * DAY]


def test_a_pause_lengthens_the_wait_and_what_happens_meanwhile_counts(world):
	waiting(world, after=0)
	late, came = entered(world), entered(world)
	names = [name for (name,) in world.all("Nurture Enrollment", "name")]
	world.run_until(MONDAY + DAY)
	pausing.pause(world.host, names)
	world.clock.move_to(MONDAY + 2 * DAY)
	world.record(came, "Page View")
	world.run_until(MONDAY + 4 * DAY)
	assert world.sent(came) == ["Seq Hello"]
	pausing.resume(world.host, names)
	world.run_until(MONDAY + 20 * DAY)
	assert (world.sent(late)[-1], world.sent(came)[-1]) == ("Seq Late", "Seq Came")
	assert queued(world, "Came") == [MONDAY + 4 * DAY]
	assert queued(world, "Late") == [MONDAY + 10 * DAY]


def test_a_paused_sequence_waits_longer_by_the_pause(world):
	waiting(world, after=0)
	lead = entered(world)
	world.run_until(MONDAY + DAY)
	lifecycle.pause(world.host, "Seq")
	world.run_until(MONDAY + 4 * DAY)
	lifecycle.resume(world.host, "Seq")
	world.run_until(MONDAY + 20 * DAY)
	assert queued(world, "Late") == [MONDAY + 10 * DAY] and world.sent(lead)[-1] == "Seq Late"


def test_an_exit_ends_the_wait(world):
	waiting(world)
	lead = entered(world)
	world.clock.move_to(MONDAY + DAY)
	world.record(lead, "Email Reply")
	world.run_until(MONDAY + 20 * DAY)
	assert world.all("Nurture Enrollment", "status", "reason") == [("Exited", "replied")]


def test_whoever_went_on_is_not_woken_any_more(world):
	waiting(world, after=5)
	lead = entered(world)
	world.clock.move_to(MONDAY + HOUR)
	world.record(lead, "Page View")
	world.tick()
	world.clock.move_to(MONDAY + DAY)
	world.record(lead, "Page View")
	world.run_until(MONDAY + 20 * DAY)
	assert queued(world, "Came") == [MONDAY + 7 * DAY - HOUR]  # five days later is a Saturday


@pytest.mark.parametrize("at", range(50))
def test_nothing_that_happens_during_a_tick_is_missed(mariadb_world, at):
	"""Another worker records the awaited activity before any single call of the ticks that find the lead waiting."""
	world = mariadb_world
	waiting(world, after=0)
	lead = world.lead()
	world.enroll("Seq", lead)
	other = world.db.another("o-", wait=False)
	elsewhere = replace(world.host, db=other)
	done: list[int] = []

	def meanwhile(number: int, _: str) -> None:
		if number < at or done:
			return
		try:
			seen = ActivityIn(lead, "Page View", world.clock.now(), dedupe_key="it")
			activities.record(elsewhere, [seen])
			done.append(number)
		except Exception as error:
			if not isinstance(error, world.db.retryable):
				raise

	world.clock.move_to(MONDAY + HOUR)
	watched = replace(world.host, db=WatchedDatabase(world.db, meanwhile))
	for _ in range(6):
		runner.tick(watched, "w")
	world.clock.move_to(MONDAY + 2 * HOUR)
	other.close()
	world.tick()
	if not done:
		pytest.skip("the ticks are over before that call")
	arrived = world.all("Nurture Enrollment", "waits_since")[0][0]
	happened = world.all("Nurture Activity", "occurred_on", activity_type="Page View")[0][0]
	assert (world.sent(lead)[-1] == "Seq Came") == (happened >= arrived)
	assert happened >= arrived


def test_a_hundred_who_wait_cost_as_many_statements_as_one(world):
	waiting(world)

	def statements(leads: int) -> int:
		parties = [world.lead() for _ in range(leads)]
		world.enroll("Seq", *parties)
		world.tick()
		world.clock.move_to(world.clock.now() + HOUR)
		one = [ActivityIn(party, "Page View", world.clock.now()) for party in parties]
		watched = WatchedDatabase(world.db)
		host = replace(world.host, db=watched)
		activities.record(host, one)
		runner.tick(host, "w")
		return watched.calls

	assert statements(100) <= statements(1) + 2


def test_nothing_is_asked_of_who_waits_when_no_sequence_waits(world):
	world.sequence("Seq", [{"step_label": "Hello"}])
	lead = world.lead()
	world.enroll("Seq", lead)
	watched = WatchedDatabase(world.db)
	activities.record(replace(world.host, db=watched), [ActivityIn(lead, "Page View", world.clock.now())])
	assert watched.names["execute"] == 0
