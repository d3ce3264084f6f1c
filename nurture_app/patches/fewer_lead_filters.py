"""Eight of our fields stood among the standard filters of the Lead list, and crowded out ERPNext's own."""

from __future__ import annotations

import frappe

from nurture_app.site.install.custom_fields import lead_fields


def execute() -> None:
	others = [field["fieldname"] for field in lead_fields() if not field.get("in_standard_filter")]
	frappe.db.set_value("Custom Field", {"dt": "Lead", "fieldname": ["in", others]}, "in_standard_filter", 0)
	frappe.clear_cache(doctype="Lead")
