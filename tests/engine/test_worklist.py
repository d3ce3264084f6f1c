"""Whom sales gets in touch with first."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from nurture_app.engine.worklist import State, count_open, worklist
from tests.database_wrappers import WatchedDatabase
from tests.world import World

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
SAM = "sam@example.com"


def ready(world: World, stage: str = "MQL", score: int = 80, **values) -> str:
	values = {"nurture_stage_since": world.clock.now() - 10 * DAY, "status": "Lead"} | values
	return world.lead(nurture_stage=stage, nurture_score=score, **values)


def note(world: World, lead: str, kind: str, ago: timedelta, detail: str = "", by: str = "human") -> datetime:
	moment = world.clock.now() - ago
	world.put(
		"Nurture Activity", party_type="Lead", party=lead, activity_type=kind, occurred_on=moment,
		classification=by, detail=detail, dedupe_key=f"{lead}|{kind}|{moment}",
	)  # fmt: skip
	if by == "human":
		with world.db.transaction():
			world.db.update("tabLead", ("name", "nurture_last_activity_on"), [(lead, moment)])
	return moment


def listed(world: World, stage: str = "MQL", most: int = 10, **values) -> list[str]:
	return [one.lead for one in worklist(world.host, stage, most, **values)]


def test_the_highest_stage_first_and_of_each_the_newest_signal(world: World):
	old, fresh, quiet = (ready(world, score=score) for score in (99, 80, 90))
	best = ready(world, "SQL", 120)
	note(world, old, "Page View", 5 * DAY)
	note(world, fresh, "Page View", HOUR)
	assert listed(world) == [best, fresh, old, quiet]
	assert listed(world, most=2) == [best, fresh]


def test_high_touch_leads_come_before_all_others_whatever_their_stage(world: World):
	world.put("Nurture Touch Tier", "High", title="High", enabled=1, by_people=1, position=1)
	world.put("Nurture Touch Tier", "Low", title="Low", enabled=1, by_people=0, position=2)
	best = ready(world, "SQL", 120, nurture_tier="Low")
	large = ready(world, "", 20, nurture_tier="High")
	ready(world, "", 99, nurture_tier="Low")
	found = worklist(world.host, "MQL", 10)
	assert [(one.lead, one.high_touch) for one in found] == [(large, True), (best, False)]


def test_who_is_in_touch_comes_last(world: World):
	called, asked_since, waiting = ready(world, "SQL", 120), ready(world), ready(world)
	note(world, called, "Demo Request", 3 * DAY)
	for lead in (called, asked_since):
		note(world, lead, "Call", DAY)
	note(world, asked_since, "Page View", HOUR)
	note(world, waiting, "Page View", 2 * DAY)
	assert listed(world) == [asked_since, waiting, called]
	assert count_open(world.host, "MQL", "", ()) == 2


def test_only_leads_that_are_far_enough_and_that_sales_may_still_win(world: World):
	mql = ready(world)
	nurtured = ready(world, "Nurture")
	for status in ("Opportunity", "Quotation", "Converted", "Do Not Contact"):
		ready(world, status=status)
	ready(world, nurture_quarantined=1)
	assert listed(world) == [mql]
	assert listed(world, "Nurture") == [mql, nurtured]
	assert listed(world, "SQL") == []


def test_of_one_user_owned_and_assigned_leads_and_never_those_that_may_not_be_seen(world: World):
	own, assigned, hidden, others = (
		ready(world, lead_owner=owner) for owner in (SAM, "", SAM, "kim@example.com")
	)
	assert set(listed(world)) == {own, assigned, hidden, others}
	visible = {own, assigned, others}
	assert set(listed(world, owner=SAM, assigned={assigned}, visible=visible)) == {own, assigned}


def test_what_was_given_to_somebody_stands_beside_what_is_ready(world: World):
	given, ready_one, best = ready(world, "Nurture"), ready(world, "MQL"), ready(world, "SQL", lead_owner=SAM)
	gone = ready(world, "Nurture", status="Opportunity")
	note(world, given, "Demo Request", HOUR)
	note(world, ready_one, "Page View", DAY)
	mine = {given, ready_one, gone}
	assert listed(world, owner=SAM, assigned=mine, any_stage=True) == [best, given, ready_one]
	assert listed(world, owner=SAM, assigned=mine) == [best, ready_one]


@pytest.mark.parametrize(
	("contacted", "signal", "state"),
	[
		(None, None, State.WAITING),
		(None, HOUR, State.WAITING),
		(12 * DAY, HOUR, State.WAITING),  # before it reached its stage
		(10 * DAY + HOUR, None, State.IN_TOUCH),  # what lifted it there
		(2 * DAY, 3 * DAY, State.IN_TOUCH),
		(2 * DAY, HOUR, State.NEW_SIGNAL),
	],
)
def test_how_things_stand_with_a_lead(world: World, contacted, signal, state):
	lead = ready(world)
	if contacted:
		note(world, lead, "Call", contacted)
	if signal:
		note(world, lead, "Page View", signal)
	(found,) = worklist(world.host, "MQL", 10)
	assert found.state == state
	assert listed(world, states=[state]) == [lead]
	assert listed(world, states=set(State) - {state}) == []


def test_what_is_told_of_a_lead(world: World):
	world.rule("Visited", activity_type="Page View", points=5)
	world.rule("Asked", activity_type="Demo Request", points=30)
	lead = ready(world, mobile_no="+49 30 1234", company_name="Acme", lead_owner=SAM)
	world.record(lead, "Demo Request")
	world.clock.move_to(world.clock.now() + HOUR)
	world.record(lead, "Page View", detail="/pricing")
	note(world, lead, "Page View", -HOUR, "/scanned", by="machine")
	world.settings(mql_threshold=20)
	(found,) = worklist(world.host, "Recycle", 10)
	assert found.reasons == (("Asked", 30), ("Visited", 5))
	assert found.signal == ("Page View", "/pricing", world.clock.now())
	assert (found.company, found.phone, found.owner, found.score) == ("Acme", "+49 30 1234", SAM, 35)


def test_sixty_leads_take_as_many_questions_as_two(world: World):
	def statements(leads: int) -> int:
		for _ in range(leads):
			ready(world)
		watched = WatchedDatabase(world.db)
		worklist(replace(world.host, db=watched), "MQL", 100)
		return watched.calls

	assert statements(2) == statements(58)
