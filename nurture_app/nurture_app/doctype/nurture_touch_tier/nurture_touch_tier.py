"""How much of people's time a lead is worth (HL-01), and who takes over (HL-08)."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from nurture_app.engine.given_by_segments import TIERS
from nurture_app.site.given_by_segments import check_segment, give_again


class NurtureTouchTier(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		by_people: DF.Check
		enabled: DF.Check
		looked_after_by: DF.Literal["", "Marketing", "Sales", "Marketing and Sales"]
		meaning: DF.SmallText | None
		position: DF.Int
		preset: DF.Data | None
		preset_hash: DF.Data | None
		segment: DF.Link | None
		senior_contact: DF.Link | None
		sequence: DF.Link | None
		title: DF.Data
		treatment: DF.SmallText | None
	# end: auto-generated types

	def validate(self) -> None:
		if not self.enabled:
			return
		if self.segment:
			check_segment(self, TIERS)
		elif self.by_people:
			frappe.throw(
				_(
					"A tier without a segment is for everybody whom no other tier fits. Choose a segment that says who is worth people's time."
				)
			)

	def on_update(self) -> None:
		give_again(self)

	def before_rename(self, old: str, new: str, merge: bool = False) -> None:
		frappe.throw(_("A touch tier keeps its name, because conditions refer to it. Copy it instead."))
