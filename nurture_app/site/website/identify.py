"""A visitor turns out to be a lead: earlier visits join it, if consent allows (CT-25)."""

from __future__ import annotations

import frappe

from nurture_app.engine.config import load_settings
from nurture_app.engine.visits import known
from nurture_app.engine.visits.came_by import CameBy
from nurture_app.site.host import site_host
from nurture_app.site.website import utm

FIRST_TOUCH = {
	"nurture_utm_source": "source",
	"nurture_utm_medium": "medium",
	"nurture_utm_campaign": "campaign",
	"nurture_utm_term": "term",
	"nurture_utm_content": "content",
	"nurture_landing_page": "landing_page",
}
"""Fields of the Lead and what of the first touch they hold."""


def identify(visitor: str, lead: str) -> int:
	"""Join this visitor's visits to the lead if consent for tracking allows it; returns how many page views joined.

	Within the caller's transaction. Idempotent. Also fills in, where it is empty, how the lead came the first time.
	"""
	host = site_host(commit=False)
	joined = known.identify(host, visitor, lead, load_settings(host.db))
	if joined:
		fill_first_touch(lead, known.first_touch(host, visitor))
		known.record_views(host, visitor)
	return joined


def first_touch(visitor: str) -> CameBy | None:
	"""How this visitor came the very first time; None for a visitor nobody has seen."""
	return known.first_touch(site_host(commit=False), visitor) if visitor else None


def fill_first_touch(lead: str, touch: CameBy | None) -> None:
	"""What was stored before is never overwritten (CT-05)."""
	if touch is None:
		return
	meta = frappe.get_meta("Lead")
	values = {field: getattr(touch, part) for field, part in FIRST_TOUCH.items() if meta.has_field(field)}
	values |= utm.lead_values(touch)
	wanted = {field: value for field, value in values.items() if value}
	if not wanted:
		return
	stored = frappe.db.get_value("Lead", lead, list(wanted), as_dict=True) or {}
	missing = {field: value for field, value in wanted.items() if field in stored and not stored[field]}
	if missing:
		frappe.db.set_value("Lead", lead, missing, update_modified=False)
