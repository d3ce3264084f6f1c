"""The calendar of content: what is published, reviewed and sent when (CM-13)."""

from datetime import datetime, timedelta
from typing import Any

import frappe
from frappe import _
from frappe.utils import get_datetime, getdate

from nurture_app.engine.library.sends import sends_by_day
from nurture_app.site.api.access import READERS, USERS, has_role, require_role
from nurture_app.site.host import site_host

DAYS_OF = (
	("Nurture Asset", "published_on", "default"),
	("Nurture Asset", "review_on", "warning"),
	("Nurture Asset", "valid_from", "success"),
	("Nurture Asset", "valid_until", "danger"),
	("Nurture Sequence", "review_on", "warning"),
	("Nurture Sequence", "goal_date", "success"),
	("Nurture Social Post", "planned_on", "default"),
)
"""Dates that stand in the calendar, with the colour of their kind in Frappe's calendar."""
LONGEST = timedelta(days=100)
"""What one call may ask for: a quarter, and the rest of two weeks."""


@frappe.whitelist()
def get_events(start: str, end: str) -> list[dict[str, Any]]:
	"""As Frappe's calendar reads them, from `start` to before `end` (the site's zone). Each opens its own record."""
	require_role(READERS)
	first, last = get_datetime(start), get_datetime(end)
	if not first or not last or not timedelta() < last - first <= LONGEST:
		frappe.throw(_("Ask for a time of up to {0} days.").format(LONGEST.days))
	return [*_days(first, last), *_sends(first, last)]


def _days(first: datetime, last: datetime) -> list[dict[str, Any]]:
	titles = {
		"published_on": _("Publish: {0}"),
		"review_on": _("Review: {0}"),
		"valid_from": _("Offer begins: {0}"),
		"valid_until": _("Offer ends: {0}"),
		"goal_date": _("Goal: {0}"),
		"planned_on": _("Post: {0}"),
	}
	found = []
	for doctype, field, colour in DAYS_OF:
		if not frappe.has_permission(doctype, "read"):
			continue
		filters = {field: ["between", [first.date(), (last - timedelta(seconds=1)).date()]]}
		fields = ["name", "title", f"{field} as day"]
		for row in frappe.get_list(doctype, filters=filters, fields=fields, limit_page_length=0):
			found.append(_event(doctype, row.name, row.day, titles[field].format(row.title), colour))
	return found


def _sends(first: datetime, last: datetime) -> list[dict[str, Any]]:
	"""Of all leads: for those who work with sequences, and not for salespeople, who may not see every lead."""
	if not has_role(USERS) or not frappe.has_permission("Nurture Sequence", "read"):
		return []
	found = []
	for one in sends_by_day(site_host(commit=False), first, last):
		parts = [_("{0} sent").format(one.sent)] if one.sent else []
		parts += [_("{0} due").format(one.due)] if one.due else []
		parts += [_("about {0} expected").format(one.expected)] if one.expected else []
		title = f"{one.sequence}: {', '.join(parts)}"
		found.append(
			_event("Nurture Sequence", one.sequence, one.day, title, "success" if one.sent else "default")
		)
	return found


def _event(doctype: str, name: str, day: Any, title: str, colour: str) -> dict[str, Any]:
	day = str(getdate(day))
	return {
		"doctype": doctype,
		"name": name,
		"start": day,
		"end": day,
		"all_day": 1,
		"in_user_zone": 0,
		"title": title,
		"tooltip": title,
		"colour": colour,
		"startEditable": False,
		"durationEditable": False,
	}
