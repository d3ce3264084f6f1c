"""What a check of the data said on a day, and what was decided (DH-05)."""

from __future__ import annotations

from frappe.model.document import Document


class NurtureDataRecord(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from nurture_app.nurture_app.doctype.nurture_data_record_line.nurture_data_record_line import (
			NurtureDataRecordLine,
		)

		checked_by: DF.Link | None
		checked_on: DF.Datetime
		filled_in: DF.Percent
		findings: DF.Table[NurtureDataRecordLine]
		leads: DF.Int
		looked_at_by: DF.Link | None
		next_on: DF.Date | None
		outcome: DF.SmallText | None
	# end: auto-generated types
