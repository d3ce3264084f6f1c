"""Several sequences and one person: enrolled by steps, one promotional sequence at a time, and not for ever."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from nurture_app.engine import lifecycle
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.enrollments import ending, pausing
from tests.world import MONDAY, World

DAY = timedelta(days=1)


def enroll_step(target: str, label: str = "Over", **values: Any) -> dict[str, Any]:
	return {"step_label": label, "step_type": "Enroll", "target_sequence": target} | values


def leave_step(target: str = "", label: str = "Out") -> dict[str, Any]:
	return {"step_label": label, "step_type": "Leave", "target_sequence": target}


def mail(label: str = "Mail", delay: int = 0) -> dict[str, Any]:
	return {"step_label": label, "delay": delay}


def states(world: World, lead: str = "") -> dict[str, tuple[str, str]]:
	where = {"party": lead} if lead else {}
	rows = world.all("Nurture Enrollment", "sequence", "status", "reason", **where)
	return {sequence: (status, reason or "") for sequence, status, reason in rows}


# --- steps that enroll and leave ---------------------------------------------------------------------------------


def test_a_step_enrolls_into_another_sequence_at_once(world):
	world.sequence("Next", [mail()])
	world.sequence("First", [enroll_step("Next"), mail()])
	lead = world.lead()
	world.enroll("First", lead)
	world.tick()
	assert sorted(world.sent(lead)) == ["First Mail", "Next Mail"]
	assert world.all("Nurture Touch", "status", "reason_detail", step="Over") == [("Done", "Next")]
	(by,) = (
		by
		for sequence, by in world.all("Nurture Enrollment", "sequence", "enrolled_by")
		if sequence == "Next"
	)
	assert by == "sequence: First"
	assert world.all("Nurture Trigger Log", "sequence", "outcome", "what") == [
		("Next", "Started", "First: Over")
	]


REFUSALS = [
	("never again", {}, "was_enrolled"),
	("not matching", {"condition": ["city", "=", "Ulm"]}, "not_matching"),
	("not active", {"activate": False}, "not_active"),
]


@pytest.mark.parametrize(("case", "values", "reason"), REFUSALS)
def test_a_refusal_is_noted_with_its_reason_and_holds_up_nothing(world, case, values, reason):
	world.sequence("Next", [mail()], **values)
	world.sequence("First", [enroll_step("Next"), mail()])
	lead = world.lead()
	if case == "never again":
		world.enroll("Next", lead), world.tick()
	world.enroll("First", lead)
	world.tick()
	assert world.all("Nurture Touch", "status", "reason", "reason_detail", step="Over") == [
		("Skipped", reason, "Next")
	]
	assert world.sent(lead)[-1] == "First Mail"


def test_a_step_that_is_repeated_enrolls_anew_but_a_tick_that_is_repeated_does_not(world):
	world.sequence("Next", [mail()], reentry="After It Ended")
	world.sequence("First", [enroll_step("Next")], reentry="After It Ended")
	lead = world.lead()
	for _ in range(2):
		world.enroll("First", lead)
		world.tick(), world.tick()
	assert world.sent(lead) == ["Next Mail"] * 2


def test_a_chain_of_sequences_ends(world):
	names = [f"S{number}" for number in range(9)]
	for name, following in zip(names, [*names[1:], ""], strict=True):
		step = enroll_step(following) if following else mail()
		world.sequence(name, [step], activate=False)
	for name in names:
		lifecycle.activate(world.host, name)
	lead = world.lead()
	world.enroll("S0", lead)
	world.tick()
	assert sorted(states(world)) == names[:6]
	assert ("Skipped", "chain_too_long") in world.all("Nurture Touch", "status", "reason")


@pytest.mark.parametrize("kind", ["Enroll", "Leave", "Pause"])
def test_a_sequence_that_does_not_exist_is_refused_by_name(world, kind):
	row = {"step_label": "Over", "step_type": kind, "target_sequence": "Nowhere"}
	with pytest.raises(NurtureError, match="“Over”: there is no sequence “Nowhere”"):
		world.sequence("Here", [row])
	world.sequence("Nowhere", [mail()], activate=False)
	assert lifecycle.activate(world.host, "Here")


def test_a_circle_without_a_wait_cannot_be_activated(world):
	again = {"reentry": "After It Ended"}
	world.sequence("A", [enroll_step("B")], activate=False, **again)
	world.sequence("B", [mail(), enroll_step("C")], activate=False, **again)
	world.sequence("C", [enroll_step("A")], activate=False, **again)
	lifecycle.activate(world.host, "A"), lifecycle.activate(world.host, "B")
	with pytest.raises(NurtureError, match="C → A → B → C"):
		lifecycle.activate(world.host, "C")
	world.sequence("D", [enroll_step("D")], activate=False)
	with pytest.raises(NurtureError, match="its own sequence"):
		lifecycle.activate(world.host, "D")


@pytest.mark.parametrize("values", [{"reentry": "Never"}, {"wait": 1}])
def test_a_circle_that_waits_or_takes_nobody_back_is_none(world, values):
	again = {"reentry": "After It Ended"}
	world.sequence("A", [enroll_step("B", delay=values.get("wait", 0))], activate=False, **again)
	world.sequence(
		"B",
		[enroll_step("A")],
		activate=False,
		**(again | {"reentry": values.get("reentry", "After It Ended")}),
	)
	lifecycle.activate(world.host, "A"), lifecycle.activate(world.host, "B")
	lead = world.lead()
	world.enroll("A", lead)
	world.run_until(MONDAY + 10 * DAY)


def test_leaving_ends_one_or_all_others_for_the_person(world):
	for name in ("One", "Two", "Three"):
		world.sequence(name, [mail(delay=3)])
	world.sequence("Out of one", [leave_step("One"), mail(delay=9)])
	world.sequence("Out of all", [leave_step(), mail(delay=9)])
	lead, twin = world.lead(email_id="ann@example.com"), world.lead(email_id="ann@example.com")
	other = world.lead()
	for name in ("One", "Two"):
		world.enroll(name, lead, other)
	world.enroll("Three", twin)
	world.enroll("Out of one", lead)
	world.tick()
	left = ("Exited", "left_by_sequence")
	assert states(world, lead)["One"] == left and states(world, lead)["Two"] == ("Active", "")
	world.enroll("Out of all", lead)
	world.tick()
	assert {name for name, state in states(world, lead).items() if state == left} == {
		"One",
		"Two",
		"Out of one",
	}
	assert states(world, twin) == {"Three": left}
	assert set(states(world, other).values()) == {("Active", "")}
	world.run_until(MONDAY + 5 * DAY)
	assert len(world.sent(other)) == 2 and world.sent(lead) == []


def test_leaving_takes_back_what_waits_to_be_sent(world):
	world.sequence("One", [mail(), mail("Later", 9)])
	world.sequence("Out", [leave_step("One")])
	lead = world.lead()
	world.enroll("One", lead), world.tick()
	world.enroll("Out", lead), world.tick()
	assert len(world.outbox.cancelled) == 1
	assert world.all("Nurture Touch", "status", "reason", step="Mail") == [("Skipped", "left_by_sequence")]


# --- one promotional sequence at a time --------------------------------------------------------------------------


def promotional(world: World, name: str, priority: int, *steps: dict[str, Any], **values: Any) -> None:
	world.sequence(name, steps or [mail(), mail("Last", 3)], promotional=1, priority=priority, **values)


def test_a_second_promotional_sequence_of_no_higher_priority_is_refused_by_name(world):
	promotional(world, "Running", 5)
	promotional(world, "Same", 5), promotional(world, "Lower", 1)
	world.sequence("Onboarding", [mail()])
	lead, twin = world.lead(email_id="ann@example.com"), world.lead(email_id="ann@example.com")
	world.enroll("Running", lead)
	for name, party in (("Same", lead), ("Lower", lead), ("Lower", twin)):
		((outcome),) = world.enroll(name, party)
		assert (outcome.enrollment, outcome.reason, outcome.detail) == ("", "in_other_promotional", "Running")
	assert world.enroll("Onboarding", lead)[0].enrollment
	world.run_until(MONDAY + 4 * DAY)
	assert world.enroll("Lower", lead)[0].enrollment, "the other one has ended"


def test_a_higher_priority_lets_the_lower_one_wait_until_it_has_ended(world):
	promotional(world, "Low", 1, mail("L1"), mail("L2", 2), mail("L3", 2))
	promotional(world, "High", 9, mail("H1"), mail("H2", 3))
	lead = world.lead()
	world.enroll("Low", lead)
	world.run_until(MONDAY + DAY)
	assert world.enroll("High", lead)[0].enrollment
	assert states(world)["Low"] == ("Paused", "gave_way")
	world.run_until(MONDAY + 3 * DAY)
	assert world.sent(lead) == ["Low L1", "High H1"]
	world.run_until(MONDAY + 5 * DAY)
	assert states(world)["High"][0] == "Completed" and states(world)["Low"] == ("Active", "")
	world.run_until(MONDAY + 20 * DAY)
	assert world.sent(lead) == ["Low L1", "High H1", "High H2", "Low L2", "Low L3"]


@pytest.mark.parametrize("how", ["stop", "reply", "retire"])
def test_whatever_ends_the_higher_one_lets_the_lower_go_on(world, how):
	promotional(world, "Low", 1, mail("L1", 1), on_reply="Continue")
	promotional(world, "High", 9, mail("H1", 5))
	lead = world.lead()
	world.enroll("Low", lead), world.enroll("High", lead)
	world.clock.move_to(MONDAY + DAY)
	if how == "stop":
		names = dict(world.all("Nurture Enrollment", "sequence", "name"))
		ending.stop(world.host, [names["High"]])
	elif how == "reply":
		world.record(lead, "Email Reply")
	else:
		lifecycle.retire(world.host, "High")
	assert states(world)["Low"] == ("Active", "")
	world.run_until(MONDAY + 3 * DAY)
	assert world.sent(lead) == ["Low L1"]


def test_three_of_them_come_by_their_priority(world):
	promotional(world, "Low", 1, mail("L", 1))
	promotional(world, "Middle", 5, mail("M", 1))
	promotional(world, "High", 9, mail("H", 1))
	lead = world.lead()
	for name in ("Low", "Middle", "High"):
		world.enroll(name, lead)
	names = dict(world.all("Nurture Enrollment", "sequence", "name"))
	assert [state[0] for _, state in sorted(states(world).items())] == ["Active", "Paused", "Paused"]
	ending.stop(world.host, [names["Middle"]])
	assert states(world)["Low"] == ("Paused", "gave_way"), "the highest is there still"
	world.run_until(MONDAY + 10 * DAY)
	assert world.sent(lead) == ["High H", "Low L"]


def test_who_was_paused_by_hand_is_not_started_again_by_the_end_of_another(world):
	promotional(world, "Low", 1, mail("L", 1))
	promotional(world, "High", 9, mail("H", 1))
	lead = world.lead()
	world.enroll("Low", lead)
	pausing.pause(world.host, [name for (name,) in world.all("Nurture Enrollment", "name")])
	world.enroll("High", lead)
	world.run_until(MONDAY + 10 * DAY)
	assert states(world)["Low"] == ("Paused", "paused_by_user")


def test_a_step_sends_from_one_promotional_sequence_into_another_whatever_their_priority(world):
	promotional(world, "Next", 1, mail("N", 1))
	promotional(world, "First", 9, mail("F"), enroll_step("Next"), mail("F2", 1))
	lead = world.lead()
	world.enroll("First", lead)
	world.tick()
	assert states(world) == {"First": ("Paused", "gave_way"), "Next": ("Active", "")}
	world.run_until(MONDAY + 10 * DAY)
	assert world.sent(lead) == ["First F", "Next N", "First F2"]


# --- not for ever ------------------------------------------------------------------------------------------------


def test_the_longest_time_without_a_sign_ends_it_also_for_who_waits(world):
	wait = {
		"step_label": "Wait",
		"step_type": "Wait Until",
		"wait_activity": "Demo Request",
		"timeout": 300,
		"on_true": "Later",
		"on_false": "Later",
	}
	world.sequence("Seq", [mail(), wait, mail("Later")], max_days=30, reentry="Never")
	silent, seen, paused = world.lead(), world.lead(), world.lead()
	world.enroll("Seq", silent, seen, paused)
	world.tick()
	names = dict(world.all("Nurture Enrollment", "party", "name"))
	pausing.pause(world.host, [names[paused]])
	world.run_until(MONDAY + 20 * DAY)
	world.record(seen, "Page View")
	world.run_until(MONDAY + 31 * DAY)
	ended = {lead: states(world, lead)["Seq"] for lead in (silent, seen, paused)}
	over = ("Exited", "too_long")
	assert ended == {silent: over, seen: ("Active", "waiting"), paused: over}
	world.run_until(MONDAY + 51 * DAY)
	assert states(world, seen)["Seq"] == over
	assert world.enroll("Seq", silent)[0].enrollment, "a new sign opens it again"


def test_a_step_due_after_the_longest_time_is_not_carried_out(world):
	world.sequence("Seq", [mail(), mail("Later", 10)], max_days=10)
	lead = world.lead()
	world.enroll("Seq", lead)
	world.tick()
	world.clock.move_to(MONDAY + 10 * DAY)
	world.tick()
	assert world.sent(lead) == ["Seq Mail"] and states(world)["Seq"] == ("Exited", "too_long")
