"""The history of a consent: everything that was said stays readable, and a yes counts when the person has confirmed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nurture_app.engine import optout
from nurture_app.engine.evidence import Evidence, follow_address, status_of
from tests.world import MONDAY, World

ADDRESS = "ann@example.com"
DAY = timedelta(days=1)
MAILS = [{"step_label": "One"}]


def history(world: World, lead: str, *columns: str, channel: str = "Email") -> list[tuple]:
	rows = world.all("Nurture Consent Entry", "occurred_on", "name", *columns, party=lead, channel=channel)
	return [row[2:] for row in sorted(rows, key=lambda row: row[:2])]


def test_everything_that_was_said_stays_readable(world):
	lead = world.lead(consent=False, email_id=ADDRESS)
	optout.set_consent(world.host, lead, ADDRESS, "Given", "form", "ann", "I agree.", proof="IP 1")
	world.clock.move_to(MONDAY + DAY)
	optout.set_consent(world.host, lead, ADDRESS, "Withdrawn", "phone", "bob")
	world.clock.move_to(MONDAY + 2 * DAY)
	optout.set_consent(world.host, lead, ADDRESS, "Given", "fair", "bob", "Yes, again.")
	assert history(world, lead, "status", "occurred_on", "source", "recorded_by", "wording", "proof") == [
		("Given", MONDAY, "form", "ann", "I agree.", "IP 1"),
		("Withdrawn", MONDAY + DAY, "phone", "bob", "", ""),
		("Given", MONDAY + 2 * DAY, "fair", "bob", "Yes, again.", ""),
	]
	((wording, proof),) = world.all("Nurture Consent", "wording", "proof", party=lead)
	assert (wording, proof) == ("Yes, again.", "")


def test_unsubscribing_twice_is_one_withdrawal(world):
	lead = world.lead(email_id=ADDRESS)
	optout.unsubscribe(world.host, ADDRESS, "link")
	optout.unsubscribe(world.host, ADDRESS, "link")
	assert history(world, lead, "status", "source") == [("Given", "test"), ("Withdrawn", "link")]


def test_each_channel_needs_its_own_yes(world):
	lead = world.lead(email_id=ADDRESS, phone="+49301234567")
	assert [status_of(world.host, lead, channel) for channel in ("Email", "SMS", "WhatsApp", "Phone")] == [
		"Given",
		"",
		"",
		"",
	]
	optout.set_consent(world.host, lead, ADDRESS, "Given", "form", "", "By text message, too.", "SMS")
	assert status_of(world.host, lead, "SMS") == "Given" and status_of(world.host, lead, "Phone") == ""
	assert history(world, lead, "status", "wording", channel="SMS") == [("Given", "By text message, too.")]


def test_evidence_entered_later_keeps_the_moment_it_is_about(world):
	lead = world.lead(consent=False, email_id=ADDRESS)
	optout.set_consent(world.host, lead, ADDRESS, "Given", "fair", "bob", occurred_on=MONDAY - 7 * DAY)
	assert history(world, lead, "occurred_on") == [(MONDAY - 7 * DAY,)]
	assert world.all("Nurture Consent", "given_on", party=lead) == [(MONDAY - 7 * DAY,)]


@pytest.mark.parametrize("status", ["Given", "Withdrawn"])
def test_a_request_somebody_else_may_have_made_changes_nothing_but_the_history(world, status):
	lead = world.lead(consent=False, email_id=ADDRESS)
	optout.set_consent(world.host, lead, ADDRESS, status, "form", "")
	optout.ask_for_opt_in(world.host, lead, ADDRESS, "form /x", "I agree.", "")
	assert status_of(world.host, lead, "Email") == status
	assert [one for (one,) in history(world, lead, "status")] == [status, "Pending"]


def test_a_first_request_is_pending_until_it_is_confirmed(world):
	lead = world.lead(consent=False, email_id=ADDRESS)
	optout.ask_for_opt_in(world.host, lead, ADDRESS, "form /x", "I agree.", "")
	world.sequence("Seq", MAILS)
	assert status_of(world.host, lead, "Email") == "Pending"
	assert [one.reason for one in world.enroll("Seq", lead)] == ["no_consent"]
	assert optout.confirm_opt_in(world.host, [lead], ADDRESS, "form /x", "I agree.", "clicked")
	assert [one.reason for one in world.enroll("Seq", lead)] == [""]
	assert history(world, lead, "status", "proof") == [("Pending", ""), ("Given", "clicked")]


@pytest.mark.parametrize(
	("reason", "lifted"),
	[
		("Unsubscribed", True),
		("No Reaction", True),
		("Erased", True),
		("Bounced", False),
		("Complaint", False),
		("Manual", False),
	],
)
def test_a_confirmed_opt_in_lifts_only_what_the_person_said(world, reason, lifted):
	lead = world.lead(email_id=ADDRESS)
	optout.unsubscribe(world.host, ADDRESS, "link", reason)
	assert optout.confirm_opt_in(world.host, [lead], ADDRESS, "form", "I agree.", "clicked") is lifted
	assert optout.suppression_of(world.host, ADDRESS) == ("" if lifted else reason)
	((proof,),) = history(world, lead, "proof")[-1:]
	assert ("Lifts: " + reason in proof) is lifted
	world.sequence("Seq", MAILS)
	assert bool(world.enroll("Seq", lead)[0].enrollment) is lifted


def test_a_confirmed_opt_in_lifts_erpnexts_own_ways_to_say_no(world):
	lead = world.lead(email_id=ADDRESS, unsubscribed=1)
	world.put("Email Unsubscribe", email=ADDRESS, global_unsubscribe=1)
	world.put("Email Unsubscribe", email="other@example.com", global_unsubscribe=1)
	assert optout.confirm_opt_in(world.host, [lead], ADDRESS, "form", "I agree.", "clicked")
	assert world.all("Email Unsubscribe", "email") == [("other@example.com",)]
	world.sequence("Seq", MAILS)
	assert world.enroll("Seq", lead)[0].enrollment


def test_consent_goes_on_for_a_new_address_and_the_history_tells(world):
	lead = world.lead(email_id=ADDRESS)
	follow_address(
		world.host,
		lead,
		"new@example.com",
		Evidence("Given", "Address changed", "bob", occurred_on=MONDAY + DAY),
	)
	assert history(world, lead, "address", "status") == [(ADDRESS, "Given"), ("new@example.com", "Given")]
	assert world.all("Nurture Consent", "address", "status", "given_on") == [
		("new@example.com", "Given", MONDAY)
	]


def test_whoever_withdraws_tracking_is_left_out_and_a_cookie_banner_does_not_bring_them_back(world):
	lead = world.lead(email_id=ADDRESS)
	optout.set_consent(world.host, lead, ADDRESS, "Withdrawn", "phone", "bob", channel="Tracking")
	optout.set_consent(world.host, lead, ADDRESS, "Given", "Website", "Website", channel="Tracking")
	assert world.row("Lead", lead, "nurture_no_tracking") == (1,)
	assert world.all("Nurture Suppression", "name") == []
