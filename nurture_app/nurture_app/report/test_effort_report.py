"""Effort and result by touch tier, as the Desk runs it."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import add_days, now_datetime, nowdate

from nurture_app.site.testing.attributed import invoice
from nurture_app.site.testing.factories import make_lead
from nurture_app.site.testing.report_case import ReportCase

TIER = "Effort Test Tier"


class TestEffort(ReportCase):
	REPORT = "Nurture Effort"
	SELLER = "effort-seller@example.com"

	def setUp(self) -> None:
		values = {"title": TIER, "enabled": 0, "by_people": 0, "position": 99}
		frappe.get_doc({"doctype": "Nurture Touch Tier", **values}).insert()
		self.lead = make_lead(f"effort{frappe.generate_hash(length=5)}").name
		frappe.db.set_value("Lead", self.lead, "nurture_tier", TIER)
		for kind, days_ago in (("Call", 1), ("Task Done", 2), ("Became Customer", 1), ("Call", 90)):
			self.note(kind, days_ago)

	def clear(self) -> None:
		frappe.db.delete("Nurture Activity", {"party": self.lead})
		frappe.db.delete("Lead", {"name": self.lead})
		frappe.db.delete("Nurture Touch Tier", {"name": TIER})
		frappe.db.delete("Sales Invoice", {"name": "EFFORT-1"})
		frappe.db.delete("Customer", {"lead_name": self.lead})

	def note(self, kind: str, days_ago: int) -> None:
		key = frappe.generate_hash(length=10)
		columns = [
			"name",
			"party_type",
			"party",
			"activity_type",
			"occurred_on",
			"classification",
			"dedupe_key",
		]
		row = (key, "Lead", self.lead, kind, add_days(now_datetime(), -days_ago), "human", key)
		frappe.db.bulk_insert("Nurture Activity", columns, [row])

	def report(self, **filters: Any) -> dict[str, Any]:
		span = {"from_date": add_days(nowdate(), -30), "to_date": nowdate()}
		return super().report(**(span | filters))

	def row(self, **filters: Any) -> dict[str, Any]:
		return next(row for row in self.report(**filters)["result"] if row["group"] == TIER)

	def test_people_s_time_stands_beside_what_came_of_it(self) -> None:
		row = self.row()
		counted = ("leads", "messages", "contacts", "tasks", "per_lead", "opportunities", "customers")
		self.assertEqual([row[name] for name in counted], [1, 0, 1, 1, 2, 0, 1])

	def test_invoices_of_the_time_are_shown_to_who_may_read_them(self) -> None:
		invoice(self.lead, "EFFORT-1", 900)
		self.assertEqual(self.row()["amount"], 900)
		self.be_seller()
		self.assertNotIn("amount", self.row())

	def test_only_leads_the_user_may_see(self) -> None:
		self.be_seller_with_own_leads()
		self.assertEqual(self.report()["result"], [])

	def test_what_is_wrong_is_said(self) -> None:
		wrong = {"from_date": "2026-05-02", "to_date": "2026-05-01"}
		self.assertIn("first day is after", self.report(**wrong)["message"])
		self.assertTrue(self.report(by="'")["result"])
