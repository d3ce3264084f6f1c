"""What an experiment is: variants of one step, and who gets which (AB-01).

The first variant is the step as it is: what it leaves empty is taken from the step. The others say what they change.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from nurture_app.engine.addresses import normalise
from nurture_app.engine.config import as_time
from nurture_app.engine.definition import Step
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, as_datetime, doctype, params
from nurture_app.engine.sticky import pick, share

EXPERIMENT = "Nurture Experiment"
VARIABLES: dict[str, tuple[str, ...]] = {
	"Subject": ("subject",),
	"Content": ("content",),
	"Sender": ("sender_from", "sender_user"),
	"Send Time": ("at_weekday", "at_time"),
	"Path": (),
}
"""What can be tried, with the fields of a variant that say it. The variants of a path are the ways of a Split step."""
PATH = "Path"
STEP_FIELDS = ("content", "sender_from", "sender_user", "at_weekday", "at_time")
"""Fields that a variant has in common with a step."""
METRICS = (
	"Human Click",
	"Reply",
	"Booking",
	"Meeting",
	"SQL Reached",
	"Stage Velocity",
	"Opportunity",
	"Revenue",
	"Open",
)
"""What may decide (AB-05)."""
RUNNING, DECIDED, STOPPED, DRAFT = "Running", "Decided", "Stopped", "Draft"
ROLL_OUT, KEEP, REVERT = "Roll Out", "Keep", "Revert"
HOLDOUT = "Holdout"
"""In the place of a variant's label: people who get no message, to see what the message as such brings."""


@dataclass(frozen=True, slots=True)
class Variant:
	"""One row of an experiment. Empty: as in the step."""

	label: str
	weight: int = 1
	subject: str = ""
	content: str = ""
	sender_from: str = ""
	sender_user: str = ""
	at_weekday: str = ""
	at_time: str = ""
	"""HH:MM:SS on the recipient's clock."""

	def applied(self, step: Step) -> Step:
		"""The step as people of this variant live it; its subject is no part of a step."""
		changes: dict[str, Any] = {name: getattr(self, name) for name in STEP_FIELDS if getattr(self, name)}
		return replace(step, **changes) if changes else step

	def only_way(self, step: Step) -> Step:
		"""A Split step of which this way alone is left."""
		return replace(step, split_ways=[way for way in step.split_ways if way["name"] == self.label])


@dataclass(frozen=True, slots=True)
class Experiment:
	"""`Nurture Experiment`. Percentages from 0 to 100, moments naive in the host's zone."""

	name: str
	sequence: str
	step: str
	variable: str
	variants: tuple[Variant, ...]
	status: str = DRAFT
	decision: str = ""
	winner: str = ""
	metric: str = "Human Click"
	window_days: int = 7
	"""A person counts once so many days have passed since the message; what they do later does not."""
	revenue_cap: float = 0.0
	min_people: int = 0
	min_days: int = 14
	confidence: float = 95.0
	worthwhile: float = 0.0
	"""The smallest difference worth having, per 100 people or in money per person; 0: any."""
	auto_roll_out: bool = False
	holdout_percent: float = 0.0
	started_on: datetime | None = None
	decided_on: datetime | None = None
	written_on: datetime | None = None
	"""When the winner was written into the sequence or its content."""
	baseline: Mapping[str, str] = field(default_factory=dict)
	"""What the step said when the experiment began: `baseline_of` it."""

	@property
	def alpha(self) -> float:
		return 1 - self.confidence / 100

	@property
	def is_rolled_out(self) -> bool:
		return self.status == DECIDED and self.decision == ROLL_OUT

	def variant(self, label: str) -> Variant | None:
		return next((one for one in self.variants if one.label == label), None)

	def is_about(self, step: Step) -> bool:
		"""Whether a version's step still says what was tried; a new version that says something else is left alone.

		A winner needs only what it replaces to be the same.
		"""
		now = baseline_of(step)
		names = tuple(now)
		if self.status == DECIDED:
			replaced = {"Subject": ("content",), PATH: ("split_ways",)}
			names = replaced.get(self.variable) or VARIABLES[self.variable]
		return all(self.baseline.get(name, "") == now[name] for name in names)

	def variant_for(self, person: str) -> Variant | None:
		"""What `person` (a normalised address, or a lead without one) gets, always the same; None: no message at all.

		A hash decides, so nothing is stored to be sticky, and neither order nor number of people matters.
		"""
		if self.is_rolled_out:
			return self.variant(self.winner) or self.variants[0]
		if self.holdout_percent and share(self.name, HOLDOUT, person) < self.holdout_percent / 100:
			return None
		return self.variants[pick([one.weight for one in self.variants], self.name, person)]


VARIANT_COLUMNS = ("label", "weight", "subject", *STEP_FIELDS)
COLUMNS = (
	"name",
	"sequence",
	"step",
	"variable",
	"status",
	"decision",
	"winner",
	"metric",
	"window_days",
	"revenue_cap",
	"min_people",
	"min_days",
	"confidence",
	"worthwhile",
	"auto_roll_out",
	"holdout_percent",
	"started_on",
	"decided_on",
	"written_on",
	"baseline",
)


def experiment_from_rows(row: Mapping[str, Any], variants: Sequence[Mapping[str, Any]]) -> Experiment:
	"""From a `Nurture Experiment` and its variant rows, in their order. Raises ValueError for what is no time."""
	return Experiment(
		name=_text(row, "name"),
		sequence=_text(row, "sequence"),
		step=_text(row, "step"),
		variable=_text(row, "variable"),
		variants=tuple(_variant(one) for one in variants),
		status=_text(row, "status") or DRAFT,
		decision=_text(row, "decision"),
		winner=_text(row, "winner"),
		metric=_text(row, "metric") or "Human Click",
		window_days=_int(row, "window_days"),
		revenue_cap=float(row.get("revenue_cap") or 0),
		min_people=_int(row, "min_people"),
		min_days=_int(row, "min_days"),
		confidence=float(row.get("confidence") or 0),
		worthwhile=float(row.get("worthwhile") or 0),
		auto_roll_out=bool(_int(row, "auto_roll_out")),
		holdout_percent=float(row.get("holdout_percent") or 0),
		started_on=as_datetime(row.get("started_on")),
		decided_on=as_datetime(row.get("decided_on")),
		written_on=as_datetime(row.get("written_on")),
		baseline=json.loads(row.get("baseline") or "{}"),
	)


def _variant(row: Mapping[str, Any]) -> Variant:
	at_time = as_time(row.get("at_time"))
	return Variant(
		label=_text(row, "label"),
		weight=_int(row, "weight"),
		subject=_text(row, "subject"),
		content=_text(row, "content"),
		sender_from=_text(row, "sender_from"),
		sender_user=_text(row, "sender_user"),
		at_weekday=_text(row, "at_weekday"),
		at_time=at_time.isoformat() if at_time else "",
	)


def _text(row: Mapping[str, Any], key: str) -> str:
	return str(row.get(key) or "").strip()


def _int(row: Mapping[str, Any], key: str) -> int:
	return int(float(row.get(key) or 0))


def load_experiments(
	host: Host, criterion: Any = None, broken: dict[str, Exception] | None = None
) -> list[Experiment]:
	"""Experiments that `criterion` (a function of the table) lets through, with their variants; two queries.

	Raises ValueError for one that cannot be read, or leaves it out and puts its name and the error into `broken`.
	"""
	experiment, variant = doctype(EXPERIMENT, "x"), doctype("Nurture Experiment Variant", "v")
	query = Query.from_(experiment).select(*(experiment[column] for column in COLUMNS))
	if criterion is not None:
		query = query.where(criterion(experiment))
	rows = [dict(zip(COLUMNS, row, strict=True)) for row in host.db.rows(query.orderby(experiment.name))]
	if not rows:
		return []
	query = Query.from_(variant).select(variant.parent, *(variant[column] for column in VARIANT_COLUMNS))
	query = query.where(variant.parent.isin(params([row["name"] for row in rows]))).orderby(variant.idx)
	found: dict[str, list[dict[str, Any]]] = {row["name"]: [] for row in rows}
	for parent, *values in host.db.rows(query):
		found[parent].append(dict(zip(VARIANT_COLUMNS, values, strict=True)))
	experiments = []
	for row in rows:
		try:
			experiments.append(experiment_from_rows(row, found[row["name"]]))
		except (ValueError, TypeError, AttributeError) as error:
			if broken is None:
				raise
			broken[row["name"]] = error
	return experiments


def names_of(host: Host, criterion: Any) -> list[str]:
	"""Of the experiments that `criterion` (a function of the table) lets through."""
	experiment = doctype(EXPERIMENT, "x")
	query = Query.from_(experiment).select(experiment.name).where(criterion(experiment))
	return [name for (name,) in host.db.rows(query.orderby(experiment.name))]


def is_in_force(table: Any) -> Any:
	"""The criterion on the table of experiments: those that decide what people get."""
	rolled_out = (table.status == P(DECIDED)) & (table.decision == P(ROLL_OUT))
	return (table.status == P(RUNNING)) | rolled_out


def load_experiment(host: Host, name: str) -> Experiment | None:
	"""None when there is none of this name. Raises as `load_experiments`."""
	found = load_experiments(host, lambda table: table.name == P(name))
	return found[0] if found else None


def experiments_in_force(host: Host) -> Mapping[tuple[str, str], tuple[Experiment, ...]]:
	"""By sequence and step: what decides about messages now, remembered. Winners in the order in which they were rolled
	out, then the one that runs.
	"""
	return host.memory.remembered("experiments", lambda: _load_in_force(host))


def _load_in_force(host: Host) -> dict[tuple[str, str], tuple[Experiment, ...]]:
	"""One that cannot be read is left out, so that people get the step as it is; the nightly pass and the host's checks name it."""
	found: dict[tuple[str, str], tuple[Experiment, ...]] = {}
	for one in sorted(load_experiments(host, is_in_force, broken={}), key=_age):
		if not one.variants or (one.variable == "Subject" and one.written_on):
			continue  # a subject is written into the content, which is live for everybody
		key = (one.sequence, one.step)
		found[key] = (*found.get(key, ()), one)
	return found


def person_key(address: str, party: str) -> str:
	"""What a person is known by when variants are handed out: an address has one, whatever leads it stands on."""
	return normalise(address) or party


def baseline_of(step: Step) -> dict[str, str]:
	"""What a step says about everything that can be tried."""
	ways = json.dumps(step.split_ways, sort_keys=True) if step.split_ways else ""
	return {**{name: getattr(step, name) for name in STEP_FIELDS}, "split_ways": ways}


def _age(one: Experiment) -> tuple:
	return (not one.is_rolled_out, one.decided_on or datetime.min, one.name)
