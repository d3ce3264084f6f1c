"""The report of links of one campaign, as the Desk runs it."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.desk.query_report import run
from frappe.utils import add_days, now_datetime

from nurture_app.engine.activities import ActivityIn, record
from nurture_app.engine.figures.links import Link
from nurture_app.nurture_app.report.nurture_compared_links.nurture_compared_links import in_words
from nurture_app.site.host import site_host
from nurture_app.site.testing.factories import make_lead
from nurture_app.site.testing.site_case import SiteCase


class TestComparedLinks(SiteCase):
	def tearDown(self) -> None:
		frappe.db.rollback()

	def visit(self, content: str, lead: str = "") -> None:
		number = frappe.generate_hash(length=20)
		who = {"party_type": "Lead", "party": lead}
		visitor = frappe.get_doc({"doctype": "Nurture Visitor", "visitor_id": number, **who}).insert()
		visit = {**who, "utm_campaign": "Links Test", "utm_content": content}
		visit |= {"visitor": visitor.name, "started_on": add_days(now_datetime(), -2)}
		frappe.get_doc({"doctype": "Nurture Visit", **visit}).insert()

	def report(self, **filters: Any) -> dict:
		usual = {"from_date": add_days(None, -30), "to_date": add_days(None, 0), "campaign": "Links Test"}
		return run("Nurture Compared Links", filters={**usual, "activity_type": "Demo Request", **filters})

	def test_it_counts_who_did_it_by_their_link(self) -> None:
		lead = make_lead("linkslead").name
		self.visit("short", lead), self.visit("short"), self.visit("long")
		record(site_host(commit=False), [ActivityIn(lead, "Demo Request", now_datetime())])
		found = self.report()
		rows = [
			(row["content"], row["visitors"], row["leads"], row["reached"])
			for row in found["result"]
			if isinstance(row, dict)
		]
		self.assertEqual(rows, [("long", 1, 0, 0), ("short", 2, 1, 1)])
		self.assertIn("No difference can be told", found["message"])
		self.assertIn("same utm_campaign", self.report(campaign="Nobody's")["message"])

	def test_odd_days_are_named(self) -> None:
		self.assertIn("first day is after", self.report(from_date=add_days(None, 2))["message"])

	def test_words_say_which_brings_more(self) -> None:
		links = [Link("Guide", "long", 400, 90, 20), Link("Guide", "short", 300, 90, 60)]
		self.assertIn("short brings", in_words(links)[0])
		self.assertIn("percentage points more", in_words(links)[0])
