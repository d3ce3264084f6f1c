"""Opt-outs and consent: effective at once and everywhere, with evidence that lasts."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from nurture_app.engine import optout
from nurture_app.engine.addresses import address_hash, normalise
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.enrollments import pausing
from tests.world import MONDAY, World

MAILS = [{"step_label": "One"}, {"step_label": "Two", "delay": 2}, {"step_label": "Three", "delay": 2}]
ADDRESS = "ann@example.com"


def evidence(world: World, lead: str) -> dict[str, Any]:
	columns = ("address", "status", "given_on", "withdrawn_on", "source", "recorded_by", "wording")
	((row),) = world.all("Nurture Consent", *columns, party=lead, channel="Email")
	return dict(zip(columns, row, strict=True))


def shown_consent(world: World, lead: str) -> str:
	return world.row("Lead", lead, "nurture_email_consent")[0] or ""


def activities_of(world: World, lead: str) -> list[str]:
	return sorted(kind for (kind,) in world.all("Nurture Activity", "activity_type", party=lead))


# --- consent -----------------------------------------------------------------------------------------------------


def test_consent_is_kept_with_its_evidence(world):
	lead = world.lead(consent=False)
	words = "Yes, send me tips. I can stop at any time."
	optout.set_consent(world.host, lead, " Ann@Example.com", "Given", "web form /demo", "website", words)
	assert evidence(world, lead) == {
		"address": ADDRESS,
		"status": "Given",
		"given_on": MONDAY,
		"withdrawn_on": None,
		"source": "web form /demo",
		"recorded_by": "website",
		"wording": words,
	}
	assert shown_consent(world, lead) == "Given"


def test_withdrawing_keeps_what_was_given_and_when(world):
	lead = world.lead(consent=False, email_id=ADDRESS)
	optout.set_consent(world.host, lead, ADDRESS, "Given", "form", "ann", "I agree.")
	world.clock.move_to(MONDAY + timedelta(days=9))
	optout.set_consent(world.host, lead, ADDRESS, "Withdrawn", "phone", "bob")
	found = evidence(world, lead)
	assert (found["status"], found["given_on"], found["withdrawn_on"]) == (
		"Withdrawn",
		MONDAY,
		MONDAY + timedelta(days=9),
	)
	assert (found["source"], found["recorded_by"], found["wording"]) == ("form", "ann", "I agree.")
	assert shown_consent(world, lead) == "Withdrawn"


def test_consent_given_again_replaces_the_evidence_but_lifts_no_suppression(world):
	lead = world.lead(email_id=ADDRESS)
	optout.set_consent(world.host, lead, ADDRESS, "Withdrawn", "phone", "bob")
	world.clock.move_to(MONDAY + timedelta(days=1))
	optout.set_consent(world.host, lead, ADDRESS, "Given", "form", "ann", "I agree again.")
	found = evidence(world, lead)
	assert (found["status"], found["given_on"], found["withdrawn_on"], found["source"]) == (
		"Given",
		MONDAY + timedelta(days=1),
		None,
		"form",
	)
	world.sequence("Seq", MAILS)
	assert [one.reason for one in world.enroll("Seq", lead)] == ["unsubscribed"]
	world.delete("Nurture Suppression", world.all("Nurture Suppression", "name")[0][0])
	assert [one.reason for one in world.enroll("Seq", lead)] == [""]


def test_consent_asked_for_but_not_confirmed_is_none(world):
	lead = world.lead(consent=False)
	optout.set_consent(world.host, lead, ADDRESS, "Pending", "form", "")
	found = evidence(world, lead)
	assert (found["status"], found["given_on"], shown_consent(world, lead)) == ("Pending", None, "")


def test_another_channels_consent_is_its_own(world):
	lead = world.lead(email_id=ADDRESS)
	optout.set_consent(world.host, lead, ADDRESS, "Withdrawn", "phone", "", channel="SMS")
	assert (evidence(world, lead)["status"], shown_consent(world, lead)) == ("Given", "Given")
	assert world.all("Nurture Suppression", "name") == []


def test_what_is_no_consent_and_no_address_is_refused_by_name(world):
	lead = world.lead(consent=False)
	with pytest.raises(NurtureError, match="“Maybe”") as refused:
		optout.set_consent(world.host, lead, ADDRESS, "Maybe", "form", "")
	assert refused.value.code == "consent_status_unknown"
	for address in ("", "ann", "ann@", "a b@example.com", "ann@example", "x" * 200 + "@example.com"):
		with pytest.raises(NurtureError) as refused:
			optout.unsubscribe(world.host, address, "test")
		assert refused.value.code == "address_invalid" and "is not an e-mail address" in str(refused.value)
	assert world.all("Nurture Suppression", "name") == world.all("Nurture Consent", "name") == []


def test_long_sources_are_cut_not_refused(world):
	lead = world.lead(consent=False, email_id=ADDRESS)
	optout.set_consent(world.host, lead, ADDRESS, "Given", "s" * 500, "u" * 500)
	optout.unsubscribe(world.host, ADDRESS, "é" * 500)
	((source,),) = world.all("Nurture Suppression", "source")
	assert source == "é" * 140 and evidence(world, lead)["source"] == "s" * 140


# --- opting out --------------------------------------------------------------------------------------------------


def test_an_opt_out_ends_everything_of_an_address_at_once(world):
	for name in ("A", "B"):
		world.sequence(name, MAILS)
	lead, twin, other = (
		world.lead(email_id="Ann@example.com"),
		world.lead(email_id="ANN@example.com"),
		world.lead(),
	)
	world.enroll("A", lead, other)
	world.enroll("B", twin)
	world.tick()
	assert len(world.sent()) == 3
	assert optout.unsubscribe(world.host, " aNN@example.com", "link") is True
	found = dict(world.all("Nurture Enrollment", "party", "reason"))
	assert found == {lead: "unsubscribed", twin: "unsubscribed", other: ""}
	assert shown_consent(world, lead) == shown_consent(world, twin) == "Withdrawn"
	assert shown_consent(world, other) == "Given"
	assert activities_of(world, lead) == activities_of(world, twin) == ["Unsubscribe"]
	world.run_until(MONDAY + timedelta(days=9))
	assert len(world.sent(lead)) == len(world.sent(twin)) == 1
	assert len(world.sent(other)) == 3


def test_opting_out_twice_is_one_fact(world):
	world.rule("Unsubscribed", activity_type="Unsubscribe", points=-25, cap_count=0, cooldown=0)
	lead = world.lead(email_id=ADDRESS)
	assert optout.unsubscribe(world.host, ADDRESS, "link") is True
	assert optout.unsubscribe(world.host, "ANN@EXAMPLE.COM", "link") is False
	assert optout.unsubscribe(world.host, ADDRESS, "bounce", "Bounced") is False
	assert (activities_of(world, lead), world.score(lead)) == (["Unsubscribe"], -25)
	assert len(world.all("Nurture Suppression", "name")) == 1


REASONS = [
	("Unsubscribed", "unsubscribed", "Withdrawn", ["Unsubscribe"]),
	("Complaint", "complaint", "Withdrawn", ["Spam Complaint"]),
	("Bounced", "bounced", "Given", ["Email Bounced"]),
	("Manual", "suppressed", "Given", []),
	("No Reaction", "suppressed", "Given", []),
	("Erased", "suppressed", "Given", []),
]


@pytest.mark.parametrize(("reason", "exit_reason", "consent", "kinds"), REASONS)
def test_every_reason_stops_mail_and_says_why(world, reason, exit_reason, consent, kinds):
	world.sequence("Seq", MAILS, exit_on_bounce=0)
	lead = world.lead(email_id=ADDRESS)
	world.enroll("Seq", lead)
	optout.unsubscribe(world.host, ADDRESS, "test", reason)
	assert world.all("Nurture Enrollment", "status", "reason") == [("Exited", exit_reason)]
	assert (shown_consent(world, lead), activities_of(world, lead)) == (consent, kinds)
	((address, hashed, why),) = world.all("Nurture Suppression", "address", "address_hash", "reason")
	assert (address, hashed, why) == (ADDRESS, address_hash(ADDRESS), reason)


def test_a_suppression_outlives_the_erasure_of_its_address(world):
	world.sequence("Seq", MAILS)
	lead = world.lead(email_id=ADDRESS)
	optout.unsubscribe(world.host, ADDRESS, "link")
	with world.db.transaction():
		name = world.all("Nurture Suppression", "name")[0][0]
		world.db.update("tabNurture Suppression", ("name", "address"), [(name, None)])
	optout.set_consent(world.host, lead, ADDRESS, "Given", "form", "")
	assert [one.reason for one in world.enroll("Seq", lead)] == ["unsubscribed"]


def test_somebody_unknown_can_opt_out_too(world):
	assert optout.unsubscribe(world.host, "stranger@example.com", "link") is True
	world.sequence("Seq", MAILS)
	lead = world.lead(email_id="Stranger@example.com")
	assert [one.reason for one in world.enroll("Seq", lead)] == ["unsubscribed"]


def test_an_opt_out_through_an_old_mail_reaches_the_lead_with_its_new_address(world):
	lead = world.lead(email_id="new@example.com")
	optout.unsubscribe(world.host, "old@example.com", "link", party=lead)
	assert (shown_consent(world, lead), activities_of(world, lead)) == ("Withdrawn", ["Unsubscribe"])
	world.sequence("Seq", MAILS)
	assert [one.reason for one in world.enroll("Seq", lead)] == ["no_consent"]


def test_an_opt_out_of_the_new_address_ends_what_began_with_the_old_one(world):
	world.sequence("Seq", MAILS, exit_on_bounce=0)
	for reason in ("Unsubscribed", "Bounced", "Manual"):
		lead = world.lead(email_id=f"old-{reason}@example.com")
		world.enroll("Seq", lead)
		with world.db.transaction():
			world.db.update("tabLead", ("name", "email_id"), [(lead, f"new-{reason}@example.com")])
		world.tick()
		assert world.outbox.messages[-1].address == f"new-{reason}@example.com".lower()
		optout.unsubscribe(world.host, f"new-{reason}@example.com", "test", reason)
	assert {status for (status,) in world.all("Nurture Enrollment", "status")} == {"Exited"}
	assert len(world.outbox.cancelled) == 3


# --- what waits in the queue -------------------------------------------------------------------------------------


def test_a_message_that_waits_is_taken_back(world):
	world.sequence("Seq", MAILS)
	lead = world.lead(email_id=ADDRESS)
	world.enroll("Seq", lead)
	world.tick()
	((touch,),) = world.all("Nurture Touch", "name")
	optout.unsubscribe(world.host, ADDRESS, "link")
	assert world.outbox.cancelled == [f"Q-{touch}"]
	assert world.row("Nurture Touch", touch, "status", "reason", "queued_on") == (
		"Skipped",
		"unsubscribed",
		None,
	)


def test_the_last_message_of_a_finished_sequence_is_taken_back_too(world):
	world.sequence("Seq", [{"step_label": "Only"}])
	lead = world.lead(email_id=ADDRESS)
	world.enroll("Seq", lead)
	world.tick()
	assert world.all("Nurture Enrollment", "status") == [("Completed",)]
	optout.unsubscribe(world.host, ADDRESS, "link")
	assert len(world.outbox.cancelled) == 1
	assert world.all("Nurture Touch", "status", "reason") == [("Skipped", "unsubscribed")]
	assert world.all("Nurture Enrollment", "status", "reason") == [("Completed", "finished")]


def test_a_message_that_left_already_stays_as_it_is(world):
	world.sequence("Seq", MAILS)
	lead = world.lead(email_id=ADDRESS)
	world.enroll("Seq", lead)
	world.tick()
	world.outbox.cancel = lambda queue_rows: []  # the mail server has it
	optout.unsubscribe(world.host, ADDRESS, "link")
	assert world.all("Nurture Touch", "status", "reason") == [("Queued", "")]
	assert world.all("Nurture Enrollment", "status") == [("Exited",)]


def test_paused_and_held_enrollments_end_too(world):
	world.sequence("Seq", MAILS)
	paused, held = world.lead(email_id="p@example.com"), world.lead(email_id="h@example.com")
	world.enroll("Seq", paused, held)
	world.settings(postal_address="")
	names = dict(world.all("Nurture Enrollment", "party", "name"))
	pausing.pause(world.host, [names[paused]])
	world.tick()
	assert dict(world.all("Nurture Enrollment", "party", "status")) == {paused: "Paused", held: "Held"}
	for address in ("p@example.com", "h@example.com"):
		optout.unsubscribe(world.host, address, "link")
	assert world.all("Nurture Enrollment", "status", "reason") == [("Exited", "unsubscribed")] * 2


# --- addresses ---------------------------------------------------------------------------------------------------


ADDRESSES = {
	"Ann@Example.COM": ADDRESS,
	"  ann@example.com\t": ADDRESS,
	"ann+tag@example.com": "ann+tag@example.com",
	"a.n.n@example.com": "a.n.n@example.com",
	"ann@mail.example.co.uk": "ann@mail.example.co.uk",
	"änn@exämple.de": "änn@exämple.de",
	"x" * 128 + "@example.com": "x" * 128 + "@example.com",
	"x" * 129 + "@example.com": "",
	"ann@example": "",
	"ann@@example.com": "",
	"ann@example..com": "",
	"an n@example.com": "",
	"ann@example.com\nBcc: bob@example.com": "",
	"ann@example.com, bob@example.com": "",
	"Ann <ann@example.com>": "",
	"<ann@example.com>": "",
	"": "",
}


@pytest.mark.parametrize("typed", ADDRESSES)
def test_one_spelling_per_mailbox(typed):
	assert normalise(typed) == ADDRESSES[typed]


def test_every_spelling_of_an_address_has_the_same_hash():
	assert address_hash("Ann@Example.com ") == address_hash(ADDRESS) == sha256(ADDRESS.encode()).hexdigest()
	assert address_hash("bob@example.com") != address_hash(ADDRESS)


def test_two_addresses_that_differ_in_an_accent_are_two_people(world):
	"""Databases take them for one: another company must not be silenced by it, nor the opt-out fail."""
	world.sequence("Seq", MAILS)
	ann, other = world.lead(email_id="info@muller.example"), world.lead(email_id="info@müller.example")
	assert [one.reason for one in world.enroll("Seq", ann, other)] == ["", ""]
	world.tick()
	assert optout.unsubscribe(world.host, "info@muller.example", "test")
	assert world.all("Nurture Enrollment", "party", "status") == [(ann, "Exited"), (other, "Active")]
	assert world.all("Nurture Touch", "party", "status") == [(ann, "Skipped"), (other, "Queued")]
	assert (shown_consent(world, ann), shown_consent(world, other)) == ("Withdrawn", "Given")
	assert (activities_of(world, ann), activities_of(world, other)) == (["Unsubscribe"], [])


@pytest.mark.parametrize(
	("reasons", "stands", "recorded"),
	[
		(("No Reaction", "Unsubscribed"), "Unsubscribed", ["Unsubscribe"]),
		(("No Reaction", "Complaint"), "Complaint", ["Spam Complaint"]),
		(("Unsubscribed", "Complaint"), "Complaint", ["Spam Complaint", "Unsubscribe"]),
		(("No Reaction", "Bounced"), "Bounced", ["Email Bounced"]),
		(("Unsubscribed", "Bounced"), "Unsubscribed", ["Unsubscribe"]),
		(("Complaint", "Unsubscribed"), "Complaint", ["Spam Complaint"]),
		(("Manual", "No Reaction"), "Manual", []),
		(("Unsubscribed", "Unsubscribed"), "Unsubscribed", ["Unsubscribe"]),
	],
)
def test_a_stop_of_ours_gives_way_to_theirs_and_every_other_to_a_complaint(world, reasons, stands, recorded):
	lead = world.lead(email_id=ADDRESS)
	for reason in reasons:
		optout.unsubscribe(world.host, ADDRESS, "test", reason)
	assert world.all("Nurture Suppression", "reason") == [(stands,)]
	assert activities_of(world, lead) == recorded
	may_come = optout.confirm_opt_in(world.host, [lead], ADDRESS, "Page", "Yes.", "")
	assert may_come == (stands in optout.LIFTED_BY_PERSON)
