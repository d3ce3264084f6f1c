"""Weekly View, as the Desk runs it and by mail."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import add_days, now_datetime, nowdate

from nurture_app.site.testing.factories import make_lead
from nurture_app.site.testing.report_case import ReportCase


class TestWeek(ReportCase):
	REPORT = "Nurture Week"
	SELLER = "week-seller@example.com"

	def lead(self, *done: tuple[str, int], **values: Any) -> str:
		lead = make_lead(f"week{frappe.generate_hash(length=5)}", **values).name
		columns = ["name", "party_type", "party", "activity_type", "occurred_on"]
		for kind, days_ago in done:
			key = frappe.generate_hash(length=10)
			row = (key, "Lead", lead, kind, add_days(now_datetime(), -days_ago), "human", key)
			frappe.db.bulk_insert("Nurture Activity", [*columns, "classification", "dedupe_key"], [row])
		return lead

	def rows(self, **filters: Any) -> dict[str, dict[str, Any]]:
		return {row["group"]: row for row in self.report(**filters)["result"]}

	def test_this_week_beside_the_week_before(self) -> None:
		before = self.rows()
		lead = self.lead(("Email Reply", 1), ("Email Reply", 2), ("SQL Reached", 8))
		frappe.db.set_value("Lead", lead, "nurture_stage", "SQL")
		rows = self.rows()
		for group, what, more in (
			("All", "replies", 1),
			("All", "leads", 1),
			("All, the Week Before", "sql", 1),
		):
			self.assertEqual(rows[group][what] - (before[group][what] if group in before else 0), more)
		self.assertGreaterEqual(rows["SQL"]["replies"], 1)
		self.assertEqual(rows["All, the Week Before"].get("leads"), None)

	def test_by_each_of_what_it_offers_and_anything_else(self) -> None:
		self.lead()
		for by in ("Stage", "Source", "Segment", "'; drop", None):
			self.assertIn("All", self.rows(by=by), by)
		self.assertIn("All", self.rows(to_date="2020-01-01"))
		self.assertFalse(self.report(to_date="never").get("result"))

	def test_users_see_the_week_of_leads_they_may_see(self) -> None:
		mine = self.lead(("Email Reply", 1))
		self.lead(("Email Reply", 1))
		frappe.db.set_value("Lead", mine, "lead_owner", self.SELLER)
		self.be_seller_with_own_leads()
		row = self.rows()["All"]
		self.assertEqual((row["leads"], row["replies"]), (1, 1))

	def test_it_comes_by_mail(self) -> None:
		self.lead(("Email Reply", 1))
		values = {
			"doctype": "Auto Email Report",
			"user": "Administrator",
			"email_to": self.SELLER,
			"report": "Nurture Week",
		}
		values |= {"report_type": "Script Report", "format": "HTML", "frequency": "Weekly"}
		values["filters"] = frappe.as_json({"to_date": nowdate(), "by": "Stage"})
		content = frappe.get_doc(values).insert().get_report_content()
		self.assertIn("All, the Week Before", content)
