"""UTM marks as ERPNext's own fields of the Lead: Lead Source and Campaign on version 15, the UTM DocTypes on 16."""

from __future__ import annotations

from collections.abc import Mapping

import frappe

from nurture_app.engine.visits.came_by import CameBy

FIELDS: Mapping[str, tuple[tuple[str, str], ...]] = {
	"source": (("utm_source", "UTM Source"), ("source", "Lead Source")),
	"medium": (("utm_medium", "UTM Medium"),),
	"campaign": (("utm_campaign", "UTM Campaign"), ("campaign_name", "Campaign")),
}
"""Part of the mark -> fields of the Lead that may hold it, and the DocType they link to; the first that is there."""


def lead_values(touch: CameBy) -> dict[str, str]:
	"""Fields of the Lead with the records that the marks name. A name without a record is left out: strangers write
	these names, and must not fill a company's lists with them."""
	values = {}
	for part, candidates in FIELDS.items():
		name = getattr(touch, part)
		field = lead_field(candidates) if name else None
		record = find_record(field[1], name) if field else None
		if field and record:
			values[field[0]] = record
	return values


def lead_field(candidates: tuple[tuple[str, str], ...]) -> tuple[str, str] | None:
	"""The field of Lead and its DocType that this version has."""
	meta = frappe.get_meta("Lead")
	for fieldname, doctype in candidates:
		df = meta.get_field(fieldname)
		if df and df.fieldtype == "Link" and df.options == doctype and frappe.db.exists("DocType", doctype):
			return fieldname, doctype
	return None


def find_record(doctype: str, name: str) -> str | None:
	"""A record by its name or slug, whatever the case."""
	found = frappe.db.get_value(doctype, {"name": name})
	if not found and frappe.get_meta(doctype).has_field("slug"):
		found = frappe.db.get_value(doctype, {"slug": frappe.scrub(name).replace("_", "-")})
	return found
