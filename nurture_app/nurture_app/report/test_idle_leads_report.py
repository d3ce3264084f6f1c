"""Idle Leads, as the Desk runs it, and in a browser from the list into a sequence."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.desk.form.assign_to import add as assign
from frappe.desk.query_report import run
from frappe.permissions import add_user_permission
from frappe.utils import add_days, now_datetime

from nurture_app.nurture_app.report.nurture_idle_leads import nurture_idle_leads
from nurture_app.site.testing.desk import DeskCase, delete_users, make_reps, make_user
from nurture_app.site.testing.factories import make_lead, make_sequence, settle_settings
from nurture_app.site.testing.site_case import SiteCase

SELLER, MARKETER = "idle-seller@example.com", "idle-marketer@example.com"
SEQUENCE = "Idle Leads Test"


def idle_lead(name: str, **values: Any) -> str:
	"""Of forty days ago."""
	lead = make_lead(name, **values).name
	frappe.db.set_value("Lead", lead, "creation", add_days(now_datetime(), -40), update_modified=False)
	return lead


class TestIdleLeads(SiteCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		make_reps(SELLER)
		frappe.db.commit()  # nosemgrep: a test site

	@classmethod
	def tearDownClass(cls) -> None:
		delete_users(SELLER)
		super().tearDownClass()

	def setUp(self) -> None:
		settle_settings()
		self.lead = idle_lead("idle", company_name="Idle & Co", nurture_email_consent="Given")

	def tearDown(self) -> None:
		frappe.set_user("Administrator")
		frappe.db.rollback()
		# running a report may commit
		frappe.db.delete("User Permission", {"user": SELLER})
		frappe.db.commit()  # nosemgrep: a test site

	def rows(self, **filters: Any) -> dict[str, dict[str, Any]]:
		return {row["lead"]: row for row in run("Nurture Idle Leads", filters=filters)["result"]}

	def test_a_lead_nobody_has_plans_for(self) -> None:
		silent = idle_lead("unasked")
		rows = self.rows()
		self.assertEqual((rows[self.lead]["company"], rows[self.lead]["mail"]), ("Idle & Co", "May be sent"))
		self.assertIn("consent", rows[silent]["mail"])
		self.assertEqual({self.lead, silent} & set(self.rows(with_consent=1)), {self.lead})
		self.assertNotIn(make_lead("fresh").name, rows)
		self.assertNotIn(self.lead, self.rows(days=60))
		self.assertNotIn(self.lead, self.rows(stage="SQL"))
		self.assertIn(self.lead, self.rows(stage="None"))

	def test_whoever_has_a_task_or_an_appointment_is_not_idle(self) -> None:
		assign({"assign_to": [SELLER], "doctype": "Lead", "name": self.lead, "description": "Call"})
		self.assertNotIn(self.lead, self.rows())
		frappe.db.set_value("ToDo", {"reference_name": self.lead}, "status", "Closed")
		self.assertIn(self.lead, self.rows())
		event = {
			"doctype": "Event",
			"subject": "Visit",
			"event_type": "Private",
			"starts_on": add_days(now_datetime(), 3),
		}
		event["event_participants"] = [{"reference_doctype": "Lead", "reference_docname": self.lead}]
		event = frappe.get_doc(event).insert()
		self.assertNotIn(self.lead, self.rows())
		event.db_set("starts_on", add_days(now_datetime(), -1))
		self.assertIn(self.lead, self.rows())

	def test_only_so_many_are_shown_and_it_says_so(self) -> None:
		idle_lead("idle2")
		self.addCleanup(setattr, nurture_idle_leads, "MOST", nurture_idle_leads.MOST)
		nurture_idle_leads.MOST = 1
		report = run("Nurture Idle Leads", filters={})
		self.assertEqual(len(report["result"]), 1)
		self.assertIn("these are the 1 with the highest scores", report["message"])

	def test_what_is_wrong_is_said(self) -> None:
		for filters, said in (({"days": 0}, "number of days"), ({"stage": "Hot"}, "no stage “Hot”")):
			report = run("Nurture Idle Leads", filters=filters)
			self.assertFalse(report["result"])
			self.assertIn(said, report["message"])
		self.assertEqual(self.rows(owner="nobody@example.com"), {})

	def test_users_see_leads_they_may_see(self) -> None:
		mine = idle_lead("idle3")
		frappe.db.set_value("Lead", mine, "lead_owner", SELLER)
		add_user_permission("User", SELLER, SELLER, applicable_for="Lead", ignore_permissions=True)
		frappe.set_user(SELLER)
		self.assertEqual(set(self.rows()), {mine})


class TestEnrollingIdleLeads(DeskCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		make_user(MARKETER, "Nurture User", "Sales User")
		settle_settings()
		make_sequence(SEQUENCE)
		cls.lead = idle_lead("idledesk", nurture_email_consent="Given")
		frappe.db.commit()  # nosemgrep: the server has its own connections

	@classmethod
	def tearDownClass(cls) -> None:
		frappe.db.rollback()
		frappe.db.delete("Nurture Enrollment", {"sequence": SEQUENCE})
		frappe.delete_doc("Nurture Sequence", SEQUENCE, force=True, ignore_missing=True)
		frappe.delete_doc("Lead", cls.lead, force=True, ignore_missing=True)
		frappe.db.commit()  # nosemgrep: a test site
		delete_users(MARKETER)
		super().tearDownClass()

	def test_from_the_list_into_a_sequence(self) -> None:
		page = self.desk(MARKETER, "query-report/Nurture Idle Leads")
		page.locator(".dt-cell__content", has_text="Idledesk").first.wait_for()
		page.get_by_role("button", name="Enroll in Sequence").click()
		told = page.locator(".modal.show", has_text="Tick the leads")
		told.locator(".btn-modal-close").click()
		told.wait_for(state="detached")
		page.locator(".dt-row", has_text="Idledesk").locator("input[type=checkbox]").check()
		page.get_by_role("button", name="Enroll in Sequence").click()
		dialog = page.locator(".modal.show", has_text="Enroll One Lead")
		dialog.locator("input[data-fieldname=sequence]").fill(SEQUENCE)
		page.locator(".awesomplete [role=option]", has_text=SEQUENCE).first.click()
		dialog.locator(".ne-head", has_text="1 would enter").wait_for()
		self.picture(page, "idle leads into a sequence")
		dialog.get_by_role("button", name="Enroll 1").click()
		page.locator(".desk-alert", has_text="Enrolled: 1").wait_for()
		frappe.db.rollback()
		self.assertTrue(frappe.db.exists("Nurture Enrollment", {"party": self.lead, "sequence": SEQUENCE}))
