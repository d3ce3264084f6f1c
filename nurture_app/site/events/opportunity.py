"""An Opportunity made from a Lead, and what becomes of it (TR-21, TR-08)."""

from __future__ import annotations

from typing import Any

import frappe

from nurture_app.site import deal_size
from nurture_app.site.channels.records import MADE_BY_STEP
from nurture_app.site.events.recording import is_active, leads_of_party, record
from nurture_app.site.events.safely import safely

OUTCOMES = {"Converted": "Opportunity Won", "Lost": "Opportunity Lost"}
"""By status of the Opportunity."""


@safely
def after_insert(doc: Any) -> None:
	_note_deal_size(doc)
	if is_active() and not doc.flags.get(MADE_BY_STEP):
		_record(doc, "Opportunity Created")


@safely
def on_change(doc: Any) -> None:
	"""Not on_update: a Quotation or Sales Order changes the status without saving the Opportunity."""
	before = doc.get_doc_before_save()
	if before is None:
		return
	if any(
		doc.get(field) != before.get(field) for field in ("opportunity_amount", "conversion_rate", "status")
	):
		_note_deal_size(doc)
	if not is_active():
		return
	outcome = OUTCOMES.get(doc.status)
	if outcome and before.status != doc.status:
		_record(doc, outcome)
	if doc.get("sales_stage") and before.get("sales_stage") != doc.get("sales_stage"):
		_record(doc, "Opportunity Stage Changed", detail=doc.sales_stage, occasion=str(doc.modified))


@safely
def on_trash(doc: Any) -> None:
	"""What was heard about it stays, and is no reason to keep it."""
	frappe.db.set_value(
		"Nurture Insight", {"opportunity": doc.name}, "opportunity", None, update_modified=False
	)


def _note_deal_size(doc: Any) -> None:
	if doc.opportunity_from == "Lead":
		deal_size.follow_opportunities(doc.party_name)


def _record(doc: Any, activity_type: str, detail: str = "", occasion: str = "") -> None:
	leads = leads_of_party(doc.opportunity_from, doc.party_name)
	detail = detail or doc.get("title") or doc.name
	record(doc, activity_type, leads, channel="Sales", detail=detail, occasion=occasion)
