"""Which channel suits which stage of the journey (CH-16, CH-22). What follows from it is in `engine.library.channel_guide`."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document


class NurtureChannelGuide(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		description: DF.SmallText | None
		for_awareness: DF.Check
		for_b2b: DF.Check
		for_b2c: DF.Check
		for_consideration: DF.Check
		for_decision: DF.Check
		for_evaluation: DF.Check
		good_for: DF.Data | None
		preset: DF.Data | None
		preset_hash: DF.Data | None
		step_type: DF.Literal[
			"",
			"Email",
			"Appointment Offer",
			"SMS",
			"WhatsApp",
			"Portal Message",
			"Task",
			"Webhook",
			"Audience",
		]
		task_kind: DF.Literal[
			"",
			"To Do",
			"Call",
			"LinkedIn",
			"Personal Video",
			"Handwritten Note",
			"Social Post",
			"Influencer Content",
			"Other",
		]
		title: DF.Data
	# end: auto-generated types

	def validate(self) -> None:
		if self.step_type != "Task":
			self.task_kind = ""
		elif not self.task_kind:
			frappe.throw(_("Choose the kind of task this channel is."))
		same = {"step_type": self.step_type, "task_kind": self.task_kind or "", "name": ["!=", self.name]}
		other = self.step_type and frappe.db.get_value("Nurture Channel Guide", same)
		if other:
			frappe.throw(_("{0} speaks of the same steps. Change that one instead.").format(other))
