"""A stage of the buyer's journey as this site calls it (PJ-10). Its name never changes; its title may."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from nurture_app.engine.personas import JOURNEY_STAGES
from nurture_app.site.journey_stages import show_titles


class NurtureJourneyStage(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		aim: DF.SmallText | None
		enabled: DF.Check
		funnel: DF.Literal["TOFU", "MOFU", "BOFU"]
		goes_to: DF.Link | None
		meaning: DF.SmallText | None
		position: DF.Int
		stands_for: DF.Literal["Awareness", "Consideration", "Evaluation", "Decision"]
		title: DF.Data
	# end: auto-generated types

	def validate(self) -> None:
		self._check_title()
		if self.name in JOURNEY_STAGES and self.stands_for != self.name:
			frappe.throw(_("{0} stands for itself. Give it another title instead.").format(_(self.name)))
		if self.enabled:
			self.goes_to = None
			return
		if not self.goes_to or self.goes_to == self.name:
			frappe.throw(_("Choose another stage to which the leads of {0} go.").format(self.title))
		if not frappe.db.get_value("Nurture Journey Stage", self.goes_to, "enabled"):
			frappe.throw(_("{0} is not in use itself.").format(self.goes_to))
		if frappe.db.exists("Nurture Journey Stage", {"goes_to": self.name}):
			frappe.throw(_("Leads of another stage go to {0}. Send them elsewhere first.").format(self.title))

	def _check_title(self) -> None:
		"""Two stages with one title could not be told apart in any list."""
		others = {"title": self.title, "enabled": 1, "name": ["!=", self.name]}
		if self.enabled and frappe.db.exists("Nurture Journey Stage", others):
			frappe.throw(_("There is a stage called {0} already.").format(self.title))

	def on_update(self) -> None:
		"""Leads of a stage that is not used any more are where the others are; what writes the stage later is counted there."""
		if not self.enabled and self.has_value_changed("goes_to"):
			frappe.db.set_value(
				"Lead",
				{"nurture_journey_stage": self.name},
				"nurture_journey_stage",
				self.goes_to,
				update_modified=False,
			)
		show_titles()

	def on_trash(self) -> None:
		if self.name in JOURNEY_STAGES:
			frappe.throw(_("Shipped sequences name {0}. Take it out of use instead.").format(self.title))

	def after_delete(self) -> None:
		show_titles()
