"""A tag put on a Lead or taken off: conditions may name tags, and tagging does not save the Lead."""

from __future__ import annotations

from typing import Any

from nurture_app.site import changed_leads
from nurture_app.site.active import is_active
from nurture_app.site.events.safely import safely


@safely
def after_insert(doc: Any) -> None:
	_changed(doc)
	if doc.document_type == "Lead" and is_active():
		changed_leads.happened(doc.document_name, "Tag Added", doc.tag)


@safely
def after_delete(doc: Any) -> None:
	"""Not when a tag is taken off in the Desk: Frappe deletes the row without an event, and the night finds out."""
	_changed(doc)


def _changed(doc: Any) -> None:
	if doc.document_type == "Lead" and is_active():
		from nurture_app.engine import activities
		from nurture_app.site.host import site_host

		activities.leads_changed(site_host(commit=False), [doc.document_name])
