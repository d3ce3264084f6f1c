"""Export and erasure as a manager meets them on the Lead form, in a real browser."""

from __future__ import annotations

import zipfile

import frappe

from nurture_app.site.testing.desk import DeskCase, make_user
from nurture_app.site.testing.factories import make_lead, settle_settings

MANAGER = "privacymanager@site.example"


class TestInTheDesk(DeskCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		make_user(MANAGER, "Nurture Manager", "Sales User", "Sales Manager", "System Manager")
		settle_settings()

	def test_a_manager_exports_and_erases_a_person(self) -> None:
		lead = make_lead(f"deskerase{frappe.generate_hash(length=6)}")
		frappe.db.commit()  # nosemgrep: the server has its own connections
		page = self.desk(MANAGER, f"lead/{lead.name}")
		page.get_by_role("button", name="Privacy").click()
		with page.expect_download() as download:
			page.get_by_role("link", name="Export Personal Data").click()
		with zipfile.ZipFile(download.value.path()) as archive:
			self.assertIn(lead.email_id, archive.read("index.html").decode())
		page.get_by_role("button", name="Privacy").click()
		page.get_by_role("link", name="Erase Person").click()
		dialog = page.locator(".modal.show")
		dialog.get_by_text("This cannot be undone.").wait_for()
		dialog.get_by_text("Lead: 1").wait_for()
		dialog.locator("[data-fieldname=confirmed] input").fill(lead.name)
		self.picture(page, "erasing a person")
		dialog.get_by_role("button", name="Erase for Good").click()
		page.wait_for_url("**/nurture-erasure/**")
		frappe.db.rollback()
		self.assertFalse(frappe.db.exists("Lead", lead.name))

	def test_the_settings_say_how_many_leads_the_retention_would_take(self) -> None:
		settle_settings(retention_months=240)
		frappe.db.commit()  # nosemgrep: the server has its own connections
		try:
			page = self.desk(MANAGER, "nurture-settings")
			# while Frappe makes the form, it shows the first tab again
			page.wait_for_load_state("networkidle")
			page.get_by_role("tab", name="Consent").click()
			page.get_by_text("leads have been silent for so long").wait_for()
		finally:
			settle_settings(retention_months=0)
			frappe.db.commit()  # nosemgrep: a test site
