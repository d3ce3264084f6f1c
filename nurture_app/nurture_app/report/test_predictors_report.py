"""Signals and Outcomes, as the Desk runs it."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.desk.query_report import run
from frappe.utils import add_days, now_datetime

from nurture_app.engine.figures.predictors import Predictor, Predictors
from nurture_app.engine.figures.shares import Share
from nurture_app.nurture_app.report.nurture_predictors.nurture_predictors import in_words
from nurture_app.site.testing.desk import delete_users, make_user
from nurture_app.site.testing.factories import make_lead, make_rule
from nurture_app.site.testing.site_case import SiteCase

BOSS = "boss@predictors.example"
YEAR = 2009
"""No other test makes leads of that year."""


class TestPredictors(SiteCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		make_user(BOSS, "Sales User", "Sales Manager")
		frappe.db.commit()  # nosemgrep: a test site

	@classmethod
	def tearDownClass(cls) -> None:
		delete_users(BOSS)
		super().tearDownClass()

	def tearDown(self) -> None:
		frappe.set_user("Administrator")
		frappe.db.rollback()
		frappe.db.delete("User Permission", {"user": BOSS})  # running a report may commit
		frappe.db.commit()  # nosemgrep: a test site

	def lead(self, name: str, *kinds: str) -> None:
		"""Did one after the other, a day apart."""
		lead = make_lead(name).name
		frappe.db.set_value("Lead", lead, "creation", f"{YEAR}-06-01", update_modified=False)
		columns = [
			"name",
			"party_type",
			"party",
			"activity_type",
			"occurred_on",
			"classification",
			"dedupe_key",
		]
		for day, kind in enumerate(kinds):
			key = frappe.generate_hash(length=10)
			row = (key, "Lead", lead, kind, add_days(now_datetime(), day - 10), "human", key)
			frappe.db.bulk_insert("Nurture Activity", columns, [row])

	def report(self, **filters: Any) -> dict:
		return run(
			"Nurture Predictors",
			filters={"from_date": f"{YEAR}-01-01", "to_date": f"{YEAR}-12-31", **filters},
		)

	def test_what_was_done_before_stands_beside_the_points_it_brings(self) -> None:
		make_rule("Predictors Test", activity_type="Demo Request", points=30)
		self.lead("predict0", "Demo Request", "Became Customer", "Page View")
		self.lead("predict1", "Page View")
		found = self.report()
		rows = {row["signal"]: row for row in found["result"]}
		self.assertEqual(set(rows), {"Demo Request", "Page View"})
		asked = rows["Demo Request"]
		told = [asked[name] for name in ("leads", "reached", "percent", "others_percent", "verdict", "low")]
		self.assertEqual(told, [1, 1, 100, 0, "Too Few", None])
		self.assertIn("+30", asked["points"])
		self.assertEqual((rows["Page View"]["leads"], rows["Page View"]["reached"]), (1, 0))
		self.assertIn("Of 2 leads 1 had the outcome “Became Customer” (50.0 %).", found["message"])

	def test_signals_without_points_and_points_in_vain_are_named(self) -> None:
		good = Predictor("Demo Request", Share(30, 40), Share(1, 60), (), 40.0, 80.0)
		bad = Predictor("Page View", Share(1, 60), Share(30, 40), (5,), -80.0, -40.0)
		said = " ".join(in_words(Predictors(Share(31, 100), (good, bad)), "Became Customer"))
		self.assertIn("no rule gives points: Demo Request.", said)
		self.assertIn("a rule gives points: Page View.", said)

	def test_odd_filters_and_users_who_see_only_some_leads_are_told(self) -> None:
		self.assertIn("Choose one of", self.report(outcome="Luck")["message"])
		self.assertIn("No leads were created", self.report(to_date=f"{YEAR}-01-02")["message"])
		frappe.set_user(BOSS)
		self.assertIn("No leads were created", self.report()["message"])
		frappe.set_user("Administrator")
		permission = {"doctype": "User Permission", "user": BOSS, "allow": "User", "for_value": BOSS}
		frappe.get_doc({**permission, "applicable_for": "Lead", "apply_to_all_doctypes": 0}).insert()
		frappe.clear_cache(user=BOSS)
		frappe.set_user(BOSS)
		self.assertIn("about all leads", self.report()["message"])
