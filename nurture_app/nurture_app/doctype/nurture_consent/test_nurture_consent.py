"""Evidence entered by hand has the same effect as evidence that came by itself."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import add_days, get_datetime, now_datetime

from nurture_app.site.testing.factories import make_lead
from nurture_app.site.testing.site_case import SiteCase


class TestNurtureConsent(SiteCase):
	def setUp(self) -> None:
		self.lead = make_lead("evidence")

	def tearDown(self) -> None:
		frappe.db.rollback()

	def record(self, **values: Any) -> Any:
		given = {"party_type": "Lead", "party": self.lead.name, "channel": "Email", "status": "Given"}
		return frappe.get_doc({"doctype": "Nurture Consent", **given, **values}).insert()

	def on_the_lead(self) -> str:
		return frappe.db.get_value("Lead", self.lead.name, "nurture_email_consent") or ""

	def test_consent_reaches_the_lead_and_keeps_the_day_it_was_given(self) -> None:
		last_week = add_days(now_datetime(), -7).replace(microsecond=0)
		consent = self.record(given_on=last_week, source="Trade fair")
		self.assertEqual(self.on_the_lead(), "Given")
		stored = frappe.db.get_value("Nurture Consent", consent.name, ["given_on", "address"])
		self.assertEqual(stored, (get_datetime(last_week), "evidence@site.example"))

	def test_a_withdrawal_stops_marketing_mail_and_cannot_be_deleted(self) -> None:
		consent = self.record()
		consent.status = "Withdrawn"
		consent.save()
		self.assertEqual(self.on_the_lead(), "Withdrawn")
		self.assertTrue(frappe.db.exists("Nurture Suppression", {"address": "evidence@site.example"}))
		with self.assertRaises(frappe.ValidationError):
			frappe.delete_doc("Nurture Consent", consent.name)

	def test_a_second_record_or_one_from_the_future_is_refused(self) -> None:
		with self.assertRaises(frappe.ValidationError):
			self.record(given_on=add_days(now_datetime(), 2))
		self.record()
		with self.assertRaises(frappe.DuplicateEntryError):
			self.record()
