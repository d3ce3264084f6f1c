"""Counting in Frappe's own lists, which look at permissions."""

from __future__ import annotations

from typing import Any

import frappe

TAKES_NO_SQL = 16
"""The version of Frappe from which a field is a name or an object, and never SQL."""


def count_as(name: str) -> Any:
	"""The field of `frappe.get_list` that counts the rows of a group."""
	if int(frappe.__version__.partition(".")[0]) >= TAKES_NO_SQL:
		return {"COUNT": "name", "as": name}
	return f"count(name) as {name}"
