"""One page a visitor looked at, or an event the page reported. Written by `engine.visits`."""

from __future__ import annotations

from frappe.model.document import Document

from nurture_app.nurture_app.indexes import add_indexes


class NurturePageView(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		activity_type: DF.Link | None
		category: DF.Data | None
		is_event: DF.Check
		occurred_on: DF.Datetime | None
		party: DF.DynamicLink | None
		party_type: DF.Link | None
		path: DF.Data | None
		recorded: DF.Check
		seconds: DF.Int
		title: DF.Data | None
		view_id: DF.Data | None
		visit: DF.Link | None
		visitor: DF.Link | None
	# end: auto-generated types


def on_doctype_update() -> None:
	add_indexes("Nurture Page View")
