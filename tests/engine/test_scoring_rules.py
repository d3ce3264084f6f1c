"""What scoring rules pay, as activities come in and as leads change."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from nurture_app.engine import activities, score_reasons, scoring, sums
from nurture_app.engine.activities import ActivityIn
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.rules import rule_from_row
from nurture_app.engine.sql import P, Query, Table
from tests.world import MONDAY, World

FREE = {"cap_count": 0, "cap_window_days": 0, "cooldown": 0, "decay": "None", "decay_days": 0}
"""A rule without limits; a case names those it is about."""


def moment(text: str) -> datetime:
	"""`3 14:30` is half past two on the third day; day 0 is the Monday the world begins on."""
	day, _, clock = text.partition(" ")
	hour, minute = (clock or "10:00").split(":")
	return datetime(2026, 3, 2, int(hour), int(minute)) + timedelta(days=int(day))


PAYMENTS = {
	"without limits every one pays": ({}, ["0", "0", "0 10:01", "1"], [0, 1, 2, 3]),
	"a cap for ever": ({"cap_count": 2}, ["0", "1", "2", "400"], [0, 1]),
	"a cap within days": (
		{"cap_count": 2, "cap_window_days": 7},
		["0", "1", "2", "7", "8", "9"],
		[0, 1, 3, 4],
	),
	"what the cap left out does not use it up": (
		{"cap_count": 1, "cap_window_days": 7},
		["0", "6", "7", "13", "14"],
		[0, 2, 4],
	),
	"once a day means calendar days": (
		{"cooldown": 1},
		["0 09:00", "0 23:59", "1 00:01", "1 23:00", "2 00:00"],
		[0, 2, 4],
	),
	"every second day": ({"cooldown": 2}, ["0 23:00", "1 23:30", "2 00:30", "3 23:00", "4 01:00"], [0, 2, 4]),
	"hours are hours": (
		{"cooldown": 4, "cooldown_unit": "Hours"},
		["0 22:00", "1 01:59", "1 02:00", "1 05:59", "1 06:00"],
		[0, 2, 4],
	),
	"cap and cooldown together": (
		{"cooldown": 1, "cap_count": 2, "cap_window_days": 90},
		["0", "0 11:00", "1", "2", "91"],
		[0, 2, 4],
	),
	"every third one": ({"needs_count": 3}, ["0", "0 11:00", "1", "2", "3", "4", "5"], [2, 5]),
	"every third one, once": ({"needs_count": 3, "cap_count": 1}, ["0", "1", "2", "3", "4", "5"], [2]),
}


@pytest.mark.parametrize("case", PAYMENTS)
def test_a_behaviour_rule_pays_for(world, case):
	limits, moments, paid = PAYMENTS[case]
	world.clock.move_to(moment("500"))
	world.rule("Looked", activity_type="Page View", points=7, **(FREE | limits))
	lead = world.lead()
	for text in moments:
		world.record(lead, "Page View", moment(text))
	assert paid_moments(world) == [moment(moments[place]) for place in paid]
	assert world.score(lead) == 7 * len(paid)


def paid_moments(world: World) -> list[datetime]:
	return sorted(occurred for (occurred,) in world.all("Nurture Score Entry", "occurred_on"))


def test_points_expire_to_the_second(world):
	world.rule(
		"Looked", activity_type="Page View", points=10, **(FREE | {"decay": "Expire", "decay_days": 30})
	)
	lead = world.lead()
	world.record(lead, "Page View", MONDAY - timedelta(days=5))
	for days, seconds, score in [(0, 0, 10), (24, 86_399, 10), (25, 0, 0), (300, 0, 0)]:
		world.clock.move_to(MONDAY + timedelta(days=days, seconds=seconds))
		scoring.rescore(world.host)
		assert (days, world.score(lead)) == (days, score)


def test_what_is_too_old_when_it_becomes_known_pays_nothing(world):
	world.rule(
		"Looked", activity_type="Page View", points=10, **(FREE | {"decay": "Expire", "decay_days": 30})
	)
	lead = world.lead()
	world.record(lead, "Page View", MONDAY - timedelta(days=30))
	assert world.score(lead) == 0
	assert score_reasons.breakdown(world.host, lead) == []


def test_points_halve_every_half_life(world):
	world.rule(
		"Looked", activity_type="Page View", points=40, **(FREE | {"decay": "Half-life", "decay_days": 10})
	)
	lead = world.lead()
	world.record(lead, "Page View")
	for days, score in [(0, 40), (10, 20), (15, 14), (20, 10), (30, 5), (40, 3), (100, 0)]:
		world.clock.move_to(MONDAY + timedelta(days=days))
		scoring.rescore(world.host)
		assert (days, world.score(lead)) == (days, score)


def test_negative_points_are_ordinary_and_count_down_below_zero(world):
	world.rule("Gone", activity_type="Unsubscribe", points=-25, **FREE)
	world.rule(
		"Fading", activity_type="Page View", points=-9, **(FREE | {"decay": "Half-life", "decay_days": 10})
	)
	lead = world.lead()
	world.record(lead, "Unsubscribe")
	world.record(lead, "Page View")
	assert world.score(lead) == -34
	world.clock.move_to(MONDAY + timedelta(days=10))
	scoring.rescore(world.host)
	assert world.score(lead) == -30  # -25 and -4.5, halves away from zero


def test_opening_one_mail_again_does_not_fill_the_count(world):
	world.rule("Opened 3", activity_type="Email Open", needs_count=3, **FREE)
	lead = world.lead()
	for touch, score in [("T1", 0), ("T1", 0), ("T1", 0), ("T2", 0), ("T2", 0), ("T3", 10), ("T3", 10)]:
		world.record(lead, "Email Open", touch=touch)
		assert world.score(lead) == score


def test_what_belongs_to_no_touch_counts_each_time(world):
	world.rule("Looked 3", activity_type="Page View", needs_count=3, **FREE)
	lead = world.lead()
	for score in (0, 0, 10, 10, 10, 20):
		world.record(lead, "Page View")
		assert world.score(lead) == score


def test_counting_within_a_sequence_keeps_sequences_apart(world):
	limits = FREE | {"cap_count": 1}
	world.rule("Opened 3", activity_type="Email Open", needs_count=3, count_within="Sequence", **limits)
	lead = world.lead()
	opened = [("A", "a1"), ("A", "a2"), ("B", "b1"), ("", "x1"), ("", "x2"), ("", "x3"), ("B", "b2")]
	for sequence, touch in opened:
		world.record(lead, "Email Open", sequence=sequence, touch=touch)
	assert world.score(lead) == 0
	world.record(lead, "Email Open", sequence="A", touch="a3")
	assert world.score(lead) == 10
	for touch in ("a4", "a5", "a6"):  # once per sequence
		world.record(lead, "Email Open", sequence="A", touch=touch)
	assert world.score(lead) == 10
	world.record(lead, "Email Open", sequence="B", touch="b3")
	assert world.score(lead) == 20


def test_detail_contains_any_case_and_nothing_is_a_wildcard(world):
	world.rule("Pricing", activity_type="Page View", detail_contains="/Pricing_%", **FREE)
	lead = world.lead()
	for detail, score in [
		("/blog", 0),
		("/pricing", 0),
		("/pricingXY", 0),
		("", 0),
		("at /PRICING_% now", 10),
	]:
		world.record(lead, "Page View", detail=detail)
		assert (detail, world.score(lead)) == (detail, score)


def test_any_pays_for_engagement_only(world):
	world.rule("Did something", activity_type="Any", **FREE)
	lead = world.lead()
	for kind, score in [("Page View", 10), ("Invoice Submitted", 10), ("Unsubscribe", 10), ("Call", 20)]:
		world.record(lead, kind)
		assert (kind, world.score(lead)) == (kind, score)


def test_what_machines_do_pays_nothing(world):
	world.rule("Clicked", activity_type="Email Click", **FREE)
	lead = world.lead()
	for classification in ("machine", "unknown"):
		world.record(lead, "Email Click", classification=classification)
	assert (world.score(lead), world.row("Lead", lead, "nurture_last_activity_on")) == (0, (None,))


def test_the_same_dedupe_key_is_one_activity(world):
	world.rule("Looked", activity_type="Page View", **FREE)
	lead = world.lead()
	assert world.record(lead, "Page View", dedupe_key="visit-1").new == 1
	assert world.record(lead, "Page View", dedupe_key="visit-1").new == 0
	both = [ActivityIn(lead, "Page View", MONDAY, dedupe_key="visit-2")] * 2
	assert activities.record(world.host, both).new == 1
	assert (world.score(lead), len(world.all("Nurture Activity", "name"))) == (20, 2)


def test_a_wrong_activity_writes_nothing_of_its_batch(world):
	lead = world.lead()
	good = ActivityIn(lead, "Page View", MONDAY)
	for bad, code in [
		(ActivityIn(lead, "Page Vew", MONDAY), "activity_type_unknown"),
		(ActivityIn(lead, "Page View", MONDAY, classification="bot"), "classification_unknown"),
	]:
		with pytest.raises(NurtureError) as refused:
			activities.record(world.host, [good, bad])
		assert refused.value.code == code
		assert (bad.activity_type if "type" in code else "bot") in str(refused.value)
	assert world.all("Nurture Activity", "name") == []


def test_last_activity_moves_forward_only_and_only_for_engagement(world):
	lead = world.lead()
	for kind, days, expected in [
		("Page View", 3, 3),
		("Page View", 5, 3),
		("Email Bounced", 0, 3),
		("Call", 1, 1),
	]:
		world.record(lead, kind, MONDAY - timedelta(days=days))
		assert world.row("Lead", lead, "nurture_last_activity_on") == (MONDAY - timedelta(days=expected),)


# --- profile rules -----------------------------------------------------------------------------------------------


def change(world: World, doctype: str, name: str, **values: object) -> None:
	with world.db.transaction():
		world.db.update(f"tab{doctype}", ("name", *values), [(name, *values.values())])


def profile(world: World, title: str, condition: object, **values: object) -> str:
	fit = {"rule_type": "Profile", "score_part": "Fit", "condition": condition, "points": 10}
	return world.rule(title, **(fit | values))


def history(world: World) -> list[tuple]:
	rows = world.all("Nurture Score Entry", "occurred_on", "expires_on", "points")
	return [(start.day, end and end.day, points) for start, end, points in rows]


def test_a_profile_rule_opens_closes_and_opens_again(world):
	profile(world, "Fits", ["industry", "=", "Software"])
	lead = world.lead(industry="Retail")
	for day, industry, score, entries in [
		(2, "Retail", 0, []),
		(3, "Software", 10, [(3, None, 10)]),
		(4, "software", 10, [(3, None, 10)]),
		(5, None, 0, [(3, 5, 10)]),
		(6, "Software", 10, [(3, 5, 10), (6, None, 10)]),
		(7, "", 0, [(3, 5, 10), (6, 7, 10)]),
	]:
		world.clock.move_to(datetime(2026, 3, day, 12))
		change(world, "Lead", lead, industry=industry)
		activities.leads_changed(world.host, [lead])
		assert (day, world.score(lead), history(world)) == (day, score, entries)


def test_the_nightly_pass_finds_what_no_event_told(world):
	profile(world, "Fits", ["industry", "=", "Software"])
	leads = [world.lead(industry="Software"), world.lead(industry="Retail")]
	scoring.rescore(world.host)
	assert [world.score(lead) for lead in leads] == [10, 0]
	change(world, "Lead", leads[0], industry="Retail")
	change(world, "Lead", leads[1], industry="Software")
	assert scoring.rescore(world.host).changed == 2
	assert [world.score(lead) for lead in leads] == [0, 10]


def test_inactivity_costs_points_until_activity_resumes(world):
	idle = {"all": [{"not": {"activity": "Any", "within_days": 60}}, {"age_days": [">=", 60]}]}
	profile(world, "Idle", idle, points=-15, score_part="Engagement")
	lead = world.lead()
	world.record(lead, "Page View")
	for days, score in [(59, 0), (60, -15), (61, -15)]:
		world.clock.move_to(MONDAY + timedelta(days=days))
		scoring.rescore(world.host)
		assert (days, world.score(lead)) == (days, score)
	world.record(lead, "Page View")
	assert world.score(lead) == 0


def test_many_profile_rules_at_once_keep_their_leads_apart(world):
	"""More than fit one integer's bits."""
	for number in range(130):
		profile(world, f"R{number:03}", ["city", "=", f"Town {number}"], points=number + 1)
	leads = [world.lead(city=f"Town {number}") for number in range(130)]
	scoring.rescore(world.host)
	assert [world.score(lead) for lead in leads] == list(range(1, 131))
	change(world, "Lead", leads[59], city="Town 60")
	activities.leads_changed(world.host, [leads[59]])
	assert world.score(leads[59]) == 61


# --- rules change ------------------------------------------------------------------------------------------------


@pytest.fixture
def two_rules(world: World) -> World:
	"""Ann looked and fits, Bob looked, Cyd fits."""
	world.rule("Looked", activity_type="Page View", **FREE)
	profile(world, "Fits", ["industry", "=", "Software"])
	world.lead("ann", industry="Software"), world.lead("bob"), world.lead("cyd", industry="Software")
	for lead in ("ann", "bob"):
		world.record(lead, "Page View")
	scoring.rescore(world.host)
	assert scores(world) == (20, 10, 10)
	return world


def scores(world: World) -> tuple[int, ...]:
	return tuple(world.score(lead) for lead in ("ann", "bob", "cyd"))


EDITS = [
	("Looked", {"points": 25}, (35, 25, 10)),
	("Looked", {"points": -1}, (9, -1, 10)),
	("Looked", {"score_part": "Fit"}, (20, 10, 10)),
	("Looked", {"decay": "Expire", "decay_days": 90}, (20, 10, 10)),
	("Looked", {"detail_contains": "/pricing"}, (10, 0, 10)),
	("Looked", {"activity_type": "Call"}, (10, 0, 10)),
	("Looked", {"activity_type": "Any"}, (20, 10, 10)),
	("Looked", {"needs_count": 2}, (10, 0, 10)),
	("Looked", {"enabled": 0}, (10, 0, 10)),
	("Looked", {"rule_type": "Profile", "condition": '["city", "=", "x"]'}, (10, 0, 10)),
	("Fits", {"points": 3}, (13, 10, 3)),
	("Fits", {"score_part": "Engagement"}, (20, 10, 10)),
	("Fits", {"condition": '["industry", "=", "Retail"]'}, (10, 10, 0)),
	("Fits", {"condition": ""}, (20, 20, 10)),
	("Fits", {"enabled": 0}, (10, 10, 0)),
	("Fits", {"rule_type": "Behaviour", "activity_type": "Call"}, (10, 10, 0)),
]


@pytest.mark.parametrize(("rule", "values", "expected"), EDITS, ids=[f"{r} {v}" for r, v, _ in EDITS])
def test_an_edited_rule_counts_for_every_lead_once_rebuilt(two_rules, rule, values, expected):
	change(two_rules, "Lead Scoring Rule", rule, **values)
	scoring.rebuild(two_rules.host)
	assert scores(two_rules) == expected
	for lead in ("ann", "bob", "cyd"):
		fit, engagement = sums.score_at(two_rules.host, lead)
		assert two_rules.row("Lead", lead, "nurture_fit_score", "nurture_engagement_score") == (
			fit,
			engagement,
		)
	assert scoring.rebuild(two_rules.host).changed == 0


@pytest.mark.parametrize(("rule", "values", "expected"), EDITS, ids=[f"{r} {v}" for r, v, _ in EDITS])
def test_rebuilding_one_rule_is_enough_for_it(two_rules, rule, values, expected):
	change(two_rules, "Lead Scoring Rule", rule, **values)
	scoring.rebuild(two_rules.host, rule)
	assert scores(two_rules) == expected


def test_a_deleted_rule_pays_nothing_any_more(two_rules):
	for name in ("Looked", "Fits"):
		table = Table("tabLead Scoring Rule")
		with two_rules.db.transaction():
			two_rules.db.execute(Query.from_(table).delete().where(table.name == P(name)))
	scoring.rebuild(two_rules.host)
	assert scores(two_rules) == (0, 0, 0)
	assert score_reasons.breakdown(two_rules.host, "ann") == []


def test_a_rule_switched_off_and_on_pays_as_before(two_rules):
	for name in ("Looked", "Fits"):
		change(two_rules, "Lead Scoring Rule", name, enabled=0)
	scoring.rebuild(two_rules.host)
	assert scores(two_rules) == (0, 0, 0)
	for name in ("Looked", "Fits"):
		change(two_rules, "Lead Scoring Rule", name, enabled=1)
	scoring.rebuild(two_rules.host)
	assert scores(two_rules) == (20, 10, 10)


BROKEN = [
	("Fits", {"condition": '["no_such_field", "=", 1]'}),
	("Fits", {"condition": "{not json"}),
	("Fits", {"points": 0}),
	("Looked", {"cap_count": -1}),
	("Looked", {"activity_type": ""}),
	("Looked", {"decay": "Half-life", "decay_days": 0}),
]


@pytest.mark.parametrize(("broken", "values"), BROKEN, ids=[f"{r} {v}" for r, v in BROKEN])
def test_a_broken_rule_keeps_what_it_paid_and_does_not_stop_the_others(two_rules, broken, values):
	world = two_rules
	change(world, "Lead Scoring Rule", broken, **values)
	world.rule("Called", activity_type="Call", points=4, **FREE)
	world.record("bob", "Call")
	assert world.score("bob") == 14
	scoring.rescore(world.host)
	scoring.rebuild(world.host)
	assert scores(world) == (20, 14, 10)


WRONG_RULES = [
	({"points": 0}, "rule_no_points"),
	({"cap_count": -1}, "rule_negative"),
	({"cooldown": -1}, "rule_negative"),
	({"cap_window_days": -1}, "rule_negative"),
	({"needs_count": -1}, "rule_negative"),
	({"decay_days": -1}, "rule_negative"),
	({"activity_type": ""}, "rule_no_activity"),
	({"activity_type": None}, "rule_no_activity"),
	({"decay": "Expire", "decay_days": 0}, "rule_no_decay_days"),
	({"decay": "Half-life", "decay_days": None}, "rule_no_decay_days"),
	({"points": 2**31 - 1}, "number_out_of_range"),
	({"points": -(2**31)}, "number_out_of_range"),
	({"points": "many"}, "not_a_number"),
	({"cap_count": "1.5x"}, "not_a_number"),
]


@pytest.mark.parametrize(("values", "code"), WRONG_RULES, ids=[str(values) for values, _ in WRONG_RULES])
def test_a_rule_that_makes_no_sense_is_refused_by_name(values, code):
	row = {"name": "My rule", "rule_type": "Behaviour", "points": 5, "activity_type": "Call"}
	row |= {"score_part": "Engagement", "decay": "None"}
	rule_from_row(row)
	with pytest.raises(NurtureError) as refused:
		rule_from_row(row | values)
	assert refused.value.code == code
	assert ("My rule" in str(refused.value)) or next(iter(values)) in str(refused.value)


def test_a_rule_with_other_points_takes_the_old_ones_from_whom_it_leaves(world):
	stays, leaves = (
		world.lead("stays", industry="Software", city="Ulm"),
		world.lead("leaves", industry="Software"),
	)
	world.rule("Fits", rule_type="Profile", score_part="Fit", condition=["industry", "=", "Software"])
	scoring.rescore(world.host)
	assert (world.score(stays), world.score(leaves)) == (10, 10)
	change(world, "Lead Scoring Rule", "Fits", points=25, condition='["city", "=", "Ulm"]')
	scoring.rebuild(world.host)
	assert (world.score(stays), world.score(leaves)) == (25, 0)
	open_keys = [key for key, ends in world.all("Nurture Score Entry", "entry_key", "expires_on") if not ends]
	assert open_keys == ["P|Fits|stays"]


@pytest.mark.parametrize("days", [999_999, 2**31 - 1])
def test_more_days_than_the_calendar_has_mean_for_ever(world, days):
	limits = {"cap_count": 2, "cap_window_days": days, "decay": "Expire", "decay_days": days}
	world.rule("Called", activity_type="Call", points=5, **(FREE | limits))
	lead = world.lead()
	for day in range(4):
		world.record(lead, "Call", MONDAY + timedelta(days=day * 300))
	world.clock.move_to(MONDAY + timedelta(days=5000))
	scoring.rebuild(world.host)
	assert world.score(lead) == 10
