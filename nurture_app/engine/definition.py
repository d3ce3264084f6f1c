"""What a sequence is: its steps, the ways through them, its window.

The definition is pinned as JSON in a `Nurture Sequence Version` when the sequence is activated, so that people on
their way keep it (SE-19).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import time
from functools import lru_cache
from typing import Any

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.config import as_time, window_from
from nurture_app.engine.timing import SendWindow

MESSAGE_STEPS = ("Email",)
MINUTES = {"Minutes": 1, "Hours": 60, "Days": 1440, "Weeks": 10080, "Months": 43200}


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
