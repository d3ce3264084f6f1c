"""A row of an event source: what a payload of one kind becomes."""

from __future__ import annotations

from frappe.model.document import Document


class NurtureEventSourceType(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		action: DF.Literal["Record Activity", "Capture Lead", "Ignore"]
		activity_type: DF.Link | None
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		payload_value: DF.Data | None
	# end: auto-generated types
