"""Holiday lists per country, filled from the `holidays` library that comes with ERPNext (SE-13)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.utils import getdate

from nurture_app.engine.countries import country_code
from nurture_app.engine.one_by_one import each
from nurture_app.site.transactions import RETRYABLE, savepoint

SETTINGS = "Nurture Settings"


def supported(countries: Collection[str]) -> list[str]:
	"""Those of `countries` (as ERPNext names them) whose holidays the library knows."""
	from holidays import list_supported_countries

	known = list_supported_countries()
	return [country for country in countries if country_code(country) in known]


def make(countries: Collection[str]) -> list[str]:
	"""Make lists of this year and the next for `countries` and enter them in Nurture Settings; returns their names.

	A country that has a list already keeps it. Raises a ValidationError naming a country without known holidays.
	"""
	settings = frappe.get_doc(SETTINGS)
	settings.check_permission("write")
	taken = {row.country for row in settings.country_holidays}
	wanted = [country for country in dict.fromkeys(countries) if country not in taken]
	for country in set(wanted) - set(supported(wanted)):
		frappe.throw(
			_("The public holidays of {0} are not known. Choose a list of your own.").format(_(country))
		)
	made = []
	for country in wanted:
		made.append(_new_list(country))
		settings.append(
			"country_holidays", {"country": country, "holiday_list": made[-1], "filled_yearly": 1}
		)
	if made:
		settings.save()
	return made


def renew() -> int:
	"""Nightly: add the next year to the lists made here, once this year has begun; returns how many grew.

	Years that a list holds already are left alone, so that days people took out or put in stay as they are. Raises
	`NotAll` when all are through.
	"""
	rows = frappe.get_all(
		"Nurture Country Holidays", filters={"filled_yearly": 1}, fields=["country", "holiday_list"]
	)
	return sum(each("Holiday List", {row.holiday_list: row for row in reversed(rows)}, _renew, RETRYABLE))


def _renew(row: Any) -> bool:
	with savepoint():
		found = frappe.get_doc("Holiday List", row.holiday_list)
		years = range(getdate(found.to_date).year + 1, getdate().year + 2)
		if years:
			found.to_date = max(getdate(found.to_date), date(years[-1], 12, 31))
			_add(found, row.country, years)
			found.save(ignore_permissions=True)
	return bool(years)


def _new_list(country: str) -> str:
	this_year = getdate().year
	found = frappe.get_doc(
		{
			"doctype": "Holiday List",
			"holiday_list_name": _free_name(f"{_(country)} (Nurture)"),
			"from_date": date(this_year, 1, 1),
			"to_date": date(this_year + 1, 12, 31),
		}
	)
	_add(found, country, (this_year, this_year + 1))
	# Whoever may write Nurture Settings may have these; ERPNext asks for a role of its own.
	return found.insert(ignore_permissions=True).name


def _add(found: Any, country: str, years: Collection[int]) -> None:
	from holidays import country_holidays

	known = {getdate(row.holiday_date) for row in found.holidays}
	days = country_holidays(country_code(country), years=list(years), language=frappe.local.lang)
	for day, name in sorted(days.items()):
		if day.year in years and day not in known:
			found.append("holidays", {"holiday_date": day, "description": name})


def _free_name(wanted: str) -> str:
	name, number = wanted, 1
	while frappe.db.exists("Holiday List", name):
		number += 1
		name = f"{wanted} {number}"
	return name
