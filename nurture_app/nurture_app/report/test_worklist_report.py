"""Leads to Contact, as the Desk runs it."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import frappe
from frappe.desk.form.assign_to import add as assign
from frappe.desk.query_report import run
from frappe.utils import add_days, now_datetime, nowdate

from nurture_app.engine.activities import ActivityIn, record
from nurture_app.nurture_app.report.nurture_worklist import nurture_worklist
from nurture_app.site.host import site_host
from nurture_app.site.testing.desk import delete_users, make_reps
from nurture_app.site.testing.factories import make_lead, settle_settings
from nurture_app.site.testing.site_case import SiteCase

REP, OTHER = "rep@worklist.example", "other@worklist.example"


class TestWorklist(SiteCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		make_reps(REP, OTHER)
		frappe.db.commit()  # nosemgrep: a test site

	@classmethod
	def tearDownClass(cls) -> None:
		delete_users(REP, OTHER)
		super().tearDownClass()

	def setUp(self) -> None:
		settle_settings()
		self.host = site_host(commit=False)

	def tearDown(self) -> None:
		frappe.set_user("Administrator")
		frappe.db.rollback()
		# running a report may commit
		for doctype in ("User Permission", "Property Setter"):
			frappe.db.delete(
				doctype,
				{"user": REP}
				if doctype == "User Permission"
				else {"doc_type": "Lead", "field_name": "mobile_no"},
			)
		frappe.db.commit()  # nosemgrep: a test site
		frappe.clear_cache(doctype="Lead")

	def lead(self, name: str, stage: str = "SQL", **values: Any) -> str:
		lead = make_lead(name, **values).name
		since = add_days(now_datetime(), -3)
		frappe.db.set_value(
			"Lead", lead, {"nurture_stage": stage, "nurture_stage_since": since}, update_modified=False
		)
		return lead

	def visits(self, lead: str) -> None:
		"""Its points are not enough for its stage, which is put back."""
		stage = frappe.db.get_value("Lead", lead, "nurture_stage")
		seen = ActivityIn(lead, "Page View", now_datetime(), "Website", "/pricing", dedupe_key="worklist")
		record(self.host, [seen])
		frappe.db.set_value("Lead", lead, "nurture_stage", stage, update_modified=False)

	def rows(self, **filters: Any) -> dict[str, dict]:
		found = run("Nurture Worklist", filters=filters)["result"]
		return {row["lead"]: row for row in found}

	def said(self, **filters: Any) -> str:
		return run("Nurture Worklist", filters=filters)["message"] or ""

	def test_a_rep_sees_own_and_assigned_leads_with_what_each_did_last(self) -> None:
		own = self.lead("worklist0", lead_owner=REP, mobile_no="+49 30 555 01", company_name="Worklist Ltd")
		given, theirs = self.lead("worklist1", lead_owner=OTHER), self.lead("worklist2", lead_owner=OTHER)
		early = self.lead("worklist3", "Nurture", lead_owner=REP)
		assign(
			{
				"assign_to": [REP],
				"doctype": "Lead",
				"name": given,
				"description": "Ask about the trade fair",
				"date": nowdate(),
			}
		)
		self.visits(own)
		frappe.set_user(REP)
		found = self.rows(user=REP)
		self.assertEqual(set(found) & {own, given, theirs, early}, {own, given})
		row = found[own]
		told = (row["state"], row["signal"], row["phone"], row["company"], row["task"])
		self.assertEqual(told, ("Waiting", "Page View: /pricing", "+49 30 555 01", "Worklist Ltd", ""))
		self.assertTrue(found[given]["task"].endswith("Ask about the trade fair"))
		self.assertIn(early, self.rows(user=REP, stage="Nurture"))
		frappe.db.set_value("Lead", given, "nurture_stage", "Recycle", update_modified=False)
		self.assertEqual(set(self.rows(user=REP)) & {own, given}, {own, given})
		self.assertEqual(set(self.rows(user=REP, stage="SQL")) & {own, given}, {own})
		self.assertIn(theirs, self.rows())
		card = frappe.get_doc("Number Card", "Nurture Leads to Contact")
		self.assertEqual(frappe.call(card.method, filters="{}")["value"], len(found))
		self.assertTrue(card.has_permission("read"))
		self.assertNotIn(own, self.rows(state="In Touch"))

	def test_what_a_colleague_noted_for_himself_is_not_told(self) -> None:
		lead = self.lead("worklist4", lead_owner=REP)
		assign({"assign_to": [REP], "doctype": "Lead", "name": lead, "description": "Careful with this one"})
		frappe.set_user(OTHER)
		self.assertEqual(self.rows(user=REP)[lead]["task"], "")

	def test_leads_and_fields_a_user_may_not_see_are_left_out(self) -> None:
		own = self.lead("worklist5", lead_owner=REP, mobile_no="+49 30 555 02")
		theirs = self.lead("worklist6", lead_owner=OTHER)
		permission = {"doctype": "User Permission", "user": REP, "allow": "User", "for_value": REP}
		frappe.get_doc({**permission, "applicable_for": "Lead", "apply_to_all_doctypes": 0}).insert()
		setter = {"doctype": "Property Setter", "doctype_or_field": "DocField", "property_type": "Int"}
		maker = {"doc_type": "Lead", "field_name": "mobile_no", "property": "permlevel", "value": 3}
		frappe.get_doc({**setter, **maker}).insert()
		frappe.clear_cache(user=REP)
		frappe.clear_cache(doctype="Lead")
		frappe.set_user(REP)
		found = self.rows()
		self.assertIn(own, found)
		self.assertNotIn(theirs, found)
		self.assertEqual(found[own]["phone"], "")

	def test_an_empty_list_and_a_cut_one_say_so(self) -> None:
		self.assertIn("neither as owner nor by assignment", self.said(user=OTHER))
		for number in (7, 8):
			self.lead(f"worklist{number}")
		with patch.object(nurture_worklist, "MOST", 1):
			self.assertEqual(len(self.rows()), 1)
			self.assertIn("first 1", self.said())

	def test_it_comes_by_mail_every_morning(self) -> None:
		lead = self.lead("worklist9", lead_owner=REP)
		values = {
			"doctype": "Auto Email Report",
			"report": "Nurture Worklist",
			"report_type": "Script Report",
		}
		values |= {"user": "Administrator", "email_to": REP, "format": "HTML", "frequency": "Daily"}
		doc = frappe.get_doc({**values, "filters": frappe.as_json({"user": REP})}).insert()
		self.assertIn(lead, doc.get_report_content())

	def test_odd_filters_are_named(self) -> None:
		self.assertIn("no stage “Hot”", self.said(stage="Hot"))
		self.assertIn("Show one of Waiting, New Signal, In Touch", self.said(state="Later"))
