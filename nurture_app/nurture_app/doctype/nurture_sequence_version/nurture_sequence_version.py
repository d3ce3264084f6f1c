"""A sequence as it was when it was activated. Written by the engine, never edited."""

from __future__ import annotations

from frappe.model.document import Document


class NurtureSequenceVersion(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		activated_on: DF.Datetime | None
		checksum: DF.Data | None
		definition: DF.Code | None
		sequence: DF.Link
		version: DF.Int
		waits_for: DF.SmallText | None
	# end: auto-generated types
	pass
