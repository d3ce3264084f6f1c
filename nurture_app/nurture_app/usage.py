"""Who refers to a content, a segment, a block or an asset by name, for those about to delete or rename it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import frappe
from frappe import _
from frappe.model.document import Document

from nurture_app.engine import conditions
from nurture_app.engine.codes import LIVE_STATUSES, NurtureError
from nurture_app.engine.definition import Step
from nurture_app.engine.library.expand import PARTS, named_in
from nurture_app.engine.live import load_definitions
from nurture_app.engine.segments import named_segments
from nurture_app.site.host import site_host

CONDITIONS = (
	("Nurture Segment", "condition"),
	("Lead Scoring Rule", "condition"),
	("Nurture Sequence", "condition"),
	("Nurture Persona", "condition"),
)

TEXTS = {
	"Nurture Content": ("name", (*PARTS, "sms_text", "whatsapp_parameters", "portal_text")),
	"Nurture Content Block": ("name", ("default_text",)),
	"Nurture Content Variant": ("parent", ("text",)),
}
"""Where texts with placeholders stand, by the column that names the record."""


NAMESPACES = {"block": "blocks", "assets": "assets", "calc": "calculations"}
"""What texts call them, and what `named_in` does."""


def running_sequences_with_content(content: str) -> list[str]:
	"""Sequences in which somebody may still get `content`, by whatever channel: their current version or one that people are
	on."""
	return _running_with(lambda step: content in step.contents)


def running_sequences_with(fieldname: str, value: str) -> list[str]:
	"""Likewise for anything that a field of a step names."""
	return _running_with(lambda step: getattr(step, fieldname) == value)


def is_sent(doc: Document) -> bool:
	"""Whether a content, a block or a calculation stands in what people may get today: from a running sequence, or from an
	experiment that runs or was decided."""
	if doc.doctype == "Nurture Content":
		return _is_content_sent(doc.name, doc.version_of)
	namespace = {"Nurture Content Block": "block", "Nurture Calculation": "calc"}.get(doc.doctype)
	if not namespace or not doc.short_name:
		return False
	places = places_that_use(namespace, doc.short_name)
	if namespace == "block" and doc.on_websites:
		return True
	for name in places:
		if frappe.db.exists("Nurture Content Block", name) and is_sent(
			frappe.get_doc("Nurture Content Block", name)
		):
			return True
	contents = (
		frappe.get_all("Nurture Content", {"name": ["in", places]}, ["name", "version_of"]) if places else []
	)
	return any(_is_content_sent(content.name, content.version_of) for content in contents)


def _is_content_sent(name: str, version_of: str | None) -> bool:
	names = [one for one in (name, version_of) if one]
	if any(running_sequences_with_content(one) for one in names):
		return True
	experiments = frappe.get_all(
		"Nurture Experiment Variant", {"content": ["in", names]}, pluck="parent", order_by=None
	)
	in_force = {"name": ["in", experiments], "status": ["in", ["Running", "Decided"]]}
	return bool(experiments and frappe.db.exists("Nurture Experiment", in_force))


def _running_with(found: Callable[[Step], bool]) -> list[str]:
	versions = set(
		frappe.get_all(
			"Nurture Sequence",
			{"status": ["in", ["Active", "Paused"]]},
			pluck="current_version",
			order_by=None,
		)
	)
	live = {"status": ["in", [str(status) for status in LIVE_STATUSES]]}
	versions |= set(frappe.get_all("Nurture Enrollment", live, pluck="version", distinct=True, order_by=None))
	definitions = load_definitions(site_host(commit=False), versions - {None, ""})
	return sorted(
		{
			definition.title
			for definition in definitions.values()
			if any(found(step) for step in definition.steps)
		}
	)


def places_that_use(namespace: str, short_name: str) -> list[str]:
	"""Contents and blocks whose texts show the block (`block`), asset (`assets`) or calculation (`calc`) of this short name."""
	places = set()
	for doctype, (column, fields) in TEXTS.items():
		for name, *texts in frappe.get_all(doctype, fields=[column, *fields], as_list=True, order_by=None):
			named = named_in(texts)
			if short_name in getattr(named, NAMESPACES[namespace]):
				places.add(name)
	return sorted(places)


def keep_short_name(doc: Document, namespace: str) -> None:
	"""Texts find a block, an asset or a calculation by its short name: it stays as long as one of them does."""
	before = doc.get_doc_before_save()
	if before and before.short_name and before.short_name != doc.short_name:
		places = places_that_use(namespace, before.short_name)
		if places:
			frappe.throw(
				_("The short name {0} stands in: {1}. Take it out there before you change it.").format(
					before.short_name, ", ".join(places)
				)
			)


def refuse_while_used(doc: Document, namespace: str) -> None:
	"""Before a block, an asset or a calculation is deleted."""
	places = places_that_use(namespace, doc.short_name or "")
	if places:
		frappe.throw(
			_("{0} stands in: {1}. Take it out there first.").format(doc.name, ", ".join(places)),
			frappe.LinkExistsError,
		)


def note_cultural_review(doc: Document, fields: Sequence[str] = ()) -> None:
	"""Who said that somebody at home in the language has read it (LO-04); a change of `fields` takes it away."""
	before = doc.get_doc_before_save()
	if (
		before
		and before.culturally_reviewed
		and any((doc.get(field) or "") != (before.get(field) or "") for field in fields)
	):
		doc.culturally_reviewed = 0
	if not doc.culturally_reviewed:
		doc.culturally_reviewed_by = None
	elif not before or not before.culturally_reviewed:
		doc.culturally_reviewed_by = frappe.session.user
	else:
		doc.culturally_reviewed_by = before.culturally_reviewed_by


def check_version(doc: Document) -> None:
	"""A version in another language: of something that is none itself, and the only one in its language (LO-01)."""
	if not doc.version_of:
		return
	fields = ["version_of", "language", *(["channel"] if doc.meta.has_field("channel") else [])]
	base = frappe.db.get_value(doc.doctype, doc.version_of, fields, as_dict=True)
	if doc.version_of == doc.name or (base and base.version_of):
		frappe.throw(
			_("{0} is a version itself. Choose what it is a version of, or leave Version of empty.").format(
				doc.version_of
			)
		)
	if frappe.db.exists(doc.doctype, {"version_of": doc.name, "name": ["!=", doc.name]}):
		frappe.throw(_("{0} has versions of its own and cannot be one.").format(doc.name))
	channel = base.get("channel") if base else None
	if channel and channel != (doc.channel or "Email"):
		frappe.throw(
			_("{0} is for {1}. A version of it goes by the same channel.").format(doc.version_of, _(channel))
		)
	if not doc.language:
		frappe.throw(_("Choose the language of this version."))
	same = {"version_of": doc.version_of, "language": doc.language, "name": ["!=", doc.name]}
	other = frappe.db.get_value(doc.doctype, same)
	if other or (base and base.language == doc.language):
		frappe.throw(_("There is {0} already in this language.").format(other or doc.version_of))


def places_that_name_segment(segment: str) -> list[str]:
	"""Segments, rules, sequences, personas and steps whose condition names `segment`."""
	catalog = site_host(commit=False).catalog
	places = []
	for doctype, field in CONDITIONS:
		for name, text in frappe.get_all(doctype, fields=["name", field], as_list=True, order_by="name asc"):
			if name != segment and _names(text, segment, catalog):
				places.append(f"{_(doctype)} {name}")
	for variant in frappe.get_all("Nurture Content Variant", fields=["parent", "label", "condition"]):
		if _names(variant.condition, segment, catalog):
			places.append(f"{_('Nurture Content Block')} {variant.parent}: {variant.label}")
	steps = frappe.get_all(
		"Nurture Sequence Step", fields=["parent", "step_label", "condition"], order_by="parent asc"
	)
	for step in steps:
		if _names(step.condition, segment, catalog, in_sequence=True):
			places.append(f"{_('Nurture Sequence')} {step.parent}: {step.step_label}")
	return places


def _names(text: str | None, segment: str, catalog: object, *, in_sequence: bool = False) -> bool:
	try:
		return segment in named_segments(conditions.parse(text, catalog, in_sequence=in_sequence))
	except NurtureError:
		return False
