"""What a lead's form says of its touch tier: why it is in it, what to do, and who takes over (HL-08)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe
from frappe import _
from frappe.utils import get_fullname

from nurture_app.engine import conditions
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.condition_reasons import as_it_holds
from nurture_app.site.host import site_host


def described(lead: Mapping[str, Any]) -> dict[str, Any] | None:
	"""The tier of a lead in the user's language; None for a lead without one.

	`lead` is a row with its name. `why` says what of the criteria holds for the lead, in a sentence; empty where somebody chose
	by hand or the tier takes everybody else.
	"""
	if not lead["nurture_tier"]:
		return None
	tier = frappe.get_cached_doc("Nurture Touch Tier", lead["nurture_tier"])
	by_hand = bool(lead["nurture_tier_by_hand"])
	return {
		"name": tier.name,
		"title": _(tier.title),
		"since": lead["nurture_tier_since"],
		"by_hand": by_hand,
		"by_people": bool(tier.by_people),
		"why": "" if by_hand or not tier.segment else _why(tier.segment, lead["name"]),
		"meaning": _(tier.meaning or ""),
		"treatment": _(tier.treatment or ""),
		"who": _(tier.looked_after_by or ""),
		"senior": get_fullname(tier.senior_contact) if tier.senior_contact else "",
		"sequence": tier.sequence or "" if frappe.has_permission("Nurture Sequence", "read") else "",
	}


def _why(segment: str, lead: str) -> str:
	"""What of the condition of a segment holds for the lead; of a static one, or one that cannot be read now, its name."""
	kind, condition = frappe.get_cached_value("Nurture Segment", segment, ["segment_type", "condition"])
	if kind != "Dynamic":
		return _("Member of {0}").format(segment)
	host = site_host(commit=False)
	try:
		parsed = conditions.parse(condition, host.catalog)
		return conditions.explain(as_it_holds(host, parsed, lead), _)
	except NurtureError:
		return segment
