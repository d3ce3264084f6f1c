"""What a salesperson is told to do about a lead."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import add_days, format_date, now_datetime

from nurture_app.engine import runner
from nurture_app.engine.activities import ActivityIn, record
from nurture_app.engine.enrollments.entering import enroll
from nurture_app.site.api import approval_actions, lead_panel
from nurture_app.site.host import site_host
from nurture_app.site.testing.desk import DeskCase, delete_users, make_reps, make_user
from nurture_app.site.testing.factories import (
	make_lead,
	make_rule,
	make_sequence,
	make_touch,
	settle_settings,
)
from nurture_app.site.testing.site_case import SiteCase

SEQUENCE = "What Next Test"
REP, OTHER = "rep@whatnext.example", "other@whatnext.example"


class TestWhatNext(SiteCase):
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
		self.lead = make_lead("whatnext", nurture_email_consent="Given", lead_owner=REP)

	def tearDown(self) -> None:
		frappe.set_user("Administrator")
		frappe.db.rollback()

	def run_steps(self, *steps: dict[str, Any]) -> str:
		make_sequence(SEQUENCE, list(steps))
		((outcome),) = enroll(self.host, SEQUENCE, [self.lead.name])
		while runner.tick(self.host, "test").claimed:
			pass
		return outcome.enrollment

	def panel(self, user: str) -> dict[str, Any]:
		frappe.set_user(user)
		try:
			return lead_panel.get_panel(self.lead.name)
		finally:
			frappe.set_user("Administrator")

	def make_hot(self) -> None:
		make_rule("What Next Test: demo", "Demo Request", 90)
		record(self.host, [ActivityIn(self.lead.name, "Demo Request", now_datetime())])

	def test_tasks_of_sequences_are_shown_until_they_are_done(self) -> None:
		task = {"step_label": "Call", "step_type": "Task", "task_description": "Call Miller & Sons"}
		self.run_steps(task, {"step_label": "Wait", "step_type": "Wait", "delay": 9, "delay_unit": "Days"})
		panel = self.panel(REP)
		((shown),) = panel["tasks"]
		self.assertEqual((shown.text, shown.mine, shown.who), ("Call Miller & Sons", True, "rep"))
		self.assertIn("To Do", panel["next"])
		frappe.share.add("Lead", self.lead.name, OTHER)
		((shown),) = self.panel(OTHER)["tasks"]
		self.assertFalse(shown.mine)
		todo = frappe.get_doc("ToDo", shown.name)
		todo.status = "Closed"
		todo.save()
		panel = self.panel(REP)
		self.assertEqual((panel["tasks"], panel["next"]), ([], ""))

	def test_whoever_is_waited_for_is_told_so(self) -> None:
		frappe.share.add("Lead", self.lead.name, OTHER)
		name = self.run_steps(
			{"step_label": "Gate", "step_type": "Approval", "approve_by": REP},
			{"step_label": "Wait", "step_type": "Wait", "delay": 9, "delay_unit": "Days"},
		)
		self.assertIn("waits for your release", self.panel(REP)["next"])
		self.assertIn("Waits for somebody", self.panel(OTHER)["next"])
		approval_actions.release(name)
		self.assertEqual(self.panel(REP)["tasks"], [])

	def test_a_hot_lead_is_for_sales_unless_sales_has_it_or_it_is_won(self) -> None:
		self.make_hot()
		self.assertIn("get in touch", self.panel(REP)["next"])
		frappe.get_doc(
			{"doctype": "Opportunity", "opportunity_from": "Lead", "party_name": self.lead.name}
		).insert(ignore_permissions=True, ignore_mandatory=True)
		opportunity = frappe.db.get_value("Opportunity", {"party_name": self.lead.name})
		self.assertIn(opportunity, self.panel(REP)["next"])
		mine = make_lead("mineonly").name
		frappe.get_doc({"doctype": "Opportunity", "opportunity_from": "Lead", "party_name": mine}).insert(
			ignore_permissions=True, ignore_mandatory=True
		)
		own = frappe.db.get_value("Opportunity", {"party_name": mine})
		frappe.permissions.add_user_permission("Opportunity", own, OTHER, ignore_permissions=True)
		self.addCleanup(frappe.clear_cache, user=OTHER)
		told = self.panel(OTHER)["next"]
		self.assertIn("open opportunity", told)
		self.assertNotIn(opportunity, told, "may not be read")
		frappe.db.set_value("Opportunity", opportunity, "status", "Converted")
		frappe.db.set_value("Lead", self.lead.name, "status", "Converted")
		self.assertEqual(self.panel(REP)["next"], "")

	def test_whoever_has_been_in_touch_is_not_told_to_be(self) -> None:
		self.make_hot()
		since = frappe.db.get_value("Lead", self.lead.name, "nurture_stage_since")
		self.assertIn(f"since {format_date(since)}", self.panel(REP)["next"])
		mail = {"doctype": "Communication", "communication_type": "Communication", "subject": "Hello"}
		mail |= {"communication_medium": "Phone", "sent_or_received": "Sent", "content": "We spoke."}
		mail |= {"reference_doctype": "Lead", "reference_name": self.lead.name}
		call = frappe.get_doc(mail).insert()
		for moment, said in ((add_days(since, -1), "get in touch"), (add_days(since, 1), "Last contact on")):
			frappe.db.set_value("Communication", call.name, "communication_date", moment)
			self.assertIn(said, self.panel(REP)["next"])

	def test_reasons_say_until_when_points_count(self) -> None:
		make_rule("What Next Test: call", "Call", 10, decay="Half-life", decay_days=7)
		make_rule("What Next Test: demo", "Demo Request", 90, decay="Expire", decay_days=30)
		now = now_datetime()
		record(self.host, [ActivityIn(self.lead.name, kind, now) for kind in ("Call", "Demo Request")])
		demo, call = self.panel(REP)["reasons"]
		self.assertEqual((demo["ends_on"] - now).days, 30)
		self.assertEqual((call["ends_on"], call["half_life_days"], call["full"]), (None, 7, 10))
		self.assertTrue(call["is_rule"] and not call["holds"])


class TestUntakenInTheDesk(DeskCase):
	def test_a_handover_that_came_to_nothing_is_seen_from_every_tab(self) -> None:
		make_user(REP, "Sales User", "Sales Manager")
		self.addCleanup(self.clear)
		settle_settings()
		lead = make_lead("untaken", lead_owner=REP)
		given_back = {"channel": "Handoff", "status": "Skipped", "reason": "given_back"}
		make_touch(lead, sequence=make_sequence(SEQUENCE), step="Hand", reason_detail=REP, **given_back)
		page = self.desk(REP, f"lead/{lead.name}", viewport={"width": 1400, "height": 1000})
		summary = page.locator(".nurture-summary")
		summary.get_by_text("Nobody Has Taken It").wait_for()
		summary.click()
		page.locator(".nurture-panel").get_by_role("status").get_by_text("gave back the lead").wait_for()
		self.picture(page, "a lead that was given back")

	def clear(self) -> None:
		frappe.db.rollback()
		frappe.delete_doc("User", REP, force=True, ignore_missing=True)
		frappe.db.commit()  # nosemgrep: a test site
