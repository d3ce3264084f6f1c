"""Handoffs to Sales, as the Desk runs it."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.desk.query_report import run
from frappe.permissions import add_user_permission
from frappe.utils import add_days, nowdate

from nurture_app.engine import lifecycle, runner
from nurture_app.engine.enrollments.entering import enroll
from nurture_app.site import active
from nurture_app.site.api import handoff_actions
from nurture_app.site.host import site_host
from nurture_app.site.testing.desk import delete_users, make_reps
from nurture_app.site.testing.factories import make_lead, make_sequence, settle_settings
from nurture_app.site.testing.site_case import SiteCase

REP, OTHER = "rep@handoffs.example", "other@handoffs.example"
SEQUENCE = "Handoffs Report Test"
SPAN = {"from_date": add_days(nowdate(), -1), "to_date": add_days(nowdate(), 1)}


class TestHandoffs(SiteCase):
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
		frappe.db.delete("Nurture Activity", {"activity_type": "Handed Over"})
		host = site_host(commit=False)
		make_sequence(SEQUENCE, [{"step_label": "Hand", "step_type": "Handoff", "handoff_to": "Lead Owner"}])
		lifecycle.activate(host, SEQUENCE)
		active.forget()
		self.leads = [
			make_lead(f"handed{number}{frappe.generate_hash(length=5)}").name for number in range(3)
		]
		for lead, owner in zip(self.leads, (REP, REP, OTHER), strict=True):
			frappe.db.set_value("Lead", lead, "lead_owner", owner)
		enroll(host, SEQUENCE, self.leads)
		while runner.tick(host, "test").claimed:
			pass
		frappe.set_user(REP)
		handoff_actions.accept(self.leads[0])
		handoff_actions.give_back(self.leads[1], "No Budget")
		frappe.set_user("Administrator")

	def tearDown(self) -> None:
		frappe.set_user("Administrator")
		frappe.db.rollback()
		# running a report may commit
		frappe.db.delete("User Permission", {"user": REP})
		for lead in self.leads:
			if frappe.db.exists("Lead", lead):
				frappe.delete_doc("Lead", lead, force=True)
		frappe.db.commit()  # nosemgrep: a test site

	def report(self, **filters: Any) -> dict[str, Any]:
		return run("Nurture Handoffs", filters=SPAN | filters)

	def rows(self, key: str, **filters: Any) -> dict[str, dict[str, Any]]:
		return {row[key]: row for row in self.report(**filters)["result"]}

	def test_each_colleague_and_all_together(self) -> None:
		report = self.report()
		self.assertIn("No Budget (1)", report["message"])
		self.assertEqual([row["value"] for row in report["report_summary"]], [50.0, 1])
		rows = self.rows("group")
		names = ("handed", "accepted", "given_back", "silent", "early")
		self.assertEqual([rows[REP][name] for name in names], [2, 1, 1, 0, 1])
		self.assertEqual([rows[OTHER][name] for name in names], [1, 0, 0, 1, 0])
		self.assertEqual([rows["All"][name] for name in names], [3, 1, 1, 1, 1])
		self.assertEqual((rows[REP]["percent"], rows[OTHER]["percent"]), (50, None))

	def test_by_each_of_what_it_offers(self) -> None:
		self.assertEqual(set(self.rows("group", by="Sequence")), {SEQUENCE})
		self.assertEqual(
			{name: row["handed"] for name, row in self.rows("group", by="Reason").items()},
			{"No Budget": 1, "No Reason Given, or Not Given Back": 2, "All": 3},
		)
		self.assertEqual(set(self.rows("group", by="Score")), {"0 to 19 points"})
		self.assertTrue(self.rows("group", by="Source"))
		self.assertEqual(set(self.rows("group", by="'; drop")), {REP, OTHER, "All"})

	def test_the_leads_themselves(self) -> None:
		self.assertEqual(set(self.rows("lead", show="Leads")), set(self.leads))
		self.assertEqual(set(self.rows("lead", show="No Answer")), {self.leads[2]})
		(row,) = self.report(show="Given Back")["result"]
		self.assertEqual(
			[row[name] for name in ("lead", "user", "sequence", "answer", "reason")],
			[self.leads[1], REP, SEQUENCE, "Given Back", "No Budget"],
		)

	def test_users_see_handovers_of_leads_they_may_see(self) -> None:
		add_user_permission("User", REP, REP, applicable_for="Lead", ignore_permissions=True)
		frappe.set_user(REP)
		self.assertEqual(set(self.rows("lead", show="Leads")), set(self.leads[:2]))
		self.assertEqual(set(self.rows("group")), {REP})

	def test_what_is_wrong_is_said_and_an_empty_time_too(self) -> None:
		self.assertIn(
			"first day is after", self.report(from_date="2026-05-02", to_date="2026-05-01")["message"]
		)
		report = self.report(from_date="2020-05-01", to_date="2020-05-01")
		self.assertEqual((report["result"], report["report_summary"]), ([], None))
		self.assertIn("No lead was handed over", report["message"])

	def test_filters_that_the_desk_does_not_send_are_said_too(self) -> None:
		for wrong, said in (
			({"by": ["Colleague"]}, "by: one value was expected"),
			({"show": {"a": 1}}, "show: one value was expected"),
			({"from_date": ["2026-05-01"]}, "from_date: one value"),
			({"from_date": "0001-01-01"}, "Give a first and a last day"),
			({"to_date": "soon"}, "not a valid date"),
		):
			self.assertIn(said, self.report(**wrong)["message"], wrong)
