"""Whose holidays keep the mails to one country waiting."""

from __future__ import annotations

from frappe.model.document import Document


class NurtureCountryHolidays(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		country: DF.Link
		filled_yearly: DF.Check
		holiday_list: DF.Link
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
	# end: auto-generated types
