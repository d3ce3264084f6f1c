"""A test case for a report, with a salesperson who may see all leads or only some."""

from __future__ import annotations

from typing import Any, ClassVar

import frappe
from frappe.desk.query_report import run
from frappe.permissions import add_user_permission

from nurture_app.site.testing.desk import delete_users, make_user
from nurture_app.site.testing.site_case import SiteCase


class ReportCase(SiteCase):
	"""Leaves nothing behind, though running a report may commit: what a test makes, `clear` deletes."""

	REPORT: ClassVar[str]
	SELLER: ClassVar[str]

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		make_user(cls.SELLER, "Sales User")
		frappe.db.commit()  # nosemgrep: a test site

	@classmethod
	def tearDownClass(cls) -> None:
		delete_users(cls.SELLER)
		super().tearDownClass()

	def tearDown(self) -> None:
		frappe.set_user("Administrator")
		frappe.db.rollback()
		frappe.db.delete("User Permission", {"user": self.SELLER})
		self.clear()
		frappe.db.commit()  # nosemgrep: a test site

	def clear(self) -> None:
		"""Delete what may have been committed."""

	def report(self, **filters: Any) -> dict[str, Any]:
		return run(self.REPORT, filters=filters)

	def be_seller(self) -> None:
		frappe.set_user(self.SELLER)

	def be_seller_with_own_leads(self) -> None:
		"""Who sees only leads that name them as owner."""
		add_user_permission("User", self.SELLER, self.SELLER, applicable_for="Lead", ignore_permissions=True)
		self.be_seller()
