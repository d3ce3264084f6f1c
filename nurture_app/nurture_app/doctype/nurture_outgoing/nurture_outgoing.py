"""Something that leaves by HTTP; see `nurture_app.engine.outgoing`.

Personal data: the lead, the number and what was said. Erasing deletes it.
"""

from __future__ import annotations

import frappe
from frappe.model.document import Document
from frappe.query_builder import Interval
from frappe.query_builder.functions import Now

from nurture_app.nurture_app.indexes import add_indexes


class NurtureOutgoing(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		attempts: DF.Int
		channel: DF.Literal["Webhook", "SMS", "WhatsApp", "Audience"]
		delivered_on: DF.Datetime | None
		event_id: DF.Data | None
		next_try_on: DF.Datetime | None
		number: DF.Data | None
		party: DF.DynamicLink | None
		party_type: DF.Link | None
		payload: DF.Code | None
		provider_id: DF.Data | None
		queued_on: DF.Datetime | None
		read_on: DF.Datetime | None
		reason: DF.Data | None
		reason_detail: DF.SmallText | None
		response: DF.SmallText | None
		response_status: DF.Int
		sending_since: DF.Datetime | None
		sent_on: DF.Datetime | None
		sequence: DF.Link | None
		status: DF.Literal["Queued", "Sending", "Sent", "Delivered", "Read", "Failed", "Unknown", "Cancelled"]
		step: DF.Data | None
		target: DF.Data | None
		touch: DF.Link | None
	# end: auto-generated types

	@staticmethod
	def clear_old_logs(days: int = 180) -> None:
		"""Called by Frappe's Log Settings. What still waits to be sent stays."""
		table = frappe.qb.DocType("Nurture Outgoing")
		old = table.creation < (Now() - Interval(days=days))
		frappe.db.delete(table, filters=old & table.status.notin(["Queued", "Sending"]))


def on_doctype_update() -> None:
	add_indexes("Nurture Outgoing")
