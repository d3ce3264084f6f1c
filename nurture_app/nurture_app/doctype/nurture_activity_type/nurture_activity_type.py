"""A kind of thing that people do or that happens to them."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document


class NurtureActivityType(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		activity_type: DF.Data
		channel: DF.Literal[
			"", "Website", "Email", "Phone", "Event", "Product", "Chat", "SMS", "Sales", "System"
		]
		description: DF.SmallText | None
		detail_means: DF.Data | None
		family: DF.Literal[
			"",
			"Website",
			"Mail",
			"Talks",
			"Chat",
			"Events",
			"Product",
			"Shop",
			"Sales",
			"Intent",
			"Lead",
			"Score",
		]
		fed_by: DF.Data | None
		is_answer: DF.Check
		is_engagement: DF.Check
		is_request: DF.Check
		is_system: DF.Check
	# end: auto-generated types

	def validate(self) -> None:
		if self.activity_type == "Any":
			frappe.throw(_("“Any” means every activity in conditions. Choose another name."))
		before = self.get_doc_before_save()
		if not self.flags.shipped:
			# Which types the app records itself is not for people to say.
			self.is_system = before.is_system if before else 0
			if self.is_system:
				self.is_engagement = before.is_engagement

	def on_trash(self) -> None:
		if self.is_system:
			frappe.throw(_("{0} is recorded by the app itself and cannot be deleted.").format(self.name))
		if frappe.db.exists("Nurture Activity", {"activity_type": self.name}):
			frappe.throw(
				_("There are activities of the type {0}, so it cannot be deleted.").format(self.name),
				frappe.LinkExistsError,
			)
