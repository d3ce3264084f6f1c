"""What colleagues say to leads that are handed to them, and what becomes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from nurture_app.engine.figures.handoffs import Answer, by, handoffs, together
from nurture_app.engine.handovers import last_handover, note_accepted, note_given_back, note_taken_again
from nurture_app.engine.unanswered import note_unanswered, unanswered
from tests.database_wrappers import WatchedDatabase

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
REP = "rep@example.com"
ACCEPTED, GIVEN_BACK, UNANSWERED = "Handoff Accepted", "Handoff Given Back", "Handoff Unanswered"


@pytest.fixture
def handed(world):
	"""Hands leads over, each with the task that told the colleague."""
	world.sequence("Seq", [{"step_label": "Hand", "step_type": "Handoff", "handoff_to": "Lead Owner"}])

	def hand_over(**values):
		lead = world.lead(lead_owner=REP, **values)
		world.enroll("Seq", lead)
		world.tick()
		return lead, task_of(world, lead)

	return hand_over


def task_of(world, lead):
	((task,),) = world.all("Nurture Touch", "email_queue", party=lead, channel="Handoff")
	return task


def later(world, span):
	world.clock.move_to(world.clock.now() + span)


def details(world, kind):
	return [detail for (detail,) in world.all("Nurture Activity", "detail", activity_type=kind)]


def standing(world, lead):
	((status, reason),) = world.all("Nurture Touch", "status", "reason", party=lead)
	return status, reason or ""


def look(world, **values):
	now = world.clock.now()
	return handoffs(world.host, now - 90 * DAY, now, **values)


# --- what they say -----------------------------------------------------------------------------------------------


def test_a_lead_that_was_never_handed_over_has_no_handover(world):
	assert last_handover(world.host, world.lead()) is None


def test_a_lead_is_taken_once(world, handed):
	lead, task = handed()
	handed_on = world.clock.now()
	later(world, HOUR)
	assert note_accepted(world.host, lead, task, REP)
	later(world, HOUR)
	assert not note_accepted(world.host, lead, task, REP)
	assert details(world, ACCEPTED) == [REP]
	last = last_handover(world.host, lead)
	assert (last.sequence, last.user, last.task, last.given_back) == ("Seq", REP, task, False)
	assert (last.handed_on, last.accepted_on) == (handed_on, handed_on + HOUR)


def test_a_lead_is_given_back_with_a_reason_taken_again_and_given_back_once_more(world, handed):
	lead, task = handed()
	assert note_given_back(world.host, lead, task, "Not the right time") == ["Seq"]
	assert standing(world, lead) == ("Skipped", "given_back") and last_handover(world.host, lead).given_back
	later(world, HOUR)
	assert note_given_back(world.host, lead, task, "again") == []
	note_taken_again(world.host, lead, task)
	assert standing(world, lead) == ("Done", "") and not last_handover(world.host, lead).given_back
	later(world, HOUR)
	assert note_given_back(world.host, lead, task, "No budget") == ["Seq"]
	assert sorted(details(world, GIVEN_BACK)) == ["No budget", "Not the right time"]


def test_a_task_that_told_of_no_handover_changes_nothing(world, handed):
	lead, task = handed()
	other, _ = handed()
	for party, name in ((lead, "TODO-of-somebody"), (other, task)):
		assert not note_accepted(world.host, party, name, REP)
		assert note_given_back(world.host, party, name) == []
		note_taken_again(world.host, party, name)
	assert details(world, ACCEPTED) == details(world, GIVEN_BACK) == []
	assert standing(world, lead) == standing(world, other) == ("Done", "")


def test_what_was_given_back_cannot_be_taken_before_it_is_taken_up_again(world, handed):
	lead, task = handed()
	note_given_back(world.host, lead, task)
	assert not note_accepted(world.host, lead, task, REP)


def test_a_lead_handed_over_again_stands_at_its_last_handover(world, handed):
	lead, task = handed()
	note_given_back(world.host, lead, task, "Later")
	later(world, DAY)
	world.sequence(
		"Anew", [{"step_label": "Hand", "step_type": "Handoff", "handoff_to": "User", "handoff_user": "o@x"}]
	)
	world.enroll("Anew", lead)
	world.tick()
	last = last_handover(world.host, lead)
	assert (last.sequence, last.user, last.given_back) == ("Anew", "o@x", False)


def test_of_several_who_have_a_lead_each_has_their_own_handover(world, handed):
	lead, task = handed()
	world.sequence(
		"Anew", [{"step_label": "Hand", "step_type": "Handoff", "handoff_to": "User", "handoff_user": "o@x"}]
	)
	world.enroll("Anew", lead)
	later(world, DAY)
	world.tick()
	tasks = [one for (one,) in world.all("Nurture Touch", "email_queue", party=lead, channel="Handoff")]
	assert len(set(tasks)) == 2 and last_handover(world.host, lead).user == "o@x"
	assert last_handover(world.host, lead, [task]).user == REP
	assert last_handover(world.host, lead, tasks).user == "o@x"
	assert last_handover(world.host, lead, ["TODO-of-somebody"]) is None


def test_a_sequence_takes_those_who_are_given_back_for_a_reason(world, handed):
	world.sequence(
		"Nurture On",
		[{"step_label": "Hello"}],
		trigger_type="Activity",
		trigger_activity=GIVEN_BACK,
		trigger_detail="Not the Right Time",
	)
	(now, now_task), (never, never_task) = handed(), handed()
	note_given_back(world.host, now, now_task, "Not the Right Time")
	note_given_back(world.host, never, never_task, "Not a Fit")
	assert [party for (party,) in world.all("Nurture Enrollment", "party", sequence="Nurture On")] == [now]


# --- nobody says anything ----------------------------------------------------------------------------------------


def due(world):
	return sorted(one.party for one in unanswered(world.host))


def test_after_a_working_day_it_is_told_once_that_nobody_has_answered(world, handed):
	friday = datetime(2026, 3, 6, 15, 0)
	world.clock.move_to(friday)
	lead, task = handed()
	for moment in (friday + 2 * HOUR, friday + 2 * DAY, datetime(2026, 3, 9, 14, 59)):
		world.clock.move_to(moment)
		assert due(world) == []
	world.clock.move_to(datetime(2026, 3, 9, 15, 0))
	(one,) = unanswered(world.host)
	assert (one.party, one.sequence, one.user, one.task) == (lead, "Seq", REP, task)
	assert one.handed_on == friday
	told = []
	note_unanswered(world.host, [one], told.append)
	note_unanswered(world.host, [one], told.append)
	assert details(world, UNANSWERED) == [REP] and due(world) == [] and told == [one]


def test_whoever_answered_or_was_in_touch_is_not_asked(world, handed):
	(taken, taken_task), (back, back_task) = handed(), handed()
	(called, _), (busy, _), (silent, _), (before, _) = (handed() for _ in range(4))
	world.record(before, "Call", world.clock.now() - HOUR)
	later(world, HOUR)
	note_accepted(world.host, taken, taken_task, REP)
	note_given_back(world.host, back, back_task)
	world.record(called, "Call")
	with world.db.transaction():
		world.db.update("tabLead", ("name", "status"), [(busy, "Opportunity")])
	later(world, 3 * DAY)
	assert due(world) == sorted((silent, before))


def test_without_a_time_nobody_is_asked_and_what_is_old_is_not_told_of(world, handed):
	handed()
	later(world, 3 * DAY)
	world.settings(handoff_hours=0)
	assert due(world) == []
	world.settings(handoff_hours=8)
	assert len(due(world)) == 1
	later(world, 30 * DAY)
	assert due(world) == []


def test_many_cost_no_more_queries_than_few(world, handed):
	def calls(many):
		for _ in range(many):
			handed()
		later(world, 3 * DAY)
		watched = WatchedDatabase(world.db)
		host = replace(world.host, db=watched)
		assert len(unanswered(host)) >= many
		assert len(handoffs(host, world.clock.now() - 90 * DAY, world.clock.now())) >= many
		return watched.calls

	assert calls(2) == calls(40)


# --- what became of them -----------------------------------------------------------------------------------------


def test_handovers_with_their_answers(world, handed):
	start = world.clock.now()
	(taken, taken_task), (back, back_task), (called, _), (silent, _) = (
		handed(source=source) for source in ("Web", "Web", "Fair", None)
	)
	later(world, 2 * HOUR)
	note_accepted(world.host, taken, taken_task, REP)
	later(world, 2 * HOUR)
	note_given_back(world.host, back, back_task, "No budget")
	world.record(called, "Call")
	later(world, DAY)
	world.record(taken, "Opportunity Created")
	later(world, DAY)
	world.record(taken, "Opportunity Lost")
	found = {one.lead: one for one in look(world)}
	assert {lead: one.answer for lead, one in found.items()} == {
		taken: Answer.ACCEPTED,
		back: Answer.GIVEN_BACK,
		called: Answer.IN_TOUCH,
		silent: Answer.NONE,
	}
	assert (found[taken].answered_on, found[back].answered_on) == (start + 2 * HOUR, start + 4 * HOUR)
	assert [found[one].reason for one in (taken, back, silent)] == ["", "No budget", ""]
	assert [found[one].opportunity for one in (taken, back)] == [True, False]
	assert [found[one].lost for one in (taken, back)] == [True, False]
	(web, fair, none) = by(list(found.values()), lambda one: one.source)
	assert [(one.name, one.handed) for one in (web, fair, none)] == [("Web", 2), ("Fair", 1), ("", 1)]
	assert (web.accepted.count, web.accepted.people, web.early, web.opportunities) == (1, 2, 2, 1)
	everybody = together(list(found.values()))
	assert (everybody.handed, everybody.median_hours, everybody.answers[Answer.NONE]) == (4, 3.0, 1)
	assert [one.lead for one in look(world, visible={back})] == [back]


def test_a_deal_lost_long_after_was_not_handed_over_too_early(world, handed):
	soon, _ = handed()
	late, _ = handed()
	gone, _ = handed(status="Do Not Contact")
	later(world, 29 * DAY)
	world.record(soon, "Opportunity Lost")
	later(world, 2 * DAY)
	world.record(late, "Opportunity Lost")
	assert {one.lead for one in look(world) if one.is_early} == {soon, gone}


def test_whoever_changed_their_mind_has_it(world, handed):
	lead, task = handed()
	note_given_back(world.host, lead, task, "No budget")
	later(world, HOUR)
	note_taken_again(world.host, lead, task)
	((one),) = look(world)
	assert (one.answer, one.reason) == (Answer.NONE, "")
	note_accepted(world.host, lead, task, REP)
	((one),) = look(world)
	assert one.answer == Answer.ACCEPTED
