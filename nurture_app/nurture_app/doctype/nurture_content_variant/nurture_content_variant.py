"""One text of a block, and for whom it is."""

from __future__ import annotations

from frappe.model.document import Document


class NurtureContentVariant(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		asset: DF.Link | None
		condition: DF.Code | None
		label: DF.Data
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		text: DF.TextEditor | None
	# end: auto-generated types
