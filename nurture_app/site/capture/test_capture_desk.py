"""Forms, playbooks and quarantine in the Desk, in a real browser."""

from __future__ import annotations

import frappe

from nurture_app.site.public.test_forms import make_form
from nurture_app.site.public.test_widget import make_playbook
from nurture_app.site.testing.desk import DeskCase, make_user
from nurture_app.site.testing.factories import make_lead, settle_settings

MARKETER = "marketer@site.example"


class TestCaptureInTheDesk(DeskCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		make_user(MARKETER, "Nurture Manager", "Sales User")
		settle_settings(
			quarantine_imports=1,
			quarantine_fields="company_name",
			privacy_url="https://www.example.com/privacy",
		)
		make_form()
		make_playbook()
		frappe.flags.in_import = True
		cls.lead = make_lead(f"waits{frappe.generate_hash(length=6)}")
		frappe.flags.in_import = False
		frappe.db.commit()  # nosemgrep: the server has its own connections

	@classmethod
	def tearDownClass(cls) -> None:
		frappe.db.rollback()
		settle_settings(quarantine_imports=0, quarantine_fields="first_name")
		frappe.db.commit()  # nosemgrep: or what follows rolls it back
		super().tearDownClass()

	def test_a_marketer_copies_a_form_and_tries_a_playbook(self) -> None:
		page = self.desk(MARKETER, "nurture-form/Capture Test")
		snippet = page.locator("[data-fieldname=snippet] pre")
		snippet.wait_for(state="attached")
		for part in (
			'name="email_id"',
			'name="nickname"',
			"/n/privacy",
			"/n/form/capture-test",
		):
			self.assertIn(part, snippet.text_content())
		page.goto(f"http://{frappe.local.site}/app/nurture-playbook/Widget Test")
		page.get_by_role("button", name="Preview").click()
		frame = page.frame_locator(".modal.show iframe")
		frame.get_by_role("button", name="Questions?").click()
		frame.get_by_role("button", name="Just looking").click()
		frame.get_by_text("Have a good day.").wait_for()
		self.picture(page, "playbook preview")
		self.assertIn("nothing is sent", frame.get_by_role("dialog").inner_text())

	def test_a_manager_sees_what_is_wrong_and_releases(self) -> None:
		page = self.desk(MARKETER, f"lead/{self.lead.name}")
		page.get_by_role("button", name="Release from Quarantine").click()
		dialog = page.locator(".modal.show")
		dialog.get_by_text("Organization Name is empty").wait_for()
		self.picture(page, "quarantine on a lead")
		dialog.get_by_role("button", name="Yes").click()
		page.get_by_role("button", name="Release from Quarantine").wait_for(state="detached")
		frappe.db.rollback()
		self.assertFalse(frappe.db.get_value("Lead", self.lead.name, "nurture_quarantined"))
