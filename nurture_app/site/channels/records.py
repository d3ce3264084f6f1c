"""Opportunities and calendar entries that steps make: through ERPNext's own code, one by one, with its checks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import frappe
from frappe import _
from frappe.utils import strip_html

from nurture_app.engine.codes import Reason, TouchStatus
from nurture_app.engine.ports import Delivery, NewRecord
from nurture_app.site.channels.colleagues import enabled_users, without_messages
from nurture_app.site.transactions import RETRYABLE, savepoint

MADE_BY_STEP = "nurture_made_by_step"
"""Flag of a document: our own hooks leave it alone, the step tells what happened itself."""
OPEN = ("Open", "Quotation", "Replied")
"""Statuses of an Opportunity that is not over."""


class RecordChannel:
	"""`engine.ports.Channel` for new documents. Within the tick's transaction; ERPNext commits nothing meanwhile."""

	def deliver(self, records: Sequence[NewRecord]) -> list[Delivery]:
		enabled = enabled_users({one.user for one in records})
		return [self._one(record, record.user if record.user in enabled else "") for record in records]

	def cancel(self, queue_rows: Sequence[str]) -> list[str]:
		"""A document is there at once; nothing waits."""
		return []

	def _one(self, record: NewRecord, user: str) -> Delivery:
		"""A refusal of ERPNext's comes back as failed, with its words for whoever looks at the held step."""
		try:
			with savepoint(), without_messages():
				return MAKERS[record.kind](record, user)
		except RETRYABLE:
			raise
		except Exception as error:
			if not isinstance(error, frappe.ValidationError):
				frappe.log_error(
					title=f"nurture_app: {record.kind} was not made",
					reference_doctype="Lead",
					reference_name=record.party,
				)
			told = strip_html(str(error)).strip() or type(error).__name__
			return Delivery(record.touch, TouchStatus.FAILED, reason=told[:400])


def _make_opportunity(record: NewRecord, user: str) -> Delivery:
	filters = {"opportunity_from": "Lead", "party_name": record.party, "status": ["in", OPEN]}
	known = frappe.db.get_value("Opportunity", filters, "name", order_by=None)
	if known:
		return Delivery(record.touch, TouchStatus.SKIPPED, known, reason=Reason.OPPORTUNITY_OPEN)
	fields = {"opportunity_from": "Lead", "party_name": record.party, "title": record.title[:140]}
	return _insert(record, fields | ({"opportunity_owner": user} if user else {}), "")


def _make_event(record: NewRecord, user: str) -> Delivery:
	"""In the calendar of `user` alone, with the lead as participant; public where nobody is known."""
	fields = {
		"subject": record.title[:140],
		"event_type": "Private" if user else "Public",
		"description": _("Planned by a sequence."),
		"event_participants": [{"reference_doctype": "Lead", "reference_docname": record.party}],
	}
	return _insert(record, fields, user)


def _insert(record: NewRecord, fields: dict[str, Any], owner: str) -> Delivery:
	values = {name: value for name, value in record.values.items() if value}
	doc = frappe.get_doc({"doctype": record.kind, **fields, **values})
	doc.flags[MADE_BY_STEP] = True
	doc.insert(ignore_permissions=True)
	if owner:
		frappe.db.set_value(record.kind, doc.name, "owner", owner, update_modified=False)
	return Delivery(record.touch, TouchStatus.DONE, queue_row=doc.name)


MAKERS = {"Opportunity": _make_opportunity, "Event": _make_event}
