"""Of several ways to meet a condition, the ones the lead took."""

from __future__ import annotations

import pytest

from nurture_app.engine import conditions
from nurture_app.engine.condition_reasons import as_it_holds

FOOD, TRADE = ["industry", "=", "Food"], ["industry", "=", "Software"]
CALL, LARGE = {"activity": "Call"}, ["nurture_deal_size", ">=", 50]


@pytest.mark.parametrize(
	"condition, kept",
	[
		(FOOD, FOOD),
		({"any": [FOOD, TRADE]}, {"any": [FOOD]}),
		({"all": [FOOD, {"any": [TRADE, CALL, LARGE]}]}, {"all": [FOOD, {"any": [CALL, LARGE]}]}),
		(
			{"any": [TRADE, {"all": [FOOD, {"any": [CALL, TRADE]}]}]},
			{"any": [{"all": [FOOD, {"any": [CALL]}]}]},
		),
		({"not": {"any": [TRADE, FOOD]}}, {"not": {"any": [TRADE, FOOD]}}),
		({"any": [TRADE, ["status", "=", "Converted"]]}, {"any": [TRADE, ["status", "=", "Converted"]]}),
	],
)
def test_what_does_not_hold_is_left_out(world, condition, kept):
	lead = world.lead(industry="Food", nurture_deal_size=80)
	world.lead(industry="Software")
	world.record(lead, "Call")
	found = as_it_holds(world.host, conditions.parse(condition, world.host.catalog), lead)
	assert found == conditions.parse(kept, world.host.catalog)


def test_nothing_is_left_out_for_a_lead_that_is_gone(world):
	parsed = conditions.parse({"any": [FOOD, TRADE]}, world.host.catalog)
	assert as_it_holds(world.host, parsed, "nobody") == parsed
