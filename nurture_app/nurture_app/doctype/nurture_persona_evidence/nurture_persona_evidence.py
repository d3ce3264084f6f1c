"""One customer, won deal or conversation that a persona rests on (PJ-04)."""

from __future__ import annotations

from frappe.model.document import Document


class NurturePersonaEvidence(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		found_on: DF.Date | None
		kind: DF.Literal["Customer", "Won Deal", "Interview", "Survey"]
		learned: DF.SmallText | None
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		reference_doctype: DF.Link | None
		reference_name: DF.DynamicLink | None
	# end: auto-generated types
