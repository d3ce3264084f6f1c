"""A sequence runs with one goal that has a metric, a target and a date, and how long it is."""

from __future__ import annotations

from datetime import date

import pytest

from nurture_app.engine import lifecycle
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.definition import definition_from_rows
from nurture_app.engine.goal import length_in_days, proposed_date
from nurture_app.engine.sql import P, Query, doctype

ONE = [{"step_label": "One"}]


def mail(label, day=0, **values):
	timing = "On Day" if day else "After Previous Step"
	return {"step_label": label, "step_type": "Email", "timing": timing, "day": day} | values


@pytest.mark.parametrize(
	("missing", "code"),
	[
		({"goal_activity": ""}, "goal_without_metric"),
		({"goal_activity": None}, "goal_without_metric"),
		({"goal_target": 0}, "goal_without_target"),
		({"goal_date": None}, "goal_without_date"),
		({"goal_date": "2026-03-01"}, "goal_date_past"),
	],
)
def test_without_a_whole_goal_a_sequence_is_not_activated(world, missing, code):
	world.sequence("Seq", ONE, activate=False, **missing)
	with pytest.raises(NurtureError) as refused:
		lifecycle.activate(world.host, "Seq")
	assert refused.value.code == code
	assert lifecycle.load_definition(world.host, "Seq").title == "Seq"
	assert world.db.rows(_status_of("Seq"))[0][0] == "Draft"


def test_a_date_of_today_is_still_a_date(world):
	world.sequence("Seq", ONE, goal_date="2026-03-02")
	assert world.db.rows(_status_of("Seq"))[0][0] == "Active"


def test_what_runs_goes_on_and_is_resumed_without_a_goal(world):
	world.sequence("Seq", ONE)
	with world.db.transaction():
		world.db.update("tabNurture Sequence", ("name", "goal_date"), [("Seq", None)])
	lifecycle.pause(world.host, "Seq")
	lifecycle.resume(world.host, "Seq")
	ada = world.lead()
	assert world.enroll("Seq", ada)
	world.tick()
	assert len(world.outbox.messages) == 1


def test_the_proposed_date_is_written_only_where_there_is_none(world):
	world.sequence("Given", ONE, activate=False, goal_date="2026-05-01")
	assert lifecycle.date_goal(world.host, "Given") == date(2026, 5, 1)
	world.sequence("Planned", ONE, activate=False, goal_date=None, expected_days=40)
	assert lifecycle.date_goal(world.host, "Planned") == date(2026, 5, 21)
	lifecycle.activate(world.host, "Planned")


def test_a_proposed_date_is_within_a_month_and_a_year():
	today = date(2026, 3, 2)
	assert proposed_date(today, 1) == date(2026, 4, 1)
	assert proposed_date(today, 60) == date(2026, 6, 30)
	assert proposed_date(today, 700) == date(2027, 3, 2)


LENGTHS = {
	"days of the sequence": ([mail("A", day=1), mail("B", day=15)], 14),
	"delays add up": (
		[mail("A"), mail("B", delay=2, delay_unit="Weeks"), mail("C", delay=36, delay_unit="Hours")],
		16,
	),
	"the longest way": (
		[
			{"step_label": "A", "step_type": "Branch", "on_true": "B", "on_false": "D"},
			mail("B", delay=3),
			{"step_label": "C", "step_type": "End"},
			mail("D", delay=9),
		],
		9,
	),
	"a wait counts with its time-out": (
		[
			{"step_label": "A", "step_type": "Wait Until", "timeout": 10, "timeout_unit": "Days"},
			mail("B", delay=1),
		],
		11,
	),
	"a circle once": ([mail("A", delay=5), mail("B", delay=5, go_to="A")], 10),
	"nothing": ([], 0),
}


@pytest.mark.parametrize("name", LENGTHS)
def test_how_long_it_is_on_the_longest_way(name):
	steps, days = LENGTHS[name]
	assert length_in_days(definition_from_rows({"title": "Seq"}, steps)) == days


def _status_of(name):
	table = doctype("Nurture Sequence", "s")
	return Query.from_(table).select(table.status).where(table.name == P(name))
