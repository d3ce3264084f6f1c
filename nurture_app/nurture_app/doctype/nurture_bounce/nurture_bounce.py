"""A mail that came back, or a complaint: one line of the ledger."""

from __future__ import annotations

import frappe
from frappe.model.document import Document
from frappe.utils import add_days, now_datetime

from nurture_app.nurture_app.indexes import add_indexes


class NurtureBounce(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		address: DF.Data | None
		dedupe_key: DF.Data | None
		diagnostic: DF.SmallText | None
		enhanced_code: DF.Data | None
		kind: DF.Literal["Hard", "Soft", "Block", "Complaint", "Not Understood"]
		lift_reason: DF.SmallText | None
		lifted_by: DF.Link | None
		lifted_on: DF.Datetime | None
		message_id: DF.Data | None
		occurred_on: DF.Datetime | None
		party: DF.DynamicLink | None
		party_type: DF.Link | None
		sequence: DF.Link | None
		smtp_code: DF.Data | None
		source: DF.Data | None
		state: DF.Literal["To Repair", "Noted", "No Proof", "Repaired", "Lifted"]
		step: DF.Data | None
		touch: DF.Link | None
	# end: auto-generated types

	@staticmethod
	def clear_old_logs(days: int = 365) -> None:
		"""For Log Settings: forget what is older, but not what still waits to be repaired."""
		table = frappe.qb.DocType("Nurture Bounce")
		old = table.creation < add_days(now_datetime(), -days)
		frappe.qb.from_(table).delete().where(old & (table.state != "To Repair")).run()


def on_doctype_update() -> None:
	add_indexes("Nurture Bounce")
