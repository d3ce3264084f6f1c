"""Something people choose to hear about or not; a sequence may belong to one."""

from __future__ import annotations

from frappe.model.document import Document


class NurtureTopic(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		description: DF.SmallText | None
		public: DF.Check
		sort_order: DF.Int
		title: DF.Data
	# end: auto-generated types
