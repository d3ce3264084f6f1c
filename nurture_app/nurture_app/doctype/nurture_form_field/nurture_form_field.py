"""One question of a form; checked with the whole form."""

from __future__ import annotations

from frappe.model.document import Document


class NurtureFormField(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		choices: DF.SmallText | None
		fieldname: DF.Data
		label: DF.Data
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		reqd: DF.Check
	# end: auto-generated types
