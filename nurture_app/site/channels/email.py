"""E-mail through Frappe's Email Queue: complete messages written in bulk, sent by Frappe's own flush.

Queue row, recipient and Communication of each message go in with three statements per batch, in the runner's
transaction. The Communication puts the mail on the Lead's timeline, and lets Frappe attach a reply to the Lead.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import frappe

from nurture_app.engine.codes import NurtureError, TouchStatus
from nurture_app.engine.config import load_sender, load_settings
from nurture_app.engine.mail import MimeTemplate, build_mime
from nurture_app.engine.ports import Clock, Database, Delivery, Message
from nurture_app.engine.sql import Query, chunks, doctype, locking, params
from nurture_app.engine.timing import to_aware
from nurture_app.site.deliverability.echo import echo_headers, echoing_providers

PRIORITY = 0
"""Below everything else Frappe sends (1), so that a password reset never waits for marketing."""
ANSWER_PRIORITY = 1
"""Of what answers somebody at once: the flush takes it before all marketing that waits (CD-10)."""

CANCELLED = "Cancelled by nurture_app before it was sent: the recipient opted out or the sequence ended."
NEVER = datetime(9999, 12, 31)
"""As `send_after` of a row that was being sent while it was taken back: should the attempt fail, there is no other."""

STUCK_AFTER = timedelta(minutes=15)
"""Frappe sets a row to `Sending` right before it talks to the server; a worker that dies then leaves it so for ever."""

OPEN = ("Not Sent", "Sending")

QUEUE_COLUMNS = (
	"name",
	"sender",
	"message",
	"status",
	"message_id",
	"reference_doctype",
	"reference_name",
	"communication",
	"priority",
	"add_unsubscribe_link",
	"retry",
	"attachments",
	"email_account",
)
RECIPIENT_COLUMNS = ("name", "recipient", "status", "parent", "parentfield", "parenttype", "idx")
COMMUNICATION_COLUMNS = (
	"name",
	"subject",
	"communication_medium",
	"communication_type",
	"sent_or_received",
	"communication_date",
	"content",
	"sender",
	"sender_full_name",
	"recipients",
	"status",
	"delivery_status",
	"reference_doctype",
	"reference_name",
	"reference_owner",
	"email_account",
	"message_id",
	"user",
	"seen",
	"has_attachment",
)


@dataclass(frozen=True, slots=True)
class EmailChannel:
	"""`engine.ports.Channel` for e-mail."""

	db: Database
	clock: Clock

	def deliver(self, messages: Sequence[Message]) -> list[Delivery]:
		now = self.clock.now()
		template = MimeTemplate.of(to_aware(now, self.clock.zone), messages)
		usual = "" if all(message.account for message in messages) else self._usual_account()
		echoed = echoing_providers()
		deliveries, queue, recipients, communications = [], [], [], []
		for message in messages:
			try:
				mime = build_mime(message, template)
				if echoed:
					mime = echo_headers(echoed, message.message_id) + mime
			except NurtureError as error:
				deliveries.append(Delivery(message.touch, TouchStatus.FAILED, reason=error.code))
				continue
			row, communication = self.db.new_name(), self.db.new_name()
			account = message.account or usual or None
			queue.append(_queue_row(row, communication, message, mime, account))
			recipients.append(
				(self.db.new_name(), message.address, "Not Sent", row, "recipients", "Email Queue", 1)
			)
			communications.append(_communication_row(communication, message, now, account))
			deliveries.append(Delivery(message.touch, TouchStatus.QUEUED, row, communication))
		if queue:
			self.db.insert("tabCommunication", COMMUNICATION_COLUMNS, communications)
			self.db.insert("tabEmail Queue", QUEUE_COLUMNS, queue)
			self.db.insert("tabEmail Queue Recipient", RECIPIENT_COLUMNS, recipients)
		return deliveries

	def _usual_account(self) -> str:
		return load_sender(self.db, load_settings(self.db)).account

	def cancel(self, queue_rows: Sequence[str]) -> list[str]:
		"""Frappe marks a row `Sending` and commits before it opens a connection: `Not Sent` has not left.

		What is being sent just now is not among the rows returned; if the mail server turns it away, it is not tried
		again. A flush that has read a row already is stopped by `leaving`.
		"""
		queue = doctype("Email Queue", "q")
		caught: list[str] = []
		for names in chunks(sorted(set(queue_rows))):
			waiting = Query.from_(queue).select(queue.name, queue.communication, queue.status)
			waiting = waiting.where(queue.name.isin(params(names)) & queue.status.isin(params(OPEN)))
			rows = self.db.rows(locking(waiting, self.db.dialect))
			mine = [(name, communication) for name, communication, status in rows if status == "Not Sent"]
			self.db.update(
				"tabEmail Queue", ("name", "status", "error"), [(r[0], "Error", CANCELLED) for r in mine]
			)
			self.db.update(
				"tabCommunication", ("name", "delivery_status"), [(r[1], "Error") for r in mine if r[1]]
			)
			leaving = [(name, NEVER) for name, _, status in rows if status == "Sending"]
			self.db.update("tabEmail Queue", ("name", "send_after"), leaving)
			caught += [name for name, _ in mine]
		return caught


def _queue_row(name: str, communication: str, message: Message, mime: str, account: str | None) -> tuple:
	return (
		name,
		_sender(message.sender_name, message.sender_address),
		mime,
		"Not Sent",
		message.message_id,
		"Lead",
		message.party,
		communication,
		ANSWER_PRIORITY if message.at_once else PRIORITY,
		0,
		0,
		"[]",
		account,
	)


def _communication_row(name: str, message: Message, now: datetime, account: str | None) -> tuple:
	return (
		name,
		message.subject,
		"Email",
		"Automated Message",
		"Sent",
		now,
		timeline_html(message.shown_html or message.html, message.unsubscribe_url, message.preferences_url),
		message.sender_address,
		message.sender_name or None,
		message.address,
		"Linked",
		"Sending",
		"Lead",
		message.party,
		message.party_owner or None,
		account,
		message.message_id,
		frappe.session.user,
		1,
		0,
	)


def timeline_html(html: str, *own_links: str) -> str:
	"""The mail as the Desk shows it: the message without the frame and the footer that all mails share (a style sheet
	would restyle the Desk), and without the recipient's own links, which a colleague might click."""
	begins = _MESSAGE.search(html)
	ends = html.rfind("</td></tr>", 0, max(html.rfind('class="foot"'), 0))
	if begins and ends >= begins.end():
		shown = html[begins.end() : ends]
	else:
		body = _BODY.search(html)
		shown = _STYLE.sub("", body[1]) if body else html
	for link in filter(None, own_links):
		shown = shown.replace(link, "#")
	return shown


_MESSAGE = re.compile(r'<td [^>]*class="text"[^>]*>')
_BODY = re.compile(r"<body[^>]*>(.*)</body>", re.DOTALL | re.IGNORECASE)
_STYLE = re.compile(r"<(style|script|title)\b.*?</\1>", re.DOTALL | re.IGNORECASE)


def _sender(name: str, address: str) -> str:
	"""`Name <address>` as Frappe stores it; the address alone where the column (140) is too short."""
	plain = " ".join(re.sub(r'[<>",;:@()\[\]\\]', " ", name or "").split())
	full = f"{plain} <{address}>" if plain else address
	return full if len(full) <= 140 else address
