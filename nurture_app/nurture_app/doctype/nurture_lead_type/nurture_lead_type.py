"""What kind of lead somebody is right now, and how such a lead is treated (LT-01, LT-21, LT-22)."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from nurture_app.engine.given_by_segments import TYPES
from nurture_app.site.given_by_segments import check_segment, give_again


class NurtureLeadType(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		best_channel: DF.Literal["", "Email", "Phone", "SMS", "WhatsApp", "LinkedIn", "In Person"]
		enabled: DF.Check
		fewest_touches: DF.Int
		looked_after_by: DF.Literal["", "Marketing", "Sales", "Marketing and Sales"]
		meaning: DF.SmallText | None
		most_touches: DF.Int
		position: DF.Int
		preset: DF.Data | None
		preset_hash: DF.Data | None
		segment: DF.Link
		sequence: DF.Link | None
		title: DF.Data
		treatment: DF.SmallText | None
	# end: auto-generated types

	def validate(self) -> None:
		if (self.fewest_touches or 0) > (self.most_touches or 0):
			frappe.throw(_("The usual number of touches begins above its end. Exchange From and To."))
		if self.enabled:
			check_segment(self, TYPES)

	def on_update(self) -> None:
		give_again(self)

	def before_rename(self, old: str, new: str, merge: bool = False) -> None:
		frappe.throw(_("A lead type keeps its name, because conditions refer to it. Copy it instead."))
