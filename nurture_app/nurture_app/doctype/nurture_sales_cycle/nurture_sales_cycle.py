"""How long a type of deal takes, and what was confirmed to follow from it (PJ-14 to PJ-16)."""

from __future__ import annotations

from dataclasses import asdict

import frappe
from frappe import _
from frappe.model.document import Document

from nurture_app.engine.sales_cycle import propose
from nurture_app.site.sales_cycle import cycle_for, sentence


class NurtureSalesCycle(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from nurture_app.nurture_app.doctype.nurture_cycle_interview.nurture_cycle_interview import (
			NurtureCycleInterview,
		)

		cold_wait_days: DF.Int
		deal_type: DF.Link | None
		escalation_day: DF.Int
		handoff_day: DF.Int
		interviews: DF.Table[NurtureCycleInterview]
		is_complex: DF.Check
		planned_days: DF.Int
		planned_emails: DF.Int
		title: DF.Data
	# end: auto-generated types

	def onload(self) -> None:
		cycle = cycle_for(self.deal_type or "")
		self.set_onload("sentence", sentence(cycle))
		self.set_onload("proposed", asdict(propose(cycle.days)))

	def validate(self) -> None:
		other = {"deal_type": self.deal_type or ["is", "not set"], "name": ["!=", self.name]}
		if known := frappe.db.exists("Nurture Sales Cycle", other):
			frappe.throw(_("{0} is about the same type of deal already.").format(frappe.bold(known)))
		for row in self.interviews:
			if not 0 < row.days <= LONGEST_DAYS:
				frappe.throw(
					_(
						"Interviews, row {0}: Considered for is {1} days. Enter a number from 1 to {2}."
					).format(row.idx, row.days, LONGEST_DAYS)
				)
		days = (self.escalation_day, self.handoff_day, self.planned_days)
		if all(days) and not days[0] <= days[1] <= days[2]:
			frappe.throw(
				_(
					"High touch (day {0}) comes before sales (day {1}), and both within the {2} days planned."
				).format(*days)
			)


LONGEST_DAYS = 3650
