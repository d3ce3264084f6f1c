"""A lead that was handed to the user: taken, or given back with a reason (SM-14)."""

from typing import Any

import frappe
from frappe.utils import cint

from nurture_app.engine.codes import Reason
from nurture_app.site import handoffs
from nurture_app.site.api import enrollment_actions
from nurture_app.site.api.access import READERS, require_lead, require_role
from nurture_app.site.host import site_host


@frappe.whitelist()
def reasons() -> list[dict[str, str]]:
	"""Why leads may be given back, for sequences that start with it."""
	require_role(READERS)
	return handoffs.choices(site_host(commit=False))


@frappe.whitelist(methods=["POST"])
def accept(lead: str) -> None:
	"""The user takes the lead."""
	require_lead(lead)
	handoffs.accept(lead)


@frappe.whitelist(methods=["POST"])
def give_back(
	lead: str, reason: str, note: str = "", sequence: str = "", own_no_more: int | str = 0
) -> dict[str, Any]:
	"""The user does not want the lead; it may go on in a `sequence`, and they may stop owning it.

	Whether it is in the sequence now (`enrolled`), and why not (`sentence`): given back it is all the same.
	"""
	require_lead(lead)
	handoffs.give_back(lead, reason, note)
	outcome: dict[str, Any] = {}
	if sequence:
		(outcome,) = enrollment_actions.enroll(sequence, [lead])
	if cint(own_no_more):
		handoffs.own_no_more(lead)  # last: the user may not see the lead any more
	if outcome.get("reason") == Reason.ALREADY_ENROLLED:  # it starts with what is given back
		return {"enrolled": True, "sentence": ""}
	return {"enrolled": bool(outcome.get("enrollment")), "sentence": outcome.get("sentence", "")}
