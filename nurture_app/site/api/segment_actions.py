"""Members of segments, now."""

from typing import Any

import frappe

from nurture_app.engine import segments as engine
from nurture_app.site import changed_leads
from nurture_app.site.api.access import MANAGERS, names_from, readable_leads, require_role
from nurture_app.site.host import site_host
from nurture_app.site.nurture_jobs import enqueue_segment_refresh
from nurture_app.site.sentences import errors_as_messages

TOO_SLOW = 5.0
"""Seconds of the last build above which a job does it."""


@frappe.whitelist(methods=["POST"])
def refresh(segment: str) -> dict[str, Any]:
	"""Who enters and who leaves, done at once or, if that takes long, in the background (`queued`)."""
	_require(segment)
	if (frappe.db.get_value("Nurture Segment", segment, "build_seconds") or 0) > TOO_SLOW:
		enqueue_segment_refresh(segment)
		return {"queued": True}
	with errors_as_messages():
		result = engine.refresh(site_host(commit=False), segment)
	return {
		"queued": False,
		"entered": len(result.entered),
		"left": len(result.left),
		"members": result.members,
	}


@frappe.whitelist(methods=["POST"])
def add_members(segment: str, leads: str | list[str]) -> dict[str, int]:
	"""Put leads into a static segment."""
	_require(segment)
	added = _readable(leads)
	with errors_as_messages():
		changed = engine.add_members(site_host(commit=False), segment, added)
	return _result(segment, changed, added)


@frappe.whitelist(methods=["POST"])
def remove_members(segment: str, leads: str | list[str]) -> dict[str, int]:
	"""Take leads out of a static segment."""
	_require(segment)
	removed = _readable(leads)
	with errors_as_messages():
		changed = engine.remove_members(site_host(commit=False), segment, removed)
	return _result(segment, changed, removed)


def _require(segment: str) -> None:
	require_role(MANAGERS)
	frappe.has_permission("Nurture Segment", "write", doc=segment, throw=True)


def _readable(leads: str | list[str]) -> list[str]:
	wanted = names_from(leads)
	allowed = readable_leads(wanted)
	return [lead for lead in wanted if lead in allowed]


def _result(segment: str, changed: int, leads: list[str]) -> dict[str, int]:
	"""Rules and segments whose conditions name this one follow as soon as it is committed."""
	if changed:
		for lead in leads:
			changed_leads.soon(lead)
	return {
		"changed": changed,
		"members": frappe.db.get_value("Nurture Segment", segment, "member_count") or 0,
	}
