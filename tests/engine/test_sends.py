"""What the calendar of content shows of sequences (CM-13)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from nurture_app.engine.library.sends import Sends, sends_by_day
from tests.database_wrappers import WatchedDatabase
from tests.world import MONDAY


def test_what_left_and_what_is_due_by_day_and_sequence(world):
	steps = [{"step_label": "One"}, {"step_label": "Two", "delay": 2}]
	world.sequence("Seq", steps)
	task = {
		"step_label": "Ring",
		"step_type": "Task",
		"task_kind": "Call",
		"task_early_reason": "They asked for it.",
		"task_description": "Ring",
		"delay": 1,
	}
	world.sequence("Calls", [{"step_label": "One"}, task])
	world.enroll("Seq", *(world.lead() for _ in range(3)))
	world.enroll("Calls", world.lead())
	first = MONDAY - timedelta(hours=10)
	assert sends_by_day(world.host, first, first + timedelta(days=7)) == [
		Sends(date(2026, 3, 2), "Calls", due=1),
		Sends(date(2026, 3, 2), "Seq", due=3),
		Sends(date(2026, 3, 4), "Seq", expected=3),
	]
	world.tick()
	assert sends_by_day(world.host, first, first + timedelta(days=7)) == [
		Sends(date(2026, 3, 2), "Calls", sent=1),
		Sends(date(2026, 3, 2), "Seq", sent=3),
		Sends(date(2026, 3, 4), "Seq", due=3),
	]
	assert sends_by_day(world.host, first + timedelta(days=7), first + timedelta(days=14)) == []


def test_what_comes_after_the_next_step_is_expected_on_the_days_on_which_it_comes(world):
	steps = [
		{"step_label": "Wait", "step_type": "Wait", "delay": 1},
		{"step_label": "One"},
		{"step_label": "Reply", "step_type": "Wait Until", "wait_activity": "Email Reply", "timeout": 3}
		| {"on_true": "Thanks", "on_false": "Two"},
		{"step_label": "Two", "go_to": "End"},
		{"step_label": "Thanks"},
		{"step_label": "End", "step_type": "End"},
	]
	world.settings(cap_messages=0)
	world.sequence("Seq", steps)
	world.enroll("Seq", *(world.lead() for _ in range(2)))
	first, last = MONDAY - timedelta(hours=10), MONDAY + timedelta(days=20)
	foreseen = {one.day: one.expected for one in sends_by_day(world.host, first, last)}
	world.run_until(last)
	assert foreseen == {one.day: one.sent for one in sends_by_day(world.host, first, last)}
	assert sorted(foreseen.values()) == [2, 2]


def test_foreseeing_asks_as_often_for_many_as_for_few(world):
	def queries(people: int) -> int:
		world.enroll("Seq", *(world.lead() for _ in range(people)))
		watched = WatchedDatabase(world.db)
		host = replace(world.host, db=watched)
		sends_by_day(host, MONDAY - timedelta(days=1), MONDAY + timedelta(days=30))
		return watched.calls

	world.sequence("Seq", [{"step_label": "One"}, {"step_label": "Two", "delay": 2}])
	assert queries(2) == queries(40)


def test_a_paused_sequence_has_nothing_due(world):
	world.sequence("Seq", [{"step_label": "One"}])
	world.enroll("Seq", world.lead())
	with world.db.transaction():
		world.db.update("tabNurture Sequence", ("name", "status"), [("Seq", "Paused")])
	assert sends_by_day(world.host, MONDAY - timedelta(days=1), MONDAY + timedelta(days=1)) == []
