"""Steps that turn to colleagues: tell them, hand the lead over, ask before anything goes out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from nurture_app.engine import approvals
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.enrollments import pausing
from tests.world import MONDAY, World

DAY = timedelta(days=1)


def touch(world: World, step: str) -> tuple:
	((row),) = world.all("Nurture Touch", "status", "reason", "reason_detail", step=step)
	return row


# --- tell --------------------------------------------------------------------------------------------------------


def notice(**values: Any) -> dict[str, Any]:
	return {
		"step_label": "Tell",
		"step_type": "Notification",
		"notify_text": "{{ lead.first_name }} is <hot>",
	} | values


def test_the_owner_a_user_or_a_role_is_told_once(world):
	steps = [
		notice(),
		notice(step_label="User", notify_who="User", notify_user="u@example.com", notify_by_email=1),
		notice(step_label="Role", notify_who="Role", notify_role="Sales User"),
	]
	world.sequence("Seq", steps)
	world.enroll("Seq", world.lead(lead_owner="owner@example.com", first_name="Ann"))
	world.tick(), world.tick()
	told = [(one.user, one.role, one.by_email, one.text) for one in world.notices.given]
	assert told == [
		("owner@example.com", "", False, "Ann is <hot>"),
		("u@example.com", "", True, "Ann is <hot>"),
		("", "Sales User", False, "Ann is <hot>"),
	]


def test_a_lead_without_an_owner_holds_up_nothing(world):
	world.sequence("Seq", [notice(), {"step_label": "Mail"}])
	world.enroll("Seq", world.lead())
	world.tick()
	assert touch(world, "Tell")[:2] == ("Skipped", "nobody_to_tell")
	assert world.sent() == ["Seq Mail"] and world.notices.given == []


def test_a_notice_that_cannot_be_filled_in_is_held(world):
	world.sequence("Seq", [notice(notify_text="Call {{ lead.phone }}")])
	world.enroll("Seq", world.lead(lead_owner="owner@example.com"))
	world.tick()
	assert world.all("Nurture Enrollment", "status", "reason") == [("Held", "template_error")]
	assert world.notices.given == []


# --- hand over ---------------------------------------------------------------------------------------------------


def handoff(**values: Any) -> dict[str, Any]:
	return {
		"step_label": "Hand",
		"step_type": "Handoff",
		"handoff_note": "Call {{ lead.first_name }}",
	} | values


def test_a_lead_is_handed_over_with_what_makes_it_hot(world):
	for title, kind, points in (
		("Visits", "Page View", 5),
		("Demo", "Demo Request", 30),
		("Click", "Email Click", 7),
	):
		world.rule(title, activity_type=kind, points=points)
	world.rule("Form", activity_type="Form Submitted", points=1)
	world.sequence(
		"Seq", [handoff(handoff_to="User", handoff_user="rep@example.com"), {"step_label": "Mail"}]
	)
	lead = world.lead(first_name="Ann")
	for number, kind in enumerate(("Form Submitted", "Page View", "Email Click", "Demo Request")):
		world.record(lead, kind, MONDAY - DAY * (9 - number), detail=f"d{number}")
	world.enroll("Seq", lead)
	world.tick(), world.tick()
	((given),) = world.handovers.given
	assert (given.party, given.user, given.note) == (lead, "rep@example.com", "Call Ann")
	assert given.reasons == (("Demo", 30), ("Click", 7), ("Visits", 5))
	assert [kind for kind, _, _ in given.activities] == ["Demo Request", "Email Click", "Page View"]
	assert world.row("Lead", lead, "lead_owner") == ("rep@example.com",)
	assert world.all("Nurture Activity", "detail", activity_type="Handed Over") == [("rep@example.com",)]
	assert touch(world, "Hand") == ("Done", "", "rep@example.com")
	assert world.sent(lead) == ["Seq Mail"]


def test_an_owner_stays_the_owner(world):
	world.sequence("Seq", [handoff(handoff_to="Assignment Rule")])
	lead, owned = world.lead(), world.lead(lead_owner="owner@example.com")
	world.enroll("Seq", lead, owned)
	world.tick()
	assert world.row("Lead", lead, "lead_owner") == ("next@example.com",)
	assert world.row("Lead", owned, "lead_owner") == ("owner@example.com",)


def test_other_promotional_sequences_end_with_the_handoff(world):
	world.sequence("Promo", [{"step_label": "Later", "delay": 5}], promotional=1)
	world.sequence("Service", [{"step_label": "Later", "delay": 5}])
	world.sequence("Seq", [handoff(), {"step_label": "Later", "delay": 9}])
	lead, twin = (world.lead(email_id="ann@example.com", lead_owner="o@example.com") for _ in range(2))
	world.enroll("Promo", twin), world.enroll("Service", lead), world.enroll("Seq", lead)
	world.tick()
	assert {
		name: (status, reason or "")
		for name, status, reason in world.all("Nurture Enrollment", "sequence", "status", "reason")
	} == {
		"Promo": ("Exited", "handed_over"),
		"Service": ("Active", ""),
		"Seq": ("Active", ""),
	}


def test_when_nobody_takes_the_lead_everything_stays_as_it_was(world):
	world.sequence("Promo", [{"step_label": "Later", "delay": 5}], promotional=1)
	world.sequence("Seq", [handoff(), {"step_label": "Mail"}])
	lead = world.lead()
	world.enroll("Promo", lead), world.enroll("Seq", lead)
	world.tick()
	assert touch(world, "Hand")[:2] == ("Skipped", "nobody_to_tell")
	assert world.all("Nurture Activity", "name", activity_type="Handed Over") == []
	assert dict(world.all("Nurture Enrollment", "sequence", "status"))["Promo"] == "Active"


def test_a_sequence_can_start_with_a_handoff_elsewhere(world):
	world.sequence("Seq", [handoff()])
	world.sequence(
		"After", [{"step_label": "Hello"}], trigger_type="Activity", trigger_activity="Handed Over"
	)
	lead = world.lead(lead_owner="o@example.com")
	world.enroll("Seq", lead)
	world.tick()
	assert world.sent(lead) == ["After Hello"]


# --- ask first ---------------------------------------------------------------------------------------------------


def gated(world: World, **values: Any) -> tuple[str, str]:
	gate = {
		"step_label": "Gate",
		"step_type": "Approval",
		"approve_by": "boss@example.com",
		"approve_days": 2,
	}
	steps = [
		gate | values,
		{"step_label": "Offer", "go_to": "Stop"},
		{"step_label": "Plain"},
		{"step_label": "Stop", "step_type": "End"},
	]
	world.sequence("Seq", steps)
	lead = world.lead(lead_owner="owner@example.com")
	world.enroll("Seq", lead)
	world.tick(), world.tick()
	((name),) = world.all("Nurture Enrollment", "name")[0]
	return lead, name


REFUSED = {"refused_to": "Plain"}


def test_nothing_goes_out_before_it_is_released(world):
	lead, name = gated(world, **REFUSED)
	((asked),) = world.approvals.given
	assert (asked.approver, asked.step, asked.enrollment) == ("boss@example.com", "Gate", name)
	assert world.row("Nurture Enrollment", name, "status", "reason") == ("Held", "waits_for_approval")
	pausing.resume(world.host, [name])
	world.run_until(MONDAY + DAY)
	assert world.sent(lead) == []
	queue_row = approvals.release(world.host, name, "boss@example.com")
	assert queue_row == f"TODO-{asked.touch}"
	world.run_until(MONDAY + 3 * DAY)
	assert world.sent(lead) == ["Seq Offer"]
	assert touch(world, "Gate") == ("Done", "released", "boss@example.com, 2026-03-03 10:00")
	assert len(world.approvals.given) == 1


@pytest.mark.parametrize(
	("values", "mails", "end"),
	[
		(REFUSED, ["Seq Plain"], ("Completed", "finished")),
		({"refused_to": "", "go_to": "Offer"}, [], ("Exited", "not_released")),
	],
)
def test_what_is_refused_goes_elsewhere_or_ends(sqlite_world, values, mails, end):
	world = sqlite_world
	steps = [
		{"step_label": "Gate", "step_type": "Approval"} | values,
		{"step_label": "Offer", "go_to": "Stop"},
		*([{"step_label": "Plain"}] if values.get("refused_to") else []),
		{"step_label": "Stop", "step_type": "End"},
	]
	world.sequence("Seq", steps)
	lead = world.lead(lead_owner="owner@example.com")
	world.enroll("Seq", lead)
	world.tick()
	assert world.approvals.given[0].approver == "owner@example.com"
	((name,),) = world.all("Nurture Enrollment", "name")
	approvals.refuse(world.host, name, "owner@example.com")
	world.run_until(MONDAY + 3 * DAY)
	assert world.sent(lead) == mails
	assert world.row("Nurture Enrollment", name, "status", "reason") == end
	assert touch(world, "Gate")[:2] == ("Skipped", "not_released")


def test_a_decision_is_made_once(world):
	_, name = gated(world, **REFUSED)
	approvals.refuse(world.host, name, "boss@example.com")
	for decide in (approvals.release, approvals.refuse):
		with pytest.raises(NurtureError, match="faster"):
			decide(world.host, name, "late@example.com")


def test_who_was_paused_meanwhile_is_still_to_be_released_and_asked_once(world):
	lead, name = gated(world, **REFUSED)
	pausing.pause(world.host, [name])
	with pytest.raises(NurtureError):
		approvals.release(world.host, name, "boss@example.com")
	pausing.resume(world.host, [name])
	world.tick()
	assert world.row("Nurture Enrollment", name, "status", "reason") == ("Held", "waits_for_approval")
	assert len(world.approvals.given) == 1
	approvals.release(world.host, name, "boss@example.com")
	world.tick()
	assert world.sent(lead) == ["Seq Offer"]


def test_the_approver_is_reminded_until_somebody_decides(world):
	_, name = gated(world, **REFUSED)
	world.run_until(MONDAY + 5 * DAY)
	reminders = [one for one in world.approvals.given if one.is_reminder]
	assert [(one.enrollment, one.approver) for one in reminders] == [(name, "boss@example.com")] * 2
	approvals.release(world.host, name, "boss@example.com")
	world.run_until(MONDAY + 9 * DAY)
	assert len([one for one in world.approvals.given if one.is_reminder]) == 2


def test_what_nobody_answers_is_asked_three_times_more_and_then_told_once(world):
	lead, name = gated(world, **REFUSED)
	world.run_until(MONDAY + 7 * DAY)
	assert world.row("Nurture Enrollment", name, "status", "reason") == ("Held", "waits_for_approval")
	world.run_until(MONDAY + 30 * DAY)
	asked = world.approvals.given
	assert len([one for one in asked if one.is_reminder]) == 3
	((told),) = [one for one in asked if one.is_over]
	assert (told.enrollment, told.sequence, told.step) == (name, "Seq", "Gate")
	assert world.row("Nurture Enrollment", name, "status", "reason", "reason_detail") == (
		"Held",
		"nobody_decided",
		"boss@example.com",
	)
	pausing.resume(world.host, [name])
	world.run_until(MONDAY + 31 * DAY)
	assert world.sent(lead) == []
	approvals.release(world.host, name, "boss@example.com")
	world.run_until(MONDAY + 33 * DAY)
	assert world.sent(lead) == ["Seq Offer"]


def test_what_is_decided_the_same_night_is_told_to_nobody(sqlite_world, monkeypatch):
	"""The list of what waits was read before."""
	world = sqlite_world
	_, name = gated(world, **REFUSED)
	world.clock.move_to(MONDAY + 9 * DAY)
	load = approvals.load_definitions

	def decide_first(host, versions):
		approvals.refuse(host, name, "boss@example.com")
		return load(host, versions)

	monkeypatch.setattr(approvals, "load_definitions", decide_first)
	approvals.remind(world.host)
	assert [one for one in world.approvals.given if one.is_over] == []
	assert world.row("Nurture Enrollment", name, "status") == ("Active",)


def test_a_step_that_never_reminds_is_never_over(sqlite_world):
	world = sqlite_world
	_, name = gated(world, approve_days=0, **REFUSED)
	world.run_until(MONDAY + 30 * DAY)
	assert world.row("Nurture Enrollment", name, "status", "reason") == ("Held", "waits_for_approval")
	assert len(world.approvals.given) == 1


def test_an_exit_ends_what_nobody_has_decided(sqlite_world):
	world = sqlite_world
	lead, name = gated(world, **REFUSED)
	world.run_until(MONDAY + 10 * DAY)
	world.record(lead, "Email Reply")
	assert world.row("Nurture Enrollment", name, "status", "reason") == ("Exited", "replied")
	assert world.approvals.cancelled


def test_an_exit_ends_what_waits_for_approval(world):
	lead, name = gated(world, **REFUSED)
	world.clock.move_to(MONDAY + DAY)
	world.record(lead, "Email Reply")
	assert world.row("Nurture Enrollment", name, "status", "reason") == ("Exited", "replied")
	with pytest.raises(NurtureError):
		approvals.release(world.host, name, "boss@example.com")


def test_nobody_is_asked_any_more_to_release_what_is_over(world):
	lead, _name = gated(world, **REFUSED)
	world.record(lead, "Email Reply")
	((asked),) = world.approvals.given
	assert world.approvals.cancelled == [f"TODO-{asked.touch}"]
	assert touch(world, "Gate")[:2] == ("Skipped", "replied")
	world.run_until(MONDAY + 5 * DAY)
	assert len(world.approvals.given) == 1 and world.sent(lead) == []
