"""Another form of a form's page; a row of `Nurture Form`."""

from __future__ import annotations

from frappe.model.document import Document


class NurtureFormVariant(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		button: DF.Data | None
		heading: DF.Data | None
		label: DF.Data
		only_required: DF.Check
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		value_exchange: DF.SmallText | None
		weight: DF.Int
	# end: auto-generated types
