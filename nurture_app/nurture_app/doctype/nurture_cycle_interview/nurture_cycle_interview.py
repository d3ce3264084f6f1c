"""How long a customer considered before buying; a row of `Nurture Sales Cycle`."""

from __future__ import annotations

from frappe.model.document import Document


class NurtureCycleInterview(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		asked_on: DF.Date | None
		company: DF.Data | None
		days: DF.Int
		learned: DF.SmallText | None
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
	# end: auto-generated types
