"""Attribution, as the Desk runs it."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import add_days, nowdate

from nurture_app.site.testing.attributed import attribution, bought, invoice
from nurture_app.site.testing.factories import make_lead
from nurture_app.site.testing.report_case import ReportCase


class TestAttribution(ReportCase):
	REPORT = "Nurture Attribution"
	SELLER = "attribution-seller@example.com"

	def setUp(self) -> None:
		frappe.db.delete("Nurture Activity", {"activity_type": ["in", ["Became Customer", "MQL Reached"]]})
		self.lead = bought("attributed", ("Webinar Attended", "Event", 8), ("Email Click", "Email", 4))

	def clear(self) -> None:
		frappe.db.delete("Property Setter", {"doc_type": "Lead", "field_name": "campaign_name"})
		frappe.clear_cache(doctype="Lead")

	def credit(self, **filters: Any) -> dict[str, float]:
		return {row["group"]: round(row["credit"], 2) for row in attribution(**filters)["result"]}

	def test_the_credit_is_all_customers_whatever_the_model(self) -> None:
		bought("bare", source=frappe.db.get_value("Lead Source", {}, "name"))
		for model in ("First Touch", "Last Touch", "Linear", "U-Shaped", "W-Shaped"):
			report = attribution(model=model)
			*rows, total = report["result"]
			self.assertAlmostEqual(sum(row["credit"] for row in rows), 2)
			self.assertAlmostEqual(sum(row["percent"] for row in rows), 100)
			self.assertEqual((total["group"], total["credit"], total["influenced"]), ("All", 2, 2))
			self.assertAlmostEqual(sum(report["chart"]["data"]["datasets"][0]["values"]), 2, places=1)
		self.assertEqual(self.credit(model="Last Touch")["Email"], 1)

	def test_invoices_are_shared_like_the_customers(self) -> None:
		invoice(self.lead, "ATTRIBUTION-1", 900)
		rows = {row["group"]: row for row in attribution()["result"]}
		self.assertAlmostEqual(rows["Email"]["amount"], 300)
		self.assertEqual((rows["Email"]["influenced_amount"], rows["All"]["amount"]), (900, 900))

	def test_what_people_say_stands_beside_it(self) -> None:
		frappe.db.delete("Nurture Insight")
		others = [make_lead(f"says{number}{frappe.generate_hash(length=5)}").name for number in range(3)]
		frappe.db.set_value("Lead", others[0], "lead_owner", self.SELLER)
		for lead, said, days_ago in (
			(others[0], "A friend", 1),
			(others[0], "a friend", 2),
			(others[1], "A friend", 1),
			(others[1], "The <fair>", 1),
			(others[2], "Long ago", 50),
			(None, "Of nobody", 1),
		):
			row = {"doctype": "Nurture Insight", "kind": "How They Heard of Us", "said": said, "lead": lead}
			frappe.get_doc({**row, "heard_on": add_days(nowdate(), -days_ago)}).insert()
		line = "What people say, how they heard of us, by leads: {0}.</p>"
		for filters in ({}, {"step": "mql"}):
			message = attribution(**filters)["message"]
			self.assertTrue(message.endswith(line.format("A friend (2), The &lt; fair&gt; (1)")), message)
		self.be_seller_with_own_leads()
		message = attribution()["message"]
		self.assertTrue(message.endswith(line.format("A friend (1)")), message)
		frappe.set_user("Administrator")
		frappe.db.delete("Nurture Insight")
		self.assertNotIn("What people say", attribution()["message"])

	def test_what_is_wrong_is_said(self) -> None:
		for wrong, said in (
			({"days": 0}, "number of days"),
			({"days": 99999}, "number of days"),
			({"model": "U-Shaped", "percent": 51}, "from 0 to 50"),
			({"model": "W-Shaped", "percent": -1}, "from 0 to 33.3"),
			({"from_date": "2026-05-02", "to_date": "2026-05-01"}, "first day is after"),
		):
			self.assertIn(said, attribution(**wrong)["message"], wrong)
		self.assertIn("No lead got that far", attribution(step="mql")["message"])
		self.assertTrue(attribution(by="'", model="<b>", step="x", percent="")["result"])

	def test_only_leads_and_fields_the_user_may_see(self) -> None:
		self.be_seller_with_own_leads()
		self.assertEqual(attribution()["result"], [])
		frappe.set_user("Administrator")
		frappe.db.set_value("Lead", self.lead, "lead_owner", self.SELLER)
		self.be_seller()
		self.assertEqual(self.credit()["All"], 1)
		self.assertNotIn("amount", attribution()["result"][0], "no permission for invoices")
		frappe.set_user("Administrator")
		frappe.make_property_setter(
			{
				"doctype": "Lead",
				"fieldname": "campaign_name",
				"property": "permlevel",
				"value": "3",
				"property_type": "Int",
			}
		)
		frappe.clear_cache(doctype="Lead")
		self.be_seller()
		self.assertIn("You may not see the field", attribution(by="Campaign")["message"])
		self.assertTrue(self.credit(by="Sequence"))
