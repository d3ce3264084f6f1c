"""The catalogue of activities: what ships is there after each migrate, and what people changed in it stays.

Frappe's own fixtures would write every one anew at each migrate, edits and all.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import frappe

from nurture_app.site import active

CATALOGUE = Path(__file__).resolve().parents[2] / "fixtures" / "catalogue" / "activity_types.json"
DOCTYPE = "Nurture Activity Type"
AS_SHIPPED = "2026-11-21 09:00:00"
"""`modified` of a type as it ships, in any version of the app: whoever edits one changes that."""
OURS = ("is_system", "fed_by")
"""What people cannot change; the rest of a type they edited is theirs."""


def install_activity_types() -> None:
	"""Add what is missing, bring what nobody edited up to date."""
	stored = {row.name: row for row in frappe.get_all(DOCTYPE, fields=["*"], order_by=None)}
	for shipped in _shipped():
		name = shipped["activity_type"]
		if name not in stored:
			doc = frappe.get_doc({"doctype": DOCTYPE, **shipped})
			doc.flags.shipped = True
			doc.insert(ignore_permissions=True)
			changes: dict[str, Any] = {"modified": AS_SHIPPED}
		else:
			changes = _differences(shipped, stored[name])
		if changes:
			frappe.db.set_value(DOCTYPE, name, changes, update_modified=False)
	active.forget()


def _differences(shipped: dict[str, Any], present: dict[str, Any]) -> dict[str, Any]:
	fields = shipped if str(present["modified"])[:19] == AS_SHIPPED else OURS
	return {field: shipped[field] for field in fields if (present.get(field) or "") != (shipped[field] or "")}


def _shipped() -> list[dict[str, Any]]:
	apart = ("doctype", "name", "docstatus", "modified")
	records = json.loads(CATALOGUE.read_text(encoding="utf-8"))
	return [{key: value for key, value in record.items() if key not in apart} for record in records]
