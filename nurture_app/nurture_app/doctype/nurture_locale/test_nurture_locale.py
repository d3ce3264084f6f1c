"""How people of a place are written to, where it is looked up."""

from __future__ import annotations

from typing import Any

import frappe

from nurture_app.site.api import content_actions, lead_panel
from nurture_app.site.testing.factories import make_content, make_lead, settle_settings
from nurture_app.site.testing.site_case import SiteCase


class TestNurtureLocale(SiteCase):
	def setUp(self) -> None:
		settle_settings()
		for name in frappe.get_all("Nurture Locale", pluck="name"):
			frappe.delete_doc("Nurture Locale", name, force=True)

	def tearDown(self) -> None:
		frappe.db.rollback()

	def locale(self, title: str, **values: Any) -> Any:
		row = {"doctype": "Nurture Locale", "title": title}
		return frappe.get_doc({**row, **values}).insert()

	def test_one_locale_for_each_language_and_country(self) -> None:
		self.locale("German", for_language="de")
		self.locale("Swiss", for_language="de", for_country="Switzerland")
		for values in ({"for_language": "de"}, {"for_language": "de", "for_country": "Switzerland"}, {}):
			with self.assertRaises(frappe.ValidationError):
				self.locale("Another", **values)

	def test_the_panel_says_how_the_lead_is_addressed_and_the_persona_goes_before(self) -> None:
		self.locale(
			"German", for_language="de", formality="Formal", by_phone=1, market_note="Prices with VAT"
		)
		lead = make_lead("located", language="de", country="Germany")
		found = lead_panel.get_panel(lead.name)["place"]["locale"]
		self.assertEqual(
			(found["title"], found["formality"], found["channels"], found["market"]),
			("German", "Formal", ["Phone"], "Prices with VAT"),
		)
		frappe.delete_doc("Nurture Persona", "Located", force=True, ignore_missing=True)
		frappe.get_doc({"doctype": "Nurture Persona", "title": "Located", "formality": "Informal"}).insert()
		lead.db_set("nurture_persona", "Located")
		self.assertEqual(lead_panel.get_panel(lead.name)["place"]["locale"]["formality"], "Informal")

	def test_a_mail_that_addresses_people_otherwise_is_pointed_out(self) -> None:
		self.locale("German", for_language="de", formality="Formal")
		doc = {
			"doctype": "Nurture Content",
			"subject": "Hallo",
			"body": "<p>Schau dir das an.</p>",
			"language": "de",
		}
		warnings = " ".join(content_actions.preview(doc)["warnings"])
		self.assertIn("is informal", warnings)

	def test_a_review_by_somebody_at_home_in_the_language_ends_with_the_text(self) -> None:
		content = frappe.get_doc("Nurture Content", make_content("Read by a Native"))
		content.update({"language": "de", "culturally_reviewed": 1}).save()
		self.assertEqual(content.culturally_reviewed_by, frappe.session.user)
		content.update({"description": "A note"}).save()
		self.assertTrue(content.culturally_reviewed)
		content.update({"subject": "Ein anderer Betreff"}).save()
		self.assertEqual((content.culturally_reviewed, content.culturally_reviewed_by), (0, None))
