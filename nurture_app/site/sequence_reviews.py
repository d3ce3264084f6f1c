"""When a sequence and the whole system are looked at again (AB-13): weekly, quarterly, and flagged after half a year."""

from __future__ import annotations

from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.utils import add_days, cint, date_diff, format_date, getdate, today

from nurture_app.site.notices import tell_managers

STALE_DAYS = 182
"""An active sequence nobody has reviewed for longer is flagged."""
SETTINGS = "Nurture Settings"


def plan_review(sequence: str) -> None:
	"""Set the day of the first review when a sequence is activated and has none."""
	days = cint(frappe.db.get_single_value(SETTINGS, "review_days"))
	if days and not frappe.db.get_value("Nurture Sequence", sequence, "review_on"):
		frappe.db.set_value("Nurture Sequence", sequence, "review_on", add_days(today(), days))


def take_on(sequence: str, user: str) -> None:
	"""Somebody has to look after it (SE-01): whoever activates it, unless it is somebody already."""
	if not frappe.db.get_value("Nurture Sequence", sequence, "responsible"):
		frappe.db.set_value("Nurture Sequence", sequence, "responsible", user)


def mark_reviewed(sequence: str, user: str) -> str:
	"""Note that somebody has looked at it; closes the task that asked for it. Returns the next day, or an empty text."""
	days = cint(frappe.db.get_single_value(SETTINGS, "review_days"))
	following = add_days(today(), days) if days else None
	values = {"reviewed_on": today(), "reviewed_by": user, "review_on": following}
	frappe.db.set_value("Nurture Sequence", sequence, values)
	asked = {"reference_type": "Nurture Sequence", "reference_name": sequence, "status": "Open"}
	for task in frappe.get_all("ToDo", asked, pluck="name"):
		frappe.db.set_value("ToDo", task, "status", "Closed")
	return str(following or "")


def stale_since(doc: Any) -> date | None:
	"""The last review (or the activation) of an active sequence, if that is more than half a year ago."""
	if doc.status != "Active":
		return None
	last = getdate(doc.reviewed_on or doc.activated_on) if doc.reviewed_on or doc.activated_on else None
	return last if last and date_diff(today(), last) > STALE_DAYS else None


def advice(doc: Any) -> list[str]:
	"""What is to be said about a sequence that nobody has looked at for long; empty otherwise."""
	if since := stale_since(doc):
		return [
			_("Nobody has reviewed it since {0}, more than half a year: is it still right?").format(
				format_date(since)
			)
		]
	return []


def system_due_on() -> date | None:
	"""When the whole system is to be looked at: counted from the last review, or from the first activation."""
	settings = frappe.get_single(SETTINGS)
	if not settings.system_review_days:
		return None
	began = settings.system_reviewed_on or frappe.db.get_value(
		"Nurture Sequence", {"activated_on": ["is", "set"]}, "activated_on", order_by="activated_on asc"
	)
	return getdate(add_days(getdate(began), settings.system_review_days)) if began else None


def tell_of_the_system() -> bool:
	"""Tell managers, once for each day that has come, that the whole system is due; whether they were told."""
	due = system_due_on()
	if due is None or due > getdate(today()):
		return False
	told = frappe.db.get_single_value(SETTINGS, "system_review_told_on")
	if told and getdate(told) >= due:
		return False
	text = _("Due since {0}: sequences, scoring, content and segments. Then press Whole System Reviewed.")
	tell_managers(
		SETTINGS, SETTINGS, _("The whole of nurturing is to be reviewed"), text.format(format_date(due))
	)
	frappe.db.set_single_value(SETTINGS, "system_review_told_on", today(), update_modified=False)
	return True


def mark_system_reviewed() -> None:
	frappe.db.set_single_value(SETTINGS, "system_reviewed_on", today())
