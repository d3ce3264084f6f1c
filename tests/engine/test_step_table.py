"""The table of steps, exits and rules, row by row on both databases."""

from __future__ import annotations

import pytest

from nurture_app.engine.steps import STEP_TYPES
from nurture_app.site.testing.step_table import ROWS, Row, play
from tests.step_table import WorldPlayer


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_row(world, row: Row):
	play(WorldPlayer(world), row)


def test_every_kind_of_step_is_in_the_table():
	met = {step["step_type"] for row in ROWS for step in row.steps}
	assert set(STEP_TYPES) <= met


def test_a_row_that_is_wrong_is_noticed(sqlite_world):
	with pytest.raises(AssertionError, match="instead of"):
		play(
			WorldPlayer(sqlite_world), Row("wrong", ROWS[0].steps, [], [("Other", "Queued")], ("Active", ""))
		)
