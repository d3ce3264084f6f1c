"""A form as its owner set it up, and what somebody posted to it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nurture_app.engine.capture.plain import folded, one_line, paragraphs
from nurture_app.engine.capture.submission import (
	LONGEST_ANSWER,
	LONGEST_LINE,
	LONGEST_TEXT,
	MOST_FIELDS,
	PERSON,
	may_be_filled,
)
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.visits.came_by import UTM_PARTS

ADDRESS = "email_id"
MESSAGE = "message"
NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")

TECHNICAL = frozenset(
	{
		"consent",
		"topics",
		"page_url",
		"visitor",
		"nurture_visitor",
		"interest",
		"nickname",
		"stamp",
		"form_variant",
		"words_for",
		*(f"utm_{key}" for key in UTM_PARTS),
	}
)
"""What a form may send along besides its questions; the tracking script fills in `nurture_visitor`. `nickname` is a trap: people do not see it, machines fill it in."""

YES = ("1", "on", "true", "yes")


@dataclass(frozen=True, slots=True)
class Question:
	"""One question. `fieldname` is a field of Lead, `message`, or a word of the owner's."""

	fieldname: str
	label: str
	is_required: bool = False
	choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Posted:
	"""What a person filled in, sorted by where it goes."""

	address: str
	person: Mapping[str, str]
	"""Attributes of a `Submission`."""
	fields: Mapping[str, str]
	"""Further fields of Lead."""
	answers: Mapping[str, str]
	"""By the words of the question."""
	named: Mapping[str, str]
	"""The same and what goes to fields of Lead, by the name of the question."""
	message: str
	consent: bool
	topics: tuple[str, ...]
	utm: Mapping[str, str]


def check_questions(questions: Sequence[Question]) -> None:
	"""Raises `form_field_invalid`, `form_field_twice` or `capture_too_many_fields`."""
	if len(questions) > MOST_FIELDS:
		raise NurtureError("capture_too_many_fields", limit=MOST_FIELDS)
	seen: set[str] = {ADDRESS}
	for question in questions:
		name = question.fieldname
		if not NAME.fullmatch(name or "") or name in TECHNICAL or not is_askable(name):
			raise NurtureError("form_field_invalid", field=name)
		if name in seen:
			raise NurtureError("form_field_twice", field=name)
		seen.add(name)


def is_askable(name: str) -> bool:
	"""Whether a stranger may be asked for it. Words that no field of Lead has are questions of the owner's."""
	return name in ("time_zone", MESSAGE) or may_be_filled(name)


def read(
	posted: Mapping[str, str],
	topics: Sequence[str],
	questions: Sequence[Question],
	lead_fields: frozenset[str],
	offered_topics: Sequence[str],
) -> Posted:
	"""Raises `NurtureError` naming the first field that is missing, unknown or wrong."""
	by_name = {question.fieldname: question for question in questions}
	for name in posted:
		if name != ADDRESS and name not in by_name and name not in TECHNICAL:
			raise NurtureError("capture_field_unknown", field=folded(name)[:LONGEST_LINE])
	person: dict[str, str] = {}
	fields: dict[str, str] = {}
	answers: dict[str, str] = {}
	named: dict[str, str] = {}
	message = ""
	for question in questions:
		value = answer_to(question, posted.get(question.fieldname, ""))
		if question.fieldname == MESSAGE:
			message = value
		elif question.fieldname in PERSON:
			person[question.fieldname] = value
		elif value:
			is_field = question.fieldname in lead_fields
			named[question.fieldname] = value
			(fields if is_field else answers)[question.fieldname if is_field else question.label] = value
	return Posted(
		folded(posted.get(ADDRESS, "")),
		person,
		fields,
		answers,
		named,
		message,
		folded(posted.get("consent", "")).lower() in YES,
		tuple(topic for topic in offered_topics if topic in topics),
		{key: value for key in UTM_PARTS if isinstance(value := posted.get(f"utm_{key}"), str) and value},
	)


def answer_to(question: Question, value: object) -> str:
	"""An answer as plain text. Raises `form_answer_missing`, `form_answer_unknown` or `capture_too_long`."""
	if isinstance(value, dict | list):
		raise NurtureError("capture_not_a_text", field=question.label)
	if question.choices:
		text = folded(value)
		if text and text not in question.choices:
			raise NurtureError("form_answer_unknown", field=question.label, value=text[:LONGEST_LINE])
	else:
		text = paragraphs(value) if question.fieldname == MESSAGE else one_line(value)
	limit = LONGEST_TEXT if question.fieldname == MESSAGE else LONGEST_ANSWER
	if question.fieldname in PERSON:
		limit = LONGEST_LINE
	if len(text) > limit:
		raise NurtureError("capture_too_long", field=question.label, length=len(text), limit=limit)
	if question.is_required and not text.strip():
		raise NurtureError("form_answer_missing", field=question.label)
	return text


def lines(text: str | None) -> tuple[str, ...]:
	"""The lines of a text field, without empty ones and repetitions."""
	return tuple(dict.fromkeys(line.strip() for line in (text or "").splitlines() if line.strip()))
