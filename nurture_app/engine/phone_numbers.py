"""Telephone numbers as keys: one spelling per line, in international form (E.164)."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers


@lru_cache(maxsize=8192)
def international(number: str | None, country: str = "") -> str:
	"""`number` as +49151..., or an empty text when it is none.

	`country` is the ISO code (two letters) for numbers that are written without one.
	"""
	text = (number or "").strip()
	if not text:
		return ""
	found = _valid(text, country)
	if found is None and text.startswith("00"):
		# Most of the world dials so from abroad, also those who moved to a country that does not.
		found = _valid(f"+{text[2:]}", "")
	return "" if found is None else phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)


def from_provider(number: str | None) -> str:
	"""A number as providers write it, with or without the plus sign."""
	digits = re.sub(r"\D", "", number or "")
	return international(f"+{digits}") if digits else ""


def _valid(text: str, country: str) -> phonenumbers.PhoneNumber | None:
	try:
		found = phonenumbers.parse(text, country.upper() or None)
	except phonenumbers.NumberParseException:
		return None
	return found if phonenumbers.is_valid_number(found) else None
