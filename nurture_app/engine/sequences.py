"""What a sequence is, and what makes one right: steps, ways through them, windows.

The definition is pinned as JSON in a `Nurture Sequence Version` when the sequence is activated, so that people on
their way keep it (SE-19).
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import time
from functools import lru_cache
from typing import Any

from nurture_app.engine import conditions
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.condition_scope import Known
from nurture_app.engine.config import WEEKDAYS, as_time, window_from
from nurture_app.engine.field_values import read_value
from nurture_app.engine.lines import check_line
from nurture_app.engine.ports import FieldInfo
from nurture_app.engine.timing import SendWindow, check_window

STEP_TYPES = ("Email", "Wait", "Branch", "Task", "Set Field", "End")
MESSAGE_STEPS = ("Email",)
DELAY_UNITS = ("Minutes", "Hours", "Days", "Weeks", "Months")
LONGEST_DELAY = {"Minutes": 527_040, "Hours": 8_784, "Days": 1_100, "Weeks": 157, "Months": 36}
MINUTES = {"Minutes": 1, "Hours": 60, "Days": 1440, "Weeks": 10080, "Months": 43200}
PROTECTED_FIELDS = ("name", "creation", "modified", "owner", "modified_by", "docstatus", "idx", "email_id")
PROTECTED_FIELDS += ("unsubscribed",)


@dataclass(frozen=True, slots=True)
class Step:
	"""One step; see the fields of `Nurture Sequence Step`. `next` is the label after it, or "" for the end."""

	label: str
	step_type: str
	timing: str = "After Previous Step"
	day: int = 0
	at_time: str = ""
	delay: int = 0
	delay_unit: str = "Days"
	content: str = ""
	condition: Any = None
	next: str = ""
	on_true: str = ""
	on_false: str = ""
	task_description: str = ""
	task_assign_to: str = ""
	task_due_days: int = 1
	field_name: str = ""
	field_value: str = ""
	end_outcome: str = "Completed"
	role: str = ""

	@property
	def is_message(self) -> bool:
		return self.step_type in MESSAGE_STEPS

	@property
	def ways(self) -> tuple[str, ...]:
		"""Labels of the steps that may come next; "" is the end."""
		if self.step_type == "End":
			return ()
		return (self.on_true, self.on_false) if self.step_type == "Branch" else (self.next,)

	@property
	def minutes_of_wait(self) -> int:
		return self.delay * MINUTES.get(self.delay_unit, 0) if self.timing != "On Day" else 0


@dataclass(frozen=True, slots=True)
class SequenceDefinition:
	"""A sequence as its enrollments live it."""

	title: str
	trigger_type: str
	trigger_activity: str
	trigger_segment: str
	trigger_stage: str
	condition: Any
	reentry: str
	reentry_days: int
	priority: int
	goal_activity: str
	on_reply: str
	exit_on_conversion: bool
	exit_on_bounce: bool
	exit_segment: str
	window: SendWindow | None
	"""None: the window of Nurture Settings."""
	holiday_list: str
	steps: tuple[Step, ...]
	_by_label: dict[str, Step] = field(default_factory=dict, compare=False, repr=False)

	def __post_init__(self) -> None:
		self._by_label.update({step.label: step for step in self.steps})

	def step(self, label: str) -> Step | None:
		return self._by_label.get(label)

	@property
	def sends_email(self) -> bool:
		return any(step.step_type == "Email" for step in self.steps)


def definition_from_rows(
	sequence: Mapping[str, Any], steps: Sequence[Mapping[str, Any]]
) -> SequenceDefinition:
	"""From a `Nurture Sequence` and its step rows, in their order."""
	labels = [_text(row, "step_label").strip() for row in steps]
	return SequenceDefinition(
		title=_text(sequence, "title") or _text(sequence, "name"),
		trigger_type=_text(sequence, "trigger_type") or "Manual",
		trigger_activity=_text(sequence, "trigger_activity"),
		trigger_segment=_text(sequence, "trigger_segment"),
		trigger_stage=_text(sequence, "trigger_stage"),
		condition=_json(sequence.get("condition")),
		reentry=_text(sequence, "reentry") or "Never",
		reentry_days=_int(sequence, "reentry_days"),
		priority=_int(sequence, "priority"),
		goal_activity=_text(sequence, "goal_activity"),
		on_reply=_text(sequence, "on_reply") or "End",
		exit_on_conversion=bool(_int(sequence, "exit_on_conversion")),
		exit_on_bounce=bool(_int(sequence, "exit_on_bounce")),
		exit_segment=_text(sequence, "exit_segment"),
		window=None if _int(sequence, "use_default_window") else _window(sequence),
		holiday_list="" if _int(sequence, "use_default_window") else _text(sequence, "holiday_list"),
		steps=tuple(
			_step_from_row(row, labels[index], labels[index + 1] if index + 1 < len(labels) else "")
			for index, row in enumerate(steps)
		),
	)


def _step_from_row(row: Mapping[str, Any], label: str, following: str) -> Step:
	try:
		return _read_step(row, label, following)
	except NurtureError as error:
		error.params.setdefault("step", label)
		raise


def _read_step(row: Mapping[str, Any], label: str, following: str) -> Step:
	at_time = _time(row, "at_time")
	return Step(
		label=label,
		step_type=_text(row, "step_type"),
		timing=_text(row, "timing") or "After Previous Step",
		day=_int(row, "day"),
		at_time=at_time.isoformat() if at_time else "",
		delay=_int(row, "delay"),
		delay_unit=_text(row, "delay_unit") or "Days",
		content=_text(row, "content"),
		condition=_json(row.get("condition")) if _text(row, "step_type") == "Branch" else None,
		next=_text(row, "go_to") or following,
		on_true=_text(row, "on_true") or following,
		on_false=_text(row, "on_false") or following,
		task_description=_text(row, "task_description"),
		task_assign_to=_text(row, "task_assign_to"),
		task_due_days=_int(row, "task_due_days"),
		field_name=_text(row, "field_name"),
		field_value=_text(row, "field_value"),
		end_outcome=_text(row, "end_outcome") or "Completed",
		role=_text(row, "role"),
	)


def to_json(definition: SequenceDefinition) -> str:
	"""The pinned form; the same definition gives the same text."""
	data = {key: getattr(definition, key) for key in SequenceDefinition.__dataclass_fields__ if key[0] != "_"}
	window = definition.window
	if window:
		data["window"] = {
			"start": window.start.isoformat(),
			"end": window.end.isoformat(),
			"weekdays": sorted(window.weekdays),
		}
	data["steps"] = [asdict(step) for step in definition.steps]
	return json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True)


@lru_cache(maxsize=256)
def from_json(text: str) -> SequenceDefinition:
	"""The definition a version pins. Cached: many enrollments share one text."""
	data = json.loads(text)
	if data["window"]:
		data["window"] = SendWindow(
			time.fromisoformat(data["window"]["start"]),
			time.fromisoformat(data["window"]["end"]),
			frozenset(data["window"]["weekdays"]),
		)
	data["steps"] = tuple(Step(**step) for step in data["steps"])
	return SequenceDefinition(**data)


def checksum(definition: SequenceDefinition) -> str:
	return hashlib.sha256(to_json(definition).encode()).hexdigest()[:16]


def check(
	definition: SequenceDefinition,
	catalog: Mapping[str, FieldInfo],
	known: Known,
	contents: frozenset[str] | None = None,
) -> None:
	"""Raise `NurtureError` for the first thing that cannot work, naming step and field. For drafts and activation."""
	_check_trigger(definition, known)
	if definition.window:
		check_window(definition.window)
	conditions.check_references(conditions.parse(definition.condition, catalog), known)
	labels = [step.label for step in definition.steps]
	for index, label in enumerate(labels, 1):
		if not label:
			raise NurtureError("step_without_label", row=index)
		if labels.index(label) != index - 1:
			raise NurtureError("step_label_twice", step=label, row=index)
	step_names = Known(known.activity_types, known.segments, frozenset(labels), known.sequences)
	for step in definition.steps:
		_check_step(step, labels, catalog, step_names, contents)
	_check_circles(definition)


def check_complete(definition: SequenceDefinition) -> None:
	"""What activation asks beyond `check`: there is something to do, and every step can be reached."""
	if not definition.steps:
		raise NurtureError("sequence_without_steps", sequence=definition.title)
	reached = set(reachable(definition))
	for step in definition.steps:
		if step.label not in reached:
			raise NurtureError("step_unreachable", step=step.label)


def _check_trigger(definition: SequenceDefinition, known: Known) -> None:
	needed = {
		"Activity": ("trigger_activity", definition.trigger_activity),
		"Segment Entered": ("trigger_segment", definition.trigger_segment),
		"Stage Reached": ("trigger_stage", definition.trigger_stage),
	}.get(definition.trigger_type)
	if needed and not needed[1]:
		raise NurtureError("trigger_incomplete", trigger=definition.trigger_type, field=needed[0])
	for name in (definition.trigger_activity, definition.goal_activity):
		if name and known.activity_types is not None and name not in known.activity_types:
			raise NurtureError("condition_unknown_activity", leaf=name, activity=name)
	for name in (definition.trigger_segment, definition.exit_segment):
		if name and known.segments is not None and name not in known.segments:
			raise NurtureError("condition_unknown_segment", leaf=name, segment=name)
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
	if step.timing == "On Day":
		if step.day < 1:
			raise NurtureError("step_day_below_one", step=step.label, day=step.day)
		if step.day > LONGEST_DELAY["Days"]:
			raise NurtureError("step_delay_too_long", step=step.label, limit=f"{LONGEST_DELAY['Days']} Days")
	else:
		if step.delay < 0:
			raise NurtureError("step_delay_negative", step=step.label, delay=step.delay)
		if step.delay_unit not in DELAY_UNITS:
			raise NurtureError("delay_unit_unknown", step=step.label, unit=step.delay_unit)
		if step.delay > LONGEST_DELAY[step.delay_unit]:
			limit = f"{LONGEST_DELAY[step.delay_unit]} {step.delay_unit}"
			raise NurtureError("step_delay_too_long", step=step.label, limit=limit)
	try:
		_check_step_type(step, catalog, known, contents)
	except NurtureError as error:
		error.params.setdefault("step", step.label)
		raise


def _check_step_type(
	step: Step, catalog: Mapping[str, FieldInfo], known: Known, contents: frozenset[str] | None
) -> None:
	if step.step_type == "Email":
		if not step.content:
			raise NurtureError("step_without_content", step=step.label)
		if contents is not None and step.content not in contents:
			raise NurtureError("step_content_missing", step=step.label, content=step.content)
	elif step.step_type == "Branch":
		condition = conditions.parse(step.condition, catalog, in_sequence=True)
		if conditions.is_everybody(condition):
			raise NurtureError("branch_without_condition", step=step.label)
		if step.on_true == step.on_false:
			raise NurtureError("branch_goes_one_way", step=step.label, target=step.on_true)
		conditions.check_references(condition, known)
	elif step.step_type == "Task":
		if not step.task_description.strip():
			raise NurtureError("task_without_description", step=step.label)
		check_line(step.task_description, catalog)
		if step.task_due_days < 0:
			raise NurtureError("step_delay_negative", step=step.label, delay=step.task_due_days)
		if step.task_due_days > LONGEST_DELAY["Days"]:
			raise NurtureError("step_delay_too_long", step=step.label, limit=f"{LONGEST_DELAY['Days']} Days")
	elif step.step_type == "Set Field":
		info = catalog.get(step.field_name)
		if info is None or step.field_name in PROTECTED_FIELDS or step.field_name.startswith("nurture_"):
			raise NurtureError("set_field_unknown", step=step.label, field=step.field_name)
		if info.options and step.field_value and step.field_value not in info.options:
			raise NurtureError(
				"set_field_bad_value",
				step=step.label,
				field=step.field_name,
				value=step.field_value,
				known=", ".join(option for option in info.options if option),
			)
		field_value(info, step)


def field_value(info: FieldInfo, step: Step) -> Any:
	"""The value a Set Field step writes, in the field's kind. Raises `set_field_bad_value` for what no column could hold."""
	try:
		return read_value(info.kind, step.field_value)
	except ValueError as error:
		raise NurtureError(
			"set_field_bad_value",
			step=step.label,
			field=step.field_name,
			value=step.field_value[:140],
			known=str(error),
		) from None


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
		for way in step.ways:
			if way == start.label:
				yield path
			following = definition.step(way)
			if following and way not in seen and not following.minutes_of_wait:
				seen.add(way)
				stack.append((following, [*path, way]))


def reachable(definition: SequenceDefinition) -> list[str]:
	"""Labels of the steps that can come, first step first."""
	found: list[str] = []
	waiting = [definition.steps[0].label] if definition.steps else []
	while waiting:
		label = waiting.pop(0)
		step = definition.step(label)
		if step is None or label in found:
			continue
		found.append(label)
		waiting += step.ways
	return found


@dataclass(frozen=True, slots=True)
class Advice:
	"""Something that works but is probably not what was meant; `code` becomes a sentence with `params`."""

	code: str
	params: dict[str, Any]


def warnings(definition: SequenceDefinition) -> list[Advice]:
	"""Advice on a sequence that may be activated all the same (MG-11, SE-27, CP-14)."""
	found = []
	emails = [step for step in definition.steps if step.step_type == "Email"]
	if 0 < len(emails) < 3:
		found.append(Advice("few_messages", {"count": len(emails)}))
	if not definition.goal_activity:
		found.append(Advice("no_goal", {}))
	if definition.on_reply == "Continue":
		found.append(Advice("continues_after_reply", {}))
	if definition.trigger_type != "Manual" and not definition.condition:
		found.append(Advice("everybody_enters", {}))
	for before, after in itertools.pairwise(emails):
		if before.role and before.role == after.role and before.role != "Re-engagement":
			found.append(Advice("same_role_twice", {"step": after.label, "role": after.role}))
	days = [step for step in definition.steps if step.timing == "On Day"]
	for before, after in itertools.pairwise(days):
		if after.day < before.day:
			found.append(
				Advice("day_goes_back", {"step": after.label, "day": after.day, "before": before.day})
			)
	return found


def weekday_names(window: SendWindow) -> list[str]:
	return [name for index, name in enumerate(WEEKDAYS) if index in window.weekdays]


def _text(row: Mapping[str, Any], key: str) -> str:
	value = row.get(key)
	return "" if value is None else str(value)


def _int(row: Mapping[str, Any], key: str) -> int:
	value = row.get(key)
	try:
		return int(float(value)) if value not in (None, "") else 0
	except (TypeError, ValueError, OverflowError):
		raise NurtureError("not_a_number", field=key, value=value) from None


def _time(row: Mapping[str, Any], key: str) -> time | None:
	try:
		return as_time(row.get(key))
	except ValueError:
		raise NurtureError("not_a_time", field=key, value=row.get(key)) from None


def _window(row: Mapping[str, Any]) -> SendWindow:
	for key in ("window_start", "window_end"):
		_time(row, key)
	return window_from(dict(row), "window_")


def _json(value: Any) -> Any:
	if not isinstance(value, str):
		return value
	if not value.strip():
		return None
	try:
		return json.loads(value)
	except ValueError as error:
		raise NurtureError("condition_not_json", leaf=value[:200], message=str(error)) from None
