"""The stage of a score, and the lines a lead crosses when it moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nurture_app.engine.config import Settings
from nurture_app.engine.sql import P

STAGES = ("", "Recycle", "Nurture", "MQL", "SQL")


@dataclass(frozen=True, slots=True)
class Crossing:
	"""A lead passed the MQL or SQL line; `activity_type` is `MQL Reached`, `MQL Lost`, `SQL Reached` or `SQL Lost`."""

	party: str
	activity_type: str


def stage_for(score: int, old_stage: str, settings: Settings) -> str:
	"""The stage of a score (SC-13, SC-14). A lead keeps its stage until it falls `hysteresis` points under its line (SC-24)."""
	lines = {
		"SQL": settings.sql_threshold,
		"MQL": settings.mql_threshold,
		"Nurture": settings.nurture_threshold,
	}
	if old_stage in lines and lines[old_stage] - settings.hysteresis <= score < lines[old_stage]:
		return old_stage
	return next((stage for stage, line in lines.items() if score >= line), "Recycle")


def crossings_between(party: str, old_stage: str, new_stage: str) -> list[Crossing]:
	"""The lines passed when a lead moves from one stage to another, in the order they were passed."""
	old, new = STAGES.index(old_stage or ""), STAGES.index(new_stage or "")
	if new > old:
		return [
			Crossing(party, f"{stage} Reached")
			for stage in ("MQL", "SQL")
			if old < STAGES.index(stage) <= new
		]
	return [Crossing(party, f"{stage} Lost") for stage in ("SQL", "MQL") if new < STAGES.index(stage) <= old]


def stage_out_of_line(lead: Any, settings: Settings) -> Any:
	"""The criterion on a table of leads that score and stage do not fit by the thresholds of now.

	The slack counts downwards only: a stage is lost that far below its threshold.
	"""
	score = lead.nurture_score
	slack = settings.hysteresis
	bounds = {
		"SQL": (settings.sql_threshold - slack, None),
		"MQL": (settings.mql_threshold - slack, settings.sql_threshold),
		"Nurture": (settings.nurture_threshold - slack, settings.mql_threshold),
		"Recycle": (None, settings.nurture_threshold),
	}
	out = None
	for stage, (low, high) in bounds.items():
		wrong = None
		if low is not None:
			wrong = score < P(low)
		if high is not None:
			wrong = (score >= P(high)) if wrong is None else wrong | (score >= P(high))
		wrong = (lead.nurture_stage == P(stage)) & wrong
		out = wrong if out is None else out | wrong
	return out
