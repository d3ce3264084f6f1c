"""Who gets into a sequence, by hand and by every trigger, and who is kept out and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from nurture_app.engine import activities, lifecycle, nightly, optout, segments
from nurture_app.engine.codes import NurtureError, Reason
from nurture_app.engine.enrollments import ending, entering
from nurture_app.engine.sentences import reason_sentence
from tests.database_wrappers import WatchedDatabase, interrupted
from tests.mariadb_database import is_retryable
from tests.world import MONDAY, World

ONE_MAIL = [{"step_label": "One", "delay": 1}]
TASK_ONLY = [{"step_label": "Call", "step_type": "Task", "task_description": "Call them", "delay": 1}]


def reasons(world: World, sequence: str, *parties: str) -> list[str]:
	return [outcome.reason for outcome in world.enroll(sequence, *parties)]


def live(world: World) -> list[str]:
	return sorted(
		party for party, status in world.all("Nurture Enrollment", "party", "status") if status == "Active"
	)


# --- refused -----------------------------------------------------------------------------------------------------


REFUSALS = {
	"no address": ({"email_id": ""}, None, "no_address"),
	"address never filled in": ({"email_id": None}, None, "no_address"),
	"no valid address": ({"email_id": "ann at example.com"}, None, "invalid_address"),
	"unsubscribed on the lead": ({"unsubscribed": 1}, None, "unsubscribed"),
	"do not contact": ({"status": "Do Not Contact"}, None, "do_not_contact"),
	"not matching": ({"city": "Bonn"}, None, "not_matching"),
	"matching only in its empty field": ({"city": None}, None, "not_matching"),
	"suppressed as unsubscribed": ({}, "Unsubscribed", "unsubscribed"),
	"suppressed as bounced": ({}, "Bounced", "bounced"),
	"suppressed as complaint": ({}, "Complaint", "complaint"),
	"suppressed by hand": ({}, "Manual", "suppressed"),
	"suppressed for no reaction": ({}, "No Reaction", "suppressed"),
	"suppressed and erased": ({}, "Erased", "suppressed"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_nobody_gets_in_who(world, case):
	values, suppressed, reason = REFUSALS[case]
	world.sequence("Seq", ONE_MAIL, condition=["city", "=", "Ulm"])
	lead = world.lead(**({"city": "Ulm", "email_id": "Ann@Example.com"} | values))
	if suppressed:
		optout.unsubscribe(world.host, " ann@example.COM ", "test", suppressed)
		optout.set_consent(world.host, lead, "ann@example.com", "Given", "test", "")
	assert reasons(world, "Seq", lead) == [reason]
	assert live(world) == []
	assert reason_sentence(reason).endswith(".")


@pytest.mark.parametrize("status", ["Pending", "Withdrawn", ""])
def test_nobody_gets_in_without_consent(world, status):
	world.sequence("Seq", ONE_MAIL)
	lead = world.lead(consent=False, email_id="ann@example.com")
	if status:
		optout.set_consent(
			world.host, lead, "" if status == "Withdrawn" else "ann@example.com", status, "x", ""
		)
	assert reasons(world, "Seq", lead) == ["no_consent"]


def test_frappes_own_unsubscribe_counts(world):
	world.sequence("Seq", ONE_MAIL)
	for name in ("everything", "this-lead", "another-lead", "a-document"):
		world.lead(name)
	address = "{}@example.com".format
	world.put("Email Unsubscribe", email=address("EVERYTHING"), global_unsubscribe=1)
	lead = {"reference_doctype": "Lead", "reference_name": "this-lead"}
	world.put("Email Unsubscribe", email=address("this-lead"), **lead)
	world.put("Email Unsubscribe", email=address("another-lead"), **lead)
	other = {"reference_doctype": "Sales Invoice", "reference_name": "INV-1"}
	world.put("Email Unsubscribe", email=address("a-document"), **other)
	parties = ("everything", "this-lead", "another-lead", "a-document")
	for party in parties:  # the same alone as in company
		assert reasons(world, "Seq", party) == ["" if party == "a-document" else "unsubscribed"]
	assert reasons(world, "Seq", *parties) == ["unsubscribed"] * 3 + ["already_enrolled"]


def test_a_sequence_that_sends_no_mail_asks_for_no_consent_and_no_address(world):
	world.sequence("Calls", TASK_ONLY)
	lead = world.lead(consent=False, email_id=None)
	assert reasons(world, "Calls", lead) == [""]
	# two without an address are two people
	assert reasons(world, "Calls", world.lead(consent=False, email_id="")) == [""]


def test_a_sequence_must_be_active(world):
	lead = world.lead()
	world.sequence("Seq", ONE_MAIL, activate=False)
	assert reasons(world, "Seq", lead) == ["not_active"]
	lifecycle.activate(world.host, "Seq")
	lifecycle.pause(world.host, "Seq")
	assert reasons(world, "Seq", lead) == ["not_active"]
	lifecycle.resume(world.host, "Seq")
	lifecycle.retire(world.host, "Seq")
	assert reasons(world, "Seq", lead, "nobody") == ["not_active", "not_active"]
	assert reasons(world, "Nowhere", lead) == ["not_active"]


def test_everybody_is_told_apart_in_one_call(world):
	world.sequence("Seq", ONE_MAIL)
	for name in ("ann", "bob", "cyd"):
		world.lead(name)
	world.lead("twin", email_id="ANN@example.com ")
	world.enroll("Seq", "bob")
	outcomes = world.enroll("Seq", "nobody", "bob", "ann", "twin", "ann", "cyd")
	assert [(one.party, one.reason) for one in outcomes] == [
		("nobody", "party_missing"),
		("bob", "already_enrolled"),
		("ann", ""),
		("twin", "address_enrolled"),
		("cyd", ""),
	]
	assert all(bool(one.enrollment) != bool(one.reason) for one in outcomes)


# --- again -------------------------------------------------------------------------------------------------------


REENTRY = [
	("Never", 0, 1000, "was_enrolled"),
	("After It Ended", 0, 0, ""),
	("After Days", 30, 29.99, "was_enrolled"),
	("After Days", 30, 30, ""),
]


@pytest.mark.parametrize(("policy", "days", "later", "reason"), REENTRY)
@pytest.mark.parametrize("same_lead", [True, False], ids=["same lead", "same address"])
def test_whether_somebody_may_come_again(world, policy, days, later, reason, same_lead):
	world.sequence("Seq", ONE_MAIL, reentry=policy, reentry_days=days)
	first, twin = world.lead(email_id="ann@example.com"), world.lead(email_id="ANN@example.com")
	((enrollment),) = [one.enrollment for one in world.enroll("Seq", first)]
	world.clock.move_to(MONDAY + timedelta(days=3))
	ending.stop(world.host, [enrollment])
	world.clock.move_to(MONDAY + timedelta(days=3 + later))
	assert reasons(world, "Seq", first if same_lead else twin) == [reason]


def test_the_days_before_coming_again_count_from_the_latest_end(world):
	world.sequence("Seq", ONE_MAIL, reentry="After Days", reentry_days=10)
	lead = world.lead()
	for _ in range(3):
		(outcome,) = world.enroll("Seq", lead)
		assert outcome.reason == ""
		ending.stop(world.host, [outcome.enrollment])
		assert reasons(world, "Seq", lead) == ["was_enrolled"]
		world.clock.move_to(world.clock.now() + timedelta(days=10))


def test_one_lead_may_be_in_two_sequences_at_once(world):
	for name in ("A", "B"):
		world.sequence(name, ONE_MAIL)
	lead = world.lead()
	assert reasons(world, "A", lead) + reasons(world, "B", lead) == ["", ""]


def test_changing_the_address_of_a_lead_lets_nobody_in_twice(world):
	world.sequence("Seq", ONE_MAIL)
	lead = world.lead(email_id="old@example.com")
	world.enroll("Seq", lead)
	with world.db.transaction():
		world.db.update("tabLead", ("name", "email_id"), [(lead, "new@example.com")])
	assert reasons(world, "Seq", lead) == ["already_enrolled"]


# --- triggers: the condition is asked on every way in --------------------------------------------------------------


def triggered(world: World, **values: Any) -> None:
	world.sequence("Seq", ONE_MAIL, condition=["city", "=", "Ulm"], **values)


def both(world: World) -> tuple[str, str]:
	return world.lead("fits", city="Ulm"), world.lead("fits-not", city="Bonn")


def test_an_activity_starts_only_those_who_match(world):
	triggered(world, trigger_type="Activity", trigger_activity="Demo Request")
	for lead in both(world):
		world.record(lead, "Page View")
		assert live(world) == []
	for lead in ("fits", "fits-not"):
		world.record(lead, "Demo Request")
	assert live(world) == ["fits"]


def test_what_happened_before_the_activation_or_was_a_machine_starts_nothing(world):
	triggered(world, trigger_type="Activity", trigger_activity="Demo Request")
	fits, _ = both(world)
	world.record(fits, "Demo Request", MONDAY - timedelta(seconds=1))
	world.record(fits, "Demo Request", classification="machine")
	assert live(world) == []
	world.record(fits, "Demo Request", MONDAY)
	assert live(world) == ["fits"]


def test_entering_a_segment_starts_only_those_who_match(world):
	world.segment("Keen", {"activity": "Page View"})
	triggered(world, trigger_type="Segment Entered", trigger_segment="Keen")
	for lead in both(world):
		world.record(lead, "Page View")
	assert live(world) == ["fits"]


def test_reaching_a_stage_starts_only_those_who_match_and_only_on_the_way_up(world):
	world.rule("Hot", activity_type="Demo Request", points=85, decay="None", decay_days=0)
	triggered(world, trigger_type="Stage Reached", trigger_stage="MQL", reentry="After It Ended")
	for lead in both(world):
		world.record(lead, "Demo Request")
	assert live(world) == ["fits"]
	((name,),) = world.all("Nurture Enrollment", "name")
	ending.stop(world.host, [name])
	clicks = [
		name
		for name, kind in world.all("Nurture Activity", "name", "activity_type")
		if kind == "Demo Request"
	]
	activities.reclassify(world.host, clicks, "machine")  # SQL Lost, MQL Lost
	assert live(world) == []


def test_a_new_lead_starts_as_soon_as_it_matches(world):
	world.lead("before", city="Ulm")
	world.clock.move_to(MONDAY + timedelta(minutes=1))
	triggered(world, trigger_type="New Lead")
	both(world)
	activities.leads_changed(world.host, ["before", "fits", "fits-not"])
	assert live(world) == ["fits"]
	with world.db.transaction():
		world.db.update("tabLead", ("name", "city"), [("fits-not", "Ulm")])
	activities.leads_changed(world.host, ["fits-not"])
	assert live(world) == ["fits", "fits-not"]


def test_consent_given_later_starts_a_new_lead(world):
	triggered(world, trigger_type="New Lead")
	lead = world.lead("fits", city="Ulm", consent=False)
	activities.leads_changed(world.host, [lead])
	assert live(world) == []
	optout.set_consent(world.host, lead, "fits@example.com", "Given", "form", "")
	activities.leads_changed(world.host, [lead])
	assert live(world) == ["fits"]


def test_the_nightly_pass_starts_new_leads_an_event_missed_and_nobody_twice(world):
	world.lead("before", city="Ulm")
	world.clock.move_to(MONDAY + timedelta(minutes=1))
	triggered(world, trigger_type="New Lead", reentry="After It Ended")
	both(world)
	nightly.nightly(world.host)
	assert live(world) == ["fits"]
	((name,),) = world.all("Nurture Enrollment", "name")
	ending.stop(world.host, [name])
	nightly.nightly(world.host)
	assert live(world) == []


def test_a_trigger_of_a_paused_sequence_starts_nothing(world):
	world.segment("Keen", {"activity": "Page View"})
	for number, values in enumerate(
		(
			{"trigger_type": "Activity", "trigger_activity": "Page View"},
			{"trigger_type": "Segment Entered", "trigger_segment": "Keen"},
			{"trigger_type": "New Lead"},
		)
	):
		world.sequence(f"S{number}", ONE_MAIL, **values)
		lifecycle.pause(world.host, f"S{number}")
	lead = world.lead()
	activities.leads_changed(world.host, [lead])
	world.record(lead, "Page View")
	segments.refresh_all(world.host)
	nightly.nightly(world.host)
	assert world.all("Nurture Enrollment", "name") == []


# --- many, and at once -------------------------------------------------------------------------------------------


def test_many_cost_no_more_queries_than_few(world):
	world.sequence("Seq", ONE_MAIL, condition=["city", "=", "Ulm"])

	def calls(number: int) -> int:
		leads = [world.lead(city="Ulm") for _ in range(number)]
		watched = WatchedDatabase(world.db)
		outcomes = entering.enroll(replace(world.host, db=watched), "Seq", leads)
		assert all(one.enrollment for one in outcomes)
		return watched.calls

	assert calls(300) == calls(3)


def test_more_than_fit_one_transaction_all_get_in_in_order(world):
	world.sequence("Calls", TASK_ONLY)
	with world.db.transaction():
		world.db.insert("tabLead", ("name",), [(f"L{number:04}",) for number in range(1101)])
	names = [f"L{number:04}" for number in range(1101)]
	outcomes = world.enroll("Calls", *names)
	assert [one.party for one in outcomes] == names and all(one.enrollment for one in outcomes)


@pytest.mark.parametrize("same_lead", [True, False], ids=["same lead", "same address"])
def test_two_who_enroll_at_once_get_one_in(mariadb_world, same_lead):
	"""The other request comes in between any two statements of the first; each is told the truth."""
	world = mariadb_world
	world.sequence("Seq", ONE_MAIL)
	other = world.db.another("other", wait=False)
	at, calls, won = 0, 1, set()
	while at < calls:
		mine = world.lead(email_id=f"p{at}@example.com")
		theirs = mine if same_lead else world.lead(email_id=f"P{at}@example.com")
		told: list[Any] = []

		def come_in_between() -> None:
			try:
				told.extend(entering.enroll(replace(world.host, db=other), "Seq", [theirs]))
			except Exception as error:
				if not is_retryable(error):
					raise

		watched = interrupted(world.db, at, come_in_between)
		told += entering.enroll(replace(world.host, db=watched), "Seq", [mine])
		at, calls = at + 1, watched.calls
		inside = {
			name
			for name, party in world.all("Nurture Enrollment", "name", "party")
			if party in (mine, theirs)
		}
		assert len(inside) == 1
		assert {one.enrollment for one in told if one.enrollment} == inside
		refused = [one.reason for one in told if not one.enrollment]
		assert set(refused) <= {Reason.ALREADY_ENROLLED, Reason.ADDRESS_ENROLLED}
		won.add(told[0].enrollment in inside and len(told) == 2)
	other.close()
	assert won == {True, False}, "the other request never came in between"


def test_activation_is_refused_for_what_cannot_run(world):
	world.sequence("Empty", [], activate=False)
	world.sequence("Broken", [{"step_label": "One", "content": "Gone"}], activate=False)
	world.content("Bad words", body="<p>{{ lead.frist_name }}</p>")
	world.sequence("Bad content", [{"step_label": "One", "content": "Bad words"}], activate=False)
	for name, code in [
		("Empty", "sequence_without_steps"),
		("Broken", "step_content_missing"),
		("Bad content", "template_unknown_name"),
		("Nowhere", "sequence_unknown"),
	]:
		with pytest.raises(NurtureError) as refused:
			lifecycle.activate(world.host, name)
		assert refused.value.code == code
	assert world.all("Nurture Sequence Version", "name") == []
	assert {status for (status,) in world.all("Nurture Sequence", "status")} == {"Draft"}


def test_wrong_moves_of_a_sequence_are_refused_by_name(world):
	world.sequence("Seq", ONE_MAIL, activate=False)
	for move in (lifecycle.pause, lifecycle.resume):
		with pytest.raises(NurtureError, match="“Seq” is Draft") as refused:
			move(world.host, "Seq")
		assert refused.value.code == "sequence_not_in_status"
	lifecycle.activate(world.host, "Seq")
	with pytest.raises(NurtureError, match="Active, not Paused"):
		lifecycle.resume(world.host, "Seq")
	with pytest.raises(NurtureError, match="Nowhere"):
		lifecycle.pause(world.host, "Nowhere")
