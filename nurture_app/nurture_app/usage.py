"""Who refers to a content or a segment by name, for those about to delete it."""

from __future__ import annotations

import frappe
from frappe import _

from nurture_app.engine import conditions
from nurture_app.engine.codes import LIVE_STATUSES, NurtureError
from nurture_app.engine.live import load_definitions
from nurture_app.engine.segments import named_segments
from nurture_app.site.host import site_host

CONDITIONS = (
	("Nurture Segment", "condition"),
	("Lead Scoring Rule", "condition"),
	("Nurture Sequence", "condition"),
	("Nurture Persona", "condition"),
)


def running_sequences_with_content(content: str) -> list[str]:
	"""Sequences in which somebody may still get `content`: its current version or one that people are on."""
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
			if any(step.content == content for step in definition.steps)
		}
	)


def places_that_name_segment(segment: str) -> list[str]:
	"""Segments, rules, sequences, personas and steps whose condition names `segment`."""
	catalog = site_host(commit=False).catalog
	places = []
	for doctype, field in CONDITIONS:
		for name, text in frappe.get_all(doctype, fields=["name", field], as_list=True, order_by="name asc"):
			if name != segment and _names(text, segment, catalog):
				places.append(f"{_(doctype)} {name}")
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
