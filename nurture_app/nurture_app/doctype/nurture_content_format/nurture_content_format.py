"""A kind of asset, and the stages of the journey it suits."""

from __future__ import annotations

from frappe.model.document import Document


class NurtureContentFormat(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		begin_with: DF.Check
		description: DF.SmallText | None
		for_awareness: DF.Check
		for_consideration: DF.Check
		for_decision: DF.Check
		for_evaluation: DF.Check
		longest_seconds: DF.Int
		preset: DF.Data | None
		preset_hash: DF.Data | None
		promotional: DF.Check
		style: DF.Literal["", "B2B", "B2C"]
		title: DF.Data
	# end: auto-generated types
