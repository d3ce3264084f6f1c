"""The set-up guide and the launch checklist for their page."""

from dataclasses import asdict
from typing import Any

import frappe

from nurture_app.site.api.access import MANAGERS, USERS, require_role
from nurture_app.site.permissions import may_open


@frappe.whitelist()
def checklist() -> list[dict[str, Any]]:
	"""Lines with title, what is asked, state, what was found, what to do and where."""
	require_role(USERS)
	from nurture_app.site.launch import checklist as page

	return [_shown(line) for line in page.checklist()]


@frappe.whitelist()
def guide() -> list[dict[str, Any]]:
	"""Preparations and steps with title, what is asked, state, what was found and where to go on."""
	require_role(USERS)
	from nurture_app.site.launch import guide as page

	return [_shown(line) for line in page.guide()]


@frappe.whitelist(methods=["POST"])
def confirm(check: str, confirmed: int, note: str = "") -> None:
	"""Give one's word on a point, or take it back."""
	require_role(MANAGERS)
	doc = frappe.get_doc("Nurture Launch Check", check)
	doc.update({"confirmed": int(bool(int(confirmed))), "note": (note or "")[:500]})
	doc.save()


def _shown(line: Any) -> dict[str, Any]:
	"""A line as the page shows it: without the way to what the user may not open."""
	shown = asdict(line)
	if line.route and not may_open(line.route.split("/")):
		shown["route"] = ""
	return shown
