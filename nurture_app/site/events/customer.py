"""A Lead that became a Customer. ERPNext changes the Lead's status without telling it, so this is where it shows."""

from __future__ import annotations

from typing import Any

import frappe

from nurture_app.site.events.recording import is_active, leads_of_customer, record
from nurture_app.site.events.safely import safely

ORIGIN = ("lead_name", "opportunity_name")


@safely
def after_insert(doc: Any) -> None:
	_became_customer(doc)


@safely
def on_update(doc: Any) -> None:
	before = doc.get_doc_before_save()
	if before and any(before.get(field) != doc.get(field) for field in ORIGIN):
		_became_customer(doc)


@safely
def on_trash(doc: Any) -> None:
	"""What was heard from it stays, and is no reason to keep it."""
	frappe.db.set_value("Nurture Insight", {"customer": doc.name}, "customer", None, update_modified=False)


def _became_customer(doc: Any) -> None:
	if any(doc.get(field) for field in ORIGIN) and is_active():
		leads = leads_of_customer(doc.get("lead_name"), doc.get("opportunity_name"))
		record(doc, "Became Customer", leads, channel="Sales", detail=doc.customer_name)
