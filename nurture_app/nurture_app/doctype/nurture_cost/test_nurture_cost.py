"""Costs on a site: what may be written down, by whom, and what attribution makes of them."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import add_days, nowdate

from nurture_app.site.api.costs import names
from nurture_app.site.testing.attributed import attribution, bought, invoice
from nurture_app.site.testing.desk import delete_users, make_user
from nurture_app.site.testing.factories import make_sequence
from nurture_app.site.testing.site_case import SiteCase

MARKETER = "cost-marketer@example.com"


def spend(name: str = "Email", amount: float = 300, **values: Any) -> Any:
	company = frappe.db.get_value("Company", {}, "name")
	values = {"from_date": add_days(nowdate(), -2), "to_date": nowdate(), "company": company, **values}
	return frappe.get_doc(
		{"doctype": "Nurture Cost", "kind": "Source", "spent_on": name, "amount": amount, **values}
	).insert()


class TestNurtureCost(SiteCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		make_user(MARKETER, "Nurture User")
		frappe.db.commit()  # nosemgrep: a test site

	@classmethod
	def tearDownClass(cls) -> None:
		delete_users(MARKETER)
		super().tearDownClass()

	def setUp(self) -> None:
		frappe.db.delete("Nurture Cost")
		frappe.db.delete("Nurture Activity", {"activity_type": ["in", ["Became Customer", "MQL Reached"]]})
		self.lead = bought("cost", ("Webinar Attended", "Event", 8), ("Email Click", "Email", 4))

	def tearDown(self) -> None:
		frappe.set_user("Administrator")
		frappe.db.rollback()
		# running a report may commit
		frappe.db.delete("Nurture Cost")
		frappe.db.delete("Sales Invoice", {"name": "COST-1"})
		frappe.db.delete("Customer", {"lead_name": self.lead})
		frappe.db.delete("Lead", {"name": self.lead})
		frappe.db.delete("Nurture Activity", {"party": self.lead})
		frappe.db.commit()  # nosemgrep: a test site

	def rows(self, **filters: Any) -> dict[str, dict[str, Any]]:
		return {row["group"]: row for row in attribution(**filters)["result"]}

	def test_what_cannot_be_is_refused(self) -> None:
		self.assertRaisesRegex(frappe.ValidationError, "above 0", spend, amount=0)
		self.assertRaisesRegex(
			frappe.ValidationError, "first day is after", spend, to_date=add_days(nowdate(), -9)
		)
		self.assertRaisesRegex(frappe.ValidationError, "no sequence", spend, "Nothing", kind="Sequence")
		self.assertEqual(spend("  Google   Ads ").spent_on, "Google Ads")

	def test_cost_per_customer_and_return_stand_beside_the_credit(self) -> None:
		invoice(self.lead, "COST-1", 900)
		spend("email", 100)
		spend("Fair", 50)
		rows = self.rows()
		credit = rows["Email"]["credit"]
		self.assertAlmostEqual(rows["Email"]["cost"], 100)
		self.assertAlmostEqual(rows["Email"]["cost_each"], 100 / credit)
		self.assertAlmostEqual(rows["Email"]["return"], 900 * credit - 100)
		self.assertEqual(
			(rows["Fair"]["cost"], rows["Fair"]["cost_each"], rows["Fair"]["return"]), (50, None, -100)
		)
		self.assertEqual((rows["Event"]["cost"], rows["Event"]["return"]), (None, None))
		self.assertAlmostEqual(rows["All"]["cost"], 150)
		self.assertAlmostEqual(rows["All"]["return"], 100 * (900 * credit - 150) / 150)

	def test_money_spent_for_nothing_is_shown_too(self) -> None:
		spend("Fair", 50)
		frappe.db.delete("Nurture Activity", {"party": self.lead})
		rows = self.rows()
		self.assertEqual((rows["Fair"]["cost"], rows["Fair"]["percent"]), (50, 0))

	def test_only_for_who_may_see_costs_and_all_that_they_brought(self) -> None:
		spend("Email", 100)
		make_user("cost-seller@example.com", "Sales User")
		frappe.set_user("cost-seller@example.com")
		self.assertNotIn("cost", self.rows()["Email"])
		self.assertRaises(frappe.PermissionError, names, "Source")
		frappe.set_user(MARKETER)
		self.assertRaises(frappe.PermissionError, spend)

	def test_names_that_attribution_knows_are_offered(self) -> None:
		frappe.db.set_value("Lead", self.lead, "nurture_first_source", "Trade Fair Test")
		self.assertIn("Trade Fair Test", names("Source"))
		sequence = make_sequence("Cost Test Sequence")
		self.assertIn(sequence, names("Sequence"))
		self.assertIsInstance(names("Campaign"), list)
		self.assertRaises(frappe.ValidationError, names, "Weather")
