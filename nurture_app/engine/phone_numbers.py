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
	try:
		found = phonenumbers.parse(text, country.upper() or None)
	except phonenumbers.NumberParseException:
		return ""
	if not phonenumbers.is_possible_number(found) or not phonenumbers.is_valid_number(found):
		return ""
	return phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)


def from_provider(number: str | None) -> str:
	"""A number as providers write it, with or without the plus sign."""
	digits = re.sub(r"\D", "", number or "")
	return international(f"+{digits}") if digits else ""
