"""Won deals, as ERPNext leaves them."""

from __future__ import annotations

import frappe
from frappe.utils import add_days, today


def won_deals(count: int, days: int, deal_type: str = "Launch") -> None:
	"""Rows as they stand once an order came of a quotation of an opportunity, `days` after it began."""
	for _number in range(count):
		names = {
			kind: frappe.generate_hash(length=10) for kind in ("Opportunity", "Quotation", "Sales Order")
		}
		values = {
			"Opportunity": {"opportunity_type": deal_type, "transaction_date": add_days(today(), -days)},
			"Quotation": {"opportunity": names["Opportunity"]},
			"Sales Order": {"transaction_date": today(), "docstatus": 1},
		}
		for kind, name in names.items():
			frappe.get_doc({"doctype": kind, "name": name, **values[kind]}).db_insert()
		item = {"doctype": "Sales Order Item", "name": frappe.generate_hash(length=10)}
		item |= {"parent": names["Sales Order"], "prevdoc_docname": names["Quotation"]}
		frappe.get_doc(item).db_insert()
