"""What a colleague heard from somebody: a phrase, an objection, a competitor's name, an answer (SM-10, SM-22, PZ-18, CT-29)."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate, nowdate

from nurture_app.engine.capture.plain import without_markup
from nurture_app.engine.insights import COMPETITOR, IN_THE_WAY, LONGEST, title_of, usually_said_by
from nurture_app.site.api.access import may_read_lead
from nurture_app.site.events.recording import leads_of_opportunity, leads_of_party

TEXTS = ("said", "answer", "competitor", "topic")


class NurtureInsight(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		answer: DF.SmallText | None
		competitor: DF.Data | None
		customer: DF.Link | None
		for_copy: DF.Check
		heard_by: DF.Link | None
		heard_in: DF.Literal["", "Call", "Meeting", "Mail", "Interview", "Survey", "Chat", "Other"]
		heard_on: DF.Date
		kind: DF.Literal[
			"Phrase That Resonates",
			"Customer's Words",
			"Objection",
			"Blocker",
			"Competitor",
			"Product Feedback",
			"Interview Answer",
			"How They Heard of Us",
			"Why They Bought",
			"Why They Did Not Buy",
		]
		lead: DF.Link | None
		opportunity: DF.Link | None
		persona: DF.Link | None
		said: DF.SmallText
		said_by: DF.Literal["", "Customer", "Colleague"]
		title: DF.Data | None
		topic: DF.Autocomplete | None
	# end: auto-generated types

	def before_validate(self) -> None:
		for field in TEXTS:
			self.set(field, without_markup((self.get(field) or "").strip()))
		self.title = title_of(self.said)
		self.heard_on = self.heard_on or nowdate()
		self.heard_by = self.heard_by or frappe.session.user
		self.said_by = self.said_by or usually_said_by(self.kind)
		if self.kind != COMPETITOR:
			self.competitor = ""
		if self.kind not in IN_THE_WAY:
			self.answer = ""

	def validate(self) -> None:
		for field in ("said", "answer"):
			if len(self.get(field) or "") > LONGEST:
				label = _(self.meta.get_label(field))
				frappe.throw(_("{0} has more than {1} characters. Keep what matters.").format(label, LONGEST))
		if self.kind == COMPETITOR and not self.competitor:
			frappe.throw(_("Name the competitor."))
		if getdate(self.heard_on) > getdate(nowdate()):
			frappe.throw(_("Enter when it was heard: today or earlier."))
		self._name_the_lead()
		if self.lead and not self.persona:
			self.persona = frappe.db.get_value("Lead", self.lead, "nurture_persona")

	def _name_the_lead(self) -> None:
		"""The one lead behind an opportunity or a customer: who may see the words, and who may have them erased, is the lead's."""
		if self.lead or not (self.opportunity or self.customer):
			return
		leads = leads_of_opportunity(self.opportunity) or leads_of_party("Customer", self.customer)
		if len(leads) != 1 or not frappe.db.exists("Lead", leads[0]):
			return
		if not self.flags.ignore_permissions and not may_read_lead(leads[0]):
			frappe.throw(_("You may not see the lead behind this."), frappe.PermissionError)
		self.lead = leads[0]
