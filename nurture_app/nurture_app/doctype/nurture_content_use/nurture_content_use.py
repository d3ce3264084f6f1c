"""That a mail carried a block or an asset. Written by the tick (`engine.effects.note_use`)."""

from __future__ import annotations

from frappe.model.document import Document

from nurture_app.nurture_app.indexes import add_indexes


class NurtureContentUse(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		asset: DF.Link | None
		block: DF.Link | None
		content: DF.Link | None
		party: DF.DynamicLink | None
		party_type: DF.Link | None
		touch: DF.Data | None
		used_on: DF.Datetime | None
		variant: DF.Data | None
	# end: auto-generated types


def on_doctype_update() -> None:
	add_indexes("Nurture Content Use")
