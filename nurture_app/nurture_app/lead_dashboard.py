"""Connections of a Lead to what the app keeps about it."""

from __future__ import annotations

from typing import Any

from frappe import _

DOCTYPES = (
	"Nurture Enrollment",
	"Nurture Touch",
	"Nurture Activity",
	"Nurture Consent",
	"Nurture Form Submission",
)


def get_data(data: dict[str, Any]) -> dict[str, Any]:
	"""Hook `override_doctype_dashboards`: adds a group to what ERPNext and other apps show."""
	data.setdefault("non_standard_fieldnames", {}).update(dict.fromkeys(DOCTYPES, "party"))
	data.setdefault("transactions", []).append({"label": _("Nurture"), "items": list(DOCTYPES)})
	return data
