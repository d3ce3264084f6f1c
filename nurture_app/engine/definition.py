"""What a sequence is: its steps, the ways through them, its window.

The definition is pinned as JSON in a `Nurture Sequence Version` when the sequence is activated, so that people on
their way keep it (SE-19).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import time
from functools import lru_cache
from typing import Any

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.config import as_time, window_from
from nurture_app.engine.timing import SendWindow

MAIL_STEPS = ("Email", "Appointment Offer")
"""Steps that send an e-mail."""
MESSAGE_STEPS = (*MAIL_STEPS, "SMS", "WhatsApp", "Portal Message")
"""Steps that reach the person, and so wait for the send window."""
TWO_WAY_STEPS = ("Branch", "Wait Until")
MINUTES = {"Minutes": 1, "Hours": 60, "Days": 1440, "Weeks": 10080, "Months": 43200}


@dataclass(frozen=True, slots=True)
class Step:
	"""One step; see the fields of `Nurture Sequence Step`. `next` is the label after it, or "" for the end."""

	label: str
	step_type: str
	timing: str = "After Previous Step"
	day: int = 0
	at_time: str = ""
	at_weekday: str = ""
	"""Of a message: the day of the week on which it may leave first (CD-14), in English."""
	delay: int = 0
	delay_unit: str = "Days"
	at_once: int = 0
	"""An answer to what the person just did (CD-10)."""
	content: str = ""
	condition: Any = None
	next: str = ""
	on_true: str = ""
	on_false: str = ""
	sender_from: str = "Settings"
	sender_user: str = ""
	task_kind: str = "To Do"
	task_description: str = ""
	task_assign_to: str = ""
	task_due_days: int = 1
	task_text: str = ""
	task_research: int = 0
	task_early_reason: str = ""
	notify_text: str = ""
	notify_who: str = "Lead Owner"
	notify_user: str = ""
	notify_role: str = ""
	notify_by_email: int = 0
	wait_activity: str = ""
	wait_detail: str = ""
	timeout: int = 7
	timeout_unit: str = "Days"
	split_ways: Any = None
	"""A list of `{"name", "weight", "to"}`; `to` is the label of a step, or "" for the next one."""
	tag: str = ""
	tag_action: str = "Add"
	field_name: str = ""
	field_value: str = ""
	score_points: int = 0
	score_part: str = "Engagement"
	score_days: int = 90
	target_sequence: str = ""
	handoff_to: str = "Lead Owner"
	handoff_user: str = ""
	handoff_note: str = ""
	approve_by: str = ""
	approve_days: int = 2
	refused_to: str = ""
	end_outcome: str = "Completed"
	role: str = ""
	webhook: str = ""
	audience: str = ""
	audience_action: str = "Add"
	record_text: str = ""
	record_user: str = ""
	opportunity_type: str = ""
	sales_stage: str = ""
	event_category: str = "Meeting"
	event_days: int = 1
	event_time: str = ""
	event_minutes: int = 30
	owner_user: str = ""
	owner_if_none: int = 0
	follow_channel: int = 0
	"""The lead's preferred channel takes the place of this mail where there is a text for it (PZ-08)."""
	sms_content: str = ""
	whatsapp_content: str = ""
	hand_text: str = ""
	portal_contacts: int = 0
	"""All contacts of the lead's customer see the message, too (CH-09)."""
	only_countries: str = ""
	"""One per line (`regions`); others are passed over (LO-08)."""

	@property
	def contents(self) -> tuple[str, ...]:
		"""The texts it may send: its own, and those by other channels."""
		others = (self.sms_content, self.whatsapp_content) if self.follow_channel else ()
		return tuple(name for name in (self.content, *others) if name)

	@property
	def is_message(self) -> bool:
		return self.step_type in MESSAGE_STEPS

	@property
	def waits_for_window(self) -> bool:
		"""Whether it is planned into the send window; an answer is asked about it only when it is due."""
		return self.is_message and not self.at_once

	@property
	def ways(self) -> tuple[str, ...]:
		"""Labels of the steps that may come next; "" is the end."""
		if self.step_type == "End":
			return ()
		if self.step_type in TWO_WAY_STEPS:
			return (self.on_true, self.on_false)
		if self.step_type == "Split":
			ways = self.split_ways if isinstance(self.split_ways, list) else ()
			return tuple(str(way.get("to") or self.next) for way in ways if isinstance(way, dict))
		return (self.next, self.refused_to) if self.step_type == "Approval" else (self.next,)

	@property
	def ways_at_once(self) -> tuple[str, ...]:
		"""Those of `ways` that may be taken in the moment the step is reached."""
		return (self.on_true,) if self.step_type == "Wait Until" else self.ways

	@property
	def minutes_of_wait(self) -> int:
		"""After the step before; 0 for one on a day."""
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
	trigger_detail: str = ""
	trigger_count: int = 1
	trigger_days: int = 0
	trigger_hours: int = 0
	"""On top of the days."""
	trigger_working_hours: int = 0
	"""Those hours run only while our own window is open (TR-15)."""
	promotional: bool = False
	"""A person is in one promotional sequence at a time (SE-12)."""
	max_days: int = 0
	"""The longest time in it (SE-17); 0: no limit."""
	reaction_tag: str = ""
	"""Put on whoever replies or reaches the goal (RE-08); empty: none."""
	exit_activities: tuple[str, ...] = ()
	"""Activity types that end it, besides those with a field of their own (SE-09)."""
	for_high_touch: bool = False
	"""Its messages suit leads whom people look after (HL-09); otherwise such leads do not enter and leave."""
	_by_label: dict[str, Step] = field(default_factory=dict, compare=False, repr=False)

	def __post_init__(self) -> None:
		self._by_label.update({step.label: step for step in self.steps})

	def step(self, label: str) -> Step | None:
		return self._by_label.get(label)

	@property
	def keeps_others_waiting(self) -> bool:
		"""Whether other sequences may go on for the person when this one ends."""
		return self.promotional or any(step.step_type == "Pause" for step in self.steps)

	@property
	def channels(self) -> tuple[str, ...]:
		"""The ways in which it reaches people, in the order in which they come (SE-21)."""
		ways = []
		for step in self.steps:
			if step.step_type in (*MESSAGE_STEPS, "Audience"):
				ways.append("Email" if step.step_type in MAIL_STEPS else step.step_type)
				if step.follow_channel:
					ways += ["SMS"] * bool(step.sms_content) + ["WhatsApp"] * bool(step.whatsapp_content)
			elif step.step_type == "Task":
				ways.append(step.task_kind)
		return tuple(dict.fromkeys(ways))

	@property
	def sends_email(self) -> bool:
		return any(step.step_type in MAIL_STEPS for step in self.steps)


def definition_from_rows(
	sequence: Mapping[str, Any], steps: Sequence[Mapping[str, Any]]
) -> SequenceDefinition:
	"""From a `Nurture Sequence`, with its rows `exits`, and its step rows, in their order."""
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
		trigger_detail=_text(sequence, "trigger_detail"),
		trigger_count=_int(sequence, "trigger_count") or 1,
		trigger_days=_int(sequence, "trigger_days"),
		trigger_hours=_int(sequence, "trigger_hours"),
		trigger_working_hours=_int(sequence, "trigger_working_hours"),
		promotional=bool(_int(sequence, "promotional")),
		max_days=_int(sequence, "max_days"),
		reaction_tag=_text(sequence, "reaction_tag").strip(),
		exit_activities=tuple(sorted({_text(row, "activity_type") for row in sequence.get("exits") or ()})),
		for_high_touch=bool(_int(sequence, "for_high_touch")),
	)


def _step_from_row(row: Mapping[str, Any], label: str, following: str) -> Step:
	try:
		return _read_step(row, label, following)
	except NurtureError as error:
		error.params.setdefault("step", label)
		raise


STEP_COLUMNS = (
	"step_label",
	"go_to",
	*(one.name for one in fields(Step) if one.name not in ("label", "next")),
)
"""The fields of `Nurture Sequence Step` that make a step."""


def _read_step(row: Mapping[str, Any], label: str, following: str) -> Step:
	values: dict[str, Any] = {"label": label, "next": _text(row, "go_to") or following}
	values["step_type"] = _text(row, "step_type")
	for one in fields(Step):
		if isinstance(one.default, int) and row.get(one.name) not in (None, ""):
			values[one.name] = _int(row, one.name)
		elif isinstance(one.default, str) and one.name not in values and _text(row, one.name):
			values[one.name] = _text(row, one.name)
	at_time = _time(row, "at_time")
	values["at_time"] = at_time.isoformat() if at_time else ""
	if begins := _time(row, "event_time"):
		values["event_time"] = begins.isoformat()
	if _text(row, "step_type") in TWO_WAY_STEPS:
		values["condition"] = _json(row.get("condition"))
	if _text(row, "step_type") == "Split":
		values["split_ways"] = _json(row.get("split_ways"), "split_not_json")
	values["on_true"] = _text(row, "on_true") or following
	values["on_false"] = _text(row, "on_false") or following
	return Step(**values)


def to_json(definition: SequenceDefinition) -> str:
	"""The pinned form; the same definition gives the same text.

	What has its default is left out, so that a step type's new field leaves the versions of all others as they are.
	"""
	data = _without_defaults(definition)
	window = definition.window
	if window:
		data["window"] = {
			"start": window.start.isoformat(),
			"end": window.end.isoformat(),
			"weekdays": sorted(window.weekdays),
		}
	data["steps"] = [_without_defaults(step) for step in definition.steps]
	return json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True)


def _without_defaults(of: Step | SequenceDefinition) -> dict[str, Any]:
	return {
		one.name: getattr(of, one.name)
		for one in fields(of)
		if one.compare and getattr(of, one.name) != one.default
	}


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
	data["exit_activities"] = tuple(data.get("exit_activities", ()))
	return SequenceDefinition(**data)


def readable(text: str) -> SequenceDefinition | None:
	"""`from_json`; None for what this app cannot read, as when a newer one wrote it: no other sequence may stand still for it."""
	try:
		return from_json(text)
	except (ValueError, TypeError, KeyError, AttributeError):
		return None


def checksum(definition: SequenceDefinition) -> str:
	"""16 hexadecimal digits, the same for definitions that say the same."""
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


def _json(value: Any, code: str = "condition_not_json") -> Any:
	if not isinstance(value, str):
		return value
	if not value.strip():
		return None
	try:
		return json.loads(value)
	except (ValueError, RecursionError) as error:
		raise NurtureError(code, leaf=value[:200], message=str(error)) from None
