"""Planned posts: a task for whoever posts them on the day, and files for other calendars and schedulers (CH-10)."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import frappe
from frappe import _
from frappe.utils import add_days, escape_html, get_datetime, getdate, nowdate

from nurture_app.engine.capture.plain import spreadsheet_safe
from nurture_app.site.channels.colleagues import for_whom
from nurture_app.site.handed_posts import posted_by_the_tool
from nurture_app.site.host import site_host

DOCTYPE = "Nurture Social Post"
COLUMNS = (
	"planned_on",
	"network",
	"title",
	"text",
	"tagged_url",
	"status",
	"keeper",
	"posted_on",
	"post_url",
)
"""Of the CSV; dates are in the site's time zone."""
TAKES = timedelta(minutes=15)
"""How long a post is in a calendar."""


def remind_of_posts() -> int:
	"""Every night: a task for each post of the new day, or of one before, that has none open; returns how many.

	What a scheduling tool has taken needs none.
	"""
	fields = ["name", "title", "network", "planned_on", "keeper", "owner", "handed_row"]
	filters = {"status": "Planned", "planned_on": ["<", add_days(nowdate(), 1)]}
	due = frappe.get_all(DOCTYPE, filters, fields, order_by="planned_on asc")
	taken = posted_by_the_tool([row.handed_row for row in due])
	due = [row for row in due if row.handed_row not in taken]
	has_task = set(_open_tasks([row.name for row in due], "reference_name"))
	for row in due:
		if row.name not in has_task:
			frappe.get_doc(
				{
					"doctype": "ToDo",
					**for_whom(row.keeper, row.owner),
					"reference_type": DOCTYPE,
					"reference_name": row.name,
					"date": getdate(row.planned_on),
					"description": escape_html(
						_("Post on {0}: {1}. Then mark it as posted.").format(_(row.network), row.title)
					),
				}
			).insert(ignore_permissions=True)
	return len(due) - len(has_task)


def close_tasks(post: str) -> None:
	"""Those that colleagues have not done yet."""
	for name in _open_tasks([post], "name"):
		frappe.get_doc("ToDo", name).update({"status": "Closed"}).save(ignore_permissions=True)


def _open_tasks(posts: Sequence[str], column: str) -> list[str]:
	filters = {"reference_type": DOCTYPE, "reference_name": ["in", list(posts)], "status": "Open"}
	return frappe.get_all("ToDo", filters, pluck=column, order_by=None) if posts else []


def posts_between(first: datetime, last: datetime, filters: Any = None) -> list[Any]:
	"""Those the user may read, planned from `first` to `last` (naive, the site's zone), in their order.

	`filters` as Frappe takes them.
	"""
	wanted = [[DOCTYPE, "planned_on", "between", [first, last]]]
	if isinstance(filters, dict):
		filters = [
			[DOCTYPE, field, *(value if isinstance(value, list) else ("=", value))]
			for field, value in filters.items()
		]
	wanted += filters or []
	return frappe.get_list(
		DOCTYPE, wanted, ["name", *COLUMNS], order_by="planned_on asc, creation asc", limit_page_length=0
	)


def as_csv(posts: Sequence[Any]) -> bytes:
	"""A row for each, under the words of the form; with a mark by which spreadsheets know that it is UTF-8."""
	meta, text = frappe.get_meta(DOCTYPE), io.StringIO()
	writer = csv.writer(text)
	writer.writerow([_(meta.get_label(column)) for column in COLUMNS])
	for row in posts:
		writer.writerow([_cell(row[column]) for column in COLUMNS])
	return text.getvalue().encode("utf-8-sig")


def _cell(value: Any) -> str:
	if isinstance(value, datetime):
		return value.isoformat(" ", "minutes")
	return spreadsheet_safe(str(value or ""))


def as_calendar(posts: Sequence[Any]) -> bytes:
	"""An iCalendar file (RFC 5545); the same post keeps its id, so that a second import changes it."""
	import vobject  # comes with Frappe
	from vobject.icalendar import utc

	zone = site_host(commit=False).clock.zone
	calendar = vobject.iCalendar()
	calendar.add("prodid").value = "-//nurture_app//Social Posts//EN"
	for row in posts:
		event = calendar.add("vevent")
		begins = get_datetime(row.planned_on).replace(tzinfo=zone).astimezone(utc)
		event.add("uid").value = f"{row.name}@{frappe.local.site}"
		event.add("dtstamp").value = datetime.now(utc)
		event.add("dtstart").value = begins
		event.add("dtend").value = begins + TAKES
		event.add("summary").value = f"{_(row.network)}: {row.title}"
		event.add("description").value = "\n\n".join(filter(None, (row.text, row.tagged_url)))
		event.add("url").value = frappe.utils.get_url_to_form(DOCTYPE, row.name)
		event.add("status").value = "CONFIRMED" if row.status in ("Planned", "Posted") else "TENTATIVE"
	return calendar.serialize().encode()
