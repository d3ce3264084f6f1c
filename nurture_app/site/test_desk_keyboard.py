"""In a real browser: the panel on the Lead without a mouse. The focus is seen, and is not lost by what one does."""

from __future__ import annotations

from typing import Any

import frappe

from nurture_app.engine.enrollments.entering import enroll
from nurture_app.site.host import site_host
from nurture_app.site.testing.desk import DeskCase, delete_users, make_user
from nurture_app.site.testing.factories import make_lead, make_sequence, settle_settings

SELLER = "seller@keyboard.example"
SEQUENCE = "Keyboard Test Sequence"


class TestDeskByKeyboard(DeskCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		make_user(SELLER, "Sales User")
		settle_settings()
		make_sequence(SEQUENCE)

	@classmethod
	def tearDownClass(cls) -> None:
		delete_users(SELLER)
		super().tearDownClass()

	def panel(self, name: str) -> tuple[Any, Any]:
		lead = make_lead(name, nurture_email_consent="Given", lead_owner=SELLER)
		enroll(site_host(commit=False), SEQUENCE, [lead.name])
		frappe.db.commit()  # nosemgrep: the server has its own connections
		page = self.desk(SELLER, f"lead/{lead.name}")
		page.locator(".nurture-summary").press("Enter")
		panel = page.locator(".nurture-panel")
		panel.get_by_role("button", name="Pause").wait_for()
		return page, panel

	def is_on(self, page: Any, label: str) -> None:
		"""Wait until the element of this text has the focus."""
		page.wait_for_function("(label) => document.activeElement.innerText.trim() === label", arg=label)

	def dialog(self, page: Any) -> Any:
		"""The dialog that opens, once it does not move any more."""
		page.wait_for_function("document.activeElement.closest('.modal.show')")
		return page.locator(".modal.show")

	def test_the_focus_stays_where_one_works(self) -> None:
		page, panel = self.panel("keyboardstays")
		panel.get_by_role("button", name="Pause").press("Enter")
		self.is_on(page, "Resume")
		page.keyboard.press("Enter")
		self.is_on(page, "Pause")
		for label in ("Enroll…", "What to Show…", "Log Activity…", "Stop"):
			panel.get_by_role("button", name=label).press("Enter")
			dialog = self.dialog(page)
			page.keyboard.press("Escape")
			dialog.wait_for(state="hidden")
			self.is_on(page, label)
		page.keyboard.press("Enter")
		self.dialog(page).get_by_role("button", name="Yes").press("Enter")
		panel.get_by_text("Exited").wait_for()
		page.wait_for_function("document.activeElement.closest('.nurture-panel [aria-label=Sequences]')")

	def test_the_focus_is_seen(self) -> None:
		page, panel = self.panel("keyboardseen")
		for what in ("a", "button"):
			one = panel.locator(f"{what}:visible").first
			one.focus()
			page.keyboard.press("Shift+Tab")
			page.keyboard.press("Tab")
			ring = one.evaluate("(one) => getComputedStyle(one).outlineStyle")
			self.assertEqual(ring, "solid", what)
