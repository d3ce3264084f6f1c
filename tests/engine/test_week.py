"""One week at a glance, by stage, source and segment."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from nurture_app.engine.figures.week import COUNTED, SEGMENT, SOURCE, STAGE, TREND_WEEKS, week
from tests.database_wrappers import WatchedDatabase

DAY = timedelta(days=1)


def note(world, lead, kind, days_ago, classification="human"):
	moment = world.clock.now() - DAY * days_ago
	world.put(
		"Nurture Activity", party_type="Lead", party=lead, activity_type=kind, occurred_on=moment,
		classification=classification, dedupe_key=f"{lead}|{kind}|{moment}",
	)  # fmt: skip


def sent(world, lead, days_ago, status="Sent"):
	world.put(
		"Nurture Touch", party=lead, status=status, queued_on=world.clock.now() - DAY * days_ago, channel="Email",
		touch_key=f"{lead}|{days_ago}|{status}",
	)  # fmt: skip


def look(world, by=STAGE, **values):
	return week(world.host, world.clock.now().date(), by, **values)


def rows(found):
	return {row.name: row for row in found.groups}


def test_what_happened_this_week_and_the_week_before(world):
	hot = world.lead(nurture_stage="SQL", creation=world.clock.now() - DAY * 2)
	warm = world.lead(nurture_stage="Nurture", creation=world.clock.now() - DAY * 9)
	for days_ago in (1, 2, 8):
		note(world, hot, "Email Reply", days_ago)
		sent(world, hot, days_ago)
	note(world, hot, "SQL Reached", 3)
	note(world, hot, "Email Reply", 4, classification="machine")
	note(world, warm, "Unsubscribe", 6)
	note(world, warm, "MQL Reached", 10)
	sent(world, warm, 3, status="Failed")
	found = look(world)
	assert [row.name for row in found.groups] == ["SQL", "Nurture"]
	counted = {
		name: {what: row.counts[what] for what in COUNTED if row.counts[what]}
		for name, row in rows(found).items()
	}
	assert counted == {
		"SQL": {"created": 1, "messages": 2, "replies": 1, "sql": 1},
		"Nurture": {"opted_out": 1},
	}
	assert found.everybody.counts["replies"] == 1 and found.everybody.leads == 2
	assert {what: number for what, number in found.before.items() if number} == {
		"created": 1,
		"messages": 1,
		"replies": 1,
		"mql": 1,
	}
	assert len(found.trend) == TREND_WEEKS
	assert [counts["mql"] for _, counts in found.trend[-3:]] == [0, 1, 0]
	assert found.trend[-1][0] == world.clock.now().date() - DAY * 6


def test_the_week_begins_at_midnight_of_its_first_day(world):
	lead = world.lead()
	midnight = world.clock.now().replace(hour=0, minute=0)
	ago = (world.clock.now() - midnight) / DAY
	note(world, lead, "Email Reply", 6 + ago)
	note(world, lead, "Meeting", 6 + ago + 1 / 86400)
	found = look(world)
	assert (found.everybody.counts["replies"], found.everybody.counts["meetings"]) == (1, 0)
	assert (found.before["replies"], found.before["meetings"]) == (0, 1)


def test_by_source_and_by_segment(world):
	web, fair = world.lead(source="Web"), world.lead()
	world.segment("Everybody", [])
	for lead in (web, fair):
		world.put("Nurture Segment Member", segment="Everybody", party=lead, entered_on=world.clock.now())
	world.put(
		"Nurture Segment Member",
		segment="Web",
		party=web,
		entered_on=world.clock.now(),
		left_on=world.clock.now(),
	)
	note(world, web, "Opportunity Created", 1)
	by_source = rows(look(world, SOURCE))
	assert {name: (row.leads, row.counts["opportunity"]) for name, row in by_source.items()} == {
		"Web": (1, 1),
		"": (1, 0),
	}
	assert [row.name for row in look(world, SOURCE).groups] == ["Web", ""]
	(row,) = look(world, SEGMENT).groups
	assert (row.name, row.leads, row.counts["opportunity"]) == ("Everybody", 2, 1)


def test_who_gave_no_sign_for_long_is_quiet_unless_sales_has_it(world):
	old = world.clock.now() - DAY * 40
	world.lead(creation=old, nurture_stage="MQL")
	world.lead(creation=old, nurture_stage="MQL", nurture_last_activity_on=world.clock.now() - DAY)
	world.lead(creation=old, nurture_stage="MQL", status="Opportunity")
	world.lead(nurture_stage="MQL")
	assert rows(look(world))["MQL"].quiet == 1


def test_only_leads_one_may_see_and_none_in_quarantine(world):
	mine, other = world.lead(), world.lead()
	world.lead(nurture_quarantined=1)
	for lead in (mine, other):
		note(world, lead, "Email Reply", 1)
		sent(world, lead, 1)
	found = look(world, visible={mine})
	assert (found.everybody.leads, found.everybody.counts["replies"], found.everybody.counts["messages"]) == (
		1,
		1,
		1,
	)
	assert look(world).everybody.leads == 2


def test_many_cost_no_more_queries_than_few(world):
	def calls(many):
		for _ in range(many):
			note(world, world.lead(), "Email Reply", 1)
		watched = WatchedDatabase(world.db)
		week(replace(world.host, db=watched), world.clock.now().date(), SEGMENT)
		return watched.calls

	assert calls(2) == calls(30)
