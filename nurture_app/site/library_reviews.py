"""Assets and sequences whose day of review has come: whoever looks after them is told once (CM-16, MG-05)."""

from __future__ import annotations

from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.utils import add_days, cint, escape_html, getdate, nowdate

from nurture_app.site.channels.colleagues import for_whom

KEPT_FRESH = (
	("Nurture Asset", "asset_owner", {"enabled": 1}),
	("Nurture Sequence", "responsible", {"status": "Active"}),
)
"""DocTypes with `review_on`, who looks after them, and which of them matter."""


def next_review(asset: Any) -> date | None:
	"""When an asset in use that names no day is to be looked at again: counted from its last review, or from when it was
	published or made. None while Nurture Settings asks for no reviews."""
	days = cint(frappe.db.get_single_value("Nurture Settings", "content_review_days"))
	if not days or not asset.enabled:
		return None
	since = asset.reviewed_on or asset.published_on or asset.get("creation") or nowdate()
	return getdate(add_days(getdate(since), days))


def _give_days() -> None:
	"""Assets from before there was such a rule, or from elsewhere."""
	fields = ["name", "enabled", "reviewed_on", "published_on", "creation"]
	for asset in frappe.get_all("Nurture Asset", {"enabled": 1, "review_on": ["is", "not set"]}, fields):
		if day := next_review(asset):
			frappe.db.set_value("Nurture Asset", asset.name, "review_on", day, update_modified=False)


def remind_of_reviews() -> int:
	"""A task for each that is due and has none open; returns how many were made."""
	_give_days()
	made = 0
	for doctype, field, filters in KEPT_FRESH:
		due = frappe.get_all(
			doctype,
			filters={**filters, "review_on": ["<=", nowdate()]},
			fields=["name", "owner", f"{field} as keeper", "review_on"],
			order_by=None,
		)
		open_ones = set(
			frappe.get_all(
				"ToDo",
				{
					"reference_type": doctype,
					"status": "Open",
					"reference_name": ["in", [row.name for row in due]],
				},
				pluck="reference_name",
				order_by=None,
			)
			if due
			else ()
		)
		for row in due:
			if row.name not in open_ones:
				_remind(doctype, row)
				made += 1
	return made


def _remind(doctype: str, row: frappe._dict) -> None:
	frappe.get_doc(
		{
			"doctype": "ToDo",
			**for_whom(row.keeper, row.owner),
			"reference_type": doctype,
			"reference_name": row.name,
			"date": row.review_on,
			"description": escape_html(
				_("Review {0}: is it still right? Then set the day of the next review.").format(row.name)
			),
		}
	).insert(ignore_permissions=True)
