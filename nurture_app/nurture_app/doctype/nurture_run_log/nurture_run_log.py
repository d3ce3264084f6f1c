"""What a run of the engine did, and how long it took."""

from __future__ import annotations

import frappe
from frappe.model.document import Document
from frappe.query_builder import Interval
from frappe.query_builder.functions import Now


class NurtureRunLog(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		claimed: DF.Int
		deferred: DF.Int
		ended: DF.Int
		failed: DF.Int
		held: DF.Int
		job: DF.Literal["Tick", "Nightly", "Delivery Sync"]
		message: DF.SmallText | None
		queued: DF.Int
		seconds: DF.Float
		started_on: DF.Datetime | None
	# end: auto-generated types

	@staticmethod
	def clear_old_logs(days: int = 30) -> None:
		"""Called by Frappe's Log Settings."""
		table = frappe.qb.DocType("Nurture Run Log")
		frappe.db.delete(table, filters=(table.creation < (Now() - Interval(days=days))))
