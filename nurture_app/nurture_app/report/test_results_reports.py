"""Lead Funnel and Follow-Up on Leads, as the Desk runs them."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.desk.query_report import run
from frappe.utils import add_days, add_to_date, now_datetime

from nurture_app.engine.figures.funnel import GROUPS, STEPS, WAYS, Funnel, Group
from nurture_app.nurture_app.report.nurture_funnel.nurture_funnel import in_words
from nurture_app.site.testing.desk import delete_users, make_user
from nurture_app.site.testing.factories import make_lead
from nurture_app.site.testing.site_case import SiteCase

SELLER, OTHER = "funnel-seller@example.com", "funnel-other@example.com"
INDUSTRY = "Funnel Makers"


def group(leads: int, **reached: int) -> Group:
	return Group("", leads, dict.fromkeys(STEPS, 0) | reached, dict.fromkeys(WAYS))


class TestResultsReports(SiteCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		for user in (SELLER, OTHER):
			make_user(user, "Sales User", "Sales Manager")
		if not frappe.db.exists("Industry Type", INDUSTRY):
			frappe.get_doc({"doctype": "Industry Type", "industry": INDUSTRY}).insert()
		frappe.db.commit()  # nosemgrep: a test site

	@classmethod
	def tearDownClass(cls) -> None:
		frappe.delete_doc("Industry Type", INDUSTRY, force=True)
		delete_users(SELLER, OTHER)
		super().tearDownClass()

	def tearDown(self) -> None:
		frappe.set_user("Administrator")
		frappe.db.rollback()
		# running a report may commit
		frappe.db.delete("User Permission", {"user": SELLER})
		frappe.db.delete("Property Setter", {"doc_type": "Lead", "field_name": "industry"})
		frappe.db.commit()  # nosemgrep: a test site
		frappe.clear_cache(doctype="Lead")

	def lead(self, name: str, *steps: tuple[str, int], **values: Any) -> str:
		"""Created ten days ago, with activities so many days ago."""
		lead = make_lead(name, industry=INDUSTRY, **values).name
		frappe.db.set_value("Lead", lead, "creation", add_days(now_datetime(), -10), update_modified=False)
		columns = ["name", "party_type", "party", "activity_type", "occurred_on"]
		for kind, days_ago in steps:
			name = frappe.generate_hash(length=10)
			row = (name, "Lead", lead, kind, add_days(now_datetime(), -days_ago), "human", name)
			frappe.db.bulk_insert("Nurture Activity", [*columns, "classification", "dedupe_key"], [row])
		return lead

	def report(self, name: str, **filters: Any) -> dict:
		usual = {"from_date": add_days(None, -30), "to_date": add_days(None, 0)}
		return run(name, filters={**usual, **filters})

	def rows(self, name: str, key: str, **filters: Any) -> dict[str, dict]:
		return {row[key]: row for row in self.report(name, **filters)["result"] if isinstance(row, dict)}

	def test_the_funnel_counts_steps_by_what_leads_have_in_common(self) -> None:
		self.lead("funnel0", ("MQL Reached", 8), ("SQL Reached", 6), ("Became Customer", 2))
		self.lead("funnel1", ("MQL Reached", 5))
		self.lead("funnel2")
		row = self.rows("Nurture Funnel", "group", by="Industry")[INDUSTRY]
		self.assertEqual([row[step] for step in ("leads", *STEPS)], [3, 2, 1, 0, 1])
		self.assertEqual(row["sql_percent"], 50)
		self.assertIsNone(row["to_mql"])
		found = self.report("Nurture Funnel", by="Industry")
		self.assertIn("followed until today", found["message"])
		everybody = found["result"][-1]
		self.assertEqual(everybody["group"], "All Leads")
		self.assertEqual(found["chart"]["data"]["datasets"][0]["values"][0], everybody["leads"])
		self.assertEqual(found["report_summary"][0]["label"], "Leads to MQL")

	def test_the_funnel_can_be_asked_in_every_way(self) -> None:
		self.lead("funnel3", source="Cold Calling", territory="All Territories", lead_owner=SELLER)
		for by in GROUPS:
			found = self.report("Nurture Funnel", by=by)
			self.assertTrue(found["result"], by)
			self.assertEqual(found["result"][-1]["group"], "All Leads", by)
		self.assertIn("Cold Calling", self.rows("Nurture Funnel", "group", by="Source"))
		self.assertIn("holdout", self.report("Nurture Funnel", by="Nurtured")["message"])
		self.assertIn("counts in each", self.report("Nurture Funnel", by="Segment")["message"])
		empty = self.report("Nurture Funnel", from_date="2001-01-01", to_date="2001-01-02")
		self.assertIn("No leads were created", empty["message"])

	def test_invoices_are_for_those_who_may_read_all_of_them(self) -> None:
		lead = self.lead("funnel5", lead_owner=SELLER)
		usual = frappe.defaults.get_user_default("Company") or frappe.db.get_value(
			"Company", {}, order_by="name"
		)
		company = frappe.get_doc("Company", usual)
		customer = frappe.get_doc({"doctype": "Customer", "customer_name": "Funnel Customer"})
		customer.update({"lead_name": lead, "customer_type": "Company"}).insert()
		values = {"name": "FUNNEL-INV", "customer": customer.name, "company": company.name}
		values |= {"docstatus": 1, "base_net_total": 1250}
		frappe.db.bulk_insert("Sales Invoice", list(values), [tuple(values.values())])
		found = self.report("Nurture Funnel", by="Industry")
		row = next(row for row in found["result"] if row["group"] == INDUSTRY)
		self.assertEqual((row["invoiced"], row["currency"]), (1250, company.default_currency))
		self.assertEqual(found["report_summary"][-1]["label"], "Invoiced")
		self.assertIn("submitted invoices", found["message"])
		frappe.set_user(SELLER)
		found = self.report("Nurture Funnel", by="Industry")
		self.assertNotIn("invoiced", [column["fieldname"] for column in found["columns"]])
		self.assertNotIn("1250", frappe.as_json(found))

	def test_few_mqls_that_become_sql_are_pointed_out_where_it_is_no_chance(self) -> None:
		few = Funnel(group(400, mql=100, sql=5), (), None)
		self.assertIn(
			"Of 100 MQLs 5.0 % became SQL, less than your mark of 20.0 %", in_words(few, "Month", 20)[0]
		)
		for found, mark in (
			(Funnel(group(400, mql=100, sql=5), (), None), 0),
			(Funnel(group(400, mql=100, sql=15), (), None), 20),
			(Funnel(group(40, mql=20, sql=0), (), None), 20),
		):
			self.assertFalse(any("your mark" in line for line in in_words(found, "Month", mark)))

	def test_follow_up_counts_by_owner_and_lists_who_waits(self) -> None:
		quick = self.lead("follow0", ("MQL Reached", 5), lead_owner=SELLER)
		waiting = self.lead("follow1", ("MQL Reached", 5), lead_owner=SELLER)
		mail = {"doctype": "Communication", "communication_type": "Communication", "subject": "Hello"}
		mail |= {"communication_medium": "Email", "sent_or_received": "Sent", "content": "Hello"}
		mail |= {"reference_doctype": "Lead", "reference_name": quick}
		sent = frappe.get_doc(mail).insert()
		moment = add_to_date(now_datetime(), days=-5, hours=3)
		frappe.db.set_value("Communication", sent.name, "communication_date", moment)
		row = self.rows("Nurture Follow-Up", "owner")[SELLER]
		names = ("leads", "in_time", "late", "overdue", "waiting", "percent", "median_hours")
		self.assertEqual([row[name] for name in names], [2, 1, 0, 1, 0, 50, 3])
		late = self.rows("Nurture Follow-Up", "owner", hours=2)[SELLER]
		self.assertEqual((late["in_time"], late["late"]), (0, 1))
		listed = self.rows("Nurture Follow-Up", "lead", show="Waiting")
		self.assertEqual(listed[waiting]["state"], "Overdue")
		self.assertNotIn(quick, listed)
		self.assertTrue(self.report("Nurture Follow-Up", at_work=1, since="Lead Created")["result"])

	def test_each_sees_figures_of_the_leads_they_may_read(self) -> None:
		mine = self.lead("follow2", ("MQL Reached", 5), lead_owner=SELLER)
		theirs = self.lead("follow3", ("MQL Reached", 5), lead_owner=OTHER)
		permission = {"doctype": "User Permission", "user": SELLER, "allow": "User", "for_value": SELLER}
		frappe.get_doc({**permission, "applicable_for": "Lead", "apply_to_all_doctypes": 0}).insert()
		frappe.clear_cache(user=SELLER)
		listed = self.rows("Nurture Follow-Up", "lead", show="Waiting")
		self.assertLessEqual({mine, theirs}, set(listed))
		frappe.set_user(SELLER)
		listed = self.rows("Nurture Follow-Up", "lead", show="Waiting")
		self.assertIn(mine, listed)
		self.assertNotIn(theirs, listed)
		self.assertEqual(self.rows("Nurture Funnel", "group", by="Industry")[INDUSTRY]["leads"], 1)

	def test_a_field_that_somebody_may_not_see_groups_nothing_for_them(self) -> None:
		self.lead("funnel4")
		maker = {"doc_type": "Lead", "field_name": "industry", "property": "permlevel", "value": 3}
		setter = {"doctype": "Property Setter", "doctype_or_field": "DocField", "property_type": "Int"}
		frappe.get_doc({**setter, **maker}).insert()
		frappe.clear_cache(doctype="Lead")
		frappe.set_user(SELLER)
		found = self.report("Nurture Funnel", by="Industry")
		self.assertIn("may not see the field Industry", found["message"])
		self.assertEqual(found["result"], [])

	def test_they_come_by_mail_every_week(self) -> None:
		waiting = self.lead("follow4", ("MQL Reached", 5), lead_owner=SELLER)
		values = {"doctype": "Auto Email Report", "user": "Administrator", "email_to": SELLER}
		values |= {"report_type": "Script Report", "format": "HTML", "frequency": "Weekly"}
		values |= {
			"dynamic_date_period": "Monthly",
			"from_date_field": "from_date",
			"to_date_field": "to_date",
		}
		for report, filters, said in (
			("Nurture Follow-Up", {"since": "MQL Reached", "hours": 24, "show": "Waiting"}, waiting),
			("Nurture Funnel", {"by": "Industry"}, INDUSTRY),
		):
			doc = frappe.get_doc({**values, "report": report, "filters": frappe.as_json(filters)}).insert()
			self.assertIn(said, doc.get_report_content())

	def test_odd_filters_are_named(self) -> None:
		for hours in (0, -1, 100000):
			said = self.report("Nurture Follow-Up", hours=hours)["message"]
			self.assertIn("more than 0 and at most 2160 hours", said)
		said = self.report("Nurture Funnel", from_date=add_days(None, 2))["message"]
		self.assertIn("first day is after the last", said)

	def test_what_frappe_says_of_a_wrong_filter_is_shown_without_its_markup(self) -> None:
		said = self.report("Nurture Funnel", from_date="<i>soon</i>", by="Month")["message"]
		self.assertIn("soon is not a valid date string.", said)
		self.assertNotIn("&lt;", said)
