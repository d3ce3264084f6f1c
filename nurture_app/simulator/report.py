"""`report.html`: one page that explains itself, with everything in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from nurture_app.simulator import plots
from nurture_app.simulator.csv_file import Problem
from nurture_app.simulator.outcome import Outcome

MOST_ROWS = 200
"""Rows of a table on the page; all of them are in the CSV files."""


@dataclass(frozen=True, slots=True)
class Frame:
	"""What the page says about the run itself."""

	start: date
	end: date
	"""The first day after the period."""
	zone: str
	seed: int
	presets: str
	behaviour: str
	sends: bool
	problems: Sequence[Problem]


def write_report(outcome: Outcome, frame: Frame, path: Path) -> None:
	"""Draw the plots and write the page."""
	settings = outcome.settings
	lines = {
		"Nurture": settings.nurture_threshold,
		"MQL": settings.mql_threshold,
		"SQL": settings.sql_threshold,
	}
	per_day = outcome.sent_per_day()
	environment = Environment(
		loader=FileSystemLoader(Path(__file__).parent),
		autoescape=True,
		undefined=StrictUndefined,
		trim_blocks=True,
		lstrip_blocks=True,
	)
	environment.filters["percent"] = lambda part, whole: f"{part / whole:.0%}" if whole else "–"
	environment.filters["number"] = lambda value: f"{value:,}".replace(",", "\u202f")
	page = environment.get_template("report_template.html").render(
		frame=frame,
		outcome=outcome,
		summary=outcome.summary(),
		lines=lines,
		stages=[(stage, outcome.stages.get(stage, 0)) for stage in ("SQL", "MQL", "Nurture", "Recycle")],
		score_plot=Markup(plots.score_plot(outcome.leads, lines)),
		sends_plot=Markup(plots.sends_plot(per_day, frame.start, frame.end)) if per_day else "",
		weeks=_weeks(outcome),
		funnels=[
			(sequence, steps, Markup(plots.funnel_plot(steps, f"funnel{number}")))
			for number, (sequence, steps) in enumerate(outcome.funnels.items())
		],
		exits_plot=Markup(plots.exits_plot(outcome.exits, outcome.still_running))
		if outcome.enrollments
		else "",
		best=sorted(outcome.leads, key=lambda lead: (-lead.score, lead.email_id))[:15],
		problems=frame.problems[:MOST_ROWS],
	)
	path.write_text(page, encoding="utf-8", errors="backslashreplace")  # names of files may be any bytes


def _weeks(outcome: Outcome) -> list[tuple[str, int, int, int]]:
	"""(Monday, mails, opened, replied) for each week with mails."""
	weeks: dict[date, list[int]] = {}
	for touch in outcome.sent:
		day = touch.sent_on.date()
		count = weeks.setdefault(date.fromordinal(day.toordinal() - day.weekday()), [0, 0, 0])
		count[0] += 1
		count[1] += bool(touch.opened_on or touch.clicked_on or touch.replied_on)
		count[2] += bool(touch.replied_on)
	return [(monday.isoformat(), *counts) for monday, counts in sorted(weeks.items())]
