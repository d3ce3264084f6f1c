"""One point of the launch checklist (CK-01 to CK-10): what is asked, and who gave their word on it."""

from __future__ import annotations

import frappe
from frappe.model.document import Document
from frappe.utils import now_datetime


class NurtureLaunchCheck(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		check_name: DF.Data | None
		confirmed: DF.Check
		confirmed_by: DF.Link | None
		confirmed_on: DF.Datetime | None
		description: DF.SmallText | None
		needs_word: DF.Check
		note: DF.SmallText | None
		preset: DF.Data | None
		preset_hash: DF.Data | None
		sort_order: DF.Int
		title: DF.Data
		todo: DF.SmallText | None
	# end: auto-generated types

	def validate(self) -> None:
		"""Who and when are noted by the app, not typed in."""
		before = self.get_doc_before_save()
		if not self.confirmed:
			self.confirmed_by = self.confirmed_on = None
		elif before and before.confirmed:
			self.confirmed_by, self.confirmed_on = before.confirmed_by, before.confirmed_on
		else:
			self.confirmed_by, self.confirmed_on = frappe.session.user, now_datetime()
