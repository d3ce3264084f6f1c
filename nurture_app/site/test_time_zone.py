"""The time zone of a Lead on the site: found when it is saved, kept when it was typed, shown on the form."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

import frappe
from frappe.geo.country_info import get_all

from nurture_app.engine.countries import country_code
from nurture_app.engine.time_zones import zone_of_country
from nurture_app.site.api import lead_panel
from nurture_app.site.testing.factories import make_lead, settle_settings
from nurture_app.site.testing.site_case import SiteCase


class TestTimeZone(SiteCase):
	def tearDown(self) -> None:
		frappe.db.rollback()

	def known(self, lead: Any) -> tuple[str, str]:
		row = frappe.db.get_value("Lead", lead.name, ["nurture_time_zone", "nurture_time_zone_from"])
		return tuple(value or "" for value in row)

	def test_every_country_of_frappe_is_known_and_has_a_time_zone(self) -> None:
		uninhabited = {"bv", "hm"}
		for name, info in get_all().items():
			self.assertEqual(country_code(name).lower(), info["code"], name)
			if info["code"] not in uninhabited:
				self.assertIn(zone_of_country(info["code"].upper())[0], available_timezones(), name)

	def test_a_saved_lead_has_the_zone_of_its_state(self) -> None:
		lead = make_lead("arizona", country="United States", state="AZ")
		self.assertEqual(self.known(lead), ("America/Phoenix", "State"))

	def test_it_follows_the_lead_when_that_moves(self) -> None:
		lead = make_lead("mover", country="Germany")
		lead.country = "Japan"
		lead.save()
		self.assertEqual(self.known(lead), ("Asia/Tokyo", "Country"))
		lead.country = ""
		lead.save()
		self.assertEqual(self.known(lead), ("", "Unknown"))

	def test_a_typed_zone_stays_until_it_is_emptied(self) -> None:
		lead = make_lead("typed", country="Germany", nurture_time_zone="Asia/Tokyo")
		self.assertEqual(self.known(lead), ("Asia/Tokyo", "Given"))
		lead.country = "France"
		lead.save()
		self.assertEqual(self.known(lead), ("Asia/Tokyo", "Given"))
		lead.nurture_time_zone = ""
		lead.save()
		self.assertEqual(self.known(lead), ("Europe/Paris", "Country"))
		lead.nurture_time_zone = "Europe/Berlin"
		lead.save()
		self.assertEqual(self.known(lead), ("Europe/Berlin", "Given"))

	def test_a_form_opened_before_the_zone_was_found_does_not_take_it_away(self) -> None:
		lead = make_lead("stale", country="Germany")
		old = frappe.get_doc("Lead", lead.name)
		old.nurture_time_zone = old.nurture_time_zone_from = ""
		old.first_name = "Other"
		old.save()
		self.assertEqual(self.known(lead), ("Europe/Berlin", "Country"))

	def test_nobody_can_claim_an_origin(self) -> None:
		lead = make_lead("claims", country="Germany", nurture_time_zone_from="Given")
		self.assertEqual(self.known(lead), ("Europe/Berlin", "Country"))

	def test_the_panel_says_what_time_it_is_there_and_how_it_knows(self) -> None:
		settle_settings(default_time_zone="Europe/Berlin")
		there = make_lead("there", country="Japan")
		there.db_set("language", "")
		tokyo = lead_panel.get_panel(there.name)["place"]
		self.assertEqual((tokyo["zone"], tokyo["known_from"]), ("Asia/Tokyo", "from the country"))
		self.assertIn("日本語", tokyo["language"])
		nowhere = lead_panel.get_panel(make_lead("nowhere", country="", language="fr").name)["place"]
		self.assertEqual(nowhere["zone"], "Europe/Berlin")
		self.assertIn("Nurture Settings", nowhere["known_from"])
		self.assertEqual(nowhere["language"], "")
