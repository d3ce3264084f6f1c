"""Whose invoices reports add up."""

from __future__ import annotations

import frappe
from frappe.desk.reportview import build_match_conditions


def counted_companies() -> tuple[str, list[str]]:
	"""The currency of the usual company, and all companies with it; nothing for who may not read each of their invoices."""
	if not frappe.has_permission("Sales Invoice", "read") or not frappe.has_permission("Company", "read"):
		return "", []
	if build_match_conditions("Sales Invoice"):
		return "", []
	companies = dict(
		frappe.get_all("Company", fields=["name", "default_currency"], as_list=True, order_by="name")
	)
	usual = frappe.defaults.get_user_default("Company")
	currency = companies.get(usual) or next(iter(companies.values()), "")
	return currency, [name for name, own in companies.items() if currency and own == currency]
