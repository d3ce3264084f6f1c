"""A message on the portal and what its reader did with it; see `nurture_app.engine.portal`. Erasing deletes it."""

from __future__ import annotations

import frappe
from frappe.model.document import Document
from frappe.query_builder import Interval
from frappe.query_builder.functions import Now

from nurture_app.nurture_app.indexes import add_indexes


class NurturePortalMessage(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		closed_on: DF.Datetime | None
		label: DF.Data | None
		outcome: DF.Literal["", "Dismissed", "Followed"]
		party: DF.DynamicLink | None
		party_type: DF.Link | None
		shown_from: DF.Datetime | None
		shown_until: DF.Datetime | None
		text: DF.SmallText | None
		touch: DF.Link | None
		url: DF.Data | None
		user: DF.Link | None
	# end: auto-generated types

	@staticmethod
	def clear_old_logs(days: int = 180) -> None:
		"""Called by Frappe's Log Settings."""
		table = frappe.qb.DocType("Nurture Portal Message")
		frappe.db.delete(table, filters=table.shown_until < (Now() - Interval(days=days)))


def on_doctype_update() -> None:
	add_indexes("Nurture Portal Message")
