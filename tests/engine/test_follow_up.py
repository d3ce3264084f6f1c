"""Whether sales got in touch in time, and who is still waiting."""

from __future__ import annotations

from datetime import datetime, timedelta

from nurture_app.engine.consent import CONVERSATIONS
from nurture_app.engine.figures.follow_up import CREATED, by_owner, together, waits

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FRIDAY = datetime(2026, 3, 6, 16, 0)


def qualified(world, moment=None, **values):
	lead = world.lead(**values)
	note(world, lead, "MQL Reached", moment or world.clock.now())
	return lead


def note(world, lead, kind, moment, classification="human"):
	world.put(
		"Nurture Activity", party_type="Lead", party=lead, activity_type=kind, occurred_on=moment,
		classification=classification, dedupe_key=f"{lead}|{kind}|{moment}",
	)  # fmt: skip


def wrote(world, lead, moment, **values):
	values = {
		"communication_type": "Communication",
		"communication_medium": "Email",
		"sent_or_received": "Sent",
	} | values
	values = {"reference_doctype": "Lead"} | values
	world.put("Communication", reference_name=lead, communication_date=moment, **values)


def look(world, *given, **values):
	now = world.clock.now()
	return waits(world.host, now - 30 * DAY, now, *given, **values)


def later(world, span):
	world.clock.move_to(world.clock.now() + span)


def test_the_call_that_lifted_a_lead_is_contact_at_once(world):
	start = world.clock.now()
	lifted, long_before, asked = qualified(world), qualified(world), world.lead()
	note(world, asked, "Demo Request", start)
	for lead, ago in ((lifted, 2 * HOUR), (long_before, 2 * DAY), (asked, 2 * HOUR)):
		note(world, lead, "Call", start - ago)
	found = {one.lead: one.contacted_on for one in look(world)}
	assert found == {lifted: start, long_before: None}
	assert [one.contacted_on for one in look(world, "Demo Request")] == [None]


def test_in_time_late_overdue_and_still_in_time(world):
	start = world.clock.now()
	quick, late, nobody = (qualified(world, lead_owner="sam@example.com") for _ in range(3))
	note(world, quick, "Call", start + HOUR)
	wrote(world, quick, start + 5 * HOUR)
	wrote(world, late, start + 30 * HOUR)
	later(world, 2 * DAY)
	fresh = qualified(world, lead_owner="sam@example.com")
	found = {one.lead: one for one in look(world)}
	now = world.clock.now()
	assert found[quick].in_time and found[quick].contacted_on == start + HOUR
	assert not found[late].in_time and found[late].contacted_on == start + 30 * HOUR
	assert found[nobody].is_overdue(now) and found[nobody].due_on == start + DAY
	assert not found[fresh].is_overdue(now)
	(row,) = by_owner(list(found.values()), now)
	assert (row.owner, row.leads) == ("sam@example.com", 4)
	assert (row.in_time, row.late, row.overdue, row.waiting) == (1, 1, 1, 1)
	assert row.median_hours == 15.5
	assert round(row.percent, 1) == 33.3


def test_what_we_send_by_ourselves_and_what_came_before_is_no_contact(world):
	start = world.clock.now()
	lead = qualified(world, start)
	note(world, lead, "Call", start - DAY - HOUR)
	note(world, lead, "Meeting", start + HOUR, "machine")
	note(world, lead, "Email Click", start + HOUR)
	wrote(world, lead, start - HOUR)
	wrote(world, lead, start + HOUR, communication_type="Automated Message")
	wrote(world, lead, start + HOUR, sent_or_received="Received")
	later(world, 2 * DAY)
	(one,) = look(world)
	assert one.contacted_on is None


def test_every_kind_of_conversation_is_contact_and_what_is_about_others_is_not(world):
	start = world.clock.now()
	leads = {kind: qualified(world) for kind in (*CONVERSATIONS, "")}
	for kind in CONVERSATIONS:
		note(world, leads[kind], kind, start + HOUR)
	wrote(world, leads[""], start + HOUR, reference_doctype="Opportunity")
	later(world, DAY)
	contacted = {one.lead for one in look(world) if one.contacted_on == start + HOUR}
	assert contacted == {leads[kind] for kind in CONVERSATIONS}


def test_who_came_after_the_period_is_left_out(world):
	end = world.clock.now()
	asked = qualified(world, end)
	later(world, DAY)
	new = qualified(world)
	assert [one.lead for one in waits(world.host, end - DAY, end)] == [asked]
	assert [one.lead for one in waits(world.host, end - DAY, end, CREATED)] == [asked]
	assert {one.lead for one in look(world, CREATED)} == {asked, new}


def test_hours_of_work_pass_over_the_weekend_and_holidays(world):
	world.settings(holiday_list="Ours")
	world.put("Holiday", parent="Ours", holiday_date=FRIDAY.date() + 3 * DAY)
	lead = qualified(world, FRIDAY)
	world.clock.move_to(FRIDAY + 10 * DAY)
	(at_work,) = look(world, "MQL Reached", 2, at_work=True)
	assert (at_work.lead, at_work.due_on) == (lead, datetime(2026, 3, 10, 10, 0))
	(by_clock,) = look(world, "MQL Reached", 2)
	assert by_clock.due_on == FRIDAY + 2 * HOUR


def test_from_what_a_lead_waits_is_chosen(world):
	start = world.clock.now()
	new = world.lead(creation=start)
	asked = world.lead(creation=start - 60 * DAY)
	note(world, asked, "Demo Request", start)
	note(world, asked, "Demo Request", start + HOUR)
	later(world, DAY)
	assert [one.lead for one in look(world, CREATED)] == [new]
	assert [(one.lead, one.since) for one in look(world, "Demo Request")] == [(asked, start)]
	assert look(world) == []


def test_only_visible_leads_and_none_of_unchecked_imports(world):
	one, _ = qualified(world), qualified(world)
	qualified(world, nurture_quarantined=1)
	assert len(look(world)) == 2
	assert [wait.lead for wait in look(world, visible={one})] == [one]


def test_nobody_has_no_rate_and_leads_without_an_owner_come_last(world):
	nothing = together([], world.clock.now())
	assert (nothing.leads, nothing.percent, nothing.median_hours) == (0, None, None)
	qualified(world)
	qualified(world, lead_owner="sam@example.com")
	assert [row.owner for row in by_owner(look(world), world.clock.now())] == ["sam@example.com", ""]


def test_nobody_waits_for_a_lead_that_is_in_hand_or_closed(world):
	for status in ("Opportunity", "Converted", "Do Not Contact"):
		qualified(world, status=status)
	talked_to, open_one = qualified(world, status="Converted"), qualified(world, status="Interested")
	note(world, talked_to, "Call", world.clock.now())
	assert {one.lead for one in look(world)} == {talked_to, open_one}
