"""What was asked for in a form begins when its consent is confirmed: once, while it is fresh, unless it is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from nurture_app.engine import activities, lifecycle, optout
from nurture_app.engine.after_consent import start_what_waited
from tests.database_wrappers import WatchedDatabase
from tests.world import World

DAY = timedelta(days=1)
ADDRESS = "ann@example.com"
DEMO = {"trigger_type": "Activity", "trigger_activity": "Demo Request"}
MAILS = [{"step_label": "One"}, {"step_label": "Two", "delay": 20}]
ENTERED = ("Demo", "Active")


def asked(world: World, **values) -> None:
	"""A form with a demonstration asked for, and a confirmation mail on its way."""
	world.sequence("Demo", MAILS, **(DEMO | values))
	world.lead("ann", consent=False)
	request(world)


def request(world: World) -> None:
	optout.ask_for_opt_in(world.host, "ann", ADDRESS, "form", "I agree.", "asked")
	world.record("ann", "Demo Request")
	assert enrollments(world) == []


def confirm(world: World) -> None:
	optout.confirm_opt_in(world.host, ["ann"], ADDRESS, "form", "I agree.", "confirmed")
	start_what_waited(world.host, ["ann"])


def enrollments(world: World) -> list[tuple]:
	return world.all("Nurture Enrollment", "sequence", "status")


def test_a_demonstration_asked_for_starts_its_sequence_when_consent_is_confirmed(world):
	asked(world)
	world.clock.move_to(world.clock.now() + 2 * DAY)
	confirm(world)
	world.tick()
	assert enrollments(world) == [ENTERED]
	assert world.sent("ann") == ["Demo One"]
	((outcome, reason, enrollment),) = world.all("Nurture Trigger Log", "outcome", "reason", "enrollment")
	assert (outcome, reason or "") == ("Started", "")
	assert enrollment


def test_a_colleague_who_notes_the_consent_starts_it_too(world):
	asked(world)
	optout.set_consent(world.host, "ann", ADDRESS, "Given", "telephone", "bob")
	assert enrollments(world) == [ENTERED]


@pytest.mark.parametrize(("channel", "status"), [("SMS", "Given"), ("Email", "Pending")])
def test_another_consent_does_not(world, channel, status):
	asked(world)
	optout.set_consent(world.host, "ann", ADDRESS, status, "telephone", "bob", channel=channel)
	assert enrollments(world) == []


def test_it_begins_once_however_often_consent_is_confirmed(world):
	asked(world, reentry="After It Ended")
	world.clock.move_to(world.clock.now() + timedelta(hours=1))
	request(world)
	confirm(world)
	confirm(world)
	assert enrollments(world) == [ENTERED]
	world.record("ann", "Email Reply")
	confirm(world)
	assert enrollments(world) == [("Demo", "Exited")]


@pytest.mark.parametrize(("days", "begins"), [(7, True), (8, False)])
def test_what_is_older_than_a_confirmation_link_may_be_starts_nothing(world, days, begins):
	world.settings(confirmation_days=7)
	asked(world)
	world.clock.move_to(world.clock.now() + days * DAY - timedelta(minutes=1))
	confirm(world)
	assert enrollments(world) == ([ENTERED] if begins else [])


@pytest.mark.parametrize(
	("kind", "begins"),
	[
		("Email Reply", False),
		("Unsubscribe", False),
		("Became Customer", False),
		("Content Download", False),
		("Meeting", True),
	],
)
def test_nothing_begins_that_would_have_ended_since(world, kind, begins):
	asked(world, exits=["Content Download"])
	world.clock.move_to(world.clock.now() + DAY)
	world.record("ann", kind)
	confirm(world)
	assert bool(enrollments(world)) is begins


def test_what_happened_before_the_request_ends_nothing(world):
	world.lead("ann", consent=False)
	world.sequence("Demo", MAILS, exits=["Content Download"], **DEMO)
	world.record("ann", "Content Download")
	world.clock.move_to(world.clock.now() + timedelta(hours=1))
	request(world)
	confirm(world)
	assert enrollments(world) == [ENTERED]


def test_who_had_unsubscribed_is_let_in_by_a_confirmation(world):
	world.lead("ann", consent=False)
	optout.unsubscribe(world.host, ADDRESS, "link")
	world.clock.move_to(world.clock.now() + DAY)
	world.sequence("Demo", MAILS, **DEMO)
	request(world)
	confirm(world)
	assert enrollments(world) == [ENTERED]


def test_a_condition_that_is_not_met_keeps_them_out(world):
	asked(world, condition='["city", "=", "Ulm"]')
	confirm(world)
	assert enrollments(world) == []
	((reason,),) = world.all("Nurture Trigger Log", "reason")
	assert reason == "not_matching"


def test_a_sequence_that_was_off_in_between_starts_nothing_for_what_was_before(world):
	asked(world)
	world.clock.move_to(world.clock.now() + DAY)
	lifecycle.retire(world.host, "Demo")
	lifecycle.activate(world.host, "Demo")
	confirm(world)
	assert enrollments(world) == []


def test_what_turned_out_to_be_a_machine_starts_nothing(world):
	asked(world)
	names = [name for (name,) in world.all("Nurture Activity", "name", activity_type="Demo Request")]
	activities.reclassify(world.host, names, "machine")
	confirm(world)
	assert enrollments(world) == []


@pytest.mark.parametrize("industry", ["Software", "Farming"])
def test_a_segment_counts_if_they_are_still_in_it(world, industry):
	world.segment("Makers", '["industry", "=", "Software"]')
	world.sequence("Demo", MAILS, trigger_type="Segment Entered", trigger_segment="Makers")
	world.lead("ann", consent=False, industry="Software")
	activities.leads_changed(world.host, ["ann"])
	assert [reason for (reason,) in world.all("Nurture Trigger Log", "reason")] == ["no_consent"]
	world.db.update("tabLead", ("name", "industry"), [("ann", industry)])
	activities.leads_changed(world.host, ["ann"])
	confirm(world)
	assert enrollments(world) == ([ENTERED] if industry == "Software" else [])


def test_a_lost_stage_starts_nothing(world):
	world.rule("Asked", activity_type="Demo Request", points=60)
	world.rule("Gone", activity_type="Page View", points=-60)
	world.sequence("Demo", MAILS, trigger_type="Stage Reached", trigger_stage="MQL")
	for lead in ("ann", "bob"):
		world.lead(lead, consent=False)
		world.record(lead, "Demo Request")
	world.clock.move_to(world.clock.now() + DAY)
	world.record("bob", "Page View")
	assert (world.stage("ann"), world.stage("bob")) == ("MQL", "Recycle")
	for lead in ("ann", "bob"):
		optout.set_consent(world.host, lead, f"{lead}@example.com", "Given", "form", "")
	assert world.all("Nurture Enrollment", "party") == [("ann",)]


def test_whoever_confirms_at_night_is_answered_at_once(world):
	world.sequence("Demo", [{"step_label": "One", "at_once": 1}, *MAILS[1:]], **DEMO)
	world.lead("ann", consent=False)
	request(world)
	world.clock.move_to(world.clock.now().replace(hour=23))
	confirm(world)
	world.record("ann", "Opt-in Confirmed")
	world.tick()
	assert world.sent("ann") == ["Demo One"]


def test_more_leads_take_no_more_queries(world):
	world.sequence("Demo", MAILS, **DEMO)
	calls = []
	for many in (2, 40):
		leads = [world.lead(consent=False) for _ in range(many)]
		for lead in leads:
			world.record(lead, "Demo Request")
			address = f"{lead.lower()}@example.com"
			optout.confirm_opt_in(world.host, [lead], address, "form", "I agree.", "confirmed")
		db = WatchedDatabase(world.db)
		assert start_what_waited(replace(world.host, db=db), leads) == many
		calls.append(db.calls)
	assert calls[0] == calls[1]
