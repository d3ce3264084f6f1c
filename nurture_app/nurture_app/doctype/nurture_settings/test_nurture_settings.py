"""Settings that could not work are refused when they are saved."""

from __future__ import annotations

from typing import Any

import frappe

from nurture_app.site.testing.factories import settle_settings
from nurture_app.site.testing.site_case import SiteCase

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class TestNurtureSettings(SiteCase):
	def setUp(self) -> None:
		settle_settings()

	def tearDown(self) -> None:
		frappe.db.rollback()

	def assert_refused(self, pattern: str, **values: Any) -> None:
		settings = frappe.get_doc("Nurture Settings")
		settings.update(values)
		with self.subTest(values), self.assertRaisesRegex(frappe.ValidationError, pattern):
			settings.save()

	def test_what_could_not_work_is_refused(self) -> None:
		self.assert_refused("length", window_start="09:00", window_end="09:00")
		self.assert_refused("(?i)day", **{f"window_{day}": 0 for day in DAYS})
		self.assert_refused("noon", window_start="noon")
		self.assert_refused("Europe/Atlantis", default_time_zone="Europe/Atlantis")
		self.assert_refused("rise", mql_threshold=80, sql_threshold=80)
		self.assert_refused("distance", hysteresis=40)
		self.assert_refused("how many days", cap_messages=3, cap_days=0)
		self.assert_refused("at least 1", batch_size=0)

	def test_a_window_over_midnight_may_be_saved(self) -> None:
		settle_settings(window_start="22:00", window_end="6:30:00")
		settings = frappe.get_doc("Nurture Settings")
		self.assertEqual((settings.window_start, settings.window_end), ("22:00", "06:30"))

	def test_a_missing_postal_address_is_pointed_out(self) -> None:
		frappe.clear_messages()
		settle_settings(postal_address="")
		self.assertIn("postal address", str(frappe.get_message_log()))
