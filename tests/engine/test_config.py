"""Settings that no lead could live with are refused with their figures; those at the edge are taken."""

from __future__ import annotations

import pytest

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.config import check_cap, check_thresholds


@pytest.mark.parametrize(
	("thresholds", "code", "named"),
	[
		((50, 50, 80, 5), "thresholds_not_rising", "Nurture (50)"),
		((20, 80, 80, 5), "thresholds_not_rising", "SQL (80)"),
		((20, 50, 40, 5), "thresholds_not_rising", "MQL (50)"),
		((20, 50, 80, 30), "hysteresis_too_wide", "30 points"),
	],
)
def test_stages_that_nobody_could_be_in_are_refused(thresholds, code, named):
	with pytest.raises(NurtureError) as refused:
		check_thresholds(*thresholds)
	assert refused.value.code == code
	assert named in str(refused.value)


@pytest.mark.parametrize("thresholds", [(20, 50, 80, 29), (20, 50, 80, 0), (1, 2, 3, 0)])
def test_stages_next_to_each_other_are_taken(thresholds):
	check_thresholds(*thresholds)


def test_a_cap_names_its_days():
	with pytest.raises(NurtureError) as refused:
		check_cap(3, 0)
	assert refused.value.code == "cap_without_days"
	assert "3 messages" in str(refused.value)
	check_cap(3, 7)
	check_cap(0, 0)
