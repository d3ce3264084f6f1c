"""A meeting or call with a Lead in the calendar."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import get_datetime, now_datetime

from nurture_app.site.channels.records import MADE_BY_STEP
from nurture_app.site.events.recording import existing_leads, is_active, record
from nurture_app.site.events.safely import safely

ACTIVITY_TYPES = {"Meeting": ("Meeting", "Event"), "Event": ("Meeting", "Event"), "Call": ("Call", "Phone")}
"""By event category: activity type and channel. Other categories (Sent/Received Email) come as Communications."""


@safely
def after_insert(doc: Any) -> None:
	if not doc.flags.get(MADE_BY_STEP):
		_record(doc)


@safely
def on_update(doc: Any) -> None:
	"""Participants may be added later."""
	before = doc.get_doc_before_save()
	if before and _leads(before) != _leads(doc):
		_record(doc)


def _record(doc: Any) -> None:
	kind = ACTIVITY_TYPES.get(doc.event_category or "Event")
	leads = _leads(doc)
	if not kind or not leads or doc.get("status") == "Cancelled" or not is_active():
		return
	leads = [lead for lead in existing_leads(leads) if _may_involve(doc, lead)]
	# Agreeing to a meeting is the sign of interest; one noted down afterwards happened when it happened.
	occurred_on = min(get_datetime(doc.starts_on) or now_datetime(), now_datetime())
	record(doc, kind[0], leads, channel=kind[1], detail=doc.subject, occurred_on=occurred_on)


def _may_involve(doc: Any, lead: str) -> bool:
	"""Everybody may enter events with anybody: who may not see a lead shall not give it points that way."""
	return bool(doc.flags.ignore_permissions or frappe.has_permission("Lead", "read", doc=lead))


def _leads(doc: Any) -> list[str]:
	return sorted(
		{
			row.reference_docname
			for row in doc.get("event_participants") or []
			if row.reference_doctype == "Lead" and row.reference_docname
		}
	)
