"""Attribution, as the Desk runs it."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.desk.query_report import run
from frappe.permissions import add_user_permission
from frappe.utils import add_days, now_datetime, nowdate

from nurture_app.site.testing.desk import delete_users, make_user
from nurture_app.site.testing.factories import make_lead
from nurture_app.site.testing.site_case import SiteCase

SELLER = "attribution-seller@example.com"


class TestAttribution(SiteCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		make_user(SELLER, "Sales User")
		frappe.db.commit()  # nosemgrep: a test site

	@classmethod
	def tearDownClass(cls) -> None:
		delete_users(SELLER)
		super().tearDownClass()

	def setUp(self) -> None:
		frappe.db.delete("Nurture Activity", {"activity_type": ["in", ["Became Customer", "MQL Reached"]]})
		self.lead = self.bought("attributed", ("Webinar Attended", "Event", 8), ("Email Click", "Email", 4))

	def tearDown(self) -> None:
		frappe.set_user("Administrator")
		frappe.db.rollback()
		# running a report may commit
		frappe.db.delete("User Permission", {"user": SELLER})
		frappe.db.delete("Property Setter", {"doc_type": "Lead", "field_name": "campaign_name"})
		frappe.db.commit()  # nosemgrep: a test site
		frappe.clear_cache(doctype="Lead")

	def bought(self, name: str, *done: tuple[str, str, int], **values: Any) -> str:
		"""A lead of ten days ago that became a customer yesterday, with activities so many days ago."""
		lead = make_lead(f"{name}{frappe.generate_hash(length=5)}", **values).name
		frappe.db.set_value("Lead", lead, "creation", add_days(now_datetime(), -10), update_modified=False)
		columns = ["name", "party_type", "party", "activity_type", "channel", "occurred_on"]
		for kind, channel, days_ago in (*done, ("Became Customer", "Sales", 1)):
			key = frappe.generate_hash(length=10)
			row = (key, "Lead", lead, kind, channel, add_days(now_datetime(), -days_ago), "human", key)
			frappe.db.bulk_insert("Nurture Activity", [*columns, "classification", "dedupe_key"], [row])
		return lead

	def report(self, **filters: Any) -> dict[str, Any]:
		span = {"from_date": add_days(nowdate(), -5), "to_date": nowdate()}
		return run("Nurture Attribution", filters=span | filters)

	def credit(self, **filters: Any) -> dict[str, float]:
		return {row["group"]: round(row["credit"], 2) for row in self.report(**filters)["result"]}

	def test_the_credit_is_all_customers_whatever_the_model(self) -> None:
		self.bought("bare", source=frappe.db.get_value("Lead Source", {}, "name"))
		for model in ("First Touch", "Last Touch", "Linear", "U-Shaped", "W-Shaped"):
			report = self.report(model=model)
			*rows, total = report["result"]
			self.assertAlmostEqual(sum(row["credit"] for row in rows), 2)
			self.assertAlmostEqual(sum(row["percent"] for row in rows), 100)
			self.assertEqual((total["group"], total["credit"], total["influenced"]), ("All", 2, 2))
			self.assertAlmostEqual(sum(report["chart"]["data"]["datasets"][0]["values"]), 2, places=1)
		self.assertEqual(self.credit(model="Last Touch")["Email"], 1)

	def test_invoices_are_shared_like_the_customers(self) -> None:
		company = frappe.db.get_value("Company", {}, ["name", "default_currency"], as_dict=True)
		customer = {"customer_name": "Attributed & Co", "lead_name": self.lead, "customer_type": "Company"}
		customer = frappe.get_doc({"doctype": "Customer", **customer}).insert(ignore_permissions=True)
		values = {"customer": customer.name, "company": company.name, "docstatus": 1, "base_net_total": 900}
		frappe.get_doc({"doctype": "Sales Invoice", "name": "ATTRIBUTION-1", **values}).db_insert()
		rows = {row["group"]: row for row in self.report()["result"]}
		self.assertAlmostEqual(rows["Email"]["amount"], 300)
		self.assertEqual((rows["Email"]["influenced_amount"], rows["All"]["amount"]), (900, 900))

	def test_what_people_say_stands_beside_it(self) -> None:
		frappe.db.delete("Nurture Insight")
		others = [make_lead(f"says{number}{frappe.generate_hash(length=5)}").name for number in range(3)]
		frappe.db.set_value("Lead", others[0], "lead_owner", SELLER)
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
			message = self.report(**filters)["message"]
			self.assertTrue(message.endswith(line.format("A friend (2), The &lt; fair&gt; (1)")), message)
		add_user_permission("User", SELLER, SELLER, applicable_for="Lead", ignore_permissions=True)
		frappe.set_user(SELLER)
		message = self.report()["message"]
		self.assertTrue(message.endswith(line.format("A friend (1)")), message)
		frappe.set_user("Administrator")
		frappe.db.delete("Nurture Insight")
		self.assertNotIn("What people say", self.report()["message"])

	def test_what_is_wrong_is_said(self) -> None:
		for wrong, said in (
			({"days": 0}, "number of days"),
			({"days": 99999}, "number of days"),
			({"model": "U-Shaped", "percent": 51}, "from 0 to 50"),
			({"model": "W-Shaped", "percent": -1}, "from 0 to 33.3"),
			({"from_date": "2026-05-02", "to_date": "2026-05-01"}, "first day is after"),
		):
			self.assertIn(said, self.report(**wrong)["message"], wrong)
		self.assertIn("No lead got that far", self.report(step="mql")["message"])
		self.assertTrue(self.report(by="'", model="<b>", step="x", percent="")["result"])

	def test_only_leads_and_fields_the_user_may_see(self) -> None:
		add_user_permission("User", SELLER, SELLER, applicable_for="Lead", ignore_permissions=True)
		frappe.set_user(SELLER)
		self.assertEqual(self.report()["result"], [])
		frappe.set_user("Administrator")
		frappe.db.set_value("Lead", self.lead, "lead_owner", SELLER)
		frappe.set_user(SELLER)
		self.assertEqual(self.credit()["All"], 1)
		self.assertNotIn("amount", self.report()["result"][0], "no permission for invoices")
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
		frappe.set_user(SELLER)
		self.assertIn("You may not see the field", self.report(by="Campaign")["message"])
		self.assertTrue(self.credit(by="Sequence"))
