"""Leads that bought, and what the report Attribution says of them."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.desk.query_report import run
from frappe.utils import add_days, now_datetime, nowdate

from nurture_app.site.testing.factories import make_lead


def bought(name: str, *done: tuple[str, str, int], **values: Any) -> str:
	"""A lead of ten days ago that became a customer yesterday, with activities (kind, channel) so many days ago."""
	lead = make_lead(f"{name}{frappe.generate_hash(length=5)}", **values).name
	frappe.db.set_value("Lead", lead, "creation", add_days(now_datetime(), -10), update_modified=False)
	columns = ["name", "party_type", "party", "activity_type", "channel", "occurred_on"]
	for kind, channel, days_ago in (*done, ("Became Customer", "Sales", 1)):
		key = frappe.generate_hash(length=10)
		row = (key, "Lead", lead, kind, channel, add_days(now_datetime(), -days_ago), "human", key)
		frappe.db.bulk_insert("Nurture Activity", [*columns, "classification", "dedupe_key"], [row])
	return lead


def attribution(**filters: Any) -> dict[str, Any]:
	"""The report of the last five days."""
	span = {"from_date": add_days(nowdate(), -5), "to_date": nowdate()}
	return run("Nurture Attribution", filters=span | filters)


def invoice(lead: str, name: str, amount: float) -> None:
	"""A submitted invoice of the customer that the lead became."""
	company = frappe.db.get_value("Company", {}, "name")
	customer = {"customer_name": f"{name} & Co", "lead_name": lead, "customer_type": "Company"}
	customer = frappe.get_doc({"doctype": "Customer", **customer}).insert(ignore_permissions=True)
	values = {"customer": customer.name, "company": company, "docstatus": 1, "base_net_total": amount}
	frappe.get_doc(
		{"doctype": "Sales Invoice", "name": name, "posting_date": nowdate(), **values}
	).db_insert()
