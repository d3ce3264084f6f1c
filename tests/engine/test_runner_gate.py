"""What puts a message off, holds it, or ends the sequence before it is sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from nurture_app.engine import activities, lifecycle, nightly, optout, runner
from nurture_app.engine.activities import ActivityIn
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.enrollments import pausing
from tests.database_wrappers import WatchedDatabase
from tests.world import MONDAY, World

MAILS = [{"step_label": "One"}, {"step_label": "Two", "delay": 2}, {"step_label": "Three", "delay": 2}]
HOUR = timedelta(hours=1)


def enrollment(world: World, *columns: str, party: str = "") -> tuple:
	rows = world.all("Nurture Enrollment", *columns, **({"party": party} if party else {}))
	assert len(rows) == 1
	return rows[0]


def change(world: World, doctype: str, name: str, **values: Any) -> None:
	with world.db.transaction():
		world.db.update(f"tab{doctype}", ("name", *values), [(name, *values.values())])


def on_the_way(world: World, **values: Any) -> str:
	"""A lead whose first mail has gone, and whose second is due on Wednesday at ten."""
	world.sequence("Seq", MAILS, **values)
	lead = world.lead("ann", email_id="ann@example.com")
	world.enroll("Seq", lead)
	world.tick()
	assert world.sent() == ["Seq One"]
	return lead


# --- the sequence is over ----------------------------------------------------------------------------------------


def opt_out(world: World) -> None:
	optout.unsubscribe(world.host, "ann@example.com", "link")


def withdraw(world: World) -> None:
	optout.set_consent(world.host, "ann", "ann@example.com", "Withdrawn", "phone", "")


def recorded(kind: str, **values: Any) -> Any:
	return lambda world: world.record("ann", kind, **values)


ENDINGS = {
	"a reply": (recorded("Email Reply"), {}, "Exited", "replied"),
	"the goal": (
		recorded("Opportunity Created"),
		{"goal_activity": "Opportunity Created"},
		"Completed",
		"goal_reached",
	),
	"a reply that is the goal": (
		recorded("Email Reply"),
		{"goal_activity": "Email Reply"},
		"Completed",
		"goal_reached",
	),
	"becoming a customer": (recorded("Became Customer"), {}, "Exited", "converted"),
	"an invoice": (recorded("Invoice Submitted"), {}, "Exited", "converted"),
	"a bounce": (recorded("Email Bounced"), {}, "Exited", "bounced"),
	"a demonstration asked for": (
		recorded("Demo Request"),
		{"exits": ["Demo Request", "Opportunity Lost"], "goal_activity": "Opportunity Created"},
		"Exited",
		"exit_activity",
	),
	"a deal lost": (
		recorded("Opportunity Lost"),
		{"exits": ["Demo Request", "Opportunity Lost"]},
		"Exited",
		"exit_activity",
	),
	"an exit that is the goal": (
		recorded("Demo Request"),
		{"exits": ["Demo Request"], "goal_activity": "Demo Request"},
		"Completed",
		"goal_reached",
	),
	"an unsubscribe activity": (recorded("Unsubscribe"), {"on_reply": "Continue"}, "Exited", "unsubscribed"),
	"a complaint": (recorded("Spam Complaint"), {"exit_on_bounce": 0}, "Exited", "complaint"),
	"the unsubscribe link": (opt_out, {}, "Exited", "unsubscribed"),
	"consent withdrawn": (withdraw, {}, "Exited", "unsubscribed"),
}


@pytest.mark.parametrize("case", ENDINGS)
def test_a_sequence_ends_at_once_with(world, case):
	happen, values, status, reason = ENDINGS[case]
	lead = on_the_way(world, **values)
	happen(world)
	assert enrollment(world, "status", "reason", "due_on", "ended_on") == (status, reason, None, MONDAY)
	assert world.outbox.cancelled, "what waited in the queue was taken back"
	world.run_until(MONDAY + timedelta(days=20))
	assert world.sent(lead) == ["Seq One"]


SILENT_ENDINGS = {
	# nothing tells the engine: the gate finds out when the next message is due
	"Frappe's own unsubscribe": (
		lambda world: world.put("Email Unsubscribe", email="ann@example.com", global_unsubscribe=1),
		"unsubscribed",
	),
	"Frappe's unsubscribe from the lead": (
		lambda world: world.put(
			"Email Unsubscribe", email="ann@example.com", reference_doctype="Lead", reference_name="ann"
		),
		"unsubscribed",
	),
	"Unsubscribed on the lead": (lambda world: change(world, "Lead", "ann", unsubscribed=1), "unsubscribed"),
	"Do Not Contact": (lambda world: change(world, "Lead", "ann", status="Do Not Contact"), "do_not_contact"),
	"Converted": (lambda world: change(world, "Lead", "ann", status="Converted"), "converted"),
	"a deleted lead": (lambda world: world.delete("Lead", "ann"), "party_missing"),
	"a goal whose handler failed": (
		lambda world: world.put(
			"Nurture Activity",
			activity_type="Opportunity Created",
			party="ann",
			occurred_on=world.clock.now(),
			classification="human",
			dedupe_key="x",
		),
		"goal_reached",
	),
}


@pytest.mark.parametrize("case", SILENT_ENDINGS)
def test_the_gate_itself_ends_it_for(world, case):
	happen, reason = SILENT_ENDINGS[case]
	lead = on_the_way(world, goal_activity="Opportunity Created")
	world.clock.move_to(MONDAY + HOUR)
	happen(world)
	world.run_until(MONDAY + timedelta(days=3))
	status = "Completed" if reason == "goal_reached" else "Exited"
	assert enrollment(world, "status", "reason", "due_on") == (status, reason, None)
	assert world.sent(lead) == ["Seq One"]


CONTINUES = {
	"a reply when set so": (recorded("Email Reply"), {"on_reply": "Continue"}),
	"a conversion when set so": (recorded("Became Customer"), {"exit_on_conversion": 0}),
	"a bounce when set so": (recorded("Email Bounced"), {"exit_on_bounce": 0}),
	"a click": (recorded("Email Click"), {"goal_activity": "Opportunity Created"}),
	"a demonstration asked for when nothing is set": (
		recorded("Demo Request"),
		{"goal_activity": "Opportunity Created"},
	),
	"a machine that seems to ask": (
		recorded("Demo Request", classification="machine"),
		{"exits": ["Demo Request"], "goal_activity": "Opportunity Created"},
	),
	"a machine that seems to reply": (recorded("Email Reply", classification="machine"), {}),
	"a reply known late from before the sequence": (
		recorded("Email Reply", when=MONDAY - timedelta(days=1)),
		{},
	),
	"somebody else's reply": (lambda world: world.record(world.lead("bob"), "Email Reply"), {}),
	"somebody else's opt-out": (
		lambda world: optout.unsubscribe(world.host, "bob@example.com", "link"),
		{},
	),
}


@pytest.mark.parametrize("case", CONTINUES)
def test_a_sequence_goes_on_after(world, case):
	happen, values = CONTINUES[case]
	lead = on_the_way(world, **values)
	happen(world)
	assert world.outbox.cancelled == []
	world.run_until(MONDAY + timedelta(days=7))
	assert world.sent(lead) == ["Seq One", "Seq Two", "Seq Three"]


def test_an_exit_whose_handler_failed_is_made_up_for_and_named(world):
	lead = on_the_way(world, exits=["Demo Request"], goal_activity="Opportunity Created")
	world.clock.move_to(MONDAY + HOUR)
	values = {"activity_type": "Demo Request", "party": lead, "occurred_on": world.clock.now()}
	world.put("Nurture Activity", classification="human", dedupe_key="x", **values)
	world.run_until(MONDAY + timedelta(days=3))
	ended = enrollment(world, "status", "reason", "reason_detail")
	assert ended == ("Exited", "exit_activity", "Demo Request")
	assert world.sent(lead) == ["Seq One"]


@pytest.mark.parametrize(
	("days", "expected"),
	[
		(20, ("Completed", "goal_reached", "Demo Request")),
		(100, ("Exited", "exit_activity", "Demo Request")),
	],
)
def test_a_goal_reached_after_leaving_on_the_way_to_it_counts_for_some_time(world, days, expected):
	lead = on_the_way(world, exits=["Demo Request"], goal_activity="Opportunity Created")
	world.record(lead, "Demo Request")
	assert enrollment(world, "status", "reason", "reason_detail") == (
		"Exited",
		"exit_activity",
		"Demo Request",
	)
	world.clock.move_to(MONDAY + timedelta(days=days))
	world.record(lead, "Opportunity Created")
	assert enrollment(world, "status", "reason", "reason_detail") == expected
	assert enrollment(world, "ended_on") == (MONDAY,)


def test_an_opportunity_after_the_reply_that_ended_it_is_the_goal_reached(world):
	lead = on_the_way(world, goal_activity="Opportunity Created")
	world.record(lead, "Email Reply")
	assert enrollment(world, "reason") == ("replied",)
	world.clock.move_to(MONDAY + timedelta(days=9))
	world.record(lead, "Opportunity Created")
	assert enrollment(world, "status", "reason", "ended_on") == ("Completed", "goal_reached", MONDAY)


def test_a_reply_ends_every_sequence_of_the_lead_by_its_own_setting(world):
	for name, on_reply in (("A", "End"), ("B", "Pause"), ("C", "Continue")):
		world.sequence(name, [{"step_label": "One", "delay": 1}], on_reply=on_reply)
	lead = world.lead()
	for name in "ABC":
		world.enroll(name, lead)
	world.record(lead, "Email Reply")
	assert dict(world.all("Nurture Enrollment", "sequence", "status")) == {
		"A": "Exited",
		"B": "Paused",
		"C": "Active",
	}


def test_a_sequence_started_by_what_ends_sequences_is_not_ended_by_it(world):
	for number, kind in enumerate(("Email Reply", "Became Customer", "Email Bounced")):
		steps = [{"step_label": "One"}, {"step_label": "Two", "delay": 1}]
		world.sequence(f"S{number}", steps, trigger_type="Activity", trigger_activity=kind)
		lead = world.lead()
		world.record(lead, kind)
		world.run_until(MONDAY + timedelta(days=number * 7 + 2))
		assert world.sent(lead) == [f"S{number} One", f"S{number} Two"]


def test_a_reply_that_pauses_waits_for_somebody_and_skips_nothing(world):
	lead = on_the_way(world, on_reply="Pause")
	world.record(lead, "Email Reply")
	assert enrollment(world, "status", "reason", "stopped_on") == ("Paused", "replied", MONDAY)
	world.run_until(MONDAY + timedelta(days=9))
	assert world.sent(lead) == ["Seq One"]
	pausing.resume(world.host, [enrollment(world, "name")[0]])
	world.run_until(MONDAY + timedelta(days=20))
	assert world.sent(lead) == ["Seq One", "Seq Two", "Seq Three"]


@pytest.mark.parametrize("way", ["by a reply", "by hand"])
def test_who_is_held_and_then_paused_stays_paused_at_night(world, way):
	world.sequence("Seq", MAILS, on_reply="Pause")
	lead = world.lead("ann", email_id="ann@example.com")
	world.enroll("Seq", lead)
	world.settings(postal_address="")
	world.tick()
	((name, status),) = world.all("Nurture Enrollment", "name", "status")
	assert status == "Held"
	world.clock.move_to(MONDAY + HOUR)
	if way == "by hand":
		pausing.pause(world.host, [name], "rep")
	else:
		world.record(lead, "Email Reply")
	world.settings(postal_address="1 Main Street")
	world.run_until(MONDAY + timedelta(days=4))
	assert enrollment(world, "status", "stopped_on") == ("Paused", MONDAY)
	assert world.sent() == []


# --- held until mended -------------------------------------------------------------------------------------------


def without_consent(world: World) -> None:
	world.delete("Nurture Consent", world.all("Nurture Consent", "name", party="ann")[0][0])


def with_consent(world: World) -> None:
	optout.set_consent(world.host, "ann", "ann@example.com", "Given", "phone", "")


def words(body: str) -> Any:
	return lambda world: change(world, "Nurture Content", "Seq Two", body=body)


HOLDS = {
	"no address": (
		lambda world: change(world, "Lead", "ann", email_id=None),
		lambda world: change(world, "Lead", "ann", email_id="ann@example.com"),
		"no_address",
	),
	"an invalid address": (
		lambda world: change(world, "Lead", "ann", email_id="ann at home"),
		lambda world: change(world, "Lead", "ann", email_id="ann@example.com"),
		"invalid_address",
	),
	"no consent on record": (without_consent, with_consent, "no_consent"),
	"no postal address": (
		lambda world: world.settings(postal_address=" "),
		lambda world: world.settings(postal_address="1 Main Street"),
		"no_postal_address",
	),
	"no outgoing account": (
		lambda world: change(world, "Email Account", "Outgoing", enable_outgoing=0),
		lambda world: change(world, "Email Account", "Outgoing", enable_outgoing=1),
		"no_sender",
	),
	"another account that is gone": (
		lambda world: world.settings(email_account="Gone"),
		lambda world: world.settings(email_account="Outgoing"),
		"no_sender",
	),
	"an empty placeholder": (
		words("<p>Dear {{ lead.salutation }}</p>"),
		lambda world: change(world, "Lead", "ann", salutation="Dr"),
		"template_error",
	),
	"a text that cannot be read": (
		words("<p>{{ lead.first_name</p>"),
		words("<p>Hello.</p>"),
		"template_error",
	),
	"a deleted content": (
		lambda world: world.delete("Nurture Content", "Seq Two"),
		lambda world: world.content("Seq Two"),
		"content_missing",
	),
	"a window that never opens": (
		lambda world: [
			world.settings(holiday_list="Always"),
			*(
				world.put("Holiday", parent="Always", holiday_date=MONDAY.date() + timedelta(days=d))
				for d in range(500)
			),
		],
		lambda world: world.settings(holiday_list=""),
		"window_never_opens",
	),
}


@pytest.mark.parametrize("case", HOLDS)
@pytest.mark.parametrize("released", ["at night", "by hand"])
def test_a_step_is_held_with_its_reason_and_goes_out_once_mended(world, case, released):
	break_it, mend_it, reason = HOLDS[case]
	lead = on_the_way(world)
	break_it(world)
	world.run_until(MONDAY + timedelta(days=4))  # Friday; tried again every night
	name, status, why, step = enrollment(world, "name", "status", "reason", "step")
	assert (status, why, step) == ("Held", reason, "Two")
	((touch_status, touch_reason),) = world.all("Nurture Touch", "status", "reason", step="Two")
	assert (touch_status, touch_reason) == ("Held", reason)
	assert world.sent(lead) == ["Seq One"]
	mend_it(world)
	if released == "by hand":
		assert pausing.resume(world.host, [name]) == 1
	world.run_until(MONDAY + timedelta(days=18))
	assert world.sent(lead) == ["Seq One", "Seq Two", "Seq Three"]
	assert enrollment(world, "status", "reason", "reason_detail") == ("Completed", "finished", "")
	assert [row[0] for row in world.all("Nurture Touch", "status")] == ["Queued"] * 3
	# the day lost before Two is lost for Three, too
	sent = sorted(world.all("Nurture Touch", "queued_on", "step"))
	assert sent[2][0] - sent[1][0] >= timedelta(days=2)


def test_a_held_step_names_the_content_and_what_is_wrong_with_it(world):
	lead = on_the_way(world)
	change(world, "Nurture Content", "Seq Two", body="<p>Dear {{ lead.salutation }}</p>")
	world.run_until(MONDAY + timedelta(days=2))
	((detail,),) = world.all("Nurture Enrollment", "reason_detail")
	assert "Seq Two" in detail and "lead.salutation is empty" in detail
	assert world.all("Nurture Touch", "reason_detail", step="Two") == [(detail,)]
	assert world.sent(lead) == ["Seq One"]


def test_one_lead_that_is_held_keeps_nobody_else_waiting(world):
	world.sequence(
		"Seq", [{"step_label": "One", "content": world.content("C", body="<p>{{ lead.city }}</p>")}]
	)
	leads = [world.lead(city=city) for city in ("Ulm", None, "Bonn", "", "Köln")]
	world.enroll("Seq", *leads)
	result = world.tick()
	assert (result.queued, result.held) == (3, 2)
	assert sorted(one.party for one in world.outbox.messages) == [leads[0], leads[2], leads[4]]


def test_a_step_that_is_gone_from_its_version_is_held_for_a_person(world):
	on_the_way(world)
	change(world, "Nurture Enrollment", enrollment(world, "name")[0], step="Nowhere")
	world.run_until(MONDAY + timedelta(days=5))
	assert enrollment(world, "status", "reason", "reason_detail") == ("Held", "step_missing", "Nowhere")


# --- put off -----------------------------------------------------------------------------------------------------


def moments(world: World, lead: str = "") -> list[datetime]:
	rows = world.all("Nurture Touch", "queued_on", **({"party": lead} if lead else {}))
	return sorted(moment for (moment,) in rows if moment)


def test_the_cap_counts_all_sequences_of_an_address_and_puts_off(world):
	world.settings(cap_messages=2, cap_days=7)
	for name in "ABC":
		world.sequence(name, [{"step_label": "One"}])
	lead, twin = world.lead(email_id="ann@example.com"), world.lead(email_id="ANN@example.com")
	world.enroll("A", lead), world.enroll("B", twin)
	world.run_until(MONDAY + HOUR)
	world.enroll("C", lead)
	result = world.tick()
	assert (result.queued, result.deferred) == (0, 1)
	((status, reason, due_on),) = world.all("Nurture Enrollment", "status", "reason", "due_on", sequence="C")
	assert (status, reason, due_on) == ("Active", "frequency_cap", MONDAY + timedelta(days=7))
	assert world.all("Nurture Touch", "status", "reason", sequence="C") == [("Planned", "frequency_cap")]
	world.run_until(MONDAY + timedelta(days=8))
	assert moments(world) == [MONDAY, MONDAY, MONDAY + timedelta(days=7)]
	assert world.all("Nurture Touch", "status", "reason", sequence="C") == [("Queued", "")]


def test_within_one_batch_the_higher_priority_goes_first(world):
	world.settings(cap_messages=1, cap_days=7)
	world.sequence("Low", [{"step_label": "One"}], priority=1)
	world.sequence("High", [{"step_label": "One"}], priority=5)
	world.sequence("Middle", [{"step_label": "One"}], priority=3)
	lead = world.lead()
	for name in ("Low", "High", "Middle"):
		world.enroll(name, lead)
	world.run_until(MONDAY + timedelta(days=21))
	assert world.sent() == ["High One", "Middle One", "Low One"]
	assert moments(world) == [MONDAY + timedelta(days=days) for days in (0, 7, 14)]


def test_without_a_cap_everything_goes(world):
	world.settings(cap_messages=0)
	for number in range(5):
		world.sequence(f"S{number}", [{"step_label": "One"}])
	lead = world.lead()
	for number in range(5):
		world.enroll(f"S{number}", lead)
	assert world.tick().queued == 5


def test_what_was_taken_back_or_failed_does_not_count_against_the_cap(world):
	world.settings(cap_messages=1, cap_days=7)
	world.sequence("A", MAILS)
	world.sequence("B", [{"step_label": "One"}])
	lead = world.lead()
	world.enroll("A", lead)
	world.tick()
	world.record(lead, "Email Reply")  # ends A, takes its mail back
	assert world.all("Nurture Touch", "status", "reason", "queued_on") == [("Skipped", "replied", None)]
	world.put(
		"Nurture Touch", party=lead, address=f"{lead.lower()}@example.com", queued_on=MONDAY, status="Failed"
	)
	world.clock.move_to(MONDAY + HOUR)
	world.enroll("B", lead)
	assert world.tick().queued == 1


def test_a_message_in_hand_counts_whatever_became_of_it(world):
	world.settings(cap_messages=1, cap_days=7)
	world.sequence("B", [{"step_label": "One"}])
	for number, status in enumerate(
		("Queued", "Sending", "Sent", "Delivered", "Opened", "Clicked", "Replied", "Bounced", "Unknown")
	):
		lead = world.lead(f"L{number}")
		row = {
			"party": lead,
			"address": f"l{number}@example.com",
			"queued_on": MONDAY - HOUR,
			"status": status,
		}
		world.put("Nurture Touch", channel="Email", **row)
		world.enroll("B", lead)
	result = world.tick()
	assert (result.queued, result.deferred) == (0, 9)


def rep_writes(world: World, lead: str, **values: Any) -> None:
	row = {
		"reference_doctype": "Lead",
		"reference_name": lead,
		"sent_or_received": "Sent",
		"communication_type": "Communication",
		"communication_medium": "Email",
		"communication_date": world.clock.now(),
	}
	world.put("Communication", **(row | values))


def test_a_colleagues_mail_puts_the_next_message_off_and_moves_no_later_one(world):
	world.sequence("Seq", [*MAILS, {"step_label": "Four", "timing": "On Day", "day": 9}])
	lead = world.lead("ann")
	world.enroll("Seq", lead)
	world.tick()
	world.clock.move_to(MONDAY + timedelta(days=1))  # Tuesday ten o'clock: quiet until Friday ten
	rep_writes(world, lead)
	world.run_until(MONDAY + timedelta(days=2, hours=1))
	assert enrollment(world, "status", "reason", "due_on") == (
		"Active",
		"rep_conversation",
		MONDAY + timedelta(days=4),
	)
	world.run_until(MONDAY + timedelta(days=20))
	nine = timedelta(hours=-1)
	assert moments(world) == [
		MONDAY,
		MONDAY + timedelta(days=4),
		MONDAY + timedelta(days=7) + nine,  # planned on Friday; a day after Two is Saturday
		MONDAY + timedelta(days=8) + nine,  # on its own day again
	]


QUIET = [
	({}, True),
	({"communication_medium": "Phone"}, True),
	({"communication_medium": "Meeting"}, True),
	({"communication_type": "Automated Message"}, False),
	({"sent_or_received": "Received"}, False),
	({"communication_medium": ""}, False),
	({"reference_name": "bob"}, False),
	({"reference_doctype": "Customer"}, False),
	({"communication_date": MONDAY - timedelta(days=3)}, False),
	({"communication_date": MONDAY - timedelta(days=2, hours=23)}, True),
]


@pytest.mark.parametrize(("values", "quiet"), QUIET, ids=[str(values) for values, _ in QUIET])
def test_what_counts_as_a_colleagues_conversation(world, values, quiet):
	world.sequence("Seq", MAILS)
	lead = world.lead("ann")
	rep_writes(world, lead, **values)
	world.enroll("Seq", lead)
	result = world.tick()
	assert (result.queued, result.deferred) == ((0, 1) if quiet else (1, 0))


@pytest.mark.parametrize("kind", ["Call", "Meeting", "Colleague Wrote"])
def test_a_conversation_on_the_way_puts_the_next_message_off(world, kind):
	"""SE-10. A meeting that starts a sequence keeps none of its mails waiting."""
	world.sequence("Seq", MAILS, trigger_type="Activity", trigger_activity=kind)
	lead = world.lead("ann")
	world.record(lead, kind)
	world.run_until(MONDAY + timedelta(days=1))
	assert world.sent(lead) == ["Seq One"]
	world.record(lead, kind)  # Tuesday ten o'clock: quiet until Friday ten
	world.run_until(MONDAY + timedelta(days=4))
	assert moments(world) == [MONDAY, MONDAY + timedelta(days=4)]


def test_a_colleagues_mail_can_end_a_sequence(world):
	lead = on_the_way(world, exits=["Colleague Wrote", "Call"])
	world.record(lead, "Colleague Wrote")
	ended = enrollment(world, "status", "reason", "reason_detail")
	assert ended == ("Exited", "exit_activity", "Colleague Wrote")


def test_the_silence_can_be_switched_off(world):
	world.settings(rep_pause_days=0)
	world.sequence("Seq", MAILS)
	lead = world.lead("ann")
	rep_writes(world, lead)
	world.enroll("Seq", lead)
	assert world.tick().queued == 1


def test_pausing_the_sequence_or_all_sending_stops_what_is_due(world):
	world.sequence("Seq", MAILS)
	world.enroll("Seq", world.lead())
	lifecycle.pause(world.host, "Seq")
	assert world.tick().claimed == 0
	lifecycle.resume(world.host, "Seq")
	world.settings(hold_all_sending=1)
	assert world.tick().claimed == 0
	world.settings(hold_all_sending=0)
	assert world.tick().queued == 1


def test_many_endings_in_one_recording_end_each_lead_by_its_own(world):
	world.sequence("Seq", MAILS)
	leads = [world.lead() for _ in range(6)]
	world.enroll("Seq", *leads)
	kinds = ("Email Reply", "Unsubscribe", "Became Customer", "Email Bounced", "Page View", "Call")
	result = activities.record(
		world.host, [ActivityIn(lead, kind, MONDAY) for lead, kind in zip(leads, kinds, strict=True)]
	)
	assert result.ended == 4
	assert [dict(world.all("Nurture Enrollment", "party", "reason"))[lead] for lead in leads] == [
		"replied",
		"unsubscribed",
		"converted",
		"bounced",
		None,
		None,
	]


def test_the_first_of_two_endings_wins(world):
	world.sequence("Seq", MAILS, goal_activity="Opportunity Created")
	lead = world.lead()
	world.enroll("Seq", lead)
	later, sooner = MONDAY + timedelta(minutes=2), MONDAY + timedelta(minutes=1)
	activities.record(
		world.host, [ActivityIn(lead, "Email Reply", later), ActivityIn(lead, "Opportunity Created", sooner)]
	)
	assert enrollment(world, "status", "reason") == ("Completed", "goal_reached")
	nightly.nightly(world.host)
	assert enrollment(world, "status", "reason") == ("Completed", "goal_reached")


# --- the limit of a day ------------------------------------------------------------------------------------------


def test_mails_beyond_the_limit_of_the_day_go_tomorrow_with_a_reason(world):
	world.settings(email_daily_limit=2)
	world.sequence("Seq", [{"step_label": "One"}])
	world.enroll("Seq", *[world.lead(f"l{number}") for number in range(5)])
	world.tick()
	assert len(world.sent()) == 2
	waiting = world.all("Nurture Enrollment", "reason", "due_on", status="Active")
	tomorrow = (world.clock.now() + timedelta(days=1)).replace(hour=9)
	assert waiting == [("daily_limit", tomorrow)] * 3
	assert world.all("Nurture Touch", "reason", status="Planned") == [("daily_limit",)] * 3
	world.run_until(MONDAY + timedelta(days=1, hours=2))
	assert len(world.sent()) == 4
	world.run_until(MONDAY + timedelta(days=2, hours=2))
	assert len({one.party for one in world.outbox.messages}) == len(world.sent()) == 5


def test_the_limit_of_the_day_takes_as_many_statements_for_many_as_for_few(make_world):
	counts = []
	for people in (3, 30):
		world = make_world("sqlite")
		world.settings(email_daily_limit=people - 1)
		world.sequence("Seq", [{"step_label": "One"}])
		world.enroll("Seq", *[world.lead(f"l{number}") for number in range(people)])
		watched = WatchedDatabase(world.db)
		runner.tick(replace(world.host, db=watched), "w")
		assert len(world.sent()) == people - 1
		counts.append(watched.calls)
	assert counts[0] == counts[1]


@pytest.mark.parametrize(
	("country", "gets"),
	[
		("Germany", True),
		("Deutschland", True),  # as an import wrote it
		("Norway", True),
		("France", False),
		("", False),
	],
)
def test_a_step_for_some_countries_passes_over_everybody_else(world, country, gets):
	steps = [
		{"step_label": "Offer", "only_countries": "DACH\nNorway\n"},
		{"step_label": "More", "delay": 1, "delay_unit": "Days"},
	]
	lead = world.lead(country=country)
	world.enroll(world.sequence("Regional", steps), lead)
	world.tick()
	((status, reason),) = world.all("Nurture Touch", "status", "reason", step="Offer")
	assert (status, reason) == (("Queued", "") if gets else ("Skipped", "other_country"))
	world.run_until(world.clock.now() + timedelta(days=4))
	assert len(world.sent(lead)) == 1 + gets  # and the sequence goes on


def test_a_step_for_a_country_that_is_none_is_refused(sqlite_world):
	with pytest.raises(NurtureError) as refused:
		sqlite_world.sequence("Regional", [{"step_label": "Offer", "only_countries": "Germany\nAtlantis"}])
	assert refused.value.code == "country_unknown"
	assert "Offer" in str(refused.value) and "Atlantis" in str(refused.value)


def test_a_reply_that_pauses_and_brings_the_lead_to_the_goal_ends_it(world):
	world.rule("Replied", activity_type="Email Reply", points=60)
	lead = on_the_way(world, on_reply="Pause", goal_activity="MQL Reached")
	world.clock.move_to(MONDAY + timedelta(hours=1))
	world.record(lead, "Email Reply")
	assert enrollment(world, "status", "reason", "stopped_on") == ("Completed", "goal_reached", None)
	world.run_until(MONDAY + timedelta(days=20))
	assert world.sent(lead) == ["Seq One"]
