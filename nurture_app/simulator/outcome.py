"""What came out of a run: numbers and rows, and the files made of them."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from nurture_app.engine import score_reasons
from nurture_app.engine.capture.plain import spreadsheet_safe
from nurture_app.engine.config import Settings, load_settings
from nurture_app.engine.lifecycle import load_definition
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, Raw, as_datetime, doctype
from nurture_app.simulator.promises import Promises, read_promises
from nurture_app.simulator.run import Simulation

FILES = ("summary.json", "leads.csv", "touches.csv")
LEAD_COLUMNS = ("email_id", "score", "fit", "engagement", "stage", "reasons")
TOUCH_COLUMNS = ("email_id", "sequence", "step", "due_on", "sent_on", "status", "reason")


@dataclass(frozen=True, slots=True)
class LeadOutcome:
	"""A lead at the end of the period."""

	email_id: str
	score: int
	fit: int
	engagement: int
	stage: str
	reasons: str
	"""What the points are for, strongest first: `Asked for a demo +30; No activity for 60 days -15`."""


@dataclass(frozen=True, slots=True)
class TouchOutcome:
	"""A line of the send ledger. Times are naive, in the simulation's zone."""

	email_id: str
	sequence: str
	step: str
	visit: int
	channel: str
	due_on: datetime | None
	sent_on: datetime | None
	opened_on: datetime | None
	clicked_on: datetime | None
	replied_on: datetime | None
	status: str
	reason: str


@dataclass(frozen=True, slots=True)
class StepFunnel:
	"""How a message of a sequence did: numbers of mails."""

	step: str
	sent: int
	opened: int
	clicked: int
	replied: int


@dataclass(frozen=True, slots=True)
class Outcome:
	"""Everything the files and the report are made of."""

	leads: Sequence[LeadOutcome]
	touches: Sequence[TouchOutcome]
	activities: int
	enrollments: int
	still_running: int
	exits: Mapping[str, int]
	"""Enrollments that ended, by reason."""
	funnels: Mapping[str, Sequence[StepFunnel]]
	"""By sequence, the busiest first, in the order of its steps."""
	reached: Mapping[str, int]
	"""Leads that were MQL or SQL at any time."""
	tasks: int
	settings: Settings
	promises: Promises
	stages: Mapping[str, int] = field(default_factory=dict)
	"""Leads by stage at the end."""

	@property
	def sent(self) -> list[TouchOutcome]:
		return [touch for touch in self.touches if touch.sent_on]

	def sent_per_day(self) -> dict[str, Counter[date]]:
		"""Mails per day, by sequence."""
		days: dict[str, Counter[date]] = {}
		for touch in self.sent:
			days.setdefault(touch.sequence, Counter())[touch.sent_on.date()] += 1
		return days

	def summary(self) -> dict[str, Any]:
		"""The numbers of `summary.json`. `mql` and `sql` are leads in that stage when the period ends."""
		return {
			"leads": len(self.leads),
			"activities": self.activities,
			"enrollments": self.enrollments,
			"sent": len(self.sent),
			"held": sum(touch.status == "Held" for touch in self.touches),
			"skipped": _sorted(Counter(touch.reason for touch in self.touches if touch.status == "Skipped")),
			"exits": dict(self.exits),
			"mql": self.stages.get("MQL", 0),
			"sql": self.stages.get("SQL", 0),
			"promises": self.promises.summary(),
		}


def read_outcome(simulation: Simulation) -> Outcome:
	"""Ask the tables of a finished run."""
	host = simulation.host
	leads = _leads(host, simulation.names)
	ended, running = _endings(host)
	touches = _touches(host)
	return Outcome(
		leads=leads,
		touches=touches,
		activities=_count(host, "Nurture Activity"),
		enrollments=sum(ended.values()) + running,
		still_running=running,
		exits=_sorted(ended),
		funnels=_funnels(host, touches),
		reached=_reached(host),
		tasks=len(simulation.tasks.tasks),
		settings=load_settings(host.db),
		promises=read_promises(host, host.clock.zone),
		stages=Counter(lead.stage for lead in leads),
	)


def write_files(outcome: Outcome, folder: Path) -> None:
	"""Those of `FILES`."""
	text = json.dumps(outcome.summary(), indent="\t", ensure_ascii=False)
	summary, leads, touches = FILES
	(folder / summary).write_text(text + "\n", encoding="utf-8")
	_write_csv(folder / leads, LEAD_COLUMNS, outcome.leads)
	_write_csv(folder / touches, TOUCH_COLUMNS, outcome.touches)


def _leads(host: Host, names: Sequence[str]) -> list[LeadOutcome]:
	"""In the order of the input file."""
	lead = doctype("Lead", "lead")
	columns = (
		"name",
		"email_id",
		"nurture_score",
		"nurture_fit_score",
		"nurture_engagement_score",
		"nurture_stage",
	)
	query = Query.from_(lead).select(*(getattr(lead, column) for column in columns))
	rows = {row[0]: row for row in host.db.rows(query)}
	reasons_of = score_reasons.breakdowns(host, names)
	found = []
	for name in names:
		if name in rows:
			_, email_id, score, fit, engagement, stage = rows[name]
			reasons = "; ".join(f"{one.rule} {one.points:+d}" for one in reasons_of.get(name, ()))
			found.append(LeadOutcome(email_id, int(score), int(fit), int(engagement), stage or "", reasons))
	return found


def _touches(host: Host) -> list[TouchOutcome]:
	"""In order of time, then of address, so that the same run gives the same file."""
	touch, lead = doctype("Nurture Touch", "t"), doctype("Lead", "lead")
	columns = (
		"sequence",
		"step",
		"visit",
		"channel",
		"due_on",
		"sent_on",
		"opened_on",
		"clicked_on",
		"replied_on",
	)
	query = Query.from_(touch).left_join(lead).on(lead.name == touch.party)
	query = query.select(
		Raw("COALESCE({}, {}, {})", touch.address, lead.email_id, ""),
		*(getattr(touch, column) for column in columns),
		touch.status,
		touch.reason,
	)
	found = []
	for email_id, sequence, step, visit, channel, *moments, status, reason in host.db.rows(query):
		times = (as_datetime(moment) for moment in moments)
		found.append(
			TouchOutcome(email_id, sequence, step, int(visit), channel or "", *times, status, reason or "")
		)
	return sorted(
		found, key=lambda one: (one.due_on or datetime.min, one.email_id, one.sequence, one.visit, one.step)
	)


def _endings(host: Host) -> tuple[Counter[str], int]:
	"""(ended enrollments by reason, those still running)."""
	enrollment = doctype("Nurture Enrollment", "e")
	query = Query.from_(enrollment).select(enrollment.status, enrollment.reason)
	ended: Counter[str] = Counter()
	running = 0
	for status, reason in host.db.rows(query):
		if status in ("Completed", "Exited"):
			ended[reason or status.lower()] += 1
		else:
			running += 1
	return ended, running


def _funnels(host: Host, touches: Iterable[TouchOutcome]) -> dict[str, list[StepFunnel]]:
	counts: dict[tuple[str, str], list[int]] = {}
	for touch in touches:
		if touch.sent_on:
			count = counts.setdefault((touch.sequence, touch.step), [0, 0, 0, 0])
			answered = bool(touch.replied_on)
			clicked = bool(touch.clicked_on)
			opened = bool(touch.opened_on) or clicked or answered
			for place, happened in enumerate((True, opened, clicked, answered)):
				count[place] += happened
	funnels = {}
	totals: Counter[str] = Counter()
	for (sequence, _), count in counts.items():
		totals[sequence] += count[0]
	for sequence in sorted(totals, key=lambda name: (-totals[name], name)):
		steps = [step.label for step in load_definition(host, sequence).steps if step.is_message]
		funnels[sequence] = [StepFunnel(step, *counts.get((sequence, step), (0, 0, 0, 0))) for step in steps]
	return funnels


def _reached(host: Host) -> dict[str, int]:
	activity = doctype("Nurture Activity", "a")
	found = {}
	for stage in ("MQL", "SQL"):
		query = Query.from_(activity).select(activity.party).distinct()
		found[stage] = len(host.db.rows(query.where(activity.activity_type == P(f"{stage} Reached"))))
	return found


def _count(host: Host, name: str) -> int:
	return int(host.db.rows(Query.from_(doctype(name, "x")).select(Raw("COUNT(*)")))[0][0])


def _sorted(counts: Mapping[str, int]) -> dict[str, int]:
	"""Most frequent first."""
	return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _write_csv(path: Path, columns: Sequence[str], rows: Iterable[Any]) -> None:
	with path.open("w", newline="", encoding="utf-8") as file:
		writer = csv.writer(file, lineterminator="\n")
		writer.writerow(columns)
		for row in rows:
			writer.writerow([_cell(getattr(row, column)) for column in columns])


def _cell(value: Any) -> Any:
	if value is None:
		return ""
	if isinstance(value, datetime):
		return value.isoformat(" ", "seconds")
	return spreadsheet_safe(value) if isinstance(value, str) else value
