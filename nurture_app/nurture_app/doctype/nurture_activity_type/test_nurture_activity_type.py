"""Activity types: the app's own and those people add."""

from __future__ import annotations

import frappe

from nurture_app.site.testing.site_case import SiteCase


class TestNurtureActivityType(SiteCase):
	def test_the_apps_own_types_stay_what_they_are(self) -> None:
		own = frappe.get_doc("Nurture Activity Type", "MQL Reached")
		own.update({"is_system": 0, "is_engagement": 1, "description": "edited"}).save()
		own.reload()
		self.assertEqual((own.is_system, own.is_engagement, own.description), (1, 0, "edited"))
		self.assertRaises(frappe.ValidationError, frappe.delete_doc, "Nurture Activity Type", "MQL Reached")
		frappe.db.rollback()

	def test_a_type_people_add_is_never_the_apps_own(self) -> None:
		doc = frappe.get_doc(
			{
				"doctype": "Nurture Activity Type",
				"activity_type": "Trade Fair",
				"is_system": 1,
				"is_engagement": 1,
			}
		).insert()
		self.assertEqual((doc.is_system, doc.is_engagement), (0, 1))
		frappe.delete_doc("Nurture Activity Type", "Trade Fair")
