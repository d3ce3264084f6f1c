"""Whose invoices and costs reports add up."""

from __future__ import annotations

import frappe
from frappe.desk.reportview import build_match_conditions


def counted_companies() -> tuple[str, list[str]]:
	"""The currency of the usual company, and all companies with it; nothing for who may not read each of their invoices."""
	return usual_companies() if _may_read_all("Sales Invoice") else ("", [])


def companies_with_costs() -> tuple[str, list[str]]:
	"""The same for those who may read what was spent."""
	return usual_companies() if _may_read_all("Nurture Cost") else ("", [])


def _may_read_all(doctype: str) -> bool:
	"""Any of them, and companies."""
	if not frappe.has_permission(doctype, "read") or not frappe.has_permission("Company", "read"):
		return False
	return not build_match_conditions(doctype)


def usual_companies() -> tuple[str, list[str]]:
	"""The currency of the usual company, and all companies with it."""
	companies = dict(
		frappe.get_all("Company", fields=["name", "default_currency"], as_list=True, order_by="name")
	)
	usual = frappe.defaults.get_user_default("Company")
	currency = companies.get(usual) or next(iter(companies.values()), "")
	return currency, [name for name, own in companies.items() if currency and own == currency]
