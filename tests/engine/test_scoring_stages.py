"""Stages and their lines, what a rule edit would do, where points come from, and machines found out later."""

from __future__ import annotations

import itertools
import random
from datetime import timedelta

import pytest

from nurture_app.engine import activities, score_reasons, scoring
from nurture_app.engine.activities import ActivityIn
from nurture_app.engine.config import Settings
from nurture_app.engine.stages import crossings_between, stage_for
from tests.world import MONDAY, World

FREE = {"cap_count": 0, "cap_window_days": 0, "cooldown": 0, "decay": "None", "decay_days": 0}

PATHS = [
	# scores one after the other, and the stages they give: lines at 30, 50 and 80, five points of slack downwards
	([0, 29, 30], "Recycle Recycle Nurture"),
	([49, 50], "Nurture MQL"),
	([79, 80], "MQL SQL"),
	([80, 79, 75, 74], "SQL SQL SQL MQL"),
	([50, 45, 44, 45, 49, 50], "MQL MQL Nurture Nurture Nurture MQL"),
	([30, 25, 24, 29], "Nurture Nurture Recycle Recycle"),
	([80, 74, 79, 80], "SQL MQL MQL SQL"),
	([80, 44], "SQL Nurture"),
	([80, 24], "SQL Recycle"),
	([80, 47], "SQL Nurture"),  # two lines down: the slack is for the stage one was in
	([-40, 100], "Recycle SQL"),
]


@pytest.mark.parametrize(("scores", "stages"), PATHS, ids=[str(scores) for scores, _ in PATHS])
def test_a_score_gives_a_stage_with_slack_on_the_way_down(scores, stages):
	stage, found = "", []
	for score in scores:
		stage = stage_for(score, stage, Settings())
		found.append(stage)
	assert " ".join(found) == stages


CROSSINGS = [
	("", "Recycle", ""),
	("", "Nurture", ""),
	("", "MQL", "MQL Reached"),
	("", "SQL", "MQL Reached, SQL Reached"),
	("Nurture", "SQL", "MQL Reached, SQL Reached"),
	("MQL", "SQL", "SQL Reached"),
	("MQL", "MQL", ""),
	("SQL", "MQL", "SQL Lost"),
	("SQL", "Recycle", "SQL Lost, MQL Lost"),
	("MQL", "Nurture", "MQL Lost"),
	("Nurture", "Recycle", ""),
]


@pytest.mark.parametrize(("old", "new", "expected"), CROSSINGS)
def test_moving_from_stage_to_stage_crosses(old, new, expected):
	crossings = crossings_between("ann", old, new)
	assert ", ".join(one.activity_type for one in crossings) == expected


def crossed(world: World) -> list[str]:
	kinds = {"MQL Reached", "MQL Lost", "SQL Reached", "SQL Lost"}
	return [kind for (kind,) in world.all("Nurture Activity", "activity_type") if kind in kinds]


def test_a_line_is_crossed_once_each_time_up_and_down_and_up_again(world):
	world.rule(
		"Hot", activity_type="Demo Request", points=60, **(FREE | {"decay": "Expire", "decay_days": 10})
	)
	lead = world.lead()
	assert [one.activity_type for one in world.record(lead, "Demo Request").crossings] == ["MQL Reached"]
	assert (world.stage(lead), world.row("Lead", lead, "nurture_stage_since")) == ("MQL", (MONDAY,))
	later = MONDAY + timedelta(days=2)
	world.clock.move_to(later)
	assert world.record(lead, "Page View").crossings == []
	assert [one.activity_type for one in world.record(lead, "Demo Request").crossings] == ["SQL Reached"]
	assert world.row("Lead", lead, "nurture_stage", "nurture_stage_since") == ("SQL", later)
	world.run_until(MONDAY + timedelta(days=20), every=timedelta(hours=12))
	assert world.stage(lead) == "Recycle"
	world.record(lead, "Demo Request")
	assert crossed(world) == ["MQL Reached", "SQL Reached", "SQL Lost", "MQL Lost", "MQL Reached"]


def test_without_rules_leads_have_no_stage_and_get_one_with_the_first(world):
	lead = world.lead()
	world.record(lead, "Page View")
	assert world.stage(lead) == ""
	world.rule("Called", activity_type="Call", **FREE)
	scoring.rebuild(world.host)
	assert (world.stage(lead), crossed(world)) == ("Recycle", [])


def test_moving_a_threshold_moves_stages_at_night_and_tells(world):
	world.rule("Called", activity_type="Call", points=45, **FREE)
	lead = world.lead()
	world.record(lead, "Call")
	assert world.stage(lead) == "Nurture"
	for threshold, stage, told in [
		(40, "MQL", ["MQL Reached"]),
		(46, "MQL", []),
		(60, "Nurture", ["MQL Lost"]),
	]:
		world.settings(mql_threshold=threshold)
		crossings = scoring.rescore(world.host).crossings
		assert (world.stage(lead), [one.activity_type for one in crossings]) == (stage, told)


def test_rescoring_after_a_rule_edit_tells_of_crossings_but_starts_nothing(world):
	"""A change of rules does not fire what stages start, unless asked (SC-40)."""
	world.sequence("For MQLs", [{"step_label": "One"}], trigger_type="Stage Reached", trigger_stage="MQL")
	lead = world.lead()
	world.record(lead, "Call")
	world.rule("Called", activity_type="Call", points=55, **FREE)
	result = scoring.rebuild(world.host)
	assert [one.activity_type for one in result.crossings] == ["MQL Reached"]
	assert (world.stage(lead), world.all("Nurture Enrollment", "name")) == ("MQL", [])


def test_a_lead_that_is_gone_does_not_break_scoring(world):
	world.rule("Called", activity_type="Call", **FREE)
	world.record("NO-SUCH-LEAD", "Call")
	lead = world.lead()
	world.record(lead, "Call")
	scoring.rebuild(world.host)
	assert world.score(lead) == 10


# --- machines found out later ------------------------------------------------------------------------------------


def test_reclassifying_as_machine_takes_back_points_and_crossing_and_back_again(world):
	world.rule("Clicked", activity_type="Email Click", points=30, **FREE)
	lead = world.lead()
	for _ in range(2):
		world.record(lead, "Email Click")
	clicks = [
		name for name, kind in world.all("Nurture Activity", "name", "activity_type") if "Click" in kind
	]
	assert (world.score(lead), world.stage(lead)) == (60, "MQL")
	result = activities.reclassify(world.host, clicks[:1], "machine")
	assert [one.activity_type for one in result.crossings] == ["MQL Lost"]
	assert (world.score(lead), world.stage(lead)) == (30, "Nurture")
	assert activities.reclassify(world.host, clicks[:1], "machine").crossings == []
	result = activities.reclassify(world.host, clicks[:1], "human")
	assert [one.activity_type for one in result.crossings] == ["MQL Reached"]
	assert (world.score(lead), world.stage(lead)) == (60, "MQL")
	assert crossed(world) == ["MQL Reached", "MQL Lost", "MQL Reached"]


def test_reclassifying_the_one_that_was_paid_pays_the_next(world):
	world.rule("Clicked", activity_type="Email Click", points=30, **(FREE | {"cooldown": 1}))
	lead = world.lead()
	for hour in (1, 2, 3):
		world.record(lead, "Email Click", MONDAY - timedelta(hours=hour))
	(first,) = world.all("Nurture Score Entry", "activity", "occurred_on")
	assert first[1] == MONDAY - timedelta(hours=3) and world.score(lead) == 30
	activities.reclassify(world.host, [first[0]], "machine")
	((_, moment),) = world.all("Nurture Score Entry", "activity", "occurred_on")
	assert moment == MONDAY - timedelta(hours=2) and world.score(lead) == 30


# --- where points come from --------------------------------------------------------------------------------------


def test_the_breakdown_names_rule_count_last_time_and_end(world):
	world.rule("Called", activity_type="Call", points=10, **(FREE | {"decay": "Expire", "decay_days": 30}))
	world.rule("Unsubscribed", activity_type="Unsubscribe", points=-25, **FREE)
	world.rule("Fits", rule_type="Profile", score_part="Fit", points=10, condition=["city", "=", "Ulm"])
	lead = world.lead(city="Ulm")
	for days, detail in [(9, "first"), (4, "second")]:
		world.record(lead, "Call", MONDAY - timedelta(days=days), detail=detail)
	world.record(lead, "Unsubscribe")
	reasons = score_reasons.breakdown(world.host, lead)
	assert [(one.rule, one.score_part, one.points, one.count) for one in reasons] == [
		("Unsubscribed", "Engagement", -25, 1),
		("Called", "Engagement", 20, 2),
		("Fits", "Fit", 10, 1),
	]
	unsubscribed, called, fits = reasons
	assert (called.last_on, called.detail) == (MONDAY - timedelta(days=4), "second")
	assert called.ends_on == MONDAY + timedelta(days=21)  # the first of them: from then on it is 10
	assert (unsubscribed.ends_on, fits.ends_on) == (None, None)
	assert [one.holds for one in reasons] == [False, False, True]


def test_the_breakdown_tells_what_faded_points_were_at_first(world):
	world.rule("Called", activity_type="Call", points=16, **(FREE | {"decay": "Half-life", "decay_days": 2}))
	lead = world.lead()
	for days in (4, 2):
		world.record(lead, "Call", MONDAY - timedelta(days=days))
	((called),) = score_reasons.breakdown(world.host, lead)
	assert (called.points, called.full, called.half_life_days, called.is_rule) == (12, 32, 2, True)


@pytest.mark.parametrize("seed", range(8))
def test_the_breakdown_adds_up_to_the_score_however_points_are_rounded(world, seed):
	chance = random.Random(seed)
	lead = world.lead()
	for number in range(5):
		decay = chance.choice([{"decay": "Half-life", "decay_days": chance.choice([1, 2, 7])}, {}])
		part = chance.choice(["Fit", "Engagement"])
		points = chance.choice([-5, 1, 3, 5, 7, 10])
		kind = chance.choice(["Call", "Page View"])
		world.rule(f"R{number}", activity_type=kind, points=points, score_part=part, **(FREE | decay))
	for kind in ("Call", "Page View", "Call"):
		world.record(lead, kind, MONDAY - timedelta(days=chance.choice([0, 1, 2, 3])))
	for days in (0, 1, 2, 3):
		world.clock.move_to(MONDAY + timedelta(days=days))
		scoring.rescore(world.host)
		reasons = score_reasons.breakdown(world.host, lead)
		by_part = {
			part: sum(r.points for r in reasons if r.score_part == part) for part in ("Fit", "Engagement")
		}
		fit, engagement = world.row("Lead", lead, "nurture_fit_score", "nurture_engagement_score")
		assert by_part == {"Fit": fit, "Engagement": engagement}
		assert world.score(lead) == fit + engagement


# --- what an edit would do ---------------------------------------------------------------------------------------


def rule_row(**values: object) -> dict:
	row = {
		"name": "Edited",
		"title": "Edited",
		"rule_type": "Behaviour",
		"score_part": "Engagement",
		"points": 10,
	}
	return (
		row
		| {"activity_type": "Call", "enabled": 1, "needs_count": 1, "count_within": "Lead"}
		| FREE
		| values
	)


EDITS = [
	{"points": 40},
	{"points": -40},
	{"score_part": "Fit"},
	{"activity_type": "Page View"},
	{"activity_type": "Any", "points": 20},
	{"cap_count": 1},
	{"cooldown": 1},
	{"needs_count": 2, "points": 60},
	{"decay": "Expire", "decay_days": 3},
	{"decay": "Half-life", "decay_days": 1, "points": 35},
	{"decay": "Half-life", "decay_days": 2, "points": 33, "score_part": "Fit"},
	{"detail_contains": "pricing"},
	{"rule_type": "Profile", "condition": '["city", "=", "Ulm"]', "points": 50},
	{"rule_type": "Profile", "condition": "", "points": 5},
	{"rule_type": "Profile", "condition": '{"activity": "Call", "within_days": 2}', "points": 80},
	{"enabled": 0},
	{},
]


@pytest.mark.parametrize("edit", EDITS, ids=[str(edit) for edit in EDITS])
@pytest.mark.parametrize("new", [True, False], ids=["new", "edited"])
def test_a_dry_run_predicts_exactly_what_saving_does(world, edit, new):
	chance = random.Random(str(edit))
	world.rule(
		"Half", activity_type="Page View", points=45, **(FREE | {"decay": "Half-life", "decay_days": 3})
	)
	world.rule("Fit", rule_type="Profile", score_part="Fit", points=15, condition=["industry", "=", "Retail"])
	if not new:
		world.rule("Edited", **{k: v for k, v in rule_row().items() if k not in ("name", "title")})
	for number in range(16):
		city, industry = chance.choice(["Ulm", "Bonn"]), chance.choice(["Retail", "Software"])
		unchecked = int(number % 5 == 4)  # imported, and nobody has looked at it yet
		lead = world.lead(
			f"L{number:02}", consent=False, city=city, industry=industry, nurture_quarantined=unchecked
		)
		happened = [
			ActivityIn(
				lead,
				chance.choice(["Call", "Page View"]),
				MONDAY - timedelta(hours=chance.randrange(200)),
				detail=chance.choice(["", "/pricing"]),
			)
			for _ in range(chance.randrange(5))
		]
		activities.record(world.host, happened)
	world.clock.move_to(MONDAY + timedelta(hours=30))
	scoring.rescore(world.host)
	before = {name: score for name, score in world.all("Lead", "name", "nurture_score")}
	entries = world.all("Nurture Score Entry", "name", "entry_key", "points")

	row = rule_row(**edit)
	foreseen = score_reasons.dry_run(world.host, row, enabled=bool(row["enabled"]))
	assert world.all("Nurture Score Entry", "name", "entry_key", "points") == entries
	assert {name: score for name, score in world.all("Lead", "name", "nurture_score")} == before

	with world.db.transaction():
		if new:
			world.db.insert("tabLead Scoring Rule", tuple(row), [tuple(row.values())])
		else:
			world.db.update("tabLead Scoring Rule", tuple(row), [tuple(row.values())])
	result = scoring.rebuild(world.host)
	after = {name: score for name, score in world.all("Lead", "name", "nurture_score")}
	assert foreseen.leads_changed == sum(1 for name in after if after[name] != before[name])
	kinds = [one.activity_type.split() for one in result.crossings]
	reached = {stage: kinds.count([stage, "Reached"]) for stage in ("MQL", "SQL")}
	lost = {stage: kinds.count([stage, "Lost"]) for stage in ("MQL", "SQL")}
	assert {stage: foreseen.reached.get(stage, 0) for stage in reached} == reached
	assert {stage: foreseen.lost.get(stage, 0) for stage in lost} == lost


def test_edits_cover_changes_in_every_direction():
	fields = set(itertools.chain.from_iterable(EDITS))
	assert {"points", "score_part", "activity_type", "decay", "cap_count", "cooldown", "enabled"} <= fields


def test_a_dry_run_of_a_rule_for_very_many_leads_looks_at_some_and_says_so(world, monkeypatch):
	monkeypatch.setattr(score_reasons, "MOST_TRIED", 10)
	for number in range(40):
		lead = world.lead(f"L{number:02}", consent=False, city="Ulm" if number % 2 else "Bonn")
		activities.record(world.host, [ActivityIn(lead, "Page View", MONDAY - timedelta(hours=1))])
	everybody = score_reasons.dry_run(world.host, rule_row(activity_type="Page View", points=60))
	assert (everybody.concerned, everybody.looked_at) == (40, 10)
	assert (everybody.leads_changed, everybody.reached) == (40, {"MQL": 40})
	half = {"rule_type": "Profile", "condition": '["city", "=", "Ulm"]', "points": 60}
	some = score_reasons.dry_run(world.host, rule_row(**half))
	assert (some.concerned, some.looked_at, some.leads_changed) == (20, 10, 20)
	monkeypatch.setattr(score_reasons, "MOST_TRIED", 20)
	exactly = score_reasons.dry_run(world.host, rule_row(**half))
	assert (exactly.concerned, exactly.looked_at, exactly.leads_changed) == (20, 20, 20)
