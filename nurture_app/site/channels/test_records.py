"""Steps that make an Opportunity or an Event of ERPNext's (TR-27)."""

from __future__ import annotations

from unittest.mock import patch

import frappe

from nurture_app.engine.enrollments.entering import enroll
from nurture_app.engine.enrollments.pausing import resume
from nurture_app.site import nurture_jobs
from nurture_app.site.api import sequence_actions
from nurture_app.site.channels import records
from nurture_app.site.host import site_host
from nurture_app.site.testing.desk import make_user
from nurture_app.site.testing.factories import make_lead, make_sequence
from nurture_app.site.testing.site_case import SiteCase

TITLE = "Record Test"
PROJECT = {
	"step_label": "Project",
	"step_type": "Opportunity",
	"record_text": "{{ lead.first_name }}: project",
}
MEETING = {"step_label": "Meeting", "step_type": "Event", "record_text": "Meet {{ lead.first_name }}"}


class TestRecords(SiteCase):
	def setUp(self) -> None:
		self.owner = "record-owner@site.example"
		make_user(self.owner, "Sales User")
		values = {"first_name": "Ada", "nurture_email_consent": "Given", "lead_owner": self.owner}
		self.lead = make_lead(frappe.generate_hash(length=10), **values).name
		frappe.db.commit()  # nosemgrep: jobs have their own connection

	def tearDown(self) -> None:
		frappe.db.rollback()
		frappe.db.set_value("Nurture Sequence", TITLE, "status", "Draft")
		frappe.db.commit()  # nosemgrep: a test site

	def run_steps(self, *steps: dict) -> None:
		make_sequence(TITLE, [{"delay": 0, **step} for step in steps])
		enroll(site_host(commit=True), TITLE, [self.lead])
		nurture_jobs.run_tick()
		frappe.db.rollback()

	def enrollment(self) -> frappe._dict:
		fields = ["name", "status", "reason", "reason_detail"]
		return frappe.get_all("Nurture Enrollment", {"party": self.lead, "sequence": TITLE}, fields)[0]

	def opportunities(self) -> list[frappe._dict]:
		filters = {"party_name": self.lead}
		return frappe.get_all("Opportunity", filters, ["name", "title", "opportunity_owner", "status"])

	def test_an_opportunity_is_made_once(self) -> None:
		self.run_steps(PROJECT, PROJECT | {"step_label": "Again"})
		(made,) = self.opportunities()
		self.assertEqual((made.title, made.opportunity_owner), ("Ada: project", self.owner))
		touches = frappe.get_all(
			"Nurture Touch",
			{"party": self.lead},
			["step", "status", "reason", "email_queue"],
			order_by="visit asc",
		)
		self.assertEqual(
			[(one.step, one.status) for one in touches], [("Project", "Done"), ("Again", "Skipped")]
		)
		self.assertEqual([one.email_queue for one in touches], [made.name, made.name])
		self.assertEqual(touches[1].reason, "opportunity_open")
		told = frappe.get_all(
			"Nurture Activity", {"party": self.lead, "activity_type": "Opportunity Created"}
		)
		self.assertEqual(len(told), 1)

	def test_an_event_stands_in_the_calendar_of_the_owner(self) -> None:
		self.run_steps(MEETING | {"event_category": "Call", "event_time": "11:00:00", "event_days": 3})
		filters = [["Event Participants", "reference_docname", "=", self.lead]]
		fields = ["name", "subject", "owner", "event_type", "event_category", "starts_on", "ends_on"]
		(made,) = frappe.get_all("Event", filters, fields)
		self.assertEqual((made.subject, made.owner), ("Meet Ada", self.owner))
		self.assertEqual((made.event_type, made.event_category), ("Private", "Call"))
		self.assertEqual((made.ends_on - made.starts_on).total_seconds(), 1800)
		kinds = frappe.get_all("Nurture Activity", {"party": self.lead}, pluck="activity_type")
		self.assertNotIn("Call", kinds)

	def test_what_erpnext_refuses_holds_the_step_with_its_words(self) -> None:
		refusal = frappe.ValidationError("<b>Company</b> is missing")
		with patch("erpnext.crm.doctype.opportunity.opportunity.Opportunity.validate", side_effect=refusal):
			self.run_steps(PROJECT)
		held = self.enrollment()
		self.assertEqual((held.status, held.reason), ("Held", "record_refused"))
		self.assertEqual(held.reason_detail, "Company is missing")
		self.assertEqual(self.opportunities(), [])
		resume(site_host(commit=True), [held.name])
		nurture_jobs.run_tick()
		frappe.db.rollback()
		self.assertEqual(len(self.opportunities()), 1)
		self.assertEqual(self.enrollment().status, "Completed")

	def test_a_break_between_making_and_noting_leaves_neither(self) -> None:
		insert, broken = records._insert, []

		def interrupted(*args):
			made = insert(*args)
			if not broken:
				broken.append(made)
				raise KeyboardInterrupt
			return made

		with patch.object(records, "_insert", interrupted), self.assertRaises(KeyboardInterrupt):
			self.run_steps(PROJECT)
		frappe.db.rollback()
		self.assertEqual(self.opportunities(), [])
		frappe.db.set_value(
			"Nurture Enrollment", self.enrollment().name, {"lease_until": None, "lease_token": None}
		)
		frappe.db.commit()  # nosemgrep: the lease has run out
		nurture_jobs.run_tick()
		nurture_jobs.run_tick()
		frappe.db.rollback()
		self.assertEqual(len(self.opportunities()), 1)

	def test_whoever_may_make_none_may_not_have_a_sequence_make_them(self) -> None:
		make_sequence(TITLE, [{"delay": 0, **PROJECT}])
		frappe.db.set_value("Nurture Sequence", TITLE, "status", "Draft")
		manager = "record-manager@site.example"
		make_user(manager, "Nurture Manager")
		with self.set_user(manager), self.assertRaisesRegex(frappe.PermissionError, "may not do yourself"):
			sequence_actions.activate(TITLE)
