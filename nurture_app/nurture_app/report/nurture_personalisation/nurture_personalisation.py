"""By which fields and blocks each message differs between people, and how far the groups are apart (PZ-16)."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _

from nurture_app.engine.library.personalisation import (
	FIELD,
	MEASURES,
	Line,
	in_words,
	notes,
	personalisation,
)
from nurture_app.nurture_app.report_days import whole_days
from nurture_app.nurture_app.report_mistakes import mistakes_said
from nurture_app.site.host import site_host


@mistakes_said
def execute(filters: dict[str, Any] | None = None) -> tuple[list[dict], list[dict], str]:
	"""Columns, rows, and what the figures mean."""
	filters = frappe._dict(filters or {})
	measure = filters.measure if filters.measure in MEASURES else "Clicked"
	first, last = whole_days(filters)
	host = site_host(commit=False)
	lines = personalisation(host, first, last, measure, filters.content or "")
	meaning = "".join(f"<p class='text-muted'>{note}</p>" for note in notes(_))
	return _columns(measure), [_row(line, measure, host.catalog) for line in lines], meaning


def _columns(measure: str) -> list[dict]:
	return [
		{
			"fieldname": "content",
			"label": _("Message"),
			"fieldtype": "Link",
			"options": "Nurture Content",
			"width": 230,
		},
		{"fieldname": "kind", "label": _("By"), "fieldtype": "Data", "width": 70},
		{"fieldname": "what", "label": _("Block or Field"), "fieldtype": "Data", "width": 180},
		{"fieldname": "variant", "label": _("Variant"), "fieldtype": "Data", "width": 140},
		{"fieldname": "people", "label": _("People"), "fieldtype": "Int", "width": 80},
		{"fieldname": "reacted", "label": _(measure), "fieldtype": "Int", "width": 80},
		{
			"fieldname": "percent",
			"label": f"{_(measure)} %",
			"fieldtype": "Percent",
			"precision": 1,
			"width": 90,
		},
		{"fieldname": "words", "label": _("Beside the Default"), "fieldtype": "Data", "width": 480},
	]


def _row(line: Line, measure: str, catalog: Any) -> dict[str, Any]:
	is_field = line.kind == FIELD
	return {
		"content": line.content,
		"kind": _(line.kind),
		"what": _(catalog[line.name].label) if is_field else line.name,
		"variant": _(line.variant.capitalize()) if is_field else line.variant or _("Default"),
		"people": line.people,
		"reacted": line.reacted,
		"percent": 100 * line.reacted / line.people if line.people else 0,
		"words": in_words(line, measure, _),
	}
