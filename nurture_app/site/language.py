"""Speaking to somebody outside in their own language."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe import _


def known_language(code: str | None) -> str:
	"""`code` if the site knows it as a language, else empty."""
	return code if code and frappe.db.exists("Language", code) else ""


def speak(code: str | None) -> None:
	"""From here on this request speaks `code`, if it is a language; else it goes on in that of the browser."""
	if known_language(code):
		frappe.local.lang = code


@contextmanager
def in_language(code: str | None) -> Iterator[None]:
	"""`_()` translates into `code` inside, if it is a language."""
	before = frappe.local.lang
	speak(code)
	try:
		yield
	finally:
		frappe.local.lang = before


def translated(text: str, language: str) -> str:
	"""Plays `engine.ports.Host.translate`. Frappe itself goes from a country's variety to the language."""
	return _(text, lang=language.replace("_", "-"))
