"""Triggers never fire twice for one event, never loop, catch up after a night without a pass, and say what they did."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from nurture_app.engine import activities, nightly
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.condition_scope import Known
from nurture_app.engine.definition import definition_from_rows
from nurture_app.engine.enrollments.consequences import Event
from nurture_app.engine.live import live_sequences
from nurture_app.engine.one_by_one import NotAll
from nurture_app.engine.sequences import check, warnings
from nurture_app.engine.time_triggers import start_by_the_hour
from nurture_app.engine.trigger_sentences import entry_sentence
from nurture_app.engine.trigger_types import FIELDS, TRIGGER_TYPES, fits
from nurture_app.engine.triggers import start_for_events
from nurture_app.simulator.tables import lead_catalog, own_doctypes
from tests.database_wrappers import WatchedDatabase
from tests.world import ACTIVITY_TYPES

TASK = {"step_label": "Look", "step_type": "Task", "task_description": "Look at this lead."}
KNOWN = Known(frozenset({"Demo Request", "Email Open", "Email Reply"}), frozenset({"Warm"}))


def log(world) -> list[tuple]:
	rows = world.all("Nurture Trigger Log", "party", "sequence", "outcome", "reason", "depth")
	return sorted(
		(party, sequence, outcome, reason or "", int(depth))
		for party, sequence, outcome, reason, depth in rows
	)


def demo(world, name: str = "Seq", **values) -> str:
	values = {
		"trigger_type": "Activity",
		"trigger_activity": "Demo Request",
		"reentry": "After It Ended",
	} | values
	return world.sequence(name, [TASK], **values)


def test_the_same_event_starts_a_sequence_once_whoever_brings_it_again(world):
	demo(world)
	world.lead("ann")
	world.record("ann", "Demo Request", dedupe_key="form-1")
	world.tick()
	world.record("ann", "Demo Request", dedupe_key="form-1")
	(name,) = [name for (name,) in world.all("Nurture Activity", "name")]
	event = Event("ann", "Demo Request", world.clock.now(), "", name)
	with world.db.transaction():
		assert start_for_events(world.host, live_sequences(world.host), [event, event]) == 0
	assert log(world) == [("ann", "Seq", "Started", "", 0)]


def test_an_activity_that_is_judged_twice_starts_a_sequence_once(world):
	demo(world)
	world.lead("ann")
	world.record("ann", "Demo Request")
	world.tick()
	names = [name for (name,) in world.all("Nurture Activity", "name")]
	for classification in ("machine", "human"):
		activities.reclassify(world.host, names, classification)
	assert log(world) == [("ann", "Seq", "Started", "", 0)]


def test_a_person_may_come_back_with_a_new_event(world):
	demo(world)
	world.lead("ann")
	for _ in range(2):
		world.record("ann", "Demo Request")
		world.tick()
	assert [outcome for _, _, outcome, _, _ in log(world)] == ["Started", "Started"]


def test_two_events_in_one_batch_start_it_once_and_both_are_told(world):
	demo(world)
	world.lead("ann")
	now = world.clock.now()
	activities.record(world.host, [activities.ActivityIn("ann", "Demo Request", now) for _ in range(2)])
	assert [row[2:4] for row in log(world)] == [("Refused", "already_enrolled"), ("Started", "")]


def test_a_sequence_that_brings_about_its_own_trigger_stops_after_three_times_in_a_day(world):
	demo(world)
	world.lead("ann")
	for _ in range(6):
		world.record("ann", "Demo Request")
		world.tick()
		world.clock.move_to(world.clock.now() + timedelta(minutes=5))
	outcomes = [row[2:4] for row in log(world)]
	assert outcomes.count(("Started", "")) == 3
	assert outcomes.count(("Refused", "started_too_often")) == 3
	world.clock.move_to(world.clock.now() + timedelta(days=1))
	world.record("ann", "Demo Request")
	assert [row[2] for row in log(world)].count("Started") == 4


def test_sequences_that_start_each_other_end_after_five(world):
	"""Each tag is put by the sequence before it: the seventh in the row is refused."""
	world.lead("ann")
	for number in range(8):
		values = {"trigger_type": "Tag Added", "trigger_detail": f"tag {number}"}
		world.sequence(f"Seq {number}", [TASK], **values)
	cause = ""
	for number in range(8):
		world.record("ann", "Tag Added", detail=f"tag {number}", enrollment=cause)
		rows = world.all("Nurture Enrollment", "name", sequence=f"Seq {number}")
		if not rows:
			break
		cause = rows[0][0]
	assert [(row[1], row[2], row[3], row[4]) for row in log(world)] == [
		*((f"Seq {number}", "Started", "", number) for number in range(6)),
		("Seq 6", "Refused", "chain_too_long", 6),
	]


def test_steps_of_sequences_that_tag_for_each_other_turn_only_so_often(world):
	"""Two sequences, each put off by the tag of the other, for ever: the log shows where it was stopped."""
	for mine, other in (("A", "B"), ("B", "A")):
		steps = [
			{"step_label": "Off", "step_type": "Tag", "tag": mine, "tag_action": "Remove"},
			{"step_label": "On", "step_type": "Tag", "tag": other, "tag_action": "Add"},
		]
		trigger = {"trigger_type": "Tag Added", "trigger_detail": mine}
		world.sequence(f"When {mine}", steps, reentry="After It Ended", **trigger)
	world.lead("ann")
	world.record("ann", "Tag Added", detail="A")
	world.run_until(world.clock.now() + timedelta(hours=6))
	rows = log(world)
	assert len([row for row in rows if row[2] == "Started"]) == 6
	assert [(row[1], row[3]) for row in rows if row[2] == "Refused"] == [("When A", "chain_too_long")]
	assert max(row[4] for row in rows) == 6


def test_a_step_that_sets_a_field_starts_whom_the_field_should(world):
	steps = [
		{"step_label": "Set", "step_type": "Set Field", "field_name": "status", "field_value": "Interested"}
	]
	world.sequence("First", steps)
	values = {"trigger_type": "Field Changed", "trigger_detail": "status = Interested"}
	world.sequence("Second", [TASK], **values)
	world.lead("ann")
	world.enroll("First", "ann")
	world.tick()
	assert log(world) == [("ann", "Second", "Started", "", 1)]


def test_what_people_do_in_a_sequence_is_no_link_of_a_chain(world):
	demo(world, "First")
	demo(world, "Second", trigger_activity="Email Click")
	world.lead("ann")
	world.record("ann", "Demo Request")
	((enrollment,),) = world.all("Nurture Enrollment", "name")
	world.record("ann", "Email Click", enrollment=enrollment)
	assert [row[4] for row in log(world)] == [0, 0]


def test_a_new_lead_that_does_not_fit_yet_has_one_line_until_it_fits(world):
	world.sequence("Seq", [TASK], trigger_type="New Lead", condition=[["status", "=", "Interested"]])
	world.lead("ann")
	for _ in range(3):
		activities.leads_changed(world.host, ["ann"])
		nightly.nightly(world.host)
	assert log(world) == [("ann", "Seq", "Refused", "not_matching", 0)]
	with world.db.transaction():
		world.db.update("tabLead", ("name", "status"), [("ann", "Interested")])
	nightly.nightly(world.host)
	assert log(world) == [("ann", "Seq", "Started", "", 0)]


def test_a_lead_is_new_only_once(world):
	world.sequence("Seq", [TASK], trigger_type="New Lead", reentry="After It Ended")
	world.lead("ann")
	activities.leads_changed(world.host, ["ann"])
	world.tick()
	world.empty("Nurture Trigger Log")
	activities.leads_changed(world.host, ["ann"])
	nightly.nightly(world.host)
	assert len(world.all("Nurture Enrollment", "name")) == 1


REMIND = {"trigger_type": "Not Contacted After", "trigger_activity": "Demo Request", "trigger_hours": 4}


def test_hours_without_a_word_start_a_reminder_the_same_day(world):
	world.sequence("Seq", [TASK], **REMIND)
	world.lead("ann"), world.lead("bob")
	world.record("ann", "Demo Request"), world.record("bob", "Demo Request")
	asked_on = world.clock.now()
	world.clock.move_to(asked_on + timedelta(hours=3, minutes=59))
	world.record("bob", "Call")
	assert start_by_the_hour(world.host) == 0
	world.clock.move_to(asked_on + timedelta(hours=4))
	assert start_by_the_hour(world.host) == 1
	assert start_by_the_hour(world.host) == 0
	nightly.nightly(world.host)
	assert log(world) == [("ann", "Seq", "Started", "", 0)]


def test_hours_that_no_tick_saw_are_caught_up_on_at_night(world):
	world.sequence("Seq", [TASK], **REMIND, trigger_days=1)
	world.lead("ann")
	world.record("ann", "Demo Request")
	world.clock.move_to(world.clock.now() + timedelta(days=1, hours=3))
	assert start_by_the_hour(world.host) == 0
	world.clock.move_to(world.clock.now() + timedelta(days=5))
	assert start_by_the_hour(world.host) == 0
	nightly.nightly(world.host)
	assert log(world) == [("ann", "Seq", "Started", "", 0)]


FRIDAY = datetime(2026, 3, 6, 15, 0)
"""Two hours before the window closes."""


@pytest.mark.parametrize(
	("asked_on", "hours", "values", "due_on"),
	[
		(FRIDAY, 2, {}, datetime(2026, 3, 6, 17, 0)),
		(FRIDAY, 4, {}, datetime(2026, 3, 9, 11, 0)),
		(FRIDAY + timedelta(hours=20), 1, {}, datetime(2026, 3, 9, 10, 0)),
		(FRIDAY, 4, {"holiday_list": "Ours"}, datetime(2026, 3, 10, 11, 0)),
		(FRIDAY, 19, {}, datetime(2026, 3, 11, 10, 0)),
		(FRIDAY, 4, {"window_end": "15:30:00"}, datetime(2026, 3, 9, 12, 30)),
	],
)
def test_hours_of_work_stand_still_while_nobody_works(world, asked_on, hours, values, due_on):
	world.put("Holiday", "H1", parent="Ours", holiday_date="2026-03-09")
	world.settings(**values)
	world.sequence("Seq", [TASK], **(REMIND | {"trigger_hours": hours, "trigger_working_hours": 1}))
	world.lead("ann")
	world.clock.move_to(asked_on)
	world.record("ann", "Demo Request")
	world.clock.move_to(due_on - timedelta(minutes=1))
	assert start_by_the_hour(world.host) == 0
	world.clock.move_to(due_on)
	assert start_by_the_hour(world.host) == 1
	assert start_by_the_hour(world.host) == 0


def test_hours_of_work_end_with_a_word_of_ours_and_begin_with_the_activation(world):
	hours = REMIND | {"trigger_working_hours": 1}
	world.lead("ann"), world.lead("bob"), world.lead("old")
	world.clock.move_to(FRIDAY - timedelta(days=1))
	world.record("old", "Demo Request")
	world.clock.move_to(FRIDAY)
	world.sequence("Seq", [TASK], **hours)
	world.record("ann", "Demo Request"), world.record("bob", "Demo Request")
	world.clock.move_to(datetime(2026, 3, 9, 10, 0))
	world.record("bob", "Call")
	world.clock.move_to(datetime(2026, 3, 9, 12, 0))
	assert start_by_the_hour(world.host) == 1
	nightly.nightly(world.host)
	assert [row[0] for row in log(world)] == ["ann"]


def test_ticks_ask_no_more_where_no_sequence_counts_hours(world):
	world.sequence("Seq", [TASK], **(REMIND | {"trigger_hours": 0, "trigger_days": 2}))
	db = WatchedDatabase(world.db)
	start_by_the_hour(replace(world.host, db=db))
	assert db.calls == 1, "which sequences are active"


@pytest.mark.parametrize("nights_missed", [0, 5])
def test_a_silence_starts_a_sequence_once_however_late_the_night_comes(world, nights_missed):
	world.lead("ann")
	world.sequence("Seq", [TASK], trigger_type="Silent For", trigger_days=10, reentry="After It Ended")
	start = world.clock.now()
	world.clock.move_to(start + timedelta(days=10 + nights_missed))
	for _ in range(3):
		nightly.nightly(world.host)
		world.tick()
		world.clock.move_to(world.clock.now() + timedelta(days=1))
	assert [row[2] for row in log(world)] == ["Started"]
	world.record("ann", "Page View")
	world.run_until(world.clock.now() + timedelta(days=12))
	assert [row[2] for row in log(world)] == ["Started", "Started"]


def test_a_silence_that_was_over_before_the_activation_starts_nothing(world):
	world.lead("ann", creation=world.clock.now() - timedelta(days=40))
	world.sequence("Seq", [TASK], trigger_type="Silent For", trigger_days=30)
	world.run_until(world.clock.now() + timedelta(days=3))
	assert log(world) == []


def test_an_account_that_is_over_the_line_already_starts_nothing_again(world):
	world.rule("Demo", activity_type="Demo Request", points=30, cap_count=99, cooldown=0)
	world.lead("ann", company_name="Acme"), world.lead("bob", company_name="ACME"), world.lead("cid")
	world.sequence(
		"Seq", [TASK], trigger_type="Account Score Above", trigger_count=50, reentry="After It Ended"
	)
	for party in ("ann", "bob", "ann", "cid"):
		world.record(party, "Demo Request")
		world.tick()
	assert [(row[0], row[2]) for row in log(world)] == [("ann", "Started"), ("bob", "Started")]


def test_the_nth_time_counts_a_mail_once_and_a_batch_that_passes_it(world):
	demo(world, trigger_activity="Email Open", trigger_count=3)
	world.lead("ann"), world.lead("bob")
	for _ in range(4):
		world.record("ann", "Email Open", touch="one mail")
	now = world.clock.now()
	activities.record(
		world.host, [activities.ActivityIn("bob", "Email Open", now, touch=f"t{n}") for n in range(5)]
	)
	assert [(row[0], row[2]) for row in log(world)] == [("bob", "Started")]


def test_what_a_machine_did_counts_for_nothing(world):
	demo(world, trigger_activity="Email Open", trigger_count=2)
	world.lead("ann")
	world.record("ann", "Email Open", classification="machine")
	world.record("ann", "Email Open")
	assert log(world) == []


@pytest.mark.parametrize(
	("pattern", "detail", "expected"),
	[
		("", "anything", True),
		("Pricing Guide", "pricing guide", True),
		("Pricing", "Pricing Guide", False),
		("*pricing*", "https://example.com/Pricing?a=1", True),
		("a.c", "abc", False),
		("50%*", "50% off", True),
		("Less*", "Less\nmail", True),
	],
)
def test_a_detail_fits_its_pattern(pattern, detail, expected):
	assert fits(pattern, detail) is expected


MISTAKES = [
	({"trigger_type": "Full Moon"}, "trigger_unknown", "Full Moon"),
	({"trigger_type": "Activity"}, "trigger_incomplete", "Activity"),
	(
		{"trigger_type": "Activity", "trigger_activity": "Demo Reqest"},
		"condition_unknown_activity",
		"Demo Reqest",
	),
	(
		{"trigger_type": "Activity", "trigger_activity": "Demo Request", "trigger_count": -1},
		"number_out_of_range",
		"How Often",
	),
	(
		{"trigger_type": "Activity", "trigger_activity": "Demo Request", "trigger_days": 7},
		"trigger_days_alone",
		"Within Days",
	),
	({"trigger_type": "Account Activity"}, "trigger_incomplete", "Activity"),
	(
		{"trigger_type": "Account Activity", "trigger_activity": "Page View", "trigger_days": 9},
		"trigger_days_alone",
		"9",
	),
	({"trigger_type": "Segment Entered"}, "trigger_incomplete", "Segment"),
	({"trigger_type": "Segment Left", "trigger_segment": "Cold"}, "condition_unknown_segment", "Cold"),
	(
		{"trigger_type": "Segment Left", "trigger_segment": "Warm", "exit_segment": "Warm"},
		"trigger_exit_never",
		"End when They Leave this Segment",
	),
	({"trigger_type": "Stage Lost"}, "trigger_incomplete", "Stage"),
	({"trigger_type": "Score Above", "trigger_count": -5}, "number_out_of_range", "Points"),
	({"trigger_type": "Tag Added", "trigger_detail": " "}, "trigger_incomplete", "Tag"),
	({"trigger_type": "Field Changed"}, "trigger_incomplete", "Field"),
	({"trigger_type": "Field Changed", "trigger_detail": "colour = red"}, "trigger_field_unknown", "colour"),
	(
		{"trigger_type": "Field Changed", "trigger_detail": "nurture_score"},
		"trigger_field_of_scoring",
		"Score Above",
	),
	(
		{"trigger_type": "Field Changed", "trigger_detail": "status = Lokking"},
		"trigger_field_value",
		"Interested",
	),
	({"trigger_type": "Silent For"}, "number_out_of_range", "Days is 0"),
	({"trigger_type": "Silent For", "trigger_days": 99999}, "number_out_of_range", "3650"),
	({"trigger_type": "Silent For", "trigger_days": "many"}, "not_a_number", "trigger_days"),
	({"trigger_type": "No Answer After", "trigger_days": 3}, "trigger_incomplete", "Activity"),
	(
		{"trigger_type": "Not Contacted After", "trigger_activity": "Demo Request"},
		"trigger_without_time",
		"days or hours",
	),
	(REMIND | {"trigger_hours": -1}, "number_out_of_range", "Hours is -1"),
	(REMIND | {"trigger_working_hours": 1, "trigger_days": 1}, "trigger_working_days", "hours alone"),
	(
		{
			"trigger_type": "No Answer After",
			"trigger_activity": "Email Open",
			"trigger_detail": "Email Open",
			"trigger_days": 3,
		},
		"trigger_answer_is_event",
		"Email Open",
	),
	({"trigger_type": "Days Before Date", "trigger_days": 3}, "trigger_incomplete", "Date Field"),
	(
		{"trigger_type": "Days Before Date", "trigger_detail": "status", "trigger_days": 3},
		"trigger_no_date",
		"Contract.end_date",
	),
]


@pytest.mark.parametrize(
	("values", "code", "named"), MISTAKES, ids=[f"{one[1]} {one[2]}" for one in MISTAKES]
)
def test_a_trigger_that_cannot_work_is_refused_naming_the_field(values, code, named):
	with pytest.raises(NurtureError) as refused:
		check(definition_from_rows({"title": "Seq", **values}, []), lead_catalog(), KNOWN)
	assert refused.value.code == code
	assert named in str(refused.value)


def test_a_goal_that_starts_the_sequence_is_worth_a_look():
	row = {"trigger_type": "Activity", "trigger_activity": "Demo Request", "goal_activity": "Demo Request"}
	assert "goal_starts_it" in [one.code for one in warnings(definition_from_rows(row, []))]


def test_the_form_offers_every_trigger_and_shows_the_fields_it_has():
	fields = {field["fieldname"]: field for field in own_doctypes()["Nurture Sequence"].fields}
	assert fields["trigger_type"]["options"].split("\n") == list(TRIGGER_TYPES)
	for name in FIELDS:
		shown = [kind.name for kind in TRIGGER_TYPES.values() if name in kind.fields]
		listed = ",".join(f"'{one}'" for one in shown)
		assert fields[name]["depends_on"] == f"eval:[{listed}].includes(doc.trigger_type)"


def test_the_page_for_marketers_has_every_trigger_and_every_activity():
	page = (Path(__file__).parents[2] / "docs" / "triggers.md").read_text(encoding="utf-8")
	for name in TRIGGER_TYPES:
		assert f"\n| {name} |" in page
	for kind in ACTIVITY_TYPES:
		assert f"\n| {kind['name']} | {kind['detail_means'] or '–'} | {kind['fed_by']} |" in page


def test_every_trigger_is_told_in_a_sentence():
	row = {
		"trigger_activity": "Email Open",
		"trigger_segment": "Warm",
		"trigger_stage": "MQL",
		"trigger_detail": "Hot",
		"trigger_count": 3,
		"trigger_days": 4,
		"trigger_hours": 5,
	}
	for name in TRIGGER_TYPES:
		sentence = entry_sentence(definition_from_rows({"trigger_type": name, **row}, []))
		assert sentence.endswith(".") and "{" not in sentence
		kind = TRIGGER_TYPES[name]
		for field in set(kind.fields) - {"trigger_working_hours"}:
			assert str(row[field]) in sentence
	at_work = {"trigger_type": "Not Contacted After", **row, "trigger_days": 0, "trigger_working_hours": 1}
	assert "5 hours of work after" in entry_sentence(definition_from_rows(at_work, []))


def without_field(world, name: str) -> None:
	"""A custom field is removed from Lead."""
	catalog = {field: info for field, info in world.host.catalog.items() if field != name}
	world.host = replace(world.host, catalog=catalog)


def test_a_sequence_whose_condition_cannot_be_read_any_more_starts_for_nobody_and_stops_nothing(world):
	demo(world, "Broken", condition=["industry", "=", "Software"])
	demo(world, "Whole")
	world.lead("ann", industry="Software")
	without_field(world, "industry")
	assert world.record("ann", "Demo Request").new == 1
	assert log(world) == [
		("ann", "Broken", "Refused", "condition_broken", 0),
		("ann", "Whole", "Started", "", 0),
	]
	assert [one.reason for one in world.enroll("Broken", "ann")] == ["condition_broken"]


def test_a_date_that_is_no_field_any_more_starts_nothing_and_stops_no_other_sequence(world):
	values = {"trigger_activity": "", "trigger_days": 0}
	demo(
		world,
		"A",
		trigger_type="Days After Date",
		trigger_detail="nurture_last_purchase_on",
		**(values | {"trigger_days": 1}),
	)
	world.lead("ann", nurture_last_purchase_on=world.clock.now())
	without_field(world, "nurture_last_purchase_on")
	world.clock.move_to(world.clock.now() + timedelta(days=1))
	nightly.nightly(world.host)
	assert log(world) == []


def test_who_may_come_in_again_after_more_days_than_the_calendar_has_never_does(world):
	demo(world, reentry="After Days", reentry_days=99_999_999)
	world.lead("ann")
	world.record("ann", "Demo Request")
	world.tick()
	world.clock.move_to(world.clock.now() + timedelta(days=5000))
	assert world.record("ann", "Demo Request").new == 1
	assert sorted(row[3] for row in log(world)) == ["", "was_enrolled"]


def test_what_fails_at_night_keeps_nothing_else_from_being_done(world, monkeypatch):
	def broken(host):
		raise ZeroDivisionError("a rule of somebody's")

	world.lead("ann")
	demo(world, trigger_type="New Lead", trigger_activity="")
	monkeypatch.setattr(nightly, "PIECES", (broken, *nightly.PIECES))
	with pytest.raises(ZeroDivisionError):
		nightly.nightly(world.host)
	assert log(world) == [("ann", "Seq", "Started", "", 0)]


def test_a_sequence_that_cannot_be_started_by_time_keeps_no_other_from_it(world):
	world.sequence("A", [TASK], **(REMIND | {"trigger_working_hours": 1}))
	world.sequence("B", [TASK], **REMIND)
	world.lead("ann")
	world.record("ann", "Demo Request")
	world.settings(window_start="09:00:00", window_end="09:00:00")  # hours of work that never come
	world.clock.move_to(world.clock.now() + timedelta(hours=5))
	with pytest.raises(NotAll, match="Nurture Sequence A: NurtureError"):
		start_by_the_hour(world.host)
	assert log(world) == [("ann", "B", "Started", "", 0)]
