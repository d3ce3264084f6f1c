"""Checklist, bounces, providers, rates and a held sequence as a manager meets them, in a real browser."""

from __future__ import annotations

from unittest.mock import patch

import frappe

from nurture_app.engine.lifecycle import hold
from nurture_app.site import active
from nurture_app.site.deliverability import checklist
from nurture_app.site.deliverability.dns import NameServer
from nurture_app.site.host import site_host
from nurture_app.site.testing.desk import DeskCase, make_user
from nurture_app.site.testing.factories import make_lead, make_sequence, settle_settings

MANAGER = "marketer@site.example"
ADMIN = "postmaster@site.example"
SEQUENCE = "Desk Hold Test"
WORDS = "550 5.1.1 User unknown <script>alert(1)</script>"


class TestInTheDesk(DeskCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		make_user(MANAGER, "Nurture Manager", "Sales User")
		make_user(ADMIN, "System Manager")
		settle_settings()
		make_sequence(SEQUENCE)
		cls.lead = make_lead("bouncedesk")
		cls.bounce = frappe.get_doc(
			{
				"doctype": "Nurture Bounce",
				"kind": "Hard",
				"state": "To Repair",
				"address": cls.lead.email_id,
				"party_type": "Lead",
				"party": cls.lead.name,
				"diagnostic": WORDS,
				"dedupe_key": "desk",
			}
		).insert(ignore_permissions=True)
		doc = frappe.get_doc(
			{"doctype": "Nurture Suppression", "address": cls.lead.email_id, "reason": "Bounced"}
		)
		doc.insert(ignore_permissions=True)
		values = {"doctype": "Nurture Mail Provider", "title": "Desk Postmark", "provider": "Postmark"}
		cls.provider = frappe.get_doc(values).insert(ignore_permissions=True)
		frappe.db.commit()  # nosemgrep: the server has its own connections

	def test_the_checklist_says_what_to_do(self) -> None:
		with patch.object(checklist, "NameServer", lambda: NameServer(["127.0.0.1"], 1)):
			page = self.desk(MANAGER, "nurture-deliverability")
			page.get_by_text("Bounces are noticed").wait_for()
			self.assertIn("To Fix", page.locator(".layout-main").inner_text())
			self.picture(page, "checklist")

	def test_a_manager_lifts_a_bounce_with_a_reason(self) -> None:
		page = self.desk(MANAGER, f"nurture-bounce/{self.bounce.name}")
		page.get_by_text("This address gets nothing more.").wait_for()
		page.get_by_role("button", name="Send to This Address Again").click()
		page.locator(".modal.show textarea").fill("They called us.")
		self.picture(page, "lifting a bounce")
		page.locator(".modal.show").get_by_role("button", name="Send Again").click()
		page.get_by_text("gets mail again").wait_for()
		frappe.db.rollback()
		self.assertFalse(frappe.db.exists("Nurture Suppression", {"address": self.lead.email_id}))

	def test_the_form_of_a_provider_shows_the_address_to_paste(self) -> None:
		page = self.desk(ADMIN, f"nurture-mail-provider/{self.provider.name}")
		field = page.get_by_label("Address", exact=True)
		field.wait_for()
		self.assertIn(f"/n/hook/postmark/{self.provider.key}", field.input_value())
		page.get_by_text("In Postmark, open your server").wait_for()
		self.picture(page, "provider")

	def test_a_held_sequence_says_why_and_is_resumed_knowingly(self) -> None:
		hold(site_host(commit=False), SEQUENCE, "Held by itself: 7 of 100 mails came back.")
		active.forget()
		frappe.db.commit()  # nosemgrep: the server has its own connections
		page = self.desk(MANAGER, f"nurture-sequence/{SEQUENCE}")
		page.locator(".form-message", has_text="7 of 100 mails").wait_for()
		page.get_by_role("button", name="Resume").first.click()
		page.locator(".modal.show", has_text="counted anew").wait_for()
		self.picture(page, "resuming a held sequence")
		page.locator(
			".modal.show .btn-primary, .modal.show .btn-danger, .modal.show .btn-warning"
		).first.click()
		page.get_by_text("Active again.").wait_for()
		frappe.db.rollback()
		self.assertEqual(frappe.db.get_value("Nurture Sequence", SEQUENCE, "status"), "Active")

	def test_the_report_of_rates_opens(self) -> None:
		page = self.desk(MANAGER, "query-report/Nurture Deliverability")
		page.locator(".report-wrapper, .no-report-area, .msg-box").first.wait_for(state="attached")
		page.locator("select[data-fieldname=by], input[data-fieldname=by]").first.wait_for()
		self.picture(page, "rates")
