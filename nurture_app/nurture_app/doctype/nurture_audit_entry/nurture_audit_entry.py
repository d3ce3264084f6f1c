"""What was done with somebody's data, by whom (CP-17). Entries are added, never changed or deleted."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document


class NurtureAuditEntry(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		action: DF.Data
		detail: DF.SmallText | None
		done_by: DF.Data | None
		lead: DF.Data | None
		occurred_on: DF.Datetime | None
		subject_hash: DF.Data | None
	# end: auto-generated types

	def validate(self) -> None:
		if not self.is_new():
			frappe.throw(_("An audit entry cannot be changed."))

	def on_trash(self) -> None:
		frappe.throw(_("An audit entry cannot be deleted."))
