"""The indexes of `engine.schema.INDEXES` on a site."""

from __future__ import annotations

import frappe

from nurture_app.engine.schema import INDEXES, index_name


def add_indexes(doctype: str) -> None:
	"""Called whenever the DocType is synced; an index that exists is left alone.

	A single column is left out when its field declares the index itself.
	"""
	meta = frappe.get_meta(doctype)
	for columns in INDEXES.get(doctype, []):
		field = meta.get_field(columns[0]) if len(columns) == 1 else None
		if not (field and (field.search_index or field.unique)):
			frappe.db.add_index(doctype, list(columns), index_name(columns))
