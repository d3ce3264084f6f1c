"""Conversations that a widget holds by itself: rows checked as a whole, and a visitor's answers walked through (CT-07).

The widget is only a window: what somebody said is taken from the way the rows lead, never from what the window claims.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nurture_app.engine.addresses import normalise
from nurture_app.engine.capture.forms import ADDRESS, MESSAGE, NAME, Question, answer_to, is_askable, lines
from nurture_app.engine.capture.plain import folded, one_line
from nurture_app.engine.capture.submission import LONGEST_LINE, PERSON
from nurture_app.engine.codes import NurtureError, StrEnum

MOST_STEPS = 100
MOST_ANSWERS = 200
ARROW = "->"
YES, NO = "yes", "no"


class StepType(StrEnum):
	SAY = "Say"
	CHOICES = "Choices"
	QUESTION = "Question"
	CONSENT = "Consent"
	END = "End"


WAITS = (StepType.CHOICES, StepType.QUESTION, StepType.CONSENT)
"""Steps at which the visitor has to do something."""


@dataclass(frozen=True, slots=True)
class Choice:
	text: str
	go_to: str


@dataclass(frozen=True, slots=True)
class Step:
	"""One row. `go_to` and the choices name steps; at an End there are none."""

	label: str
	kind: str
	text: str
	go_to: str = ""
	choices: tuple[Choice, ...] = ()
	fieldname: str = ""
	optional: bool = False
	link: str = ""
	asset: str = ""

	@property
	def targets(self) -> tuple[str, ...]:
		"""Labels of the steps that may come next."""
		if self.kind == StepType.END:
			return ()
		return (
			tuple(choice.go_to for choice in self.choices) if self.kind == StepType.CHOICES else (self.go_to,)
		)


@dataclass(frozen=True, slots=True)
class Playbook:
	steps: tuple[Step, ...]

	def step(self, label: str) -> Step:
		return next(step for step in self.steps if step.label == label)


@dataclass(slots=True)
class Conversation:
	"""What a visitor said, by where it goes."""

	address: str = ""
	person: dict[str, str] = field(default_factory=dict)
	fields: dict[str, str] = field(default_factory=dict)
	answers: dict[str, str] = field(default_factory=dict)
	"""By the words of the question."""
	message: str = ""
	consent: bool = False
	asset: str = ""
	"""Of the end that was reached."""


def playbook_from_rows(rows: Sequence[Mapping[str, Any]]) -> Playbook:
	"""Rows in their order; where no next step is named, the next row follows."""
	labels = [one_line(row.get("step_label")) for row in rows]
	steps = []
	for place, row in enumerate(rows):
		following = labels[place + 1] if place + 1 < len(rows) else ""
		kind = row.get("step_type") or StepType.SAY
		steps.append(
			Step(
				labels[place],
				kind,
				(row.get("text") or "").strip(),
				one_line(row.get("go_to")) or following,
				tuple(_choice(line, following) for line in lines(row.get("choices")))
				if kind == StepType.CHOICES
				else (),
				(row.get("fieldname") or "").strip() if kind == StepType.QUESTION else "",
				bool(int(row.get("optional") or 0)),
				(row.get("link") or "").strip(),
				row.get("asset") or "" if kind == StepType.END else "",
			)
		)
	return Playbook(tuple(steps))


def check(playbook: Playbook) -> None:
	"""Raises `NurtureError` for the first thing that would leave a visitor standing.

	A circle without a question is a dead end too: only where somebody chooses does a way fork.
	"""
	_check_rows(playbook)
	_check_targets(playbook)
	reached = _reachable(playbook, [playbook.steps[0].label])
	for step in playbook.steps:
		if step.label not in reached:
			raise NurtureError("step_unreachable", step=step.label)
		if not any(playbook.step(label).kind == StepType.END for label in _reachable(playbook, [step.label])):
			raise NurtureError("playbook_dead_end", step=step.label)
	_check_address(playbook)


def replay(playbook: Playbook, said: Sequence[tuple[str, str]], lead_fields: frozenset[str]) -> Conversation:
	"""Walk through a finished conversation, given as (step, answer) in order.

	Raises `playbook_not_followed` when the answers do not fit the rows as they are now, and what is wrong with an answer
	with the parameter `step`, so that the widget can ask again.
	"""
	if len(said) > MOST_ANSWERS:
		raise NurtureError("playbook_not_followed")
	conversation = Conversation()
	remaining = list(said)
	step = playbook.steps[0]
	while step.kind != StepType.END:
		go_to = step.go_to
		if step.kind in WAITS:
			if not remaining or remaining[0][0] != step.label:
				raise NurtureError("playbook_not_followed")
			go_to = _take(conversation, step, remaining.pop(0)[1], lead_fields)
		step = playbook.step(go_to)
	if remaining:
		raise NurtureError("playbook_not_followed")
	conversation.asset = step.asset
	return conversation


def _take(conversation: Conversation, step: Step, answer: str, lead_fields: frozenset[str]) -> str:
	"""Note an answer; returns the step that follows."""
	if step.kind == StepType.CHOICES:
		chosen = next((choice for choice in step.choices if choice.text == folded(answer)), None)
		if chosen is None:
			raise NurtureError("playbook_not_followed")
		conversation.answers[one_line(step.text)[:LONGEST_LINE]] = one_line(chosen.text)
		return chosen.go_to
	if step.kind == StepType.CONSENT:
		if answer not in (YES, NO):
			raise NurtureError("playbook_not_followed")
		conversation.consent = answer == YES
		return step.go_to
	try:
		_fill(conversation, step, answer, lead_fields)
	except NurtureError as error:
		raise NurtureError(error.code, **{**error.params, "step": step.label}) from error
	return step.go_to


def _fill(conversation: Conversation, step: Step, answer: str, lead_fields: frozenset[str]) -> None:
	name = step.fieldname
	if name == ADDRESS:
		conversation.address = normalise(answer)
		if not conversation.address:
			raise NurtureError("address_invalid", address=one_line(answer)[:LONGEST_LINE])
		return
	text = answer_to(Question(name, one_line(step.text)[:LONGEST_LINE], not step.optional), answer)
	if name == MESSAGE:
		conversation.message = text
	elif name in PERSON:
		conversation.person[name] = text
	elif text:
		is_field = name in lead_fields
		key = name if is_field else one_line(step.text)[:LONGEST_LINE]
		(conversation.fields if is_field else conversation.answers)[key] = text


def _choice(line: str, following: str) -> Choice:
	text, arrow, target = line.partition(ARROW)
	return Choice(folded(text), one_line(target) if arrow else following)


def _check_rows(playbook: Playbook) -> None:
	if not playbook.steps:
		raise NurtureError("playbook_empty")
	if len(playbook.steps) > MOST_STEPS:
		raise NurtureError("playbook_too_long", limit=MOST_STEPS)
	seen: set[str] = set()
	for row, step in enumerate(playbook.steps, 1):
		if not step.label:
			raise NurtureError("step_without_label", row=row)
		if step.label in seen:
			raise NurtureError("step_label_twice", row=row, step=step.label)
		seen.add(step.label)
		if step.kind not in tuple(StepType):
			raise NurtureError(
				"step_type_unknown", step=step.label, type=step.kind, known=", ".join(StepType)
			)
		if not step.text:
			raise NurtureError("playbook_says_nothing", step=step.label)
		if step.kind == StepType.CHOICES and not all(
			choice.text for choice in step.choices or (Choice("", ""),)
		):
			raise NurtureError("playbook_no_answers", step=step.label)
		if step.kind == StepType.QUESTION and not _is_question(step.fieldname):
			raise NurtureError("form_field_invalid", step=step.label, field=step.fieldname)


def _is_question(name: str) -> bool:
	return name == ADDRESS or bool(NAME.fullmatch(name) and is_askable(name))


def _check_targets(playbook: Playbook) -> None:
	labels = {step.label for step in playbook.steps}
	for step in playbook.steps:
		for target in step.targets:
			if not target:
				raise NurtureError("playbook_dead_end", step=step.label)
			if target not in labels:
				raise NurtureError("step_target_missing", step=step.label, target=target)


def _reachable(playbook: Playbook, start: Iterable[str], avoiding: frozenset[str] = frozenset()) -> set[str]:
	found: set[str] = set()
	waiting = [label for label in start if label not in avoiding]
	while waiting:
		label = waiting.pop()
		if label in found:
			continue
		found.add(label)
		waiting += [target for target in playbook.step(label).targets if target not in avoiding]
	return found


def _check_address(playbook: Playbook) -> None:
	"""It ends in a lead: somewhere the address is asked for, and before anything is given away."""
	asks = frozenset(step.label for step in playbook.steps if step.fieldname == ADDRESS)
	if not asks:
		raise NurtureError("playbook_no_address")
	without = _reachable(playbook, [playbook.steps[0].label], asks)
	for step in playbook.steps:
		if step.asset and step.label in without:
			raise NurtureError("playbook_asset_without_address", step=step.label)
