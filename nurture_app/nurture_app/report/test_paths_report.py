"""Ways to an outcome, as the Desk runs them."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import add_days, nowdate

from nurture_app.engine.figures.paths import FEWEST
from nurture_app.site.testing.attributed import bought
from nurture_app.site.testing.report_case import ReportCase


class TestPaths(ReportCase):
	REPORT = "Nurture Paths"
	SELLER = "paths-seller@example.com"

	def setUp(self) -> None:
		frappe.db.delete("Nurture Activity")
		done = (("Content Download", "Website", 5), ("Demo Request", "Website", 3))
		self.leads = [bought(f"path{number}", *done) for number in range(FEWEST)]
		self.leads += [bought("other", ("Page View", "Website", 3)), bought("bare")]

	def clear(self) -> None:
		frappe.db.delete("Nurture Activity", {"party": ["in", self.leads]})
		frappe.db.delete("Lead", {"name": ["in", self.leads]})

	def report(self, **filters: Any) -> dict[str, Any]:
		span = {"from_date": add_days(nowdate(), -5), "to_date": nowdate()}
		return super().report(**(span | filters))

	def test_a_way_stands_with_how_often_it_led_there(self) -> None:
		first, others, unknown = self.report()["result"]
		self.assertEqual((first["path"], first["leads"]), ("Content Download → Demo Request", FEWEST))
		self.assertEqual((first["seen"], first["percent"], first["days"]), (FEWEST, 100, 4))
		self.assertEqual((others["leads"], unknown["leads"]), (1, 1))
		self.assertIsNone(others["percent"])
		self.assertEqual(self.report(steps=1)["result"][0]["path"], "Demo Request")

	def test_only_leads_the_user_may_see(self) -> None:
		self.be_seller_with_own_leads()
		self.assertIn("No lead that you may see", self.report()["message"])
		frappe.set_user("Administrator")
		frappe.db.set_value("Lead", self.leads[-1], "lead_owner", self.SELLER)
		self.be_seller()
		self.assertEqual([row["leads"] for row in self.report()["result"]], [1])

	def test_what_is_wrong_is_said(self) -> None:
		for wrong, said in (
			({"steps": 0}, "number of steps"),
			({"steps": 6}, "number of steps"),
			({"days": 9999}, "number of days"),
			({"from_date": "2026-05-02", "to_date": "2026-05-01"}, "first day is after"),
		):
			self.assertIn(said, self.report(**wrong)["message"], wrong)
		self.assertEqual(len(self.report(outcome="'")["result"]), 3)
		self.assertIn("got there in this time", self.report(outcome="Lost")["message"])
