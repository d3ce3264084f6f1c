"""Fast after somebody asked, slow after a download at the top of the funnel (CD-01)."""

from __future__ import annotations

from itertools import pairwise

import pytest

from nurture_app.engine.cadence import paced, suggested
from nurture_app.engine.codes import NurtureError
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


@pytest.mark.parametrize("sequence", SHIPPED, ids=lambda one: one["title"])
@pytest.mark.parametrize("pace", ["Fast", "Slow"])
def test_days_of_what_ships_keep_their_order(sequence, pace):
	days = [step | paced(step, pace) for step in sequence["steps"]]
	before = [step["day"] for step in sequence["steps"] if step["timing"] == "On Day"]
	now = [step["day"] for step in days if step["timing"] == "On Day"]
	moves = zip(pairwise(before), pairwise(now), strict=True)
	assert all(c <= d for (a, b), (c, d) in moves if a <= b)


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
