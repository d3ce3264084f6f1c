"""Steps that are no messages: tasks, fields, branches, waits and ends."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from nurture_app.engine import optout
from tests.world import MONDAY, World

DAY = timedelta(days=1)


def ledger(world: World, lead: str = "") -> list[tuple]:
	where = {"party": lead} if lead else {}
	rows = world.all("Nurture Touch", "visit", "step", "status", "reason_detail", "channel", **where)
	return [row[1:] for row in sorted(rows)]


def enrollment(world: World, *columns: str) -> tuple:
	((row),) = world.all("Nurture Enrollment", *columns)
	return row


def test_a_task_is_handed_out_once_with_its_text_filled_in(world):
	step = {
		"step_label": "Call",
		"step_type": "Task",
		"task_description": "Call {{ lead.first_name }} of {{ company.name }} <now>",
		"task_due_days": 3,
	}
	world.sequence("Seq", [step])
	lead = world.lead(lead_owner="owner@example.com", first_name="Ada & Co")
	world.enroll("Seq", lead)
	world.tick(), world.tick()
	(task,) = world.todos.tasks
	assert (task.party, task.assign_to, task.due_on) == (lead, "owner@example.com", date(2026, 3, 5))
	assert task.description == "Call Ada & Co of Example Ltd <now>"
	((name, status, queue_row),) = world.all("Nurture Touch", "name", "status", "email_queue")
	assert (task.touch, status, queue_row) == (name, "Given", f"TODO-{name}")
	assert enrollment(world, "status", "reason") == ("Completed", "finished")


def test_a_task_goes_to_whom_the_step_names(world):
	step = {
		"step_label": "Call",
		"step_type": "Task",
		"task_description": "Call",
		"task_assign_to": "sdr@example.com",
	}
	world.sequence("Seq", [step])
	world.enroll("Seq", world.lead(lead_owner="owner@example.com"), world.lead())
	world.tick()
	assert [task.assign_to for task in world.todos.tasks] == ["sdr@example.com"] * 2


def test_a_task_whose_text_cannot_be_filled_in_is_held(world):
	steps = [
		{"step_label": "Call", "step_type": "Task", "task_description": "Call {{ lead.phone }}"},
		{"step_label": "Next"},
	]
	world.sequence("Seq", steps)
	lead = world.lead()
	world.enroll("Seq", lead)
	world.tick()
	assert enrollment(world, "status", "reason", "step") == ("Held", "template_error", "Call")
	assert "lead.phone is empty" in enrollment(world, "reason_detail")[0]
	assert world.todos.tasks == []
	with world.db.transaction():
		world.db.update("tabLead", ("name", "phone"), [(lead, "123")])
	world.run_until(MONDAY + 2 * DAY)
	assert [task.description for task in world.todos.tasks] == ["Call 123"]
	assert world.sent() == ["Seq Next"]


FIELDS = [
	("status", "Interested", "Interested"),
	("city", "Ulm", "Ulm"),
	("city", "", None),
	("annual_revenue", "12.5", 12.5),
	("disabled", "1", 1),
	("qualified_on", "2026-03-31", date(2026, 3, 31)),
]


@pytest.mark.parametrize(("field", "typed", "value"), FIELDS)
def test_a_field_is_set_in_its_kind(world, field, typed, value):
	step = {"step_label": "Mark", "step_type": "Set Field", "field_name": field, "field_value": typed}
	world.sequence("Seq", [step])
	lead, other = world.lead(city="Bonn"), world.lead(city="Bonn")
	before = world.row("Lead", other, field)
	world.enroll("Seq", lead)
	world.tick()
	(found,) = world.row("Lead", lead, field)
	assert (
		date.fromisoformat(found) if isinstance(value, date) and isinstance(found, str) else found
	) == value
	assert world.row("Lead", other, field) == before
	assert ledger(world) == [("Mark", "Done", "", "")]


def test_a_field_gone_from_the_lead_holds_the_step_and_nobody_else(world):
	world.sequence(
		"Seq", [{"step_label": "Mark", "step_type": "Set Field", "field_name": "city", "field_value": "x"}]
	)
	world.sequence("Mails", [{"step_label": "One"}])
	world.enroll("Seq", world.lead())
	world.enroll("Mails", world.lead())
	del world.host.catalog["city"]
	world.tick()
	assert dict(world.all("Nurture Enrollment", "sequence", "status")) == {
		"Seq": "Held",
		"Mails": "Completed",
	}
	assert dict(world.all("Nurture Enrollment", "sequence", "reason"))["Seq"] == "step_error"


# --- branches ----------------------------------------------------------------------------------------------------


def branched(world: World, condition: Any, **values: Any) -> None:
	steps = [
		{"step_label": "One"},
		{"step_label": "Two", "delay": 2},
		{
			"step_label": "Fork",
			"step_type": "Branch",
			"delay": 1,
			"condition": condition,
			"on_true": "Yes",
			"on_false": "No",
		},
		{"step_label": "Yes", "go_to": "Stop"},
		{"step_label": "No"},
		{"step_label": "Stop", "step_type": "End"},
	]
	world.sequence("Seq", steps, **values)


def open_mail(world: World, lead: str, step: str, kind: str = "Email Open", **values: Any) -> None:
	((touch),) = [t for t, p in world.all("Nurture Touch", "name", "party", step=step) if p == lead]
	world.record(lead, kind, touch=touch, sequence="Seq", **values)


def test_a_branch_asks_about_this_enrollments_mails(world):
	branched(world, {"touches": "opened", "steps": ["One", "Two"], "count": ["<", 2]})
	leads = {name: world.lead(name) for name in ("both", "clicked", "one", "none", "machine")}
	world.enroll("Seq", *leads)
	world.run_until(MONDAY + 2 * DAY)
	for name, step in [("both", "One"), ("both", "Two"), ("one", "One"), ("one", "One"), ("clicked", "One")]:
		open_mail(world, name, step)
	open_mail(world, "clicked", "Two", "Email Click")
	for step in ("One", "Two"):
		open_mail(world, "machine", step, classification="machine")
	world.run_until(MONDAY + 3 * DAY)
	last = {lead: world.sent(lead)[-1] for lead in leads}
	assert last == {
		"both": "Seq No",
		"clicked": "Seq No",
		"one": "Seq Yes",
		"none": "Seq Yes",
		"machine": "Seq Yes",
	}
	details = dict(world.all("Nurture Touch", "party", "reason_detail", step="Fork"))
	assert details == {"both": "false", "clicked": "false", "one": "true", "none": "true", "machine": "true"}
	assert {status for (status,) in world.all("Nurture Enrollment", "status")} == {"Completed"}


def test_a_branch_forgets_the_last_time_the_lead_was_here(world):
	branched(world, {"touches": "opened"}, reentry="After It Ended")
	lead = world.lead()
	world.enroll("Seq", lead)
	world.run_until(MONDAY + DAY)
	open_mail(world, lead, "One")
	world.run_until(MONDAY + 14 * DAY)
	world.enroll("Seq", lead)
	world.run_until(MONDAY + 28 * DAY)
	assert [subject for subject in world.sent(lead) if subject in ("Seq Yes", "Seq No")] == [
		"Seq Yes",
		"Seq No",
	]


def test_a_branch_asks_what_happened_since_the_enrollment(world):
	branched(world, {"activity": "Page View", "since_enrollment": True})
	before, after = world.lead(), world.lead()
	world.record(before, "Page View", MONDAY - timedelta(seconds=1))
	world.enroll("Seq", before, after)
	world.record(after, "Page View", MONDAY)
	world.run_until(MONDAY + 5 * DAY)
	assert (world.sent(before)[-1], world.sent(after)[-1]) == ("Seq No", "Seq Yes")


def test_a_branch_over_an_empty_field_goes_the_way_of_false(world):
	branched(world, ["city", "=", "Ulm"])
	leads = [world.lead(city=city) for city in ("Ulm", None, "")]
	world.enroll("Seq", *leads)
	world.run_until(MONDAY + 5 * DAY)
	assert [world.sent(lead)[-1] for lead in leads] == ["Seq Yes", "Seq No", "Seq No"]


def test_a_branch_that_cannot_be_asked_any_more_is_held(world):
	branched(world, ["city", "=", "Ulm"])
	lead = world.lead(city="Ulm")
	world.enroll("Seq", lead)
	world.run_until(MONDAY + 2 * DAY)
	field = world.host.catalog.pop("city")
	world.run_until(MONDAY + 4 * DAY)
	assert enrollment(world, "status", "reason", "step") == ("Held", "step_error", "Fork")
	assert "city" in enrollment(world, "reason_detail")[0]
	world.host.catalog["city"] = field
	world.run_until(MONDAY + 9 * DAY)
	assert world.sent(lead)[-1] == "Seq Yes"


def test_a_way_back_with_a_wait_goes_round_until_it_is_true_and_counts_its_visits(world):
	steps = [
		{"step_label": "Ask"},
		{"step_label": "Wait", "step_type": "Wait", "delay": 7},
		{
			"step_label": "Answered?",
			"step_type": "Branch",
			"condition": {"activity": "Form Submitted", "since_enrollment": True},
			"on_true": "Thanks",
			"on_false": "Ask",
		},
		{"step_label": "Thanks"},
	]
	world.sequence("Seq", steps)
	lead = world.lead()
	world.enroll("Seq", lead)
	world.run_until(MONDAY + 15 * DAY)
	world.record(lead, "Form Submitted")
	world.run_until(MONDAY + 40 * DAY)
	assert world.sent(lead) == ["Seq Ask"] * 3 + ["Seq Thanks"]
	asked = sorted(world.all("Nurture Touch", "queued_on", "visit", step="Ask"))
	assert asked == [(MONDAY + days * DAY, visit) for days, visit in ((0, 0), (7, 3), (14, 6))]


def test_a_wait_just_takes_its_time(world):
	steps = [
		{"step_label": "Wait", "step_type": "Wait", "delay": 3, "delay_unit": "Hours"},
		{"step_label": "Mail"},
	]
	world.sequence("Seq", steps)
	lead = world.lead()
	world.enroll("Seq", lead)
	world.run_until(MONDAY + DAY)
	((moment,),) = world.all("Nurture Touch", "queued_on")
	assert moment == MONDAY + timedelta(hours=3)
	assert ledger(world) == [("Mail", "Queued", "", "Email")]


# --- ends --------------------------------------------------------------------------------------------------------


def test_the_end_for_who_did_not_react_stops_all_mail_to_the_address(world):
	steps = [
		{"step_label": "Last"},
		{"step_label": "End", "step_type": "End", "end_outcome": "No Reaction", "delay": 7},
	]
	world.sequence("Seq", steps)
	world.sequence("Other", [{"step_label": "One", "delay": 30}])
	lead, other = world.lead(email_id="ann@example.com"), world.lead()
	world.enroll("Seq", lead, other)
	world.enroll("Other", lead)
	world.run_until(MONDAY + 5 * DAY)
	optout.set_consent(world.host, other, "other@example.com", "Given", "x", "")
	world.run_until(MONDAY + 8 * DAY)
	found = {
		(party, sequence): (status, reason)
		for party, sequence, status, reason in world.all(
			"Nurture Enrollment", "party", "sequence", "status", "reason"
		)
	}
	assert found == {
		(lead, "Seq"): ("Completed", "no_reaction"),
		(other, "Seq"): ("Completed", "no_reaction"),
		(lead, "Other"): ("Exited", "suppressed"),
	}
	suppressed = dict(world.all("Nurture Suppression", "address", "reason"))
	assert suppressed == {"ann@example.com": "No Reaction", f"{other.lower()}@example.com": "No Reaction"}
	assert [one.reason for one in world.enroll("Other", other)] == ["suppressed"]
	# their consent is not taken back: they withdrew nothing
	assert world.row("Lead", lead, "nurture_email_consent") == ("Given",)


def test_an_ordinary_end_suppresses_nobody(world):
	world.sequence("Seq", [{"step_label": "One"}, {"step_label": "End", "step_type": "End"}])
	world.enroll("Seq", world.lead())
	world.tick()
	assert enrollment(world, "status", "reason", "due_on", "ended_on") == (
		"Completed",
		"finished",
		None,
		MONDAY,
	)
	assert world.all("Nurture Suppression", "name") == []


def test_no_reaction_of_a_lead_without_an_address_ends_it_all_the_same(world):
	steps = [
		{"step_label": "Call", "step_type": "Task", "task_description": "Call"},
		{"step_label": "End", "step_type": "End", "end_outcome": "No Reaction", "delay": 7},
	]
	world.sequence("Seq", steps)
	world.enroll("Seq", world.lead(email_id=None, consent=False))
	world.run_until(MONDAY + 8 * DAY)
	assert enrollment(world, "status", "reason") == ("Completed", "no_reaction")
	assert world.all("Nurture Suppression", "name") == []


# --- what a message carries --------------------------------------------------------------------------------------


def test_what_still_waits_in_the_queue_is_taken_back_when_the_tick_finds_the_sequence_over(world):
	world.sequence("Seq", [{"step_label": "One"}, {"step_label": "Two", "delay": 1}])
	lead = world.lead()
	world.enroll("Seq", lead)
	world.tick()
	with world.db.transaction():  # behind the back of all hooks
		world.db.update("tabLead", ("name", "status"), [(lead, "Converted")])
	world.run_until(MONDAY + 2 * DAY)
	assert enrollment(world, "status", "reason") == ("Exited", "converted")
	((touch, status, reason),) = world.all("Nurture Touch", "name", "status", "reason")
	assert (status, reason) == ("Skipped", "converted")
	assert world.outbox.cancelled == [f"Q-{touch}"]


def test_a_message_is_complete(world):
	world.settings(sender_name="Ada from Example")
	body = "<p>Dear {{ lead.first_name }}, from {{ sender.name }} at {{ company.name }}.</p>"
	world.content("Words", subject="For {{ lead.first_name }}", body=body)
	world.sequence("Seq", [{"step_label": "One", "content": "Words"}])
	lead = world.lead(first_name="Bo <b>", email_id=" Bo@Example.com ")
	world.enroll("Seq", lead)
	world.tick()
	(message,) = world.outbox.messages
	assert (message.address, message.subject) == ("bo@example.com", "For Bo <b>")
	assert "Dear Bo &lt;b&gt;, from Ada from Example at Example Ltd." in message.html
	assert "1 Main Street" in message.html and "1 Main Street" in message.text
	assert message.unsubscribe_url in message.html and message.unsubscribe_url in message.text
	assert (message.sender_name, message.sender_address) == ("Ada from Example", "team@example.com")
	columns = (
		"name",
		"token",
		"message_id",
		"address",
		"subject",
		"content",
		"content_revision",
		"queued_on",
	)
	((name, token, message_id, address, subject, content, revision, queued_on),) = world.all(
		"Nurture Touch", *columns
	)
	assert (message.touch, message.message_id, message.address) == (name, message_id, address)
	assert token in message.unsubscribe_url and token not in message.message_id
	assert (subject, content, revision, queued_on) == ("For Bo <b>", "Words", 1, MONDAY)


def test_every_message_has_its_own_token_and_id(world):
	world.sequence("Seq", [{"step_label": "One"}])
	world.enroll("Seq", *(world.lead() for _ in range(40)))
	world.tick()
	for pick in ("message_id", "unsubscribe_url", "touch", "address"):
		assert len({getattr(one, pick) for one in world.outbox.messages}) == 40


def test_what_the_channel_refuses_is_shown_as_failed_and_the_others_go(world):
	world.sequence("Seq", [{"step_label": "One"}, {"step_label": "Two", "delay": 1}])
	bad, good = world.lead("bad"), world.lead("good")
	deliver = world.outbox.deliver

	def refusing(messages: Any) -> Any:
		from dataclasses import replace

		return [
			replace(one, status="Failed", queue_row="", reason="header_invalid")
			if message.party == bad
			else one
			for one, message in zip(deliver(messages), messages, strict=True)
		]

	world.outbox.deliver = refusing
	world.enroll("Seq", bad, good)
	result = world.tick()
	assert (result.queued, result.failed) == (1, 1)
	assert world.all("Nurture Touch", "status", "reason", party=bad) == [("Failed", "header_invalid")]
	assert world.all("Nurture Touch", "status", "reason", party=good) == [("Queued", "")]


def test_moments_are_kept_to_the_microsecond(world):
	world.clock.move_to(datetime(2026, 3, 2, 10, 0, 0, 123456))
	world.sequence("Seq", [{"step_label": "One"}, {"step_label": "Two", "delay": 1}])
	world.enroll("Seq", world.lead())
	world.tick()
	assert enrollment(world, "enrolled_on", "nominal_on") == (world.clock.now(), world.clock.now() + DAY)
