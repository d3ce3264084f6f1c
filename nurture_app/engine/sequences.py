"""What makes a sequence right, and what is probably not what was meant."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from nurture_app.engine import conditions
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.condition_scope import Known
from nurture_app.engine.config import WEEKDAYS
from nurture_app.engine.definition import SequenceDefinition, Step
from nurture_app.engine.hand_work import CALL
from nurture_app.engine.instant_replies import check_place
from nurture_app.engine.known_names import check_activity_types, check_segments
from nurture_app.engine.library.advice import Advice
from nurture_app.engine.ports import FieldInfo
from nurture_app.engine.regions import region_of
from nurture_app.engine.steps import STEP_TYPES
from nurture_app.engine.steps.base import CheckContext, check_span
from nurture_app.engine.tags import check_tag
from nurture_app.engine.timing import DAYS_OF_WEEK, SendWindow, check_window
from nurture_app.engine.trigger_check import check_trigger
from nurture_app.engine.trigger_types import event_waited_for


def check(
	definition: SequenceDefinition,
	catalog: Mapping[str, FieldInfo],
	known: Known,
	contents: frozenset[str] | None = None,
) -> None:
	"""Raise `NurtureError` for the first thing that cannot work, naming step and field. For drafts and activation."""
	_check_start_and_end(definition, catalog, known)
	if definition.window:
		check_window(definition.window)
	conditions.check_references(conditions.parse(definition.condition, catalog), known)
	labels = [step.label for step in definition.steps]
	alike = [label.casefold() for label in labels]  # databases compare texts without regard to case
	for index, label in enumerate(labels, 1):
		if not label:
			raise NurtureError("step_without_label", row=index)
		if alike.index(label.casefold()) != index - 1:
			raise NurtureError("step_label_twice", step=label, row=index)
	step_names = replace(known, steps=frozenset(labels))
	for step in definition.steps:
		_check_step(step, labels, catalog, step_names, contents)
	_check_circles(definition)
	check_place(definition)


def check_complete(definition: SequenceDefinition) -> None:
	"""What activation asks beyond `check`: there is something to do, and every step can be reached."""
	if not definition.steps:
		raise NurtureError("sequence_without_steps", sequence=definition.title)
	reached = set(reachable(definition))
	for step in definition.steps:
		if step.label not in reached:
			raise NurtureError("step_unreachable", step=step.label)
	for step in early_calls(definition):
		raise NurtureError("call_before_sql_unexplained", step=step.label)


def early_calls(definition: SequenceDefinition) -> list[Step]:
	"""Calls to people who may not be ready for sales, without a reason written down (CH-04, MG-21)."""
	if definition.trigger_stage == "SQL":
		return []
	calls = [step for step in definition.steps if step.step_type == "Task" and step.task_kind == CALL]
	return [step for step in calls if not step.task_early_reason.strip()]


def _check_start_and_end(
	definition: SequenceDefinition, catalog: Mapping[str, FieldInfo], known: Known
) -> None:
	check_trigger(definition, catalog, known)
	check_activity_types(
		filter(None, [definition.goal_activity, *definition.exit_activities]), known.activity_types
	)
	check_segments(filter(None, [definition.exit_segment]), known.segments)
	for kind in definition.exit_activities:
		if kind == event_waited_for(definition):
			raise NurtureError("exit_starts_it", activity=kind)
	check_tag(definition.reaction_tag)
	if definition.reentry == "After Days" and definition.reentry_days <= 0:
		raise NurtureError("reentry_without_days")


def _check_step(
	step: Step,
	labels: Sequence[str],
	catalog: Mapping[str, FieldInfo],
	known: Known,
	contents: frozenset[str] | None,
) -> None:
	if step.step_type not in STEP_TYPES:
		raise NurtureError(
			"step_type_unknown", step=step.label, type=step.step_type, known=", ".join(STEP_TYPES)
		)
	for way in step.ways:
		if way and way not in labels:
			raise NurtureError("step_target_missing", step=step.label, target=way)
	if step.at_weekday and step.at_weekday not in DAYS_OF_WEEK:
		raise NurtureError("not_a_weekday", step=step.label, value=step.at_weekday)
	if step.timing == "On Day":
		if step.day < 1:
			raise NurtureError("step_day_below_one", step=step.label, day=step.day)
		check_span(step, step.day, "Days")
	else:
		if step.delay < 0:
			raise NurtureError("step_delay_negative", step=step.label, delay=step.delay)
		check_span(step, step.delay, step.delay_unit)
	try:
		region_of(step.only_countries)
		STEP_TYPES[step.step_type].check(step, CheckContext(catalog, known, contents))
	except NurtureError as error:
		error.params.setdefault("step", step.label)
		raise


def _check_circles(definition: SequenceDefinition) -> None:
	"""A circle must contain a wait, or it would turn for ever within one tick; and days of a sequence never come back."""
	for start in definition.steps:
		for path in _circles_from(definition, start):
			if not any(definition.step(label).minutes_of_wait for label in path):
				raise NurtureError("steps_in_a_circle", step=start.label, path=" → ".join([*path, path[0]]))


def _circles_from(definition: SequenceDefinition, start: Step) -> Iterator[list[str]]:
	"""Paths that lead from `start` back to it over steps without a wait; depth-first, each step once."""
	stack = [(start, [start.label])]
	seen = set()
	while stack:
		step, path = stack.pop()
		for way in step.ways_at_once:
			if way == start.label:
				yield path
			following = definition.step(way)
			if following and way not in seen and not following.minutes_of_wait:
				seen.add(way)
				stack.append((following, [*path, way]))


def reachable(definition: SequenceDefinition, start: str = "") -> list[str]:
	"""Labels of the steps that can come from `start`, or the first step, on; that one first."""
	found: list[str] = []
	waiting = [start or definition.steps[0].label] if definition.steps else []
	while waiting:
		label = waiting.pop(0)
		step = definition.step(label)
		if step is None or label in found:
			continue
		found.append(label)
		waiting += step.ways
	return found


def warnings(definition: SequenceDefinition) -> list[Advice]:
	"""Advice on a sequence that may be activated all the same (MG-11, SE-27, CP-14)."""
	found = []
	emails = [step for step in definition.steps if step.step_type == "Email"]
	if 0 < len(emails) < 3:
		found.append(Advice("few_messages", {"count": len(emails)}))
	if definition.goal_activity and definition.goal_activity == event_waited_for(definition):
		found.append(Advice("goal_starts_it", {"activity": definition.goal_activity}))
	if definition.goal_activity == "Email Reply" and definition.on_reply != "End":
		found.append(Advice("goal_ends_on_reply", {}))
	if definition.on_reply == "Continue" and definition.channels:
		found.append(Advice("continues_after_reply", {}))
	if definition.trigger_type != "Manual" and not definition.condition:
		found.append(Advice("everybody_enters", {}))
	for before, after in itertools.pairwise(emails):
		if before.role and before.role == after.role and before.role != "Re-engagement":
			found.append(Advice("same_role_twice", {"step": after.label, "role": after.role}))
	without_role = [step.label for step in emails if not step.role]
	if without_role and len(without_role) < len(emails):
		found.append(Advice("step_without_role", {"steps": ", ".join(without_role)}))
	found += [Advice("call_before_sql", {"step": step.label}) for step in early_calls(definition)]
	found += _enrolled_then_stopped(definition)
	days = [step for step in definition.steps if step.timing == "On Day"]
	for before, after in itertools.pairwise(days):
		if after.day < before.day:
			found.append(
				Advice("day_goes_back", {"step": after.label, "day": after.day, "before": before.day})
			)
	return found


def _enrolled_then_stopped(definition: SequenceDefinition) -> list[Advice]:
	"""Steps that enroll people elsewhere on a way that ends with No Reaction, which ends that as well."""
	found = []
	for step in definition.steps:
		if step.step_type != "Enroll":
			continue
		for label in reachable(definition, step.label):
			end = definition.step(label)
			if end and end.step_type == "End" and end.end_outcome == "No Reaction":
				found.append(Advice("enrolled_then_stopped", {"step": step.label, "end": label}))
	return found


def weekday_names(window: SendWindow) -> list[str]:
	return [name for index, name in enumerate(WEEKDAYS) if index in window.weekdays]
