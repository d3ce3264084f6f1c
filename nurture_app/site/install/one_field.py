"""A custom field of ours, as Frappe wants it."""

from __future__ import annotations

from typing import Any

MODULE = "Nurture App"


def field(fieldname: str, fieldtype: str, label: str, **more: Any) -> dict[str, Any]:
	"""`more` as the columns of Custom Field."""
	return {
		"fieldname": fieldname,
		"fieldtype": fieldtype,
		"label": label,
		"module": MODULE,
		"no_copy": 1,  # or mapping a Lead to an Opportunity would carry it along
		"is_system_generated": 1,
		"translatable": 0,
		**more,
	}


def written(fieldname: str, fieldtype: str, label: str, **more: Any) -> dict[str, Any]:
	"""A field that only the app writes."""
	return field(fieldname, fieldtype, label, read_only=1, **more)
