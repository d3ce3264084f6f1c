"""Rules by country, hours of work, posts handed over and the people of a company, as they stand in the Desk."""

from __future__ import annotations

import frappe
from frappe.utils import add_months, now_datetime

from nurture_app.site.testing.desk import DeskCase, make_user
from nurture_app.site.testing.factories import make_lead, make_sequence, settle_settings

MARKETER = "countries@site.example"
SEQUENCE = "Desk Hours of Work"


class TestRulesByCountryInTheDesk(DeskCase):
	def setUp(self) -> None:
		make_user(MARKETER, "Nurture Manager", "Sales User")
		settle_settings(country_privacy=[], retention_months=0)
		self.addCleanup(self.clear)

	def clear(self) -> None:
		frappe.db.rollback()
		settle_settings(country_privacy=[], retention_months=0, consent_wording="")
		frappe.db.set_value("Nurture Sequence", {"name": SEQUENCE}, "status", "Draft")
		frappe.db.delete("Nurture Social Post")
		frappe.db.commit()  # nosemgrep: the server has its own connections

	def test_a_rule_for_a_country_says_at_once_whom_it_would_forget(self) -> None:
		old = make_lead(f"old{frappe.generate_hash(length=6)}")
		ago = add_months(now_datetime(), -250)
		values = {"creation": ago, "modified": ago, "country": "Iceland", "nurture_last_activity_on": None}
		frappe.db.set_value("Lead", old.name, values, update_modified=False)
		row = {"countries": "Iceland", "retention_months": 240, "mail_tracking": "Only with Consent"}
		settle_settings(country_privacy=[row], consent_wording="Yes, write to me.")
		frappe.db.commit()  # nosemgrep: the server has its own connections
		page = self.desk(MARKETER, "nurture-settings")
		page.get_by_role("tab", name="Consent").click()
		page.get_by_text("One lead has been silent for so long").wait_for()
		self.picture(page, "rules by country")
		page.locator("[data-fieldname=country_privacy] .grid-row .btn-open-row").first.click()
		page.locator(".form-in-grid textarea[data-fieldname=tracking_wording]").first.wait_for()
		self.picture(page, "a rule of a country")

	def test_hours_of_work_are_offered_for_not_being_contacted(self) -> None:
		trigger = {"trigger_type": "Not Contacted After", "trigger_activity": "Demo Request"}
		trigger |= {"trigger_hours": 4, "trigger_working_hours": 1}
		step = {"step_label": "Call", "step_type": "Task", "task_description": "Call them"}
		make_sequence(SEQUENCE, [step], **trigger)
		frappe.db.set_value("Nurture Sequence", SEQUENCE, "status", "Draft")
		frappe.db.commit()  # nosemgrep: the server has its own connections
		page = self.desk(MARKETER, f"nurture-sequence/{SEQUENCE}")
		page.get_by_text("Count Hours of Work Only").wait_for()
		self.picture(page, "hours of work")
		page.get_by_role("button", name="Activate").click()
		page.locator(".modal.show", has_text="within 4 hours of work after").wait_for()

	def test_the_others_of_a_company_stand_on_the_lead(self) -> None:
		company = f"Engines {frappe.generate_hash(length=6)}"
		first, second = (
			make_lead(f"who{frappe.generate_hash(length=6)}", company_name=company) for _ in range(2)
		)
		frappe.db.set_value("Lead", second.name, {"nurture_buying_role": "Budget Holder"})
		frappe.db.commit()  # nosemgrep: the server has its own connections
		page = self.desk(MARKETER, f"lead/{first.name}")
		self.open_nurture_tab(page)
		card = page.get_by_label("Others at This Company")
		card.get_by_text("Budget Holder").wait_for()
		self.picture(page, "others at a company")
		self.assertIn(f"Others at {company}", card.inner_text())
