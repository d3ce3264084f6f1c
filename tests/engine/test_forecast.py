"""What a lead will get, and how often it was in touch (CD-08, CD-16)."""

from __future__ import annotations

from datetime import datetime, timedelta

from nurture_app.engine.forecast import upcoming
from nurture_app.engine.touch_counts import BY_HAND, COLD, WARM, touch_counts, usual_range
from tests.world import MONDAY, World

STEPS = [
	{"step_label": "One"},
	{"step_label": "Wait", "step_type": "Wait", "delay": 3},
	{"step_label": "Two"},
	{"step_label": "Opened?", "step_type": "Branch", "condition": {"touches": "opened"}, "on_true": "Call", "on_false": "Three"},
	{"step_label": "Three", "delay": 2, "go_to": "Reply"},
	{"step_label": "Call", "step_type": "Task", "task_kind": "Call", "task_early_reason": "They asked for it.", "task_description": "Ring", "delay": 1},
	{"step_label": "Reply", "step_type": "Wait Until", "wait_activity": "Email Reply", "timeout": 4, "timeout_unit": "Days", "on_true": "Call", "on_false": "Four"},
	{"step_label": "Four"},
	{"step_label": "End", "step_type": "End"},
]  # fmt: skip


def shown(world: World, lead: str) -> list[tuple[str, bool]]:
	return [(one.step, one.depends) for one in upcoming(world.host, lead)]


def test_what_comes_if_nothing_happens_is_what_came(world):
	lead = world.lead(nurture_time_zone="America/New_York")
	world.sequence("Seq", STEPS)
	world.enroll("Seq", lead)
	foreseen = upcoming(world.host, lead)
	assert shown(world, lead) == [("One", False), ("Two", False), ("Three", True), ("Four", True)]
	world.settings(cap_messages=0)
	world.run_until(MONDAY + timedelta(days=30))
	sent = world.all("Nurture Touch", "step", "queued_on", channel="Email")
	assert sorted((one.step, one.due_on) for one in foreseen) == sorted(sent)


def test_what_is_late_is_foreseen_as_it_will_come_and_never_in_the_past(world):
	world.settings(cap_messages=0)
	lead = world.lead()
	steps = [{"step_label": label, "delay": 1} for label in ("One", "Two", "Three", "Four")]
	world.sequence("Seq", [*steps, {"step_label": "End", "step_type": "End"}])
	world.enroll("Seq", lead)
	world.clock.move_to(MONDAY + timedelta(days=15))  # nothing ran for two weeks
	world.tick()
	foreseen = upcoming(world.host, lead)
	assert [one.step for one in foreseen] == ["Two", "Three", "Four"]
	assert min(one.due_on for one in foreseen) > world.clock.now()
	world.run_until(MONDAY + timedelta(days=30))
	sent = world.all("Nurture Touch", "step", "queued_on", channel="Email")
	assert sorted((one.step, one.due_on) for one in foreseen) == sorted(
		row for row in sent if row[0] != "One"
	)


def test_a_split_shows_the_way_that_will_be_taken(world):
	ways = [{"name": name, "weight": 1, "to": name} for name in ("A", "B")]
	steps = [
		{"step_label": "Split", "step_type": "Split", "split_ways": ways},
		{"step_label": "A", "go_to": "End"},
		{"step_label": "B"},
		{"step_label": "End", "step_type": "End"},
	]
	world.sequence("Seq", steps)
	leads = [world.lead() for _ in range(8)]
	world.enroll("Seq", *leads)
	foreseen = {lead: shown(world, lead)[0][0] for lead in leads}
	assert set(foreseen.values()) == {"A", "B"}
	world.tick()
	assert {one.party: one.subject[-1] for one in world.outbox.messages} == foreseen


def test_what_stands_still_or_lies_far_ahead_has_no_day(world):
	world.sequence("Seq", [{"step_label": "One"}, {"step_label": "Far", "delay": 200}])
	world.sequence("Other", [{"step_label": "Mail"}])
	lead = world.lead()
	world.enroll("Seq", lead)
	assert shown(world, lead) == [("One", False)]
	world.enroll("Other", lead)
	assert len(shown(world, lead)) == 2
	with world.db.transaction():
		world.db.update("tabNurture Sequence", ("name", "status"), [("Other", "Paused")])
	assert shown(world, lead) == [("One", False)]
	assert upcoming(world.host, "nobody") == []


def test_a_sequence_that_leads_back_does_not_go_on_for_ever(world):
	steps = [
		{"step_label": "Mail", "delay": 10},
		{"step_label": "Again", "step_type": "Wait", "delay": 10, "go_to": "Mail"},
	]
	world.sequence("Seq", steps)
	lead = world.lead()
	world.enroll("Seq", lead)
	assert [one.due_on.date() for one in upcoming(world.host, lead)] == [
		(datetime(2026, 3, 12) + timedelta(days=days)).date() for days in (0, 20, 40, 60)
	]


def test_touches_are_counted_by_channel(world):
	lead, other = world.lead(), world.lead()
	for party, channel, status in (
		(lead, "Email", "Sent"),
		(lead, "Email", "Opened"),
		(lead, "Email", "Skipped"),
		(lead, "SMS", "Delivered"),
		(lead, "Task", "Done"),
		(other, "Email", "Sent"),
	):
		world.put("Nurture Touch", party=party, channel=channel, status=status)
	mail = {"reference_doctype": "Lead", "reference_name": lead, "communication_date": MONDAY}
	for kind, way in (
		("Communication", "Sent"),
		("Communication", "Received"),
		("Automated Message", "Sent"),
	):
		world.put("Communication", communication_type=kind, sent_or_received=way, **mail)
	world.record(lead, "Meeting")
	found = touch_counts(world.host, lead)
	assert found.by_channel == {"Email": 2, "SMS": 1, "Task": 1, BY_HAND: 2}
	assert (found.total, found.automated) == (6, 3)
	assert touch_counts(world.host, world.lead()).total == 0


def test_what_is_usual_follows_how_well_they_know_us():
	assert (usual_range(""), usual_range("MQL")) == (COLD, WARM)
