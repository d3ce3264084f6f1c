"""The report of leads that came back, as the Desk runs it."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.desk.query_report import run
from frappe.utils import add_days, now_datetime

from nurture_app.engine.figures.reactivated import Comparison, Group
from nurture_app.nurture_app.report.nurture_reactivated_leads.nurture_reactivated_leads import in_words
from nurture_app.site.testing.factories import make_lead
from nurture_app.site.testing.site_case import SiteCase


class TestReactivatedLeads(SiteCase):
	def tearDown(self) -> None:
		frappe.db.rollback()

	def activity(self, lead: str, kind: str, days_ago: int, detail: str = "") -> None:
		name = frappe.generate_hash(length=10)
		columns = ["name", "party_type", "party", "activity_type", "occurred_on", "detail"]
		row = (name, "Lead", lead, kind, add_days(now_datetime(), -days_ago), detail)
		frappe.db.bulk_insert(
			"Nurture Activity", [*columns, "classification", "dedupe_key"], [(*row, "human", name)]
		)

	def report(self, **filters: Any) -> dict:
		usual = {"from_date": add_days(None, -300), "to_date": add_days(None, 0), "days": 90}
		return run("Nurture Reactivated Leads", filters={**usual, "tag": "Test Back", **filters})

	def test_it_counts_who_came_back_and_says_what_that_means(self) -> None:
		for number, days_ago in enumerate((200, 150, 20)):
			lead = make_lead(f"back{number}").name
			frappe.db.set_value("Lead", lead, "creation", add_days(now_datetime(), -400))
			self.activity(lead, "Tag Added", days_ago, "Test Back")
			self.activity(lead, "Opportunity Created", 140)
		found = self.report()
		back = found["result"][0]
		self.assertEqual((back["people"], back["opportunities"], back["customers"]), (2, 2, 0))
		self.assertTrue(30 < back["opportunities_low"] < 100 == back["opportunities_percent"])
		self.assertIn("1 more came back less than 90 days ago", found["message"])
		self.assertEqual(self.report(tag="Nobody Has This")["result"][0]["people"], 0)

	def test_odd_filters_are_named_and_no_error_to_frappe(self) -> None:
		for odd, said in (
			({"from_date": add_days(None, 2)}, "first day is after the last"),
			({"days": 5000}, "1 to 730 days"),
			({"days": -1}, "1 to 730 days"),
		):
			found = self.report(**odd)
			self.assertIn(said, found["message"])
			self.assertEqual((found["columns"], found["result"]), ([], []))

	def test_words_say_no_more_than_the_figures(self) -> None:
		less = " ".join(in_words(Comparison(Group(400, 4, 0), Group(400, 60, 40), 0), 90))
		self.assertIn(
			"Of 400 leads that came back 4 had an opportunity (1.0 %), of 400 others 60 (15.0 %)", less
		)
		self.assertIn("percentage points less", less)
		more = " ".join(in_words(Comparison(Group(400, 80, 40), Group(400, 20, 10), 0), 90))
		self.assertIn("percentage points more", more)
		few = " ".join(in_words(Comparison(Group(4, 1, 0), Group(400, 20, 10), 0), 90))
		self.assertIn("No difference can be told", few)
		self.assertIn("Nobody came back", in_words(Comparison(Group(), Group(9), 0), 90)[0])
