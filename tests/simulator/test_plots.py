"""Plots stay readable and small, whatever the numbers are."""

from __future__ import annotations

import re

import pytest

from nurture_app.simulator.outcome import LeadOutcome
from nurture_app.simulator.plots import MOST_BARS, score_plot

LINES = {"Nurture": 30, "MQL": 50, "SQL": 80}


def lead(score: int, stage: str = "SQL") -> LeadOutcome:
	return LeadOutcome("ada@example.com", score, 0, score, stage, "")


def label_heights(svg: str) -> list[float]:
	"""Of the names of the thresholds, in the order of `LINES`."""
	found = re.findall(r'<text[^>]* y="([\d.]+)"[^>]*>(\w+) \d+</text>', svg)
	return [float(height) for height, name in found if name in LINES]


@pytest.mark.parametrize("highest", [40, 120, 2_000, 100_000])
def test_any_scores_make_a_plot_of_some_bars(highest):
	svg = score_plot([lead(-70, "Recycle"), lead(35, "Nurture"), lead(highest)], LINES)
	assert len(svg) < 120_000
	bars = svg.count('id="scores-patch_')
	assert bars <= 3 * (MOST_BARS + 3)


def test_the_names_of_thresholds_do_not_lie_on_each_other():
	assert len(set(label_heights(score_plot([lead(120)], LINES)))) == 1
	assert len(set(label_heights(score_plot([lead(5_000)], LINES)))) == 3
