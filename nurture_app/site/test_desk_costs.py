"""In a real browser: a manager writes down a cost and is offered names; who may only read it is asked for nothing."""

from __future__ import annotations

import frappe
from frappe.utils import nowdate

from nurture_app.site.testing.desk import DeskCase, delete_users, make_user
from nurture_app.site.testing.factories import make_lead

MANAGER, MARKETER = "cost-manager@site.example", "cost-reader@site.example"
SOURCE = "Desk Cost Fair"


class TestCosts(DeskCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		make_user(MANAGER, "Nurture Manager", "Sales User")
		make_user(MARKETER, "Nurture User", "Sales User")
		cls.lead = make_lead("deskcost", nurture_first_source=SOURCE)
		company = frappe.db.get_value("Company", {}, "name")
		values = {"kind": "Source", "spent_on": "Old Fair", "amount": 10, "company": company}
		values |= {"from_date": nowdate(), "to_date": nowdate()}
		cls.cost = frappe.get_doc({"doctype": "Nurture Cost", **values}).insert().name
		frappe.db.commit()  # nosemgrep: the server has its own connections

	@classmethod
	def tearDownClass(cls) -> None:
		frappe.db.rollback()
		frappe.db.delete("Nurture Cost")
		frappe.delete_doc("Lead", cls.lead.name, force=True, ignore_missing=True)
		frappe.db.commit()  # nosemgrep: a test site
		delete_users(MANAGER, MARKETER)
		super().tearDownClass()

	def test_names_that_there_are_are_offered(self) -> None:
		page = self.desk(MANAGER, "nurture-cost/new")
		name = page.locator("input[data-fieldname=spent_on]")
		name.wait_for()
		page.wait_for_load_state("networkidle")
		name.fill("desk cost")
		page.locator(".awesomplete li", has_text=SOURCE).wait_for()

	def test_a_reader_sees_it_and_no_error(self) -> None:
		page = self.desk(MARKETER, f"nurture-cost/{self.cost}")
		page.locator("[data-fieldname=spent_on]", has_text="Old Fair").wait_for()
		page.wait_for_load_state("networkidle")
		self.assertEqual(page.locator(".modal.show").count(), 0)
