"""The two roles of the app."""

from __future__ import annotations

import json

import frappe

ROLES = ("Nurture Manager", "Nurture User")
FOUND = "nurture_app_roles_found"


def note_roles() -> None:
	"""Before anything is installed: roles of these names that a company has already stay its own."""
	found = frappe.get_all("Role", {"name": ["in", ROLES]}, pluck="name", order_by=None)
	frappe.db.set_global(FOUND, json.dumps(sorted(found)))


def create_roles() -> None:
	for name in ROLES:
		if not frappe.db.exists("Role", name):
			frappe.get_doc({"doctype": "Role", "role_name": name, "desk_access": 1}).insert(
				ignore_permissions=True
			)


def remove_roles() -> None:
	"""Roles carry no link to a module, so Frappe leaves them behind. Those found at the installation stay."""
	found = json.loads(frappe.db.get_global(FOUND) or "[]")
	frappe.defaults.clear_default(key=FOUND, parent="__global")
	for name in ROLES:
		if name in found:
			continue
		for grants in ("Has Role", "Custom DocPerm"):
			frappe.db.delete(grants, {"role": name})
		frappe.delete_doc("Role", name, force=True, ignore_missing=True, ignore_permissions=True)
