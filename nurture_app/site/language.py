"""Speaking to somebody outside in their own language."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe import _
from frappe.translate import get_language


def known_language(code: str | None) -> str:
	"""`code` if the site knows it as a language, else empty."""
	return code if code and frappe.db.exists("Language", code) else ""


def speak(code: str | None) -> None:
	"""From here on this request speaks `code`, if it is a language; else it goes on in that of the browser."""
	if known_language(code):
		frappe.local.lang = code


def speak_as_the_browser() -> None:
	"""A guest's request speaks what their browser asks for, if the site knows it.

	Frappe looks at the browser before it knows that somebody is a guest, and so leaves it at the site's own language.
	"""
	if frappe.session.user == "Guest":
		frappe.local.lang = get_language()


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
