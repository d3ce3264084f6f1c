"""Filters of a report that cannot be meant: said above the empty report.

Frappe 15 counts the seconds of a report until it is done, and a report that ended with an error is never done: fifteen
seconds later it is taken for a slow one, and from then on prepared in the background, for everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from html import unescape
from typing import Any

import frappe
from frappe import _
from frappe.utils import escape_html, strip_html


def mistakes_said(execute: Callable[..., tuple]) -> Callable[..., tuple]:
	"""For the `execute` of a report whose filters have one value each: a ValidationError becomes its message."""

	@wraps(execute)
	def safely(filters: dict[str, Any] | None = None) -> tuple:
		try:
			_check_values(filters or {})
			return execute(filters)
		except frappe.ValidationError as mistake:
			frappe.clear_messages()
			return [], [], f"<p class='text-danger'>{escape_html(unescape(strip_html(str(mistake))))}</p>"

	return safely


def _check_values(filters: Mapping[str, Any]) -> None:
	"""The Desk sends none that are wrong; others would end with an error, see above."""
	for name, value in filters.items():
		if isinstance(value, list | dict):
			frappe.throw(_("{0}: one value was expected.").format(name))
