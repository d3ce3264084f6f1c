"""The calendar of social posts and its files (CH-10)."""

from datetime import datetime, time, timedelta
from typing import Any

import frappe
from frappe import _
from frappe.utils import get_datetime, getdate

from nurture_app.site.handed_posts import CHANGED, PLANNED, hand_over
from nurture_app.site.social_posts import DOCTYPE, TAKES, as_calendar, as_csv, posts_between

LONGEST = timedelta(days=400)
FILES = {"csv": (as_csv, "text/csv"), "ics": (as_calendar, "text/calendar")}


@frappe.whitelist()
def get_events(start: str, end: str, filters: str | list | dict | None = None) -> list[dict[str, Any]]:
	"""The posts of these days as Frappe's calendar reads them; `filters` as it sends them."""
	first, last = _days(get_datetime(start), get_datetime(end))
	chosen = frappe.parse_json(filters) if isinstance(filters, str) and filters else filters
	posts = posts_between(first, last, chosen)
	return [dict(row, all_day=0, ends_on=row.planned_on + TAKES) for row in posts]


@frappe.whitelist(methods=["POST"])
def download(start: str, end: str, format: str = "csv", status: str = "") -> None:
	"""The posts planned from `start` to `end` (days, both included) as a file: `csv` or `ics`."""
	if format not in FILES:
		frappe.throw(_("Choose CSV or ICS."))
	if status not in ("", "Draft", "Planned", "Posted", "Dropped"):
		frappe.throw(_("There is no such status."))
	first, last = _days(getdate(start), getdate(end))
	posts = posts_between(
		datetime.combine(first, time.min),
		datetime.combine(last, time.max),
		{"status": status or ["!=", "Dropped"]},
	)
	write, content_type = FILES[format]
	frappe.response.update(
		{
			"type": "download",
			"filename": f"social-posts-{first}-{last}.{format}",
			"filecontent": write(posts),
			"content_type": content_type,
		}
	)


@frappe.whitelist(methods=["POST"])
def hand_over_again(post: str) -> bool:
	"""Tell the scheduling tool of a planned post once more; says whether there is a tool."""
	doc = frappe.get_doc(DOCTYPE, post)
	doc.check_permission("write")
	if doc.status != "Planned" or doc.is_influencer:
		frappe.throw(_("Only posts of our own that are planned are handed over."))
	return bool(hand_over(doc, CHANGED if doc.handed_row else PLANNED))


def _days(first: Any, last: Any) -> tuple[Any, Any]:
	frappe.has_permission(DOCTYPE, "read", throw=True)
	if not first or not last or not timedelta() <= last - first <= LONGEST:
		frappe.throw(_("Ask for a time of up to {0} days.").format(LONGEST.days))
	return first, last
