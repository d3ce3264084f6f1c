"""A request to erase a person, which outlives the person's data; see `nurture_app.site.privacy.erase`."""

from __future__ import annotations

from frappe.model.document import Document


class NurtureErasure(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		done_on: DF.Datetime | None
		kept: DF.SmallText | None
		mentions_removed: DF.Int
		reason: DF.Data | None
		requested_by: DF.Data | None
		requested_on: DF.Datetime | None
		rows_blanked: DF.Int
		rows_deleted: DF.Int
		status: DF.Literal["Running", "Done"]
		subject_hash: DF.Data | None
		work: DF.LongText | None
	# end: auto-generated types
