"""Fast after somebody asked, slow after a download at the top of the funnel (CD-01)."""

from __future__ import annotations

import pytest

from nurture_app.engine.cadence import paced, paced_steps, suggested
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.definition import SequenceDefinition, definition_from_rows
from nurture_app.engine.step_days import days_of_steps, steps_after
from tests.engine.test_presets import ACTIVITY_TYPES
from tests.engine.test_presets import SEQUENCES as SHIPPED


def after(count: int, unit: str = "Days", **values) -> dict:
	return {
		"step_type": "Email",
		"timing": "After Previous Step",
		"delay": count,
		"delay_unit": unit,
		**values,
	}


@pytest.mark.parametrize(
	("step", "pace", "changes"),
	[
		(after(4), "Fast", {"delay": 2}),
		(after(1), "Fast", {"delay": 1, "delay_unit": "Days"}),
		(after(3), "Fast", {"delay": 2}),
		(after(1, "Weeks"), "Fast", {"delay": 4, "delay_unit": "Days"}),
		(after(1, "Months"), "Slow", {"delay": 2}),
		(after(2, "Hours"), "Slow", {}),
		(after(0), "Slow", {}),
		({"step_type": "Email", "timing": "On Day", "day": 1}, "Slow", {}),
		({"step_type": "Email", "timing": "On Day", "day": 8}, "Fast", {"day": 5}),
		({"step_type": "Email", "timing": "On Day", "day": 8}, "Slow", {"day": 15}),
		(after(0, step_type="Wait Until", timeout=7, timeout_unit="Days"), "Slow", {"timeout": 14}),
	],
)
def test_days_are_halved_or_doubled(step, pace, changes):
	found = paced(step, pace)
	assert found == {name: value for name, value in changes.items() if value != step.get(name)}


def on_day(day: int, label: str = "", **values) -> dict:
	label = label or f"Day {day}"
	return {"step_label": label, "step_type": "Email", "timing": "On Day", "day": day} | values


def later(label: str, count: int, **values) -> dict:
	return after(count, step_label=label, **values)


def pace_days(steps: list[dict], pace: str) -> list[int]:
	"""The day of each step once the pace is applied."""
	definition = definition_of(steps)
	changes = paced_steps(definition, pace)
	now = definition_of([step | changes[step["step_label"]] for step in steps])
	days = days_of_steps(now)
	return [int(days[step["step_label"]]) + 1 for step in steps]


def definition_of(steps: list[dict]) -> SequenceDefinition:
	return definition_from_rows({"name": "S", "title": "S", "trigger_type": "Manual"}, steps)


@pytest.mark.parametrize(
	("steps", "days"),
	[
		([on_day(1), on_day(2), on_day(3), on_day(4)], [1, 2, 3, 4]),
		([on_day(1), on_day(3), on_day(4), on_day(10)], [1, 2, 3, 6]),
		([on_day(1), on_day(8), on_day(8, "Task", step_type="Task"), on_day(15)], [1, 5, 5, 8]),
		([on_day(2), later("After", 1), on_day(4)], [2, 3, 4]),
		([on_day(2), later("After", 4), on_day(9)], [2, 4, 5]),
		([on_day(2), on_day(3, "Fork", step_type="Tag", tag="x"), later("Mail", 0)], [2, 3, 3]),
		([on_day(1), on_day(2, "Tag", step_type="Tag", tag="x"), on_day(3)], [1, 2, 2]),
	],
)
def test_messages_of_different_days_stay_a_day_apart_when_made_faster(steps, days):
	assert pace_days(steps, "Fast") == days


def test_ways_that_nobody_takes_both_do_not_slow_each_other():
	fork = {"step_label": "Fork", "step_type": "Branch", "condition": '["city", "=", "Ulm"]'}
	fork |= {"on_true": "Yes", "on_false": "No"}
	steps = [fork, on_day(6, "Yes", go_to="Last"), on_day(7, "No"), on_day(9, "Last")]
	assert pace_days(steps, "Fast") == [1, 4, 4, 5]


@pytest.mark.parametrize("sequence", SHIPPED, ids=lambda one: one["title"])
@pytest.mark.parametrize("pace", ["Fast", "Slow"])
def test_messages_of_what_ships_stay_a_day_apart(sequence, pace):
	steps = sequence["steps"]
	before = definition_of(steps)
	changes = paced_steps(before, pace)
	now = definition_of([step | changes[step["step_label"]] for step in steps])
	old, new = days_of_steps(before), days_of_steps(now)
	mails = [step.label for step in before.steps if step.is_message and step.label in old]
	close = [
		(one, other)
		for one in mails
		for other in mails
		if other in steps_after(before, one) and old[one] + 1 <= old[other] and new[one] + 1 > new[other]
	]
	assert close == []


def test_what_starts_it_speaks_for_a_pace():
	assert suggested("Form Submitted", "") == suggested("Trial Started", "Decision") == "Fast"
	assert suggested("Content Download", "Awareness") == suggested("Content Download", "") == "Slow"
	assert suggested("Content Download", "Evaluation") == suggested("Meeting", "") == suggested("", "") == ""


def test_the_activities_named_are_there():
	from nurture_app.engine.cadence import FAST_AFTER, SLOW_AFTER

	assert FAST_AFTER | SLOW_AFTER <= {one["name"] for one in ACTIVITY_TYPES}


def test_an_unknown_pace_is_refused():
	with pytest.raises(NurtureError):
		paced(after(1), "Warp")
