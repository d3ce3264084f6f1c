"""The Desk in a real browser, as one of our users."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils.password import update_password

from nurture_app.site.testing.browser import BrowserCase

PASSWORD = "a-Password-4-tests"


class DeskCase(BrowserCase):
	"""`BrowserCase` on a site whose set-up is complete; `desk` opens a page of it."""

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		frappe.db.set_single_value("System Settings", "setup_complete", 1)

	def desk(self, user: str, route: str, **options: Any) -> Any:
		"""A page of the Desk, logged in, and an error in its script fails the test."""
		page = self.log_in(user, **options)
		page.goto(f"http://{frappe.local.site}/app/{route}")
		return page

	def open_nurture_tab(self, page: Any) -> None:
		"""Of a lead's form, in any language. While Frappe still makes the form, it shows the first tab again."""
		page.wait_for_load_state("networkidle")
		page.locator("#lead-nurture_tab-tab").click()

	def log_in(self, user: str, **options: Any) -> Any:
		"""A page with the cookies of somebody whose password is `PASSWORD`; an error in its scripts fails the test."""
		# A Desk loads slowly on a busy machine.
		page = self.open("/login", wait=60_000, **options)
		wrong: list[str] = []
		page.on("pageerror", lambda error: wrong.append(str(error)))
		self.addCleanup(lambda: self.assertEqual(wrong, []))
		status = page.evaluate(
			"""async ([usr, pwd]) => (await fetch("/api/method/login", {
				method: "POST", body: new URLSearchParams({ usr, pwd }),
			})).status""",
			[user, PASSWORD],
		)
		self.assertEqual(status, 200)
		return page


def make_user(email: str, *roles: str) -> None:
	if not frappe.db.exists("User", email):
		user = {"doctype": "User", "email": email, "first_name": email.split("@")[0], "send_welcome_email": 0}
		frappe.get_doc({**user, "user_type": "System User"}).insert(ignore_permissions=True)
	frappe.get_doc("User", email).add_roles(*roles)
	update_password(email, PASSWORD)


def make_reps(*emails: str) -> None:
	"""Sales Users who get no mail of assignments: in tests Frappe sends such mails at once, and commits."""
	for email in emails:
		make_user(email, "Sales User")
		frappe.db.set_value("Notification Settings", email, "enable_email_assignment", 0)


def delete_users(*emails: str) -> None:
	"""When a class of tests is over; what was not committed is rolled back."""
	frappe.set_user("Administrator")
	frappe.db.rollback()
	for email in emails:
		frappe.delete_doc("User", email, force=True, ignore_missing=True)
	frappe.db.commit()  # nosemgrep: a test site
