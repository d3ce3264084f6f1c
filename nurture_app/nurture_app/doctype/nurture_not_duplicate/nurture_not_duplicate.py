"""Two leads that look alike and are different people (DH-01)."""

from __future__ import annotations

from frappe.model.document import Document


class NurtureNotDuplicate(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		noted_by: DF.Link | None
		other: DF.Link
		pair_key: DF.Data | None
		party: DF.Link
	# end: auto-generated types
