"""Holiday lists per country on the site: made once, added to every year, never somebody else's."""

from __future__ import annotations

from datetime import date, datetime

import frappe

from nurture_app.engine.one_by_one import NotAll
from nurture_app.site import holiday_lists
from nurture_app.site.api import holiday_actions
from nurture_app.site.testing.factories import make_lead
from nurture_app.site.testing.site_case import SiteCase

GERMANY = "Germany (Nurture)"
NOWHERE = "Nowhere Land"


class TestHolidayLists(SiteCase):
	def setUp(self) -> None:
		frappe.db.delete("Nurture Country Holidays")
		for name in frappe.get_all("Holiday List", {"name": ["like", "%(Nurture)%"]}, pluck="name"):
			frappe.delete_doc("Holiday List", name, force=True)
		nowhere = frappe.get_doc({"doctype": "Country", "country_name": NOWHERE, "code": "zz"})
		nowhere.flags.ignore_validate = True  # Frappe 16 knows all codes there are
		nowhere.insert()

	def tearDown(self) -> None:
		frappe.db.rollback()

	def days(self, name: str) -> set[date]:
		rows = frappe.get_all("Holiday", {"parent": name}, pluck="holiday_date", order_by=None)
		self.assertEqual(len(rows), len(set(rows)))
		return set(rows)

	def rows(self) -> list[tuple]:
		fields = ["country", "holiday_list", "filled_yearly"]
		return [tuple(row) for row in frappe.get_all("Nurture Country Holidays", fields=fields, as_list=True)]

	def test_a_list_has_this_year_and_the_next_and_stands_in_the_settings(self) -> None:
		with self.at(datetime(2026, 5, 1, 12)):
			self.assertEqual(holiday_actions.make(["Germany"]), [GERMANY])
		days = self.days(GERMANY)
		self.assertTrue({date(2026, 12, 25), date(2027, 3, 26), date(2027, 12, 26)} <= days)
		self.assertEqual({day.year for day in days}, {2026, 2027})
		self.assertEqual(self.rows(), [("Germany", GERMANY, 1)])

	def test_a_country_that_has_a_list_keeps_it(self) -> None:
		own = frappe.get_doc(
			{
				"doctype": "Holiday List",
				"holiday_list_name": GERMANY,
				"from_date": "2026-01-01",
				"to_date": "2026-12-31",
				"holidays": [{"holiday_date": "2026-02-16", "description": "Carnival"}],
			}
		).insert()
		with self.at(datetime(2026, 5, 1, 12)):
			(made,) = holiday_actions.make(["Germany"])  # one of that name is there: ours gets another
			self.assertEqual(made, f"{GERMANY} 2")
			self.assertEqual(holiday_actions.make(["Germany"]), [])
			holiday_lists.renew()
		self.assertEqual(self.days(own.name), {date(2026, 2, 16)})

	def test_a_new_year_is_added_and_what_people_changed_stays(self) -> None:
		with self.at(datetime(2026, 5, 1, 12)):
			holiday_actions.make(["Germany"])
			self.assertEqual(holiday_lists.renew(), 0)
		found = frappe.get_doc("Holiday List", GERMANY)
		found.holidays = [row for row in found.holidays if str(row.holiday_date) != "2027-05-01"]
		found.append("holidays", {"holiday_date": "2027-06-01", "description": "Our birthday"})
		found.save()
		with self.at(datetime(2027, 1, 1, 3)):
			self.assertEqual(holiday_lists.renew(), 1)
			self.assertEqual(holiday_lists.renew(), 0)
		days = self.days(GERMANY)
		self.assertIn(date(2028, 12, 25), days)
		self.assertIn(date(2027, 6, 1), days)
		self.assertNotIn(date(2027, 5, 1), days)

	def test_a_list_that_is_gone_keeps_no_other_from_its_new_year(self) -> None:
		with self.at(datetime(2026, 5, 1, 12)):
			holiday_actions.make(["Austria", "Germany"])
		frappe.db.delete("Holiday List", {"name": "Austria (Nurture)"})
		with self.at(datetime(2027, 1, 1, 3)), self.assertRaisesRegex(NotAll, r"Holiday List Austria"):
			holiday_lists.renew()
		self.assertIn(date(2028, 12, 25), self.days(GERMANY))

	def test_a_list_that_people_keep_themselves_is_not_added_to(self) -> None:
		with self.at(datetime(2026, 5, 1, 12)):
			holiday_actions.make(["Germany"])
		settings = frappe.get_doc("Nurture Settings")
		settings.country_holidays[0].filled_yearly = 0
		settings.save()
		with self.at(datetime(2027, 1, 1, 3)):
			self.assertEqual(holiday_lists.renew(), 0)

	def test_a_country_whose_holidays_nobody_knows_is_refused_by_name(self) -> None:
		with self.assertRaisesRegex(frappe.ValidationError, NOWHERE):
			holiday_actions.make([NOWHERE, "Germany"])
		self.assertEqual(self.rows(), [])

	def test_a_country_twice_is_refused_naming_the_row(self) -> None:
		holiday_actions.make(["Germany"])
		settings = frappe.get_doc("Nurture Settings")
		settings.append("country_holidays", {"country": "Germany", "holiday_list": GERMANY})
		with self.assertRaisesRegex(frappe.ValidationError, "row 2: Germany"):
			settings.save()

	def test_offered_are_the_countries_of_the_leads(self) -> None:
		for number, country in enumerate(["Japan", "Japan", "Germany", NOWHERE]):
			make_lead(f"holiday{number}", country=country)
		offered = [(row["country"], row["leads"]) for row in holiday_actions.countries()]
		self.assertIn(("Japan", 2), offered)
		self.assertNotIn(NOWHERE, dict(offered))
		holiday_actions.make(["Japan"])
		self.assertNotIn("Japan", dict((row["country"], 1) for row in holiday_actions.countries()))

	def test_only_managers_may(self) -> None:
		frappe.set_user("Guest")
		try:
			for call in (holiday_actions.countries, lambda: holiday_actions.make(["Germany"])):
				self.assertRaises(frappe.PermissionError, call)
		finally:
			frappe.set_user("Administrator")
