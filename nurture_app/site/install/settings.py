"""Nurture Settings hold their defaults from the first day: the engine reads them from the database."""

from __future__ import annotations

from typing import Any

import frappe

DOCTYPE = "Nurture Settings"


def write_default_settings() -> None:
	"""Fill in what was never chosen; an emptied field stays empty."""
	stored = frappe.db.get_singles_dict(DOCTYPE)
	for df in frappe.get_meta(DOCTYPE).fields:
		if df.default not in (None, "") and not _was_chosen(df, stored):
			frappe.db.set_single_value(DOCTYPE, df.fieldname, df.default, update_modified=False)
	frappe.clear_document_cache(DOCTYPE, DOCTYPE)


def _was_chosen(df: Any, stored: dict[str, Any]) -> bool:
	"""Frappe puts the present, with microseconds, into every Time of a new document; people enter no microseconds."""
	return df.fieldname in stored and not (df.fieldtype == "Time" and "." in str(stored[df.fieldname]))
