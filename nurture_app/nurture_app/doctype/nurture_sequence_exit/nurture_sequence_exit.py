"""An activity that ends a sequence for whoever does it (SE-09)."""

from __future__ import annotations

from frappe.model.document import Document


class NurtureSequenceExit(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		activity_type: DF.Link
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
	# end: auto-generated types
