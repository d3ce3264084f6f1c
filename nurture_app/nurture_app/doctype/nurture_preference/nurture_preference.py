"""What the owner of an address chose to get; written by `engine.opt_down` from the preference centre."""

from __future__ import annotations

from frappe.model.document import Document


class NurturePreference(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from nurture_app.nurture_app.doctype.nurture_preference_topic.nurture_preference_topic import (
			NurturePreferenceTopic,
		)

		address: DF.Data | None
		address_hash: DF.Data | None
		changed_on: DF.Datetime | None
		frequency: DF.Literal["As It Comes", "Weekly", "Monthly", "Quarterly"]
		paused_until: DF.Datetime | None
		source: DF.Data | None
		topics: DF.Table[NurturePreferenceTopic]
	# end: auto-generated types
