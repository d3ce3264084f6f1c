"""What makes an experiment right before it may begin, and what would make its result hard to read (AB-02, AB-06)."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, time
from zoneinfo import ZoneInfo

from nurture_app.engine import placeholders
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.config import load_settings
from nurture_app.engine.definition import SequenceDefinition, Step
from nurture_app.engine.experiments.definition import (
	HOLDOUT,
	METRICS,
	PATH,
	RUNNING,
	STEP_FIELDS,
	VARIABLES,
	Experiment,
	Variant,
	load_experiments,
)
from nurture_app.engine.lifecycle import load_definition
from nurture_app.engine.ports import FieldInfo, Host
from nurture_app.engine.sequences import Advice
from nurture_app.engine.sql import P, Query, doctype, params
from nurture_app.engine.timing import DAYS_OF_WEEK, SendWindow, next_opening

MOST_VARIANTS = 8
SHORTEST_TIME_TEST = 28
"""Days: each weekday comes four times (AB-06)."""
USUAL_DAYS = 14
LATER = tuple(metric for metric in METRICS if metric not in ("Human Click", "Open"))
ON_TELEPHONE = {"SMS": LATER, "WhatsApp": (*LATER, "Open")}
"""Messages to a telephone, with what can be measured of them: nobody sees a click."""


def check(host: Host, experiment: Experiment) -> SequenceDefinition:
	"""Raise `NurtureError` for the first thing that cannot work, naming the field. Returns the sequence as it is edited."""
	definition = load_definition(host, experiment.sequence)
	_check_numbers(experiment)
	step = _check_step(definition, experiment)
	_check_variants(experiment, step, definition.window or load_settings(host.db).window)
	_check_texts(host, experiment, step, host.catalog)
	return definition


def _check_step(definition: SequenceDefinition, experiment: Experiment) -> Step:
	step = definition.step(experiment.step)
	needed = step_types_for(experiment.variable)
	if step is None:
		known = ", ".join(one.label for one in definition.steps if one.step_type in needed)
		raise NurtureError("experiment_step_missing", label=experiment.step, known=known or "-")
	if step.step_type not in needed:
		raise NurtureError(
			"experiment_step_kind",
			label=step.label,
			type=step.step_type,
			needed=" / ".join(needed),
			variable=experiment.variable,
		)
	if experiment.variable == "Send Time" and step.at_once:
		raise NurtureError("at_once_no_time", step=step.label)
	if step.step_type in ON_TELEPHONE and experiment.metric not in ON_TELEPHONE[step.step_type]:
		raise NurtureError(
			"experiment_metric", value=experiment.metric, known=", ".join(ON_TELEPHONE[step.step_type])
		)
	return step


def step_types_for(variable: str) -> tuple[str, ...]:
	"""The types of the steps on which `variable` can be tried."""
	if variable == PATH:
		return ("Split",)
	return ("Email", *ON_TELEPHONE) if variable in ("Content", "Send Time") else ("Email",)


def _check_numbers(experiment: Experiment) -> None:
	if experiment.variable not in VARIABLES:
		raise NurtureError("experiment_variable", value=experiment.variable, known=", ".join(VARIABLES))
	if experiment.metric not in METRICS:
		raise NurtureError("experiment_metric", value=experiment.metric, known=", ".join(METRICS))
	if experiment.metric == "Revenue" and experiment.revenue_cap <= 0:
		raise NurtureError("experiment_cap")
	if experiment.metric == "Open" and experiment.auto_roll_out:
		raise NurtureError("experiment_open")
	limits = {
		"window_days": (experiment.window_days, 1, 365),
		"min_people": (experiment.min_people, 10, 10_000_000),
		"min_days": (experiment.min_days, 1, 365),
		"confidence": (experiment.confidence, 80, 99.9),
		"holdout_percent": (experiment.holdout_percent, 0, 50),
		"worthwhile": (experiment.worthwhile, 0, 100 if experiment.metric != "Revenue" else 10_000_000),
	}
	for name, (value, least, most) in limits.items():
		if not least <= value <= most:
			raise NurtureError("experiment_number", field=name, value=value, least=least, most=most)
	if experiment.variable == "Send Time" and experiment.min_days < SHORTEST_TIME_TEST:
		raise NurtureError("experiment_time_days", days=experiment.min_days, least=SHORTEST_TIME_TEST)


def _check_variants(experiment: Experiment, step: Step, window: SendWindow) -> None:
	variants = experiment.variants
	if experiment.variable == PATH:
		_check_ways(experiment, step)
		return
	if not 2 <= len(variants) <= MOST_VARIANTS:
		raise NurtureError("experiment_variants", count=len(variants), most=MOST_VARIANTS)
	labels = [one.label.casefold() for one in variants]
	for row, one in enumerate(variants, 1):
		if not one.label or one.label == HOLDOUT:
			raise NurtureError("experiment_label", row=row)
		if labels.index(one.label.casefold()) != row - 1:
			raise NurtureError("experiment_label_twice", row=row, variant=one.label)
		if not 1 <= one.weight <= 1000:
			raise NurtureError("experiment_weight", row=row, variant=one.label, weight=one.weight)
		if row > 1 and not any(getattr(one, name) for name in VARIABLES[experiment.variable]):
			raise NurtureError(
				"experiment_nothing_tried", row=row, variant=one.label, variable=experiment.variable
			)
		_check_time(row, one, step, window)
	_check_senders(experiment)
	for first, second in itertools.combinations(variants, 2):
		if _tried(experiment, first, step) == _tried(experiment, second, step):
			raise NurtureError(
				"experiment_same", first=first.label, second=second.label, variable=experiment.variable
			)


def _check_senders(experiment: Experiment) -> None:
	for row, one in enumerate(experiment.variants, 1):
		if one.sender_from == "User" and not one.sender_user:
			raise NurtureError("experiment_sender", row=row, variant=one.label)


def _check_ways(experiment: Experiment, step: Step) -> None:
	"""Of a path, the variants repeat the ways of the step, which divides people itself."""
	ways = [(way["name"].strip(), way["weight"]) for way in step.split_ways or ()]
	if [(one.label, one.weight) for one in experiment.variants] != ways:
		told = ", ".join(f"{name} ({weight})" for name, weight in ways)
		raise NurtureError("experiment_ways", label=step.label, ways=told)
	if experiment.holdout_percent:
		raise NurtureError("experiment_path_holdout")


def _tried(experiment: Experiment, variant: Variant, step: Step) -> tuple[str, ...]:
	"""What a variant comes to in what is tried."""
	if experiment.variable == "Subject":
		return (variant.subject,)
	applied = variant.applied(step)
	if experiment.variable == "Sender" and applied.sender_from != "User":
		applied = replace(applied, sender_user="")
	return tuple(getattr(applied, name) for name in VARIABLES[experiment.variable])


def _check_time(row: int, one: Variant, step: Step, window: SendWindow) -> None:
	if one.at_weekday and one.at_weekday not in DAYS_OF_WEEK:
		raise NurtureError("experiment_weekday", row=row, variant=one.label, value=one.at_weekday)
	if one.at_weekday and DAYS_OF_WEEK.index(one.at_weekday) not in window.weekdays:
		raise NurtureError("experiment_weekday_closed", row=row, variant=one.label, day=one.at_weekday)
	if not one.at_time:
		return
	if step.at_time and one.at_time < step.at_time and not one.at_weekday:
		raise NurtureError(
			"experiment_time_early",
			row=row,
			variant=one.label,
			time=one.at_time[:5],
			earliest=step.at_time[:5],
		)
	utc = ZoneInfo("UTC")
	days = range(4, 11)  # a week that begins on a Sunday
	wanted = time.fromisoformat(one.at_time)
	moments = [datetime(2026, 1, day, wanted.hour, wanted.minute, wanted.second, tzinfo=utc) for day in days]
	if one.at_weekday:
		moments = [moment for moment in moments if moment.weekday() == DAYS_OF_WEEK.index(one.at_weekday)]
	if not any(next_opening(moment, window, utc, ()) == moment for moment in moments):
		raise NurtureError("experiment_time_closed", row=row, variant=one.label, time=one.at_time[:5])


def _check_texts(host: Host, experiment: Experiment, step: Step, catalog: Mapping[str, FieldInfo]) -> None:
	known = _existing(host, {one.content for one in experiment.variants if one.content})
	for row, one in enumerate(experiment.variants, 1):
		if one.content and one.content not in known:
			raise NurtureError("experiment_content_missing", row=row, variant=one.label, content=one.content)
		if one.content and known[one.content] != (
			step.step_type if step.step_type in ON_TELEPHONE else "Email"
		):
			raise NurtureError(
				"content_other_channel", step=step.label, content=one.content, channel=known[one.content]
			)
		if one.subject:
			try:
				placeholders.parse("subject", one.subject, False, frozenset(catalog))
			except NurtureError as error:
				raise NurtureError(
					"experiment_subject", row=row, variant=one.label, problem=str(error)
				) from error


def _existing(host: Host, contents: Collection[str]) -> dict[str, str]:
	"""Those that exist, with their channel."""
	if not contents:
		return {}
	content = doctype("Nurture Content", "c")
	query = Query.from_(content).select(content.name, content.channel)
	rows = host.db.rows(query.where(content.name.isin(params(sorted(contents)))))
	return {name: channel or "Email" for name, channel in rows}


def other_running(host: Host, experiment: Experiment) -> str:
	"""The name of another experiment that runs on the same step, if there is one."""
	found = load_experiments(
		host,
		lambda table: (
			(table.sequence == P(experiment.sequence))
			& (table.step == P(experiment.step))
			& (table.status == P(RUNNING))
		),
	)
	return next((one.name for one in found if one.name != experiment.name), "")


def subjects_tried(host: Host, experiment: Experiment, step: Step | None) -> set[str]:
	"""Of an experiment on contents, the subjects that people see; primary key."""
	names = {one.content or (step.content if step else "") for one in experiment.variants}
	if experiment.variable != "Content":
		return set()
	content = doctype("Nurture Content", "c")
	query = Query.from_(content).select(content.subject).distinct()
	return {subject for (subject,) in host.db.rows(query.where(content.name.isin(params(sorted(names)))))}


def advice_on(
	experiment: Experiment, step: Step | None, subjects: Collection[str] = frozenset()
) -> list[Advice]:
	"""What may be done and yet makes the result hard to read. `subjects` are the `subjects_tried`."""
	found = []
	different = _also_different(experiment, step) | ({"subject"} if len(subjects) > 1 else set())
	for field in sorted(different):
		found.append(Advice("experiment_two_variables", {"variable": experiment.variable, "field": field}))
	if experiment.min_days < USUAL_DAYS:
		found.append(Advice("experiment_short", {"days": experiment.min_days, "usual": USUAL_DAYS}))
	if experiment.metric == "Open":
		found.append(Advice("experiment_opens", {}))
	return found


def _also_different(experiment: Experiment, step: Step | None) -> set[str]:
	"""Fields beside the declared variable in which the variants differ (AB-02)."""
	different = set()
	declared = VARIABLES.get(experiment.variable, ())
	for name in ("subject", *STEP_FIELDS):
		values = {
			getattr(one, name) or (getattr(step, name, "") if step else "") for one in experiment.variants
		}
		if name not in declared and len(values) > 1:
			different.add(name)
	return different
