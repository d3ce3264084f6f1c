"""Nurture Settings hold their defaults from the first day: the engine reads them from the database."""

from __future__ import annotations

import frappe

DOCTYPE = "Nurture Settings"


def write_default_settings() -> None:
	"""Fill in what was never stored; an emptied field stays empty."""
	stored = frappe.db.get_singles_dict(DOCTYPE)
	for df in frappe.get_meta(DOCTYPE).fields:
		if df.default not in (None, "") and df.fieldname not in stored:
			frappe.db.set_single_value(DOCTYPE, df.fieldname, df.default, update_modified=False)
	frappe.clear_document_cache(DOCTYPE, DOCTYPE)
