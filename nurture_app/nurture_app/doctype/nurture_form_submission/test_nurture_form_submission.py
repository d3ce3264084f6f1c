"""Refused forms are forgotten; what made a lead is kept with it."""

from __future__ import annotations

import frappe
from frappe.utils import add_to_date

from nurture_app.site.testing.factories import make_lead
from nurture_app.site.testing.site_case import SiteCase

DOCTYPE = "Nurture Form Submission"


class TestFormSubmission(SiteCase):
	def make(self, days: int, status: str, lead: str | None = None) -> str:
		doc = frappe.get_doc({"doctype": DOCTYPE, "address": "who@site.example", "status": status})
		doc.flags.is_refused = True
		doc.insert(ignore_permissions=True)
		values = {"creation": add_to_date(None, days=-days), "party_type": "Lead", "party": lead}
		frappe.db.set_value(DOCTYPE, doc.name, values, update_modified=False)
		return doc.name

	def test_old_refused_ones_without_a_lead_are_cleared(self) -> None:
		lead = make_lead(f"form{frappe.generate_hash(length=6)}").name
		old = self.make(200, "Refused")
		kept = {
			self.make(20, "Refused"),
			self.make(200, "Refused", lead),
			self.make(200, "Accepted", lead),
			self.make(200, "Accepted"),
		}
		settings = frappe.get_doc("Log Settings")
		settings.add_default_logtypes()
		self.assertIn((DOCTYPE, 180), [(row.ref_doctype, row.days) for row in settings.logs_to_clear])
		settings.logs_to_clear = [row for row in settings.logs_to_clear if row.ref_doctype == DOCTYPE]
		settings.clear_logs()
		left = set(frappe.get_all(DOCTYPE, {"name": ["in", [old, *kept]]}, pluck="name"))
		self.assertEqual(left, kept)
