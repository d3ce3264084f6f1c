"""The others of a lead's company, as the lead's form shows them (PJ-08)."""

from __future__ import annotations

from unittest.mock import patch

import frappe

from nurture_app.engine.enrollments.entering import enroll
from nurture_app.site import company_people
from nurture_app.site.api.lead_panel import get_panel
from nurture_app.site.host import site_host
from nurture_app.site.test_permissions import make_user
from nurture_app.site.testing.factories import make_lead, make_sequence, make_touch, settle_settings
from nurture_app.site.testing.site_case import SiteCase


class TestCompanyPeople(SiteCase):
	def setUp(self) -> None:
		settle_settings()
		self.company = f"Engines {frappe.generate_hash(length=6)}"
		self.lead = self.person("first", self.company)

	def tearDown(self) -> None:
		frappe.set_user("Administrator")
		frappe.db.rollback()

	def person(self, name: str, company: str, **values: object) -> str:
		address = f"{name}{frappe.generate_hash(length=6)}"
		return make_lead(address, company_name=company, nurture_email_consent="Given", **values).name

	def others(self) -> list[dict]:
		return get_panel(self.lead)["company"].get("people", [])

	def test_each_other_person_is_shown_with_role_stage_sequence_and_last_touch(self) -> None:
		buyer = self.person("buyer", self.company.upper(), nurture_buying_role="Budget Holder")
		self.person("stranger", f"{self.company} Ltd")
		frappe.db.set_value("Lead", buyer, {"nurture_stage": "MQL", "nurture_score": 60})
		user = self.person("user", self.company)
		make_touch(frappe.get_doc("Lead", buyer))
		enroll(site_host(commit=False), make_sequence("Company People Test"), [user])
		first, second = self.others()
		self.assertEqual((first["name"], second["name"]), (buyer, user))
		self.assertEqual((first["nurture_buying_role"], first["nurture_stage"]), ("Budget Holder", "MQL"))
		self.assertTrue(first["touched_on"])
		self.assertEqual((second["touched_on"], second["sequences"]), (None, ["Company People Test"]))

	def test_without_a_company_or_others_nothing_is_told(self) -> None:
		self.assertEqual(self.others(), [])
		frappe.db.set_value("Lead", self.lead, "company_name", "")
		self.person("nameless", "")
		self.assertEqual(get_panel(self.lead)["company"], {})

	def test_many_are_counted_and_the_highest_scores_shown(self) -> None:
		for number in range(4):
			name = self.person(f"p{number}", self.company)
			frappe.db.set_value("Lead", name, "nurture_score", number)
		with patch.object(company_people, "MOST_SHOWN", 3):
			found = get_panel(self.lead)["company"]
		self.assertEqual((len(found["people"]), found["more"]), (3, 1))

	def test_nobody_learns_of_leads_that_they_may_not_read(self) -> None:
		self.person("secret", self.company)
		user = "company.people@site.example"
		make_user(user, "Sales User")
		frappe.permissions.add_user_permission("Lead", self.lead, user)
		frappe.set_user(user)
		self.assertEqual(self.others(), [])
