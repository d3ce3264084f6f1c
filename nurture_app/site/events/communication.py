"""A received e-mail: the answer to a sequence, an out-of-office note, or a bounce. And one that a colleague wrote."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import frappe
from frappe.utils import get_datetime, now_datetime, parse_addr, strip_html

from nurture_app.engine.addresses import normalise
from nurture_app.engine.inbound import is_note_on
from nurture_app.engine.opt_out_words import is_stop
from nurture_app.engine.reply_questions import questions_in
from nurture_app.site.active import is_active
from nurture_app.site.capture import origin
from nurture_app.site.channels import leaving
from nurture_app.site.events.recording import existing_leads, leads_of_opportunity, record
from nurture_app.site.events.safely import safely

if TYPE_CHECKING:
	from nurture_app.engine.bounces.report import Report

LIVE = ("Active", "Paused", "Held")
CONTENT_LOOKED_AT = 100_000
_QUOTATION = re.compile(r"<blockquote\b.*", re.IGNORECASE | re.DOTALL)
_INTRODUCTION = re.compile(
	r"@[\w.-]+>?\)?[^\n]{0,20}:\s*$|^\s*(subject|betreff|objet|asunto|oggetto)\s*:", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class SentTouch:
	"""The message an answer belongs to."""

	name: str
	party: str
	address: str
	sequence: str
	enrollment: str
	subject: str
	queued_on: datetime | None


@safely
def after_insert(doc: Any) -> None:
	"""Not on_update: Frappe saves an incoming mail a second time."""
	from nurture_app.engine.bounces.parse import parse_kept
	from nurture_app.engine.bounces.report import Kind

	if _is_written_by_a_colleague(doc) and is_active():
		leads = [doc.reference_name] if doc.reference_doctype == "Lead" else []
		leads += leads_of_opportunity(doc.reference_name) if doc.reference_doctype == "Opportunity" else []
		record(doc, "Colleague Wrote", leads, channel="Email", detail=doc.subject or "")
	if not _is_received_mail(doc):
		return
	if doc.reference_doctype == "Lead" and doc.reference_name:
		origin.note_inbox(doc.reference_name)
	if not is_active():
		return
	sender = normalise(parse_addr(doc.sender)[1]) if doc.sender else ""
	# The HTML of a bounce is often that of our own mail alone; what the server says stands in the text.
	words = f"{(doc.text_content or '')[:CONTENT_LOOKED_AT]}\n{(doc.content or '')[:CONTENT_LOOKED_AT]}"
	report = parse_kept(doc.subject or "", sender, words)
	if report is None or (report.kind == Kind.COMPLAINT and _is_recipient(sender)):
		_answered(doc, sender)
	elif report.kind != Kind.AUTO_REPLY:
		_came_back(doc, report)


def before_change(doc: Any, method: str | None = None) -> None:
	"""Not `safely`: a mail that was taken back is kept from leaving by an exception.

	Before and not after the change: whoever takes mails back locks the touch first and then the Communication, too.
	"""
	if doc.sent_or_received == "Sent" and doc.delivery_status in ("Sending", "Error"):
		leaving.look_again(doc)


@safely
def on_trash(doc: Any) -> None:
	"""Let it be deleted: the ledger keeps the message without its text."""
	frappe.db.set_value(
		"Nurture Touch", {"communication": doc.name}, "communication", None, update_modified=False
	)


def _is_received_mail(doc: Any) -> bool:
	return doc.sent_or_received == "Received" and _is_mail(doc)


def _is_written_by_a_colleague(doc: Any) -> bool:
	"""Our own mails, and those of other automatisms, are of another type."""
	return doc.sent_or_received == "Sent" and _is_mail(doc)


def _is_mail(doc: Any) -> bool:
	return doc.communication_medium == "Email" and doc.communication_type == "Communication"


def _answered(doc: Any, sender: str) -> None:
	from nurture_app.engine import activities
	from nurture_app.site.host import site_host

	leads = _leads_of(doc, sender)
	in_thread = _touch_answered(doc)
	touch = in_thread or _latest_touch(leads, sender)
	if touch and is_note_on(doc.subject, touch.subject):
		return
	if touch and touch.party:
		leads.append(touch.party)
	if not leads:
		return
	if _asks_for_silence(doc):
		_opted_out(doc, {sender, touch.address if touch and doc.in_reply_to else ""} - {""})
		return
	moment = _moment_of(doc, in_thread)
	leads = existing_leads(leads)
	found = [
		activities.ActivityIn(
			party=lead,
			activity_type="Email Reply",
			occurred_on=moment,
			channel="Email",
			detail=(doc.subject or "")[:255],
			dedupe_key=f"Email Reply|{doc.name}|{lead}",
			touch=touch.name if touch and touch.party == lead else "",
			sequence=touch.sequence if touch and touch.party == lead else "",
			enrollment=touch.enrollment if touch and touch.party == lead else "",
			source_doctype=doc.doctype,
			source_name=doc.name,
		)
		for lead in leads
	]
	found += [
		replace(
			reply,
			activity_type="Question Asked",
			detail=topic,
			dedupe_key=f"Question Asked|{topic}|{doc.name}|{reply.party}",
			touch="",
			enrollment="",
		)
		for topic in questions_in(_own_words(doc))
		for reply in list(found)
	]
	if found:
		activities.record(site_host(commit=False), found)


def _moment_of(doc: Any, answers: SentTouch | None) -> datetime:
	"""The date of a mail is its sender's word: never later than now, nor before the message it answers."""
	now = now_datetime()
	said = get_datetime(doc.communication_date) or now
	if answers and answers.queued_on:
		said = max(said, answers.queued_on)
	return min(said, now)


def _asks_for_silence(doc: Any) -> bool:
	"""Somebody who answers "Unsubscribe" and nothing else; in the subject where there is no text."""
	more = frappe.db.get_single_value("Nurture Settings", "stop_words") or ""
	return is_stop(_own_words(doc).strip() or doc.subject or "", more, by_mail=True)


def _opted_out(doc: Any, addresses: Collection[str]) -> None:
	"""No more mails to whoever wrote, nor to the address they were written to if it is another (CP-05). No reply to be
	glad of: it scores nothing."""
	from nurture_app.engine.optout import unsubscribe
	from nurture_app.site.host import site_host

	for address in sorted(addresses):
		unsubscribe(site_host(commit=False), address, f"Reply: {doc.name}")


def _own_words(doc: Any) -> str:
	"""What the person wrote, without the mail it answers. The line that introduces a quotation ends with a colon."""
	from email_reply_parser import EmailReplyParser

	text = (doc.text_content or strip_html(_QUOTATION.sub("", doc.content or "")))[:CONTENT_LOOKED_AT]
	lines = EmailReplyParser.parse_reply(text).splitlines()
	return "\n".join(line for line in lines if not _INTRODUCTION.search(line))


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
		fields=["name", "party", "address", "sequence", "enrollment", "subject", "queued_on"],
		order_by="sent_on desc",
		limit=1,
	)
	if not rows:
		return None
	row = rows[0]
	texts = (row[column] or "" for column in ("party", "address", "sequence", "enrollment", "subject"))
	return SentTouch(row.name, *texts, row.queued_on)


def _is_recipient(sender: str) -> bool:
	"""Somebody we write to, who only speaks of complaints."""
	return bool(sender and _touch({"address": sender}))


def _came_back(doc: Any, report: Report) -> None:
	"""A bounce or complaint in an ordinary inbox, of which Frappe has kept the words alone (DH-08)."""
	from nurture_app.engine.bounces.consequences import Evidence, act_on
	from nurture_app.site.deliverability.mailbox import mail_key
	from nurture_app.site.host import site_host

	if doc.in_reply_to and not report.message_id:
		touch = {"communication": doc.in_reply_to, "channel": "Email"}
		report = replace(report, message_id=frappe.db.get_value("Nurture Touch", touch, "message_id") or "")
	message_id = (doc.message_id or doc.name).strip("<> ")
	act_on(site_host(commit=False), report, Evidence("Inbox", f"{mail_key(message_id, b'')}|0"))
