"""One number of a data check, beside that of the record before."""

from __future__ import annotations

from frappe.model.document import Document


class NurtureDataRecordLine(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		before: DF.Data | None
		count: DF.Int
		finding: DF.Data | None
		part: DF.Data | None
		share: DF.Int
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
	# end: auto-generated types
