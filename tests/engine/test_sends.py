"""What the calendar of content shows of sequences (CM-13)."""

from __future__ import annotations

from datetime import date, timedelta

from nurture_app.engine.library.sends import Sends, sends_by_day
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
	]
	world.tick()
	assert sends_by_day(world.host, first, first + timedelta(days=7)) == [
		Sends(date(2026, 3, 2), "Calls", sent=1),
		Sends(date(2026, 3, 2), "Seq", sent=3),
		Sends(date(2026, 3, 4), "Seq", due=3),
	]
	assert sends_by_day(world.host, first + timedelta(days=7), first + timedelta(days=14)) == []


def test_a_paused_sequence_has_nothing_due(world):
	world.sequence("Seq", [{"step_label": "One"}])
	world.enroll("Seq", world.lead())
	with world.db.transaction():
		world.db.update("tabNurture Sequence", ("name", "status"), [("Seq", "Paused")])
	assert sends_by_day(world.host, MONDAY - timedelta(days=1), MONDAY + timedelta(days=1)) == []
