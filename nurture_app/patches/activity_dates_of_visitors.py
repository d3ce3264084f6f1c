"""Frappe's lists leave out columns named like `_seen`: the dates of visits and visitors got other names."""

from __future__ import annotations

import frappe
from frappe.model.utils.rename_field import rename_field

RENAMED = {
	"Nurture Visit": {"last_seen_on": "last_active_on"},
	"Nurture Visitor": {"first_seen_on": "first_active_on", "last_seen_on": "last_active_on"},
}


def execute() -> None:
	for doctype, names in RENAMED.items():
		for old, new in names.items():
			if frappe.db.has_column(doctype, old):
				rename_field(doctype, old, new)
				_drop(doctype, old)


def _drop(doctype: str, column: str) -> None:
	"""Frappe copies the values and leaves the old column behind."""
	quote = "`" if frappe.db.db_type == "mariadb" else '"'
	frappe.db.sql_ddl(f"ALTER TABLE {quote}tab{doctype}{quote} DROP COLUMN {column}")
	frappe.cache.hdel("table_columns", f"tab{doctype}")
