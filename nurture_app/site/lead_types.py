"""What a lead's form says of its type: what it means, what to do, and who does it (LT-21, LT-22)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe
from frappe import _


def described(lead: Mapping[str, Any]) -> dict[str, Any] | None:
	"""The type of a lead in the user's language; None for a lead without one.

	`usual` is how many touches are, from and to, or None. The sequence is named to who may read sequences.
	"""
	if not lead["nurture_type"]:
		return None
	kind = frappe.get_cached_doc("Nurture Lead Type", lead["nurture_type"])
	return {
		"name": kind.name,
		"title": _(kind.title),
		"since": lead["nurture_type_since"],
		"by_hand": bool(lead["nurture_type_by_hand"]),
		"meaning": _(kind.meaning or ""),
		"treatment": _(kind.treatment or ""),
		"who": _(kind.looked_after_by or ""),
		"channel": _(kind.best_channel or ""),
		"sequence": kind.sequence or "" if frappe.has_permission("Nurture Sequence", "read") else "",
		"usual": (kind.fewest_touches or 0, kind.most_touches) if kind.most_touches else None,
	}
