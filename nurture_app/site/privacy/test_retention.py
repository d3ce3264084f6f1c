"""Who has been silent for as long as the settings say is forgotten; everybody else stays (CP-09)."""

from __future__ import annotations

import frappe
from frappe.utils import add_months, now_datetime

from nurture_app.engine.activities import ActivityIn, record
from nurture_app.engine.addresses import address_hash
from nurture_app.site.api import privacy_actions
from nurture_app.site.host import site_host
from nurture_app.site.privacy.retention import count_silent, erase_silent, silent_leads
from nurture_app.site.privacy_rules import site_privacy_rules
from nurture_app.site.testing.factories import make_lead, settle_settings
from nurture_app.site.testing.leftovers import in_tables
from nurture_app.site.testing.site_case import SiteCase, clear_site

MONTHS = 240
"""So long that nothing else on the test site is as old."""


class TestRetention(SiteCase):
	def setUp(self) -> None:
		clear_site()
		settle_settings(retention_months=MONTHS)
		frappe.db.commit()  # nosemgrep: a test site

	def tearDown(self) -> None:
		settle_settings(retention_months=0)
		frappe.db.commit()  # nosemgrep: a test site

	def old(self, name: str, **values) -> str:
		"""A lead nobody has touched for twenty-one years."""
		lead = make_lead(name, **values)
		self.age(lead.name)
		return lead.name

	def age(self, lead: str) -> None:
		long_ago = add_months(now_datetime(), -MONTHS - 12)
		values = {"creation": long_ago, "modified": long_ago, "nurture_last_activity_on": None}
		frappe.db.set_value("Lead", lead, values, update_modified=False)
		frappe.db.commit()  # nosemgrep: a test site

	def test_the_silent_go_and_leave_nothing(self) -> None:
		silent = self.old("silent.one", first_name="Thusnelda", last_name="Wasserralle")
		fresh = make_lead("fresh.one").name
		frappe.db.commit()  # nosemgrep: a test site
		self.assertEqual(count_silent(site_privacy_rules()), 1)
		self.assertEqual(erase_silent(), 1)
		self.assertFalse(frappe.db.exists("Lead", silent))
		self.assertTrue(frappe.db.exists("Lead", fresh))
		self.assertFalse(list(in_tables(["silent.one@site.example", "Wasserralle"])))
		row = frappe.get_last_doc("Nurture Erasure")
		self.assertIn("240 months", row.reason)
		self.assertEqual(erase_silent(), 0)

	def test_who_comes_back_may_be_written_to_and_who_said_no_may_not(self) -> None:
		self.old("comes.back")
		lead = make_lead("said.no", nurture_email_consent="Withdrawn")
		frappe.db.delete("Nurture Activity", {"party": lead.name})  # saying no is something that happens
		self.age(lead.name)
		self.assertEqual(erase_silent(), 2)
		self.assertFalse(
			frappe.db.exists("Nurture Suppression", {"address_hash": address_hash("comes.back@site.example")})
		)
		kept = frappe.get_doc("Nurture Suppression", {"address_hash": address_hash("said.no@site.example")})
		self.assertEqual((kept.address, kept.reason), (None, "Unsubscribed"))

	def test_zero_months_mean_never(self) -> None:
		settle_settings(retention_months=0)
		self.old("kept.for.ever")
		self.assertEqual(erase_silent(), 0)
		self.assertEqual(count_silent(site_privacy_rules()), 0)

	def test_whoever_did_something_or_was_dealt_with_stays(self) -> None:
		from erpnext.crm.doctype.lead.lead import make_opportunity

		acts, noted, task, offered, heard = (
			self.old(name) for name in ("acts", "noted", "task", "offered", "heard")
		)
		record(site_host(commit=True), [ActivityIn(acts, "Pricing Page View", now_datetime(), "Website")])
		frappe.get_doc("Lead", noted).add_comment("Comment", "called today")
		frappe.get_doc(
			{"doctype": "ToDo", "reference_type": "Lead", "reference_name": task, "description": "call"}
		).insert(ignore_permissions=True)
		make_opportunity(offered).insert()
		frappe.get_doc(
			{"doctype": "Nurture Insight", "kind": "Objection", "said": "In spring", "lead": heard}
		).insert()
		for lead in (noted, task, offered, heard):
			self.age(lead)
		twin = self.old("twin")
		other = make_lead("twin.other")
		frappe.db.set_value("Lead", other.name, "email_id", "twin@site.example")
		frappe.db.commit()  # nosemgrep: a test site
		self.assertFalse({acts, noted, task, offered, heard, twin} & set(silent_leads(MONTHS, 1000)))
		self.assertEqual(erase_silent(), 0)

	def test_what_the_form_shows_is_for_managers(self) -> None:
		self.old("counted")
		self.assertEqual(privacy_actions.preview_retention(MONTHS), {"leads": 1})
		frappe.set_user("Guest")
		try:
			self.assertRaises(frappe.PermissionError, privacy_actions.preview_retention, MONTHS)
		finally:
			frappe.set_user("Administrator")
