"""What became of queued mails: Frappe's Email Queue changes its rows without telling, so we look."""

from __future__ import annotations

from datetime import datetime

import frappe

from nurture_app.engine.addresses import normalise
from nurture_app.engine.bounces.consequences import Evidence, act_in
from nurture_app.engine.bounces.matching import SentMessage
from nurture_app.engine.bounces.report import Kind, Report, one_line
from nurture_app.engine.bounces.status import codes_in, judge
from nurture_app.engine.codes import Reason, TouchStatus
from nurture_app.engine.people import lock_leads
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, as_datetime, doctype, params
from nurture_app.site.channels.email import CANCELLED, NEVER, STUCK_AFTER

AT_ONCE = 2000
COLUMNS = ("name", "status", "reason", "reason_detail", "sent_on")
Change = tuple[str, str, str, str, datetime | None]


def sync_delivery(host: Host) -> int:
	"""Bring touches up to what the Email Queue says; returns how many changed. Nothing is ever sent again from here."""
	changed, last = 0, ""
	while True:
		with host.db.transaction():
			refused = {row[2] for row in _undecided(host, last) if row[2] and _refusal_of(row)}
		with host.db.transaction():
			# a refusal is scored: its leads first, as everywhere, and then what is so now, not before the wait
			lock_leads(host, refused)
			rows = _undecided(host, last)
			changes = [change for row in rows if (change := _decide(row, host.clock.now()))]
			host.db.update("tabNurture Touch", COLUMNS, changes)
			_take_note(host, rows)
			host.channels["Email"].cancel([row[4] for row in rows if row[5] == "Not Sent"])
		changed += len(changes)
		if len(rows) < AT_ONCE:
			return changed
		last = rows[-1][0]


def _undecided(host: Host, after: str) -> list[tuple]:
	"""Touches whose mail has moved on in the queue, is gone from it, or was turned away after it had been taken back.

	Index (status, queued_on), primary key of the queue.
	"""
	touch, queue = doctype("Nurture Touch", "t"), doctype("Email Queue", "q")
	open_statuses = params([str(TouchStatus.QUEUED), str(TouchStatus.UNKNOWN)])
	moved = queue.name.isnull() | (queue.status != P("Not Sent")) | (queue.send_after == P(NEVER))
	query = (
		Query.from_(touch)
		.left_join(queue)
		.on(queue.name == touch.email_queue)
		.select(
			touch.name,
			touch.status,
			touch.party,
			touch.address,
			queue.name,
			queue.status,
			queue.error,
			queue.modified,
		)
		.where(
			touch.status.isin(open_statuses) & (touch.channel == P("Email")) & (touch.email_queue != P(""))
		)
		.where((touch.name > P(after)) & moved)
		.orderby(touch.name)
		.limit(AT_ONCE)
	)
	return host.db.rows(query)


def _decide(row: tuple, now: datetime) -> Change | None:
	name, status, _party, _address, queue_row, queue_status, error, modified = row
	change: Change | None = None
	if queue_row is None:
		change = (name, TouchStatus.UNKNOWN, "queue_row_gone", "", None)
	elif queue_status == "Sent":
		change = (name, TouchStatus.SENT, "", "", as_datetime(modified))
	elif queue_status == "Not Sent" or (queue_status == "Error" and error == CANCELLED):
		change = (name, TouchStatus.SKIPPED, Reason.CANCELLED, "", None)
	elif queue_status == "Error":
		change = (name, TouchStatus.FAILED, Reason.SMTP_ERROR, last_line(error), None)
	elif queue_status == "Sending" and as_datetime(modified) < now - STUCK_AFTER:
		change = (name, TouchStatus.UNKNOWN, Reason.STUCK_IN_SENDING, "", None)
	return None if change is None or (change[1] == status == TouchStatus.UNKNOWN) else change


def _take_note(host: Host, rows: list[tuple]) -> None:
	"""What a mail server said while we were talking to it: the earliest bounces."""
	for row in rows:
		name, _status, party, address, queue_row, *_rest = row
		if report := _refusal_of(row):
			message = SentMessage(name, party or "", address, *_place(name), str(TouchStatus.FAILED))
			act_in(host, report, Evidence("Mail Server", f"queue|{queue_row}", is_trusted=True), message)


def _refusal_of(row: tuple) -> Report | None:
	_name, _status, _party, address, _queue_row, queue_status, error, _modified = row
	return refusal(error or "") if queue_status == "Error" and normalise(address) else None


def refusal(error: str) -> Report | None:
	"""The answer of a server that refused this recipient or this message; None for all other trouble."""
	words = last_line(error)
	if "SMTPRecipientsRefused" not in error and "SMTPDataError" not in error:
		return None
	enhanced, smtp = codes_in(words)
	kind = judge(enhanced, smtp, words)
	if "SMTPRecipientsRefused" not in error and kind == Kind.HARD:
		kind = Kind.BLOCK  # it took the recipient and refused the text
	return Report(kind, enhanced_code=enhanced, smtp_code=smtp, diagnostic=one_line(words))


def _place(touch: str) -> tuple[str, str, str]:
	found = frappe.db.get_value("Nurture Touch", touch, ["sequence", "enrollment", "step"])
	return tuple(value or "" for value in found or ("", "", ""))


def last_line(error: str | None) -> str:
	"""The gist of a traceback."""
	lines = [line.strip() for line in (error or "").splitlines() if line.strip()]
	return lines[-1][:300] if lines else ""
