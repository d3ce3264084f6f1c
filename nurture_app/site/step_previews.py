"""What a step of a sequence would show or say to one lead: in their language, as the variant that is theirs (SE-23)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import frappe
from frappe import _

from nurture_app.engine.addresses import normalise
from nurture_app.engine.answers import SURVEY
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.config import load_sender, load_settings
from nurture_app.engine.definition import MAIL_STEPS, MESSAGE_STEPS, Step
from nurture_app.engine.experiments.definition import PATH, experiments_in_force, person_key
from nurture_app.engine.library.contents import in_language, load_contents
from nurture_app.engine.lifecycle import load_definition
from nurture_app.engine.lines import line_fields, render_line
from nurture_app.engine.message_texts import load_texts, payload_of
from nurture_app.engine.ports import Host
from nurture_app.site.previews import Preview, house_values, language_of, lead_values, preview
from nurture_app.site.sentences import error_sentence

LINES = {
	"Task": ("task_description", "task_text"),
	"Notification": ("notify_text",),
	"Handoff": ("handoff_note",),
}
"""By type of step: its fields with words for a colleague."""


def preview_step(host: Host, sequence: str, label: str, lead: str = "") -> Preview:
	"""A mail, the words of a message or of a task; for steps that say nothing, a note. As it is saved."""
	return preview_of(host, sequence, _step(host, sequence, label), lead)


def preview_of(host: Host, sequence: str, saved: Step, lead: str = "") -> Preview:
	"""`preview_step` of a step of any version."""
	tried = _as_tried(host, sequence, saved, lead)
	step = tried.step
	if step.step_type in MAIL_STEPS and step.content:
		shown = preview(host, _content_of(host, tried, lead), lead)
	else:
		try:
			shown = Preview(text=_words(host, step, lead))
		except NurtureError as error:
			shown = Preview(error=error_sentence(error))
		if not shown.text and not shown.error:
			shown = Preview(note=_("This step shows nobody anything."))
	return replace(shown, note=" ".join(filter(None, (tried.note, shown.note))))


def content_for(host: Host, sequence: str, label: str, lead: str = "") -> dict[str, Any]:
	"""The content of a mail step as `lead` gets it: the variant of an experiment, and the version in its language."""
	saved = _step(host, sequence, label)
	if saved.step_type not in MAIL_STEPS or not saved.content:
		frappe.throw(_("{0} is not a saved e-mail step of {1}.").format(label, sequence))
	return _content_of(host, _as_tried(host, sequence, saved, lead), lead)


@dataclass(frozen=True, slots=True)
class _Tried:
	"""A step as the experiments in force have it for a lead."""

	step: Step
	subject: str
	"""Of the variant; empty: that of the content."""
	note: str


def _content_of(host: Host, tried: _Tried, lead: str) -> dict[str, Any]:
	doc = frappe.get_doc("Nurture Content", _version_for(host, tried.step.content, lead)).as_dict()
	return {**doc, "subject": tried.subject} if tried.subject else doc


def _version_for(host: Host, content: str, lead: str) -> str:
	"""The content itself, or its version in the language of `lead`."""
	found = in_language(load_contents(host, {content}), content, language_of(lead))
	return found.name if found else content


def _as_tried(host: Host, sequence: str, step: Step, lead: str) -> _Tried:
	notes, subject = [], ""
	for one, variant in _variants(host, sequence, step.label, lead):
		if variant is None:
			notes.append(_("Gets no message: kept out by the experiment {0}.").format(one.name))
			continue
		step, subject = variant.applied(step), variant.subject or subject
		notes.append(_("Variant {0} of the experiment {1}.").format(variant.label, one.name))
	return _Tried(step, subject, " ".join(notes))


def _variants(host: Host, sequence: str, label: str, lead: str) -> list[tuple[Any, Any]]:
	"""(experiment, variant of `lead`); a made-up lead gets winners alone."""
	person = ""
	if lead:
		person = person_key(normalise(frappe.db.get_value("Lead", lead, "email_id") or ""), lead)
	return [
		(one, one.variant_for(person))
		for one in experiments_in_force(host).get((sequence, label), ())
		if one.variable != PATH and (person or one.is_rolled_out)
	]


def _step(host: Host, sequence: str, label: str) -> Step:
	step = load_definition(host, sequence).step(label)
	if step is None:
		frappe.throw(_("{0} is not a saved step of {1}.").format(label, sequence))
	return step


def _words(host: Host, step: Step, lead: str) -> str:
	"""Raises `NurtureError` for a placeholder that cannot be filled."""
	if step.step_type in MESSAGE_STEPS:
		text = load_texts(host, {step.content}).get(_version_for(host, step.content, lead))
		return payload_of(text, _values(host, lead, text.lead_fields))["text"] if text else ""
	lines = [getattr(step, field) for field in LINES.get(step.step_type, ())]
	fields = {field for line in lines for field in line_fields(line)}
	values = _values(host, lead, fields)
	return "\n\n".join(render_line(line, values) for line in lines if line.strip())


def _values(host: Host, lead: str, fields: set[str]) -> dict[str, dict[str, Any]]:
	settings = load_settings(host.db)
	house = house_values(settings, load_sender(host.db, settings))
	answer = host.links.answer(host.links.new_token(), SURVEY)
	links = {"booking": settings.booking_url, SURVEY: answer}
	return {**house, "lead": lead_values(host, lead, frozenset(fields)), "links": links}
