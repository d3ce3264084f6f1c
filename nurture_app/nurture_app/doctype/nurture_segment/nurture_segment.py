"""A group of leads: by condition, or by hand."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from nurture_app.engine import conditions
from nurture_app.engine.condition_scope import load_known
from nurture_app.engine.given_by_segments import KINDS
from nurture_app.engine.score_circles import check_segment
from nurture_app.engine.segments import check_cycle
from nurture_app.nurture_app.as_stored import keep_as_stored
from nurture_app.nurture_app.usage import places_that_name_segment
from nurture_app.site.host import site_host
from nurture_app.site.nurture_jobs import enqueue_segment_refresh
from nurture_app.site.sentences import errors_as_messages

COUNTED = ("member_count", "last_built_on", "build_seconds", "last_error")


class NurtureSegment(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		build_seconds: DF.Float
		condition: DF.Code | None
		description: DF.SmallText | None
		enabled: DF.Check
		last_built_on: DF.Datetime | None
		last_error: DF.SmallText | None
		member_count: DF.Int
		preset: DF.Data | None
		preset_hash: DF.Data | None
		segment_type: DF.Literal["Dynamic", "Static"]
		title: DF.Data
	# end: auto-generated types

	def validate(self) -> None:
		keep_as_stored(self, COUNTED)
		self._check_types()
		if self.segment_type == "Static":
			self.condition = None
			return
		host = site_host(commit=False)
		with errors_as_messages(_("Segment {0}").format(escape_html(self.title))):
			condition = conditions.parse(self.condition, host.catalog)
			conditions.check_references(condition, load_known(host))
			check_cycle(host, self.name, condition)
			check_segment(host, self.name, condition)
		if self.enabled and conditions.is_everybody(condition):
			frappe.msgprint(
				_("This segment has no condition: every lead is a member."), alert=True, indicator="orange"
			)

	def _check_types(self) -> None:
		"""Nobody enters or leaves a segment that is switched off: leads would keep its type for ever."""
		if self.enabled or self.segment_type == "Static" or not self.has_value_changed("enabled"):
			return
		found = [
			_(kind.doctype) + " " + frappe.bold(escape_html(name))
			for kind in KINDS
			for name in frappe.get_all(kind.doctype, {"segment": self.name, "enabled": 1}, pluck="name")
		]
		if found:
			frappe.throw(_("This segment gives leads {0}. Disable that first.").format(", ".join(found)))

	def on_update(self) -> None:
		if self.segment_type != "Dynamic" or not self.enabled:
			return
		changed = ("condition", "enabled", "segment_type")
		if self.get_doc_before_save() is None or any(self.has_value_changed(field) for field in changed):
			enqueue_segment_refresh(self.name)

	def on_trash(self) -> None:
		places = places_that_name_segment(self.name)
		if places:
			frappe.throw(
				_("The segment {0} is used by: {1}. Change these first.").format(
					self.name, ", ".join(places)
				),
				frappe.LinkExistsError,
			)
		frappe.db.delete("Nurture Segment Member", {"segment": self.name})

	def before_rename(self, old: str, new: str, merge: bool = False) -> None:
		frappe.throw(_("A segment keeps its name, because conditions refer to it. Copy it instead."))
