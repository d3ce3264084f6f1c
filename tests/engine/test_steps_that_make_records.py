"""Steps that make documents, give owners or make other sequences wait (TR-27)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.enrollments import ending, pausing
from nurture_app.site.testing.step_table import DAY
from tests.world import World

PROJECT = {
	"step_label": "Project",
	"step_type": "Opportunity",
	"record_text": "{{ lead.first_name }}'s project",
}
MEETING = {"step_label": "Meeting", "step_type": "Event", "record_text": "Talk to {{ lead.first_name }}"}
LATER = {"step_label": "Later", "delay": 3}


def status(world: World, sequence: str) -> tuple[str, str]:
	((value, reason),) = world.all("Nurture Enrollment", "status", "reason", sequence=sequence)
	return value, reason or ""


@pytest.mark.parametrize(
	("step", "code"),
	[
		(PROJECT | {"record_text": " "}, "record_without_title"),
		(PROJECT | {"record_text": "{{ lead.no_such_field }}"}, "template_unknown_name"),
		(MEETING | {"event_minutes": 0}, "event_without_length"),
		(MEETING | {"event_days": -1}, "step_delay_negative"),
		({"step_label": "Owner", "step_type": "Set Owner"}, "owner_without_user"),
	],
)
def test_what_cannot_be_made_is_refused_when_it_is_written(sqlite_world, step, code):
	with pytest.raises(NurtureError) as caught:
		sqlite_world.sequence("Main", [step])
	assert caught.value.code == code


def test_an_opportunity_belongs_to_the_owner_of_the_lead_and_is_told(world):
	lead = world.lead(lead_owner="sales@example.com")
	world.sequence("Main", [PROJECT | {"sales_stage": "Prospecting"}])
	world.sequence("Next", [LATER], trigger_type="Activity", trigger_activity="Opportunity Created")
	world.enroll("Main", lead)
	world.tick()
	(made,) = world.records.given
	assert (made.kind, made.title, made.user) == ("Opportunity", "Ada's project", "sales@example.com")
	assert made.values["sales_stage"] == "Prospecting"
	assert status(world, "Next") == ("Active", "")


def test_an_event_lies_in_the_window_of_the_person_and_is_no_meeting(world):
	lead = world.lead()
	world.clock.move_to(datetime(2026, 3, 5, 10, 0))  # a Thursday
	world.sequence("Main", [MEETING | {"event_days": 2, "event_minutes": 45, "record_user": "a@example.com"}])
	world.enroll("Main", lead)
	world.tick()
	(made,) = world.records.given
	assert made.values["starts_on"] == datetime(2026, 3, 9, 9, 0)  # Saturday moves on to Monday
	assert made.values["ends_on"] - made.values["starts_on"] == timedelta(minutes=45)
	assert world.all("Nurture Activity", "name", party=lead) == []


def test_what_is_refused_holds_the_step_and_is_made_once_it_is_mended(world):
	lead = world.lead()
	world.sequence("Main", [PROJECT, LATER])
	world.enroll("Main", lead)
	world.records.refusal = "Value missing for Opportunity: Company"
	world.tick()
	((state, reason, detail, step),) = world.all(
		"Nurture Enrollment", "status", "reason", "reason_detail", "step", sequence="Main"
	)
	assert (state, reason, step) == ("Held", "record_refused", "Project") and "Company" in detail
	assert world.all("Nurture Activity", "name", party=lead) == []
	world.records.refusal = ""
	((name,),) = world.all("Nurture Enrollment", "name", sequence="Main")
	pausing.resume(world.host, [name])
	world.tick()
	assert status(world, "Main") == ("Active", "")
	assert world.all("Nurture Touch", "step", "status", party=lead) == [("Project", "Done")]


def test_one_refusal_keeps_nobody_else_waiting(world):
	asked = []

	def deliver(records):
		asked.append(len(records))
		return [world.records._delivered(one) for one in records]

	leads = [world.lead() for _ in range(3)]
	world.records.deliver = deliver
	world.sequence("Main", [PROJECT])
	world.enroll("Main", *leads)
	world.tick()
	assert asked == [3]


def test_a_crash_after_it_was_made_makes_it_again_with_nothing_left_behind(world):
	"""The document is written in the transaction that a crash undoes; the step is then done once."""
	lead, written = world.lead(), []
	world.sequence("Main", [PROJECT])
	world.enroll("Main", lead)
	deliver = world.records.deliver

	def interrupted(records):
		world.db.insert("tabOpportunity", ("name", "party_name"), [(one.touch, one.party) for one in records])
		written.append(len(records))
		if len(written) == 1:
			raise KeyboardInterrupt
		return deliver(records)

	world.records.deliver = interrupted
	with pytest.raises(KeyboardInterrupt):
		world.tick()
	assert world.all("Opportunity", "name", party_name=lead) == []
	world.clock.move_to(world.clock.now() + timedelta(hours=1))  # the lease runs out
	world.tick()
	world.tick()
	assert len(world.all("Opportunity", "name", party_name=lead)) == 1
	assert status(world, "Main") == ("Completed", "finished")


def test_a_user_who_is_not_there_becomes_no_owner(world):
	lead = world.lead(lead_owner="old@example.com")
	world.put("User", "gone@example.com", enabled=0, email="gone@example.com")
	world.put("User", "new@example.com", enabled=1, email="new@example.com")
	owner = {"step_type": "Set Owner"}
	steps = [
		owner | {"step_label": "Gone", "owner_user": "gone@example.com"},
		owner | {"step_label": "If none", "owner_user": "new@example.com", "owner_if_none": 1},
	]
	world.sequence("Main", steps)
	world.enroll("Main", lead)
	world.tick()
	touches = world.all("Nurture Touch", "step", "status", "reason", party=lead)
	assert sorted(touches) == [("Gone", "Skipped", "nobody_to_tell"), ("If none", "Skipped", "has_owner")]
	assert world.row("Lead", lead, "lead_owner") == ("old@example.com",)


def test_what_waits_goes_on_however_the_other_ends(world):
	lead = world.lead()
	world.sequence("Other", [LATER])
	world.sequence("Main", [{"step_label": "Wait", "step_type": "Pause"}, LATER | {"delay": 30}])
	world.enroll("Other", lead)
	world.enroll("Main", lead)
	world.tick()
	assert status(world, "Other") == ("Paused", "paused_by_sequence")
	world.run_until(world.clock.now() + 10 * DAY)
	assert world.sent(lead) == []
	((main,),) = world.all("Nurture Enrollment", "name", sequence="Main")
	ending.stop(world.host, [main])
	assert status(world, "Other") == ("Active", "")
	world.run_until(world.clock.now() + 5 * DAY)
	assert len(world.sent(lead)) == 1


def test_of_two_that_would_pause_each_other_one_goes_on(world):
	lead = world.lead()
	for title in ("One", "Two"):
		world.sequence(title, [{"step_label": "Wait", "step_type": "Pause"}, LATER])
		world.enroll(title, lead)
	world.tick()
	assert sorted([status(world, "One")[0], status(world, "Two")[0]]) == ["Active", "Paused"]


def test_who_is_taken_out_in_the_moment_of_pausing_others_keeps_nobody_waiting(world):
	"""Both steps are due at once: nobody would ever let go on what waits for a sequence that is over."""
	lead = world.lead()
	world.sequence("Third", [LATER])
	world.sequence("Main", [{"step_label": "Wait", "step_type": "Pause"}, LATER])
	world.sequence("Out", [{"step_label": "Off", "step_type": "Leave", "target_sequence": "Main"}, LATER])
	for title in ("Third", "Main", "Out"):
		world.enroll(title, lead)
	world.tick()
	assert status(world, "Main") == ("Exited", "left_by_sequence")
	assert [status(world, title)[0] for title in ("Third", "Out")] == ["Active", "Active"]
	world.run_until(world.clock.now() + 5 * DAY)
	assert len(world.sent(lead)) == 2


def test_what_somebody_paused_stays_paused(world):
	lead = world.lead()
	world.sequence("Other", [LATER])
	world.sequence("Main", [{"step_label": "Wait", "step_type": "Pause"}, LATER | {"delay": 1}])
	world.enroll("Other", lead)
	((other,),) = world.all("Nurture Enrollment", "name", sequence="Other")
	pausing.pause(world.host, [other])
	world.enroll("Main", lead)
	world.run_until(world.clock.now() + 2 * DAY)
	assert status(world, "Main")[0] == "Completed"
	assert status(world, "Other") == ("Paused", "paused_by_user")
