"""Who is or was in a segment. Written by the engine."""

from __future__ import annotations

from frappe.model.document import Document

from nurture_app.nurture_app.indexes import add_indexes


class NurtureSegmentMember(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		entered_on: DF.Datetime | None
		entered_run: DF.Data | None
		left_on: DF.Datetime | None
		left_run: DF.Data | None
		live_key: DF.Data | None
		party: DF.DynamicLink
		party_type: DF.Link | None
		segment: DF.Link
	# end: auto-generated types
	pass


def on_doctype_update() -> None:
	add_indexes("Nurture Segment Member")
