"""Cohorts, as the Desk runs them."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import add_days, now_datetime, nowdate

from nurture_app.site.testing.attributed import bought, invoice
from nurture_app.site.testing.report_case import ReportCase

SOURCE = "Cohort Test Fair"


class TestCohorts(ReportCase):
	REPORT = "Nurture Cohorts"
	SELLER = "cohort-seller@example.com"

	def setUp(self) -> None:
		if not frappe.db.exists("Lead Source", SOURCE):
			frappe.get_doc({"doctype": "Lead Source", "source_name": SOURCE}).insert()
		self.lead = bought("cohort", ("Webinar Attended", "Event", 95), source=SOURCE)
		values = {"creation": add_days(now_datetime(), -100)}
		frappe.db.set_value("Lead", self.lead, values, update_modified=False)

	def clear(self) -> None:
		frappe.db.delete("Nurture Activity", {"party": self.lead})
		frappe.db.delete("Sales Invoice", {"name": "COHORT-1"})
		frappe.db.delete("Customer", {"lead_name": self.lead})
		frappe.db.delete("Lead", {"name": self.lead})
		frappe.db.delete("Lead Source", {"name": SOURCE})

	def report(self, **filters: Any) -> dict[str, Any]:
		span = {"from_date": add_days(nowdate(), -120), "to_date": nowdate(), "by": "Source"}
		return super().report(**(span | filters))

	def months(self, **filters: Any) -> list[float | None]:
		row = next(row for row in self.report(months=4, **filters)["result"] if row["group"] == SOURCE)
		return [row[f"month_{number}"] for number in range(1, 5)]

	def test_a_month_that_is_not_over_is_empty(self) -> None:
		self.assertEqual(self.months(), [0, 0, 0, None])
		frappe.db.set_value(
			"Nurture Activity",
			{"party": self.lead, "activity_type": "Became Customer"},
			"occurred_on",
			add_days(now_datetime(), -50),
		)
		self.assertEqual(self.months(), [0, 100, 100, None])

	def test_signs_of_life_and_revenue(self) -> None:
		self.assertEqual(self.months(shown="Active"), [100, 0, 0, None])
		invoice(self.lead, "COHORT-1", 900)
		frappe.db.set_value("Sales Invoice", "COHORT-1", "posting_date", add_days(nowdate(), -80))
		self.assertEqual(self.months(shown="Revenue"), [900, 900, 900, None])

	def test_by_month_the_name_is_one_that_people_read(self) -> None:
		month = frappe.utils.formatdate(add_days(nowdate(), -100), "MMM yyyy")
		self.assertIn(month, [row["group"] for row in self.report(by="Month")["result"]])

	def test_only_leads_and_revenue_the_user_may_see(self) -> None:
		self.be_seller()
		self.assertIn("may read all invoices", self.report(shown="Revenue")["message"])
		self.assertTrue(self.report()["result"])
		frappe.set_user("Administrator")
		self.be_seller_with_own_leads()
		self.assertEqual(self.report()["result"], [])

	def test_what_is_wrong_is_said(self) -> None:
		for wrong, said in (
			({"months": 0}, "number of months"),
			({"months": 99}, "number of months"),
			({"by": "Version"}, "Choose the sequence"),
			({"from_date": "2026-05-02", "to_date": "2026-05-01"}, "first day is after"),
		):
			self.assertIn(said, self.report(**wrong)["message"], wrong)
		self.assertEqual(self.report(by="Version", sequence="'")["result"], [])
		self.assertTrue(self.report(by="'", shown="<b>", step="x")["result"])
