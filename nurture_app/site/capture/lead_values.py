"""Words of a person as values of this site's Lead: links that exist, choices there are, numbers that are numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe
from frappe.model import no_value_fields, table_fields
from frappe.utils import cint, flt, get_datetime, getdate, sanitize_html, validate_phone_number

from nurture_app.engine.capture.submission import may_be_filled
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.countries import country_code
from nurture_app.engine.timing import zone_or_none

TEXTS = ("Data", "Small Text", "Text", "Long Text", "Autocomplete", "Read Only")
LENGTHS = {"Data": 140, "Autocomplete": 140}


def fitting(values: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
	"""(what the Lead can hold, what does not fit this site and is kept aside).

	Raises `capture_bad_phone` and `capture_too_long`, which only the person can mend.
	"""
	meta = frappe.get_meta("Lead")
	fits: dict[str, Any] = {}
	aside: dict[str, str] = {}
	for name, text in values.items():
		df = meta.get_field(name)
		value = None if df is None or df.permlevel else _fitting(df, text)
		if value in (None, ""):
			aside[name] = text
		else:
			fits[name] = value
	return fits, aside


def fillable_fields() -> list[Any]:
	"""The fields of Lead a form may ask for, as Frappe's meta has them."""
	return [
		df
		for df in frappe.get_meta("Lead").fields
		if may_be_filled(df.fieldname)
		and not df.permlevel
		and not (df.read_only and not df.fieldname.startswith("nurture_"))
		and df.fieldtype not in (*no_value_fields, *table_fields, "Attach", "Attach Image", "Password")
	]


def plain_markup(text: str) -> str:
	"""As Frappe cleans the fields of a document; for what is written past it."""
	return sanitize_html(text) if "<" in text else text


def _fitting(df: Any, text: str) -> Any:
	if df.fieldname == "nurture_time_zone":
		return text if zone_or_none(text) else None
	if df.fieldtype == "Link":
		return _linked(df.options, text)
	if df.fieldtype == "Select":
		return _chosen(df.options, text)
	if df.options == "Phone":
		if not validate_phone_number(text):
			raise NurtureError("capture_bad_phone", value=text)
		return text
	if df.fieldtype in TEXTS:
		limit = df.length or LENGTHS.get(df.fieldtype)
		if limit and len(text) > limit:
			raise NurtureError("capture_too_long", field=df.fieldname, length=len(text), limit=limit)
		return text
	return _typed(df.fieldtype, text)


def _linked(doctype: str, text: str) -> str | None:
	"""The record meant by `text`: of its name in any case, of the language's code, a country however people write it."""
	if found := frappe.db.get_value(doctype, text[:140], "name"):
		return found
	if doctype == "Country":
		code = country_code(text).lower()
		return frappe.db.get_value("Country", {"code": code}, "name") if code else None
	if doctype == "Language":
		return frappe.db.get_value("Language", text.replace("_", "-").partition("-")[0].lower(), "name")
	return None


def _chosen(options: str | None, text: str) -> str | None:
	choices = {choice.lower(): choice for choice in (options or "").split("\n") if choice}
	return choices.get(text.lower())


def _typed(fieldtype: str, text: str) -> Any:
	try:
		if fieldtype == "Check":
			return int(text.lower() in ("1", "true", "yes", "on"))
		if fieldtype == "Int":
			return cint(float(text))
		if fieldtype in ("Float", "Currency", "Percent"):
			return flt(float(text))
		if fieldtype == "Date":
			return getdate(text)
		if fieldtype == "Datetime":
			return get_datetime(text)
	except Exception:  # the readers raise whatever their parser does
		return None
	return None
