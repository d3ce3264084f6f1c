"""What was spent on a source, a campaign or a sequence (AT-10, KM-10, KM-36)."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate


class NurtureCost(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		amount: DF.Currency
		company: DF.Link
		currency: DF.Link | None
		from_date: DF.Date
		kind: DF.Literal["Source", "Campaign", "Sequence"]
		note: DF.SmallText | None
		spent_on: DF.Autocomplete
		to_date: DF.Date
	# end: auto-generated types

	def validate(self) -> None:
		self.spent_on = " ".join(self.spent_on.split())
		self.currency = frappe.get_cached_value("Company", self.company, "default_currency")
		if flt(self.amount) <= 0:
			frappe.throw(_("Give an amount above 0. To take a cost back, change or delete it."))
		if getdate(self.from_date) > getdate(self.to_date):
			frappe.throw(_("The first day is after the last."))
		if self.kind == "Sequence" and not frappe.db.exists("Nurture Sequence", self.spent_on):
			frappe.throw(
				_("There is no sequence “{0}”.").format(frappe.utils.escape_html(self.spent_on)),
				frappe.LinkValidationError,
			)
