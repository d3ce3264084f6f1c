"""Records that leads get by being in a segment: what may be saved, and when all leads are looked at again."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from nurture_app.engine import conditions
from nurture_app.engine.given_by_segments import Kind
from nurture_app.engine.segments import check_cycle
from nurture_app.site.host import site_host
from nurture_app.site.nurture_jobs import enqueue_type_assignment
from nurture_app.site.sentences import errors_as_messages

DECIDE = ("enabled", "position", "segment")


def check_segment(doc: Document, kind: Kind) -> None:
	"""Refuse a segment that nobody enters or leaves, and one that asks for what it gives; a missing one is named by Frappe."""
	fields = ["segment_type", "enabled", "condition"]
	segment = frappe.db.get_value("Nurture Segment", doc.segment, fields, as_dict=True)
	if segment is None or segment.segment_type == "Static":
		return
	if not segment.enabled:
		frappe.throw(
			_("The segment {0} is not enabled, so nobody enters or leaves it. Enable it first.").format(
				frappe.bold(escape_html(doc.segment))
			)
		)
	host = site_host(commit=False)
	with errors_as_messages(f"{_(doc.doctype)} {escape_html(doc.title)}"):
		check_cycle(host, doc.segment, conditions.parse(segment.condition, host.catalog), kind)


def give_again(doc: Document) -> None:
	"""Have all leads looked at once a saved record changes who gets it."""
	before = doc.get_doc_before_save()
	if doc.enabled if before is None else any(doc.has_value_changed(field) for field in DECIDE):
		enqueue_type_assignment()
