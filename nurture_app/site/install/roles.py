"""The two roles of the app."""

from __future__ import annotations

import frappe

ROLES = ("Nurture Manager", "Nurture User")


def create_roles() -> None:
	for name in ROLES:
		if not frappe.db.exists("Role", name):
			frappe.get_doc({"doctype": "Role", "role_name": name, "desk_access": 1}).insert(
				ignore_permissions=True
			)


def remove_roles() -> None:
	"""Roles carry no link to a module, so Frappe leaves them behind."""
	for name in ROLES:
		for grants in ("Has Role", "Custom DocPerm"):
			frappe.db.delete(grants, {"role": name})
		frappe.delete_doc("Role", name, force=True, ignore_missing=True, ignore_permissions=True)
