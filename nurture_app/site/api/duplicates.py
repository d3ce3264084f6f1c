"""Leads that look alike: compared, merged, or said to be different people (DH-01)."""

import json
from typing import Any

import frappe
from frappe import _
from frappe.utils import format_datetime

from nurture_app.engine.codes import LIVE_STATUSES
from nurture_app.site import merged_leads
from nurture_app.site.api.access import READERS, names_from, require_lead, require_role
from nurture_app.site.permissions import hidden_fields

OF_ALL = (
	"status",
	"lead_owner",
	"source",
	"nurture_score",
	"nurture_stage",
	"nurture_email_consent",
	"creation",
)
"""Shown of every lead, whether they differ or not."""


@frappe.whitelist()
def compare(leads: str | list[str]) -> dict[str, Any]:
	"""The leads side by side: `leads` with name, title and when they were changed; `rows` of label and values; `kept`, which
	of them should remain; and whether the user may `merge` them."""
	require_role(READERS)
	names = names_from(leads)
	if not 2 <= len(set(names)) <= merged_leads.MOST_AT_ONCE:
		frappe.throw(_("Choose from 2 to {0} leads.").format(merged_leads.MOST_AT_ONCE))
	for name in names:
		require_lead(name)
	docs = [frappe.get_doc("Lead", name) for name in dict.fromkeys(names)]
	kept = max(docs, key=_worth)
	return {
		"leads": [{"name": doc.name, "title": doc.lead_name, "modified": str(doc.modified)} for doc in docs],
		"rows": [*_rows(docs), *_counts(docs)],
		"kept": kept.name,
		"merge": all(doc.has_permission("write") for doc in docs)
		and all(doc.has_permission("delete") for doc in docs if doc is not kept),
	}


@frappe.whitelist(methods=["POST"])
def merge(kept: str, others: str | list[str], seen: str | dict[str, str]) -> str:
	"""Make `others` part of `kept`; `seen` holds their moments of change as `compare` told them. Returns `kept`."""
	require_role(READERS)
	if isinstance(seen, str):
		try:
			seen = json.loads(seen)
		except ValueError:
			seen = None
	if not isinstance(seen, dict):
		frappe.throw(_("Say which state of the leads you have seen."))
	merged_leads.merge(kept, names_from(others), seen)
	return kept


@frappe.whitelist(methods=["POST"])
def note_apart(leads: str | list[str]) -> int:
	"""These leads are different people, however alike they look; returns how many pairs are new."""
	require_role(READERS)
	names = names_from(leads)
	for name in names:
		require_lead(name)
	return merged_leads.note_apart(names)


def _worth(doc: Any) -> tuple:
	"""Whom other documents know, then who says most, then who was there first."""
	said = sum(not merged_leads.is_empty(doc.get(df.fieldname)) for df in merged_leads.fields_to_fill())
	return (
		doc.status == "Converted",
		doc.status in ("Opportunity", "Quotation"),
		said,
		-doc.creation.timestamp(),
	)


def _rows(docs: list[Any]) -> list[dict[str, Any]]:
	hidden, meta = hidden_fields(), docs[0].meta
	differing = [
		df.fieldname
		for df in merged_leads.fields_to_fill()
		if df.fieldname not in OF_ALL and len({str(doc.get(df.fieldname) or "") for doc in docs}) > 1
	]
	return [
		{
			"label": _(meta.get_label(field)) if field != "creation" else _("Created"),
			"values": [_shown(doc, field) for doc in docs],
		}
		for field in (*OF_ALL, *differing)
		if field not in hidden and (field == "creation" or meta.has_field(field))
	]


def _shown(doc: Any, field: str) -> str:
	if field == "creation":
		return format_datetime(doc.creation)
	return str(doc.get_formatted(field)) if doc.get(field) else ""


def _counts(docs: list[Any]) -> list[dict[str, Any]]:
	"""What hangs on each of them."""
	names = [doc.name for doc in docs]
	found = [
		(
			_("Running Sequences"),
			"Nurture Enrollment",
			"party",
			{"status": ["in", list(map(str, LIVE_STATUSES))]},
		),
		(_("Messages and Calls"), "Communication", "reference_name", {"reference_doctype": "Lead"}),
		(_("Opportunities"), "Opportunity", "party_name", {"opportunity_from": "Lead"}),
	]
	return [
		{"label": label, "values": [frappe.db.count(doctype, {**filters, field: name}) for name in names]}
		for label, doctype, field, filters in found
	]
