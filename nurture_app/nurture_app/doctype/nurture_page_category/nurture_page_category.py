"""Which pages are about prices, which are blog or case studies, and what a look at them counts as."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from nurture_app.engine.visits.categories import patterns_in
from nurture_app.site.sentences import errors_as_messages


class NurturePageCategory(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		activity_type: DF.Link
		enabled: DF.Check
		pattern: DF.SmallText
		position: DF.Int
		preset: DF.Data | None
		preset_hash: DF.Data | None
		title: DF.Data
		topic: DF.Autocomplete | None
	# end: auto-generated types

	def validate(self) -> None:
		with errors_as_messages():
			patterns = patterns_in(self.pattern)
		if not patterns:
			frappe.throw(_("Enter the paths of this category, one a line."))
