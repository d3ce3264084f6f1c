"""What kind of lead somebody is right now, and how such a lead is treated (LT-01, LT-21, LT-22)."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from nurture_app.engine import conditions
from nurture_app.engine.segments import check_cycle
from nurture_app.site.host import site_host
from nurture_app.site.nurture_jobs import enqueue_type_assignment
from nurture_app.site.sentences import errors_as_messages


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
			self._check_segment()

	def _check_segment(self) -> None:
		fields = ["segment_type", "enabled", "condition"]
		segment = frappe.db.get_value("Nurture Segment", self.segment, fields, as_dict=True)
		if segment is None or segment.segment_type == "Static":
			return  # a missing one is named by Frappe
		if not segment.enabled:
			frappe.throw(
				_("The segment {0} is not enabled, so nobody enters or leaves it. Enable it first.").format(
					frappe.bold(escape_html(self.segment))
				)
			)
		host = site_host(commit=False)
		with errors_as_messages(_("Lead Type {0}").format(escape_html(self.title))):
			condition = conditions.parse(segment.condition, host.catalog)
			check_cycle(host, self.segment, condition, [self.segment])

	def on_update(self) -> None:
		decides = ("enabled", "position", "segment")
		before = self.get_doc_before_save()
		if self.enabled if before is None else any(self.has_value_changed(field) for field in decides):
			enqueue_type_assignment()

	def before_rename(self, old: str, new: str, merge: bool = False) -> None:
		frappe.throw(_("A lead type keeps its name, because conditions refer to it. Copy it instead."))
