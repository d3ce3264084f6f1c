"""What became of a link when it was last checked. Written by `site.link_checker`."""

from __future__ import annotations

from frappe.model.document import Document


class NurtureLinkCheck(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		broken_since: DF.Datetime | None
		checked_on: DF.Datetime | None
		failures: DF.Int
		problem: DF.Data | None
		status: DF.Literal["Works", "Broken", "Not Checkable"]
		url: DF.SmallText | None
		used_in: DF.SmallText | None
	# end: auto-generated types
