"""Why a sequence was started for a lead, or was not; written by the engine."""

from __future__ import annotations

import frappe
from frappe.model.document import Document
from frappe.query_builder import Interval
from frappe.query_builder.functions import Now

LEAST_DAYS = 30
"""Longer than time triggers look back (`engine.time_triggers.LOOK_BACK`, twice)."""


class NurtureTriggerLog(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		activity: DF.Data | None
		decided_on: DF.Datetime | None
		depth: DF.Int
		enrollment: DF.Link | None
		outcome: DF.Literal["Started", "Refused"]
		party: DF.DynamicLink | None
		party_type: DF.Link | None
		reason: DF.Data | None
		reason_detail: DF.Data | None
		sequence: DF.Link | None
		trigger_type: DF.Data | None
		what: DF.Data | None
	# end: auto-generated types

	@staticmethod
	def clear_old_logs(days: int = 90) -> None:
		"""Called by Frappe's Log Settings. What a trigger that looks back could fire once more stays, whatever they say."""
		table, days = frappe.qb.DocType("Nurture Trigger Log"), max(days, LEAST_DAYS)
		frappe.db.delete(table, filters=(table.creation < (Now() - Interval(days=days))))
