"""One of the ways of a step that an experiment compares."""

from __future__ import annotations

from frappe.model.document import Document


class NurtureExperimentVariant(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		at_time: DF.Autocomplete | None
		at_weekday: DF.Literal[
			"", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"
		]
		content: DF.Link | None
		label: DF.Data
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		sender_from: DF.Literal["", "Settings", "Lead Owner", "User"]
		sender_user: DF.Link | None
		subject: DF.Data | None
		weight: DF.Int
	# end: auto-generated types
	pass
