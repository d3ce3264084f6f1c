"""Where people stop in a sequence, what they did with its messages, and what follows from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from nurture_app.engine.config import Settings
from nurture_app.engine.enrollments import ending
from nurture_app.engine.figures.counts import SequenceFigures, StepFigures, figures_of
from nurture_app.engine.figures.judgement import fatigue, interval, read_kpis, suggested

DAY = timedelta(days=1)
STEPS = [
	{"step_label": "One", "micro_goal": "Case Study View"},
	{"step_label": "Two", "delay": 3},
	{"step_label": "Three", "delay": 3},
]


def reacted(world, step, party, **columns):
	"""As the ledger says once a mail was opened, clicked or answered."""
	for touch, one, of in world.all("Nurture Touch", "name", "step", "party"):
		if (one, of) == (step, party):
			with world.db.transaction():
				world.db.update(
					"tabNurture Touch", ("name", "status", *columns), [(touch, "Sent", *columns.values())]
				)


def test_figures_tell_where_people_stop_and_what_came_of_it(world):
	world.sequence("Seq", STEPS, goal_activity="Opportunity Created")
	people = [world.lead(name) for name in ("ann", "bob", "cid", "dan")]
	world.enroll("Seq", *people)
	world.tick()
	now = world.clock.now()
	for one in people:
		reacted(world, "One", one)
	reacted(world, "One", "ann", opened_on=now, clicked_on=now)
	reacted(world, "One", "bob", opened_on=now)
	world.record("bob", "Case Study View", now + timedelta(hours=1))
	world.record("ann", "Opportunity Created", now + timedelta(hours=2))
	world.record("cid", "Unsubscribe", now + timedelta(hours=3))
	world.record("dan", "Appointment Booked", now + timedelta(hours=3))
	world.record("dan", "Appointment Missed", now + DAY)
	world.record("ann", "Appointment Missed", now + DAY)
	world.record("ann", "Appointment Attended", now + 2 * DAY)
	world.clock.move_to(now + 3 * DAY)
	world.tick()
	(dan,) = [name for name, party in world.all("Nurture Enrollment", "name", "party") if party == "dan"]
	ending.stop(world.host, [dan])
	figures = figures_of(world.host, "Seq")
	one, two, three = figures.steps
	assert (one.sent, one.opened, one.clicked, one.only_opened, one.reacted) == (4, 2, 1, 1, 1)
	assert (one.micro_goal, one.micro_reached, one.unsubscribed) == ("Case Study View", 1, 1)
	assert (three.step, three.sent, three.waiting, three.left) == ("Three", 0, 1, 1)
	assert two.left == 1  # cid, who had the second mail before them
	assert (figures.people, figures.reached, figures.left, figures.finished) == (4, 1, 2, 0)
	assert figures.left_for == {"unsubscribed": 1, "stopped": 1}
	assert (figures.booked, figures.missed, figures.attended, figures.advanced) == (1, 1, 1, 1)


def test_only_those_who_entered_since_are_counted_and_a_machine_reaches_no_small_goal(world):
	world.sequence("Seq", STEPS)
	world.enroll("Seq", world.lead("ann"))
	world.tick()
	world.clock.move_to(world.clock.now() + 10 * DAY)
	start = world.clock.now()
	world.enroll("Seq", world.lead("bob"))
	world.tick()
	for party in ("ann", "bob"):
		reacted(world, "One", party)
	world.record("bob", "Case Study View", start + timedelta(hours=1), classification="machine")
	world.record("ann", "Case Study View", start + 20 * DAY)  # long after the step
	figures = figures_of(world.host, "Seq", since=start)
	assert (figures.people, figures.steps[0].sent, figures.steps[0].micro_reached) == (1, 1, 0)
	assert figures_of(world.host, "Seq").steps[0].micro_reached == 0


def test_a_sequence_nobody_was_in_has_its_steps_and_no_figures(world):
	world.sequence("Seq", STEPS)
	figures = figures_of(world.host, "Seq")
	assert [step.step for step in figures.steps] == ["One", "Two", "Three"]
	assert (figures.people, figures.booked, figures.sum_of("sent")) == (0, 0, 0)
	assert fatigue(figures) is None
	assert not any(one.is_worse for one in read_kpis(figures, Settings(), 10))


def figures(*steps: StepFigures, **values) -> SequenceFigures:
	return SequenceFigures(steps=steps, **values)


FINE = StepFigures("One", "Email", sent=1000, opened=400, clicked=60, reacted=60)


def test_a_low_figure_names_what_to_try_and_where():
	low = replace(FINE, step="Two", clicked=2, sent=900, opened=380)
	readings = {one.kpi.name: one for one in read_kpis(figures(FINE, low), Settings(benchmark_click=5), 0)}
	clicked = readings["Clicked"]
	assert (clicked.is_worse, clicked.step, clicked.kpi.variable) == (True, "Two", "Content")
	assert not readings["Opened"].is_worse and readings["Opened"].percent == pytest.approx(780 / 19)


@pytest.mark.parametrize(
	("sent", "opened", "worse"),
	[(40, 0, False), (60, 13, False), (2000, 440, True), (2000, 520, False)],
)
def test_few_mails_or_chance_are_not_called_low(sent, opened, worse):
	step = StepFigures("One", "Email", sent=sent, opened=opened)
	(reading,) = [one for one in read_kpis(figures(step), Settings(), 0) if one.kpi.name == "Opened"]
	assert reading.is_worse is worse


def test_opting_out_is_worse_when_it_is_more():
	steps = figures(replace(FINE, unsubscribed=60), people=1000)
	(reading,) = [one for one in read_kpis(steps, Settings(), 0) if one.kpi.name == "Unsubscribed"]
	assert reading.is_worse and reading.step == "One"


def test_the_goal_is_measured_by_the_target_of_the_sequence():
	some = figures(FINE, people=500, reached=5, finished=300, left=100)
	(reading,) = [one for one in read_kpis(some, Settings(), 8.0) if one.kpi.name == "Goal Reached"]
	assert (reading.base, reading.benchmark, reading.is_worse) == (405, 8.0, True)


def test_each_goal_has_its_figures():
	assert "Opened" in suggested("Re-engagement", "Email Reply")
	assert suggested("Expansion", "Order Placed") == ("Replied", "Went On", "Goal Reached")
	assert "Booked" in suggested("", "Demo Request")


def test_fatigue_is_a_fall_that_chance_does_not_explain():
	tired = replace(FINE, step="Five", sent=800, opened=100, reacted=10, unsubscribed=3)
	found = fatigue(figures(FINE, tired))
	assert found.is_tired and found.falls and not found.rises
	assert (found.first, found.last, found.opened) == ("One", "Five", (40.0, 12.5))
	assert not fatigue(figures(FINE, replace(tired, opened=300, reacted=45))).is_tired
	few = replace(tired, sent=52, opened=19, reacted=1, unsubscribed=0)
	assert not fatigue(figures(FINE, few)).is_tired
	assert fatigue(figures(FINE, replace(few, sent=49))) is None
	leaving = replace(tired, opened=330, reacted=40, unsubscribed=24)
	assert fatigue(figures(replace(FINE, unsubscribed=2), leaving)).rises


def test_the_interval_of_a_rate():
	low, high = interval(10, 100)
	assert (round(low, 4), round(high, 4)) == (0.0552, 0.1744)  # as published for Wilson's score
