"""Planned posts handed to a scheduling tool: one signed call for each thing that changes (CH-10).

The app posts nothing itself. Calls wait in Nurture Outgoing like those of steps; what a newer one replaces is taken back
while it still can be.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import frappe
from frappe.utils import get_datetime, now_datetime

from nurture_app.engine.codes import Reason
from nurture_app.engine.outgoing import parcels
from nurture_app.engine.outgoing.parcels import OutgoingStatus, Parcel
from nurture_app.engine.timing import to_aware
from nurture_app.site.host import site_host
from nurture_app.site.sentences import reason_sentence

DOCTYPE = "Nurture Social Post"
TOLD = ("title", "network", "planned_on", "text", "tagged_url")
"""What the tool posts by; a change of these is told."""
PLANNED, CHANGED, DROPPED, POSTED = "planned", "changed", "dropped", "posted"
"""What a call says in `action`."""


def scheduling_tool() -> str:
	"""The webhook in Nurture Settings; empty where people post by hand."""
	return frappe.db.get_single_value("Nurture Settings", "social_webhook") or ""


def follow(post: Any) -> None:
	"""Tell the tool what the save of a post changes for it, within the caller's transaction. Somebody else's are theirs."""
	if post.is_influencer:
		return
	before = post.get_doc_before_save()
	is_planned, was_planned = post.status == "Planned", bool(before and before.status == "Planned")
	if is_planned and (not (was_planned and post.handed_row) or any(map(post.has_value_changed, TOLD))):
		hand_over(post, CHANGED if was_planned and post.handed_row else PLANNED)
	elif was_planned and not is_planned and post.handed_row:
		hand_over(post, POSTED if post.status == "Posted" else DROPPED)


def hand_over(post: Any, action: str) -> str:
	"""Queue one call; returns its row, empty where no tool is named."""
	webhook = scheduling_tool()
	if not webhook:
		return ""
	host = site_host(commit=False)
	if post.handed_row:
		parcels.cancel(host, [post.handed_row], Reason.CANCELLED)
	(queued,) = parcels.put(host, [Parcel("Webhook", webhook, _payload(post, action), "")])
	values = {"handed_row": queued.queue_row, "handed_on": now_datetime()}
	post.db_set(values, update_modified=False)
	return queued.queue_row


def what_came_of_it(rows: Collection[str]) -> dict[str, Any]:
	"""By row of Nurture Outgoing: `status` and `reason`, a sentence. Rows that are gone were long done."""
	found = frappe.get_all(
		"Nurture Outgoing",
		{"name": ["in", [row for row in rows if row]]},
		["name", "status", "reason", "reason_detail"],
		order_by=None,
	)
	for row in found:
		row.reason = reason_sentence(row.reason) if row.reason else ""
	return {row.name: row for row in found}


def posted_by_the_tool(rows: Collection[str]) -> set[str]:
	"""Those that the tool took: nobody need post these by hand."""
	known = what_came_of_it(rows)
	done = (OutgoingStatus.SENT, OutgoingStatus.DELIVERED, OutgoingStatus.READ)
	return {row for row in rows if row and (row not in known or known[row].status in done)}


def _payload(post: Any, action: str) -> dict[str, Any]:
	return {
		"event": "social_post",
		"action": action,
		"occurred_on": _with_offset(now_datetime()),
		"post": post.name,
		"network": post.network,
		"title": post.title,
		"text": post.text,
		"link": post.tagged_url or "",
		"planned_on": _with_offset(get_datetime(post.planned_on)) if post.planned_on else "",
	}


def _with_offset(moment: datetime) -> str:
	return to_aware(moment.replace(microsecond=0), site_host(commit=False).clock.zone).isoformat()
