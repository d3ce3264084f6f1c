"""A lead in an audience, from when to when; see `nurture_app.engine.audiences`. Erasing deletes it."""

from __future__ import annotations

from frappe.model.document import Document

from nurture_app.nurture_app.indexes import add_indexes


class NurtureAudienceMember(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		added_on: DF.Datetime | None
		audience: DF.Link | None
		email_hash: DF.Data | None
		live_key: DF.Data | None
		party: DF.DynamicLink | None
		party_type: DF.Link | None
		phone_hash: DF.Data | None
		reason: DF.Data | None
		removed_on: DF.Datetime | None
	# end: auto-generated types
	pass


def on_doctype_update() -> None:
	add_indexes("Nurture Audience Member")
