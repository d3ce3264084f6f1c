"""A received e-mail: the answer to a sequence, an out-of-office note, or a bounce."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import frappe
from frappe.utils import get_datetime, now_datetime, parse_addr, strip_html

from nurture_app.engine.addresses import normalise
from nurture_app.site.active import is_active
from nurture_app.site.events.recording import existing_leads, leads_of_opportunity
from nurture_app.site.events.safely import safely

LIVE = ("Active", "Paused", "Held")
CONTENT_LOOKED_AT = 20_000


@dataclass(frozen=True, slots=True)
class SentTouch:
	"""The message an answer belongs to."""

	name: str
	party: str
	address: str
	sequence: str
	enrollment: str


@safely
def after_insert(doc: Any) -> None:
	"""Not on_update: Frappe saves an incoming mail a second time."""
	from nurture_app.engine.inbound import classify_inbound

	if not _is_received_mail(doc) or not is_active():
		return
	sender = normalise(parse_addr(doc.sender)[1]) if doc.sender else ""
	text = strip_html((doc.content or "")[:CONTENT_LOOKED_AT])
	kind = classify_inbound(doc.subject or "", sender, text)
	if kind == "bounce":
		_bounced(doc, text)
	elif kind == "reply":
		_answered(doc, sender)


@safely
def on_trash(doc: Any) -> None:
	"""Let it be deleted: the ledger keeps the message without its text."""
	frappe.db.set_value(
		"Nurture Touch", {"communication": doc.name}, "communication", None, update_modified=False
	)


def _is_received_mail(doc: Any) -> bool:
	return (
		doc.sent_or_received == "Received"
		and doc.communication_medium == "Email"
		and doc.communication_type == "Communication"
	)


def _answered(doc: Any, sender: str) -> None:
	from nurture_app.engine import activities
	from nurture_app.site.host import site_host

	leads = _leads_of(doc, sender)
	touch = _touch_answered(doc) or _latest_touch(leads, sender)
	if touch and touch.party:
		leads.append(touch.party)
	if not leads:
		return
	now = now_datetime()
	found = [
		activities.ActivityIn(
			party=lead,
			activity_type="Email Reply",
			# The date of a mail is its sender's word: never later than now.
			occurred_on=min(get_datetime(doc.communication_date) or now, now),
			channel="Email",
			detail=(doc.subject or "")[:255],
			dedupe_key=f"Email Reply|{doc.name}|{lead}",
			touch=touch.name if touch and touch.party == lead else "",
			sequence=touch.sequence if touch and touch.party == lead else "",
			enrollment=touch.enrollment if touch and touch.party == lead else "",
			source_doctype=doc.doctype,
			source_name=doc.name,
		)
		for lead in existing_leads(leads)
	]
	if found:
		activities.record(site_host(commit=False), found)


def _leads_of(doc: Any, sender: str) -> list[str]:
	"""The lead Frappe filed the mail under, and every lead with the sender's address that is in a sequence: one person."""
	leads = []
	if doc.reference_doctype == "Lead":
		leads.append(doc.reference_name)
	elif doc.reference_doctype == "Opportunity":
		leads += leads_of_opportunity(doc.reference_name)
	if sender:
		filters = {"address": sender, "status": ["in", LIVE]}
		leads += frappe.get_all("Nurture Enrollment", filters=filters, pluck="party", order_by=None)
		if not leads:
			leads += frappe.get_all(
				"Lead", filters={"email_id": sender}, pluck="name", order_by=None, limit=20
			)
	return leads


def _touch_answered(doc: Any) -> SentTouch | None:
	"""By the thread: Frappe resolves In-Reply-To to the Communication it answers."""
	if not doc.in_reply_to:
		return None
	return _touch({"communication": doc.in_reply_to})


def _latest_touch(leads: list[str], sender: str) -> SentTouch | None:
	if leads:
		if found := _touch({"party": ["in", leads], "sent_on": ["is", "set"]}):
			return found
	return _touch({"address": sender, "sent_on": ["is", "set"]}) if sender else None


def _touch(filters: dict[str, Any]) -> SentTouch | None:
	rows = frappe.get_all(
		"Nurture Touch",
		filters={**filters, "channel": "Email"},
		fields=["name", "party", "address", "sequence", "enrollment"],
		order_by="sent_on desc",
		limit=1,
	)
	if not rows:
		return None
	row = rows[0]
	return SentTouch(row.name, row.party or "", row.address or "", row.sequence or "", row.enrollment or "")


def _bounced(doc: Any, text: str) -> None:
	"""Only a mailbox that does not exist stops the mail; a full one or a slow server does not (DH-08)."""
	from nurture_app.engine import activities, optout
	from nurture_app.engine.bounces.status import is_hard as is_permanent_bounce
	from nurture_app.engine.touches import mark_reactions
	from nurture_app.site.host import site_host

	touch = _touch_answered(doc) or _touch_quoted(text)
	if not touch or not is_permanent_bounce(f"{doc.subject} {text}"):
		return
	host = site_host(commit=False)
	reaction = activities.ActivityIn(
		touch.party, "Email Bounced", host.clock.now(), "Email", touch=touch.name
	)
	with host.db.transaction():
		mark_reactions(host, [reaction])
	if normalise(touch.address):
		optout.unsubscribe(host, touch.address, f"Bounce: {doc.name}", "Bounced", touch.party)


def _touch_quoted(text: str) -> SentTouch | None:
	"""Bounces often quote the Message-ID of what they could not deliver."""
	pattern = rf"\b[\w-]{{16,64}}@{re.escape(frappe.local.site)}\b"
	ids = sorted(set(re.findall(pattern, text)))[:10]
	return _touch({"message_id": ["in", ids]}) if ids else None
