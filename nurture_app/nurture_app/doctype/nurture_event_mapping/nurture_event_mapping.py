"""A row of an event source: what a place in the payload fills."""

from __future__ import annotations

from frappe.model.document import Document


class NurtureEventMapping(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		constant: DF.Data | None
		fallback: DF.Data | None
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		path: DF.Data | None
		target: DF.Literal[
			"E-mail",
			"First Name",
			"Last Name",
			"Company",
			"Phone",
			"Job Title",
			"Country",
			"Language",
			"Time Zone",
			"Lead Field",
			"Occurred On",
			"Event Id",
			"Detail",
			"Campaign",
			"Channel",
			"Property",
			"Form",
			"Interest",
			"Page",
			"Consent",
			"Consent Wording",
			"Referred By",
			"UTM Source",
			"UTM Medium",
			"UTM Campaign",
			"UTM Term",
			"UTM Content",
			"Visitor",
		]
		target_name: DF.Data | None
	# end: auto-generated types
