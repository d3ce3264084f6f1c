"""One number of a calculation; checked with it."""

from __future__ import annotations

from frappe.model.document import Document


class NurtureCalculationInput(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		choices: DF.SmallText | None
		field_name: DF.Autocomplete | None
		input_name: DF.Data
		least: DF.Float
		most: DF.Float
		number: DF.Float
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		source: DF.Literal["Fixed Number", "Field of the Lead"]
	# end: auto-generated types
	pass
