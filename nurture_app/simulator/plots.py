"""The report's plots as SVG that takes its colours from the page, so that it is readable in light and dark."""

from __future__ import annotations

import io
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise

import matplotlib

matplotlib.use("svg")

from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from nurture_app.simulator.outcome import LeadOutcome, StepFunnel

WIDTH = 8.6
"""Inches; the page scales the plots to its own width."""

MOST_BARS = 60
"""Of the plot of scores; beyond, each stands for more than ten points."""

INK, MUTED, GRID = "#010101", "#020202", "#030303"
SERIES = ("#040401", "#040402", "#040403", "#040404", "#040405", "#040406")
SHADE = "#050505"
_ON_PAGE = {
	INK: "var(--ink)",
	MUTED: "var(--muted)",
	GRID: "var(--grid)",
	SHADE: "var(--shade)",
	**{color: f"var(--series-{number})" for number, color in enumerate(SERIES, 1)},
}
"""Matplotlib draws in colours that nobody uses; the page gives them a meaning."""

STAGE_ORDER = ("Recycle", "Nurture", "MQL", "SQL")
_STYLE = {
	"svg.fonttype": "none",
	"svg.hashsalt": "nurture",
	"text.parse_math": False,
	"font.size": 10,
	"text.color": INK,
	"axes.edgecolor": GRID,
	"axes.labelcolor": MUTED,
	"axes.facecolor": "none",
	"figure.facecolor": "none",
	"xtick.color": MUTED,
	"ytick.color": MUTED,
	"axes.spines.top": False,
	"axes.spines.right": False,
	"axes.grid": True,
	"grid.color": GRID,
	"grid.linewidth": 0.6,
	"axes.axisbelow": True,
	"legend.frameon": False,
}


def score_plot(leads: Sequence[LeadOutcome], lines: Mapping[str, int]) -> str:
	"""How many leads have which score, coloured by stage; `lines` are the thresholds by stage."""
	scores = [lead.score for lead in leads]
	low = math.floor(min(*scores, *lines.values(), 0) / 10) * 10
	high = max(math.floor(max(scores, default=0) / 10) * 10 + 10, *lines.values())
	width = 10 * math.ceil((high - low) / 10 / MOST_BARS)
	bins = list(range(low, high + width, width))
	with matplotlib.rc_context(_STYLE):
		figure, axes = _figure(3.1)
		by_stage = [
			(stage, [lead.score for lead in leads if lead.stage == stage]) for stage in ("", *STAGE_ORDER)
		]
		shown = [(stage, values) for stage, values in by_stage if values]
		axes.hist(
			[values for _, values in shown],
			bins=bins,
			stacked=True,
			rwidth=0.92,
			color=[SERIES[STAGE_ORDER.index(stage)] if stage else GRID for stage, _ in shown],
			label=[stage or "no stage" for stage, _ in shown],
		)
		top = axes.get_ylim()[1]
		crowded = min(after - before for before, after in pairwise(lines.values())) < (high - low) / 9
		for number, (stage, line) in enumerate(lines.items()):
			axes.axvline(line, color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
			place = (3, -2 - 11 * number * crowded)
			axes.annotate(
				f"{stage} {line}",
				(line, top),
				place,
				textcoords="offset points",
				color=MUTED,
				fontsize=9,
				va="top",
			)
		axes.set_xlabel("score")
		_count_axis(axes.yaxis, axes.set_ylabel, "leads")
		axes.grid(axis="x", visible=False)
		_legend(axes, len(shown))
		return _svg(figure, "scores")


def sends_plot(per_day: Mapping[str, Counter[date]], start: date, end: date) -> str:
	"""Mails per day, stacked by sequence; weekends are shaded. `end` is the first day after the period."""
	days = [start + timedelta(days=number) for number in range((end - start).days)]
	noon = [datetime.combine(day, time(12)) for day in days]
	half = timedelta(hours=12)
	with matplotlib.rc_context(_STYLE):
		figure, axes = _figure(2.9)
		for moment in noon:
			if moment.weekday() >= 5:
				axes.axvspan(moment - half, moment + half, color=SHADE, linewidth=0)
		height = [0] * len(days)
		for (sequence, counts), color in zip(_most(per_day, len(SERIES)), _cycle(len(per_day)), strict=False):
			values = [counts.get(day, 0) for day in days]
			axes.bar(noon, values, bottom=height, color=color, width=0.85, label=sequence)
			height = [below + value for below, value in zip(height, values, strict=True)]
		locator = AutoDateLocator(minticks=4, maxticks=10)
		axes.xaxis.set_major_locator(locator)
		axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
		axes.set_xlim(noon[0] - half, noon[-1] + half)
		_count_axis(axes.yaxis, axes.set_ylabel, "mails")
		axes.grid(axis="x", visible=False)
		if per_day:
			_legend(axes, len(per_day))
		return _svg(figure, "sends")


def funnel_plot(steps: Sequence[StepFunnel], label: str) -> str:
	"""Sent, opened, clicked and replied for each message of a sequence."""
	kinds = (("sent", GRID), ("opened", SERIES[0]), ("clicked", SERIES[1]), ("replied", SERIES[2]))
	with matplotlib.rc_context(_STYLE):
		figure, axes = _figure(0.9 + 0.42 * len(steps))
		places = list(range(len(steps)))
		for height, (kind, color) in zip((0.78, 0.58, 0.38, 0.18), kinds, strict=True):
			axes.barh(places, [getattr(step, kind) for step in steps], height=height, color=color, label=kind)
		for place, step in zip(places, steps, strict=True):
			if step.sent:
				share = f"{step.sent} sent, {step.opened / step.sent:.0%} opened"
				_beside(axes, step.sent, place, share)
		axes.set_yticks(places, [_short(step.step) for step in steps])
		axes.invert_yaxis()
		axes.set_xlim(0, max([step.sent for step in steps], default=1) * 1.28 or 1)
		_count_axis(axes.xaxis, axes.set_xlabel, "mails")
		axes.grid(axis="y", visible=False)
		_legend(axes, 4)
		return _svg(figure, label)


def exits_plot(exits: Mapping[str, int], still_running: int) -> str:
	"""How enrollments ended, most frequent first, and how many still run."""
	rows = [(reason.replace("_", " "), count, SERIES[0]) for reason, count in exits.items()]
	rows.append(("still in a sequence", still_running, GRID))
	with matplotlib.rc_context(_STYLE):
		figure, axes = _figure(0.8 + 0.32 * len(rows))
		places = list(range(len(rows)))
		axes.barh(places, [count for _, count, _ in rows], color=[color for *_, color in rows], height=0.7)
		for place, (_, count, _) in zip(places, rows, strict=True):
			_beside(axes, count, place, str(count))
		axes.set_yticks(places, [_short(name) for name, *_ in rows])
		axes.invert_yaxis()
		axes.set_xlim(0, max(count for _, count, _ in rows) * 1.1 or 1)
		_count_axis(axes.xaxis, axes.set_xlabel, "enrollments")
		axes.grid(axis="y", visible=False)
		return _svg(figure, "exits")


def _figure(height: float) -> tuple[Figure, Axes]:
	figure = Figure(figsize=(WIDTH, height), layout="constrained")
	return figure, figure.subplots()


def _beside(axes: Axes, value: int, place: int, text: str) -> None:
	"""A label to the right of a bar."""
	axes.annotate(
		text, (value, place), (5, 0), textcoords="offset points", va="center", fontsize=9, color=MUTED
	)


def _count_axis(axis, set_label, label: str) -> None:
	axis.set_major_locator(MaxNLocator(integer=True, nbins=6))
	set_label(label)


def _legend(axes: Axes, entries: int) -> None:
	axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=min(entries, 5), fontsize=9, borderaxespad=0.2)


def _most(per_day: Mapping[str, Counter[date]], limit: int) -> list[tuple[str, Counter[date]]]:
	"""The busiest series; everything beyond `limit` becomes one."""
	ordered = sorted(per_day.items(), key=lambda item: (-item[1].total(), item[0]))
	if len(ordered) <= limit:
		return ordered
	rest = sum((counts for _, counts in ordered[limit - 1 :]), Counter())
	return [*ordered[: limit - 1], ("others", rest)]


def _cycle(count: int) -> Sequence[str]:
	return SERIES[: max(count, 1)]


def _short(text: str, length: int = 34) -> str:
	return text if len(text) <= length else text[: length - 1] + "…"


def _svg(figure: Figure, name: str) -> str:
	"""The figure as an `<svg>` element whose ids are its own and whose colours are the page's."""
	buffer = io.StringIO()
	figure.savefig(
		buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
	)
	svg = buffer.getvalue()
	svg = svg[svg.index("<svg") :]
	svg = re.sub(r' xmlns(:xlink)?="[^"]*"', "", svg).replace(
		"xlink:href", "href"
	)  # inside HTML nobody needs them
	svg = re.sub(r'\b(id|href)="(#?)', rf'\1="\2{name}-', svg)
	svg = svg.replace("url(#", f"url(#{name}-")
	svg = re.sub(r"font: ([\d.]+)px [^;\"]*", r"font-size: \1px", svg)
	svg = re.sub(r"font-family: [^;\"]*;? ?", "", svg)  # the page's own font
	svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
	svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
	svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
	for color, variable in _ON_PAGE.items():
		svg = svg.replace(color, variable)
	return svg
