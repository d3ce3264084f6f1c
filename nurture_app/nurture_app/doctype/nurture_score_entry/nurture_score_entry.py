"""The score ledger: points, why and since when. Written by the engine."""

from __future__ import annotations

from frappe.model.document import Document

from nurture_app.nurture_app.indexes import add_indexes


class NurtureScoreEntry(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		activity: DF.Data | None
		detail: DF.Data | None
		entry_key: DF.Data | None
		expires_on: DF.Datetime | None
		half_life_days: DF.Int
		occurred_on: DF.Datetime | None
		party: DF.DynamicLink | None
		party_type: DF.Link | None
		points: DF.Int
		rule: DF.Link | None
		score_part: DF.Literal["Fit", "Engagement"]
	# end: auto-generated types
	pass


def on_doctype_update() -> None:
	add_indexes("Nurture Score Entry")
