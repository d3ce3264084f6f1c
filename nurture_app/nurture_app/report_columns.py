"""A column of a report, as Frappe's report view wants it."""

from __future__ import annotations

from typing import Any


def column(name: str, label: str, kind: str, width: int, **more: Any) -> dict[str, Any]:
	"""One column: the key of its cells, its title, its fieldtype, its width in pixels; more as fields of DocTypes have it."""
	return {"fieldname": name, "label": label, "fieldtype": kind, "width": width, **more}
