"""Something a source sent that could not be used, and why. Written by `site.website.refusals`."""

from __future__ import annotations

import frappe
from frappe.model.document import Document
from frappe.query_builder import Interval
from frappe.query_builder.functions import Now


class NurtureRefusedEvent(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		code: DF.Data | None
		is_cut: DF.Check
		payload: DF.Code | None
		reason: DF.SmallText | None
		refused_on: DF.Datetime | None
		source: DF.Link | None
		status: DF.Literal["Refused", "Accepted Later"]
		times: DF.Int
	# end: auto-generated types

	@staticmethod
	def clear_old_logs(days: int = 30) -> None:
		"""Called by Frappe's Log Settings."""
		table = frappe.qb.DocType("Nurture Refused Event")
		frappe.db.delete(table, filters=(table.creation < (Now() - Interval(days=days))))
