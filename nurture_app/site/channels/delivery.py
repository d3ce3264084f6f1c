"""What became of queued mails: Frappe's Email Queue changes its rows without telling, so we look."""

from __future__ import annotations

from datetime import datetime, timedelta

from nurture_app.engine import activities, optout
from nurture_app.engine.addresses import normalise
from nurture_app.engine.bounces.status import is_hard
from nurture_app.engine.codes import Reason, TouchStatus
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, as_datetime, doctype, params
from nurture_app.engine.touches import mark_reactions
from nurture_app.site.channels.email import CANCELLED

STUCK_AFTER = timedelta(minutes=15)
"""Frappe sets a row to `Sending` right before it talks to the server; a worker that dies then leaves it so for ever."""

AT_ONCE = 2000
COLUMNS = ("name", "status", "reason", "reason_detail", "sent_on")
Change = tuple[str, str, str, str, datetime | None]


def sync_delivery(host: Host) -> int:
	"""Bring touches up to what the Email Queue says; returns how many changed. Nothing is ever sent again from here."""
	changed, last = 0, ""
	while True:
		with host.db.transaction():
			rows = _undecided(host, last)
			changes = [change for row in rows if (change := _decide(row, host.clock.now()))]
			host.db.update("tabNurture Touch", COLUMNS, changes)
			_suppress_refused(host, [row for row in rows if _refused(row)])
		changed += len(changes)
		if len(rows) < AT_ONCE:
			return changed
		last = rows[-1][0]


def _undecided(host: Host, after: str) -> list[tuple]:
	"""Touches whose mail has moved on in the queue, or is gone from it. Index (status, queued_on), primary key of the queue."""
	touch, queue = doctype("Nurture Touch", "t"), doctype("Email Queue", "q")
	open_statuses = params([str(TouchStatus.QUEUED), str(TouchStatus.UNKNOWN)])
	moved = queue.name.isnull() | (queue.status != P("Not Sent"))
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
	elif queue_status == "Error" and error == CANCELLED:
		change = (name, TouchStatus.SKIPPED, Reason.CANCELLED, "", None)
	elif queue_status == "Error":
		refused = _refused(row)
		change = (
			name,
			TouchStatus.BOUNCED if refused else TouchStatus.FAILED,
			Reason.BOUNCED if refused else Reason.SMTP_ERROR,
			last_line(error),
			None,
		)
	elif queue_status == "Sending" and as_datetime(modified) < now - STUCK_AFTER:
		change = (name, TouchStatus.UNKNOWN, Reason.STUCK_IN_SENDING, "", None)
	return None if change is None or (change[1] == status == TouchStatus.UNKNOWN) else change


def _refused(row: tuple) -> bool:
	"""Whether the mail server said at once that there is no such mailbox."""
	error = row[6] or ""
	return row[5] == "Error" and "SMTPRecipientsRefused" in error and is_hard(last_line(error))


def _suppress_refused(host: Host, rows: list[tuple]) -> None:
	now = host.clock.now()
	for row in rows:
		name, party, address = row[0], row[2] or "", row[3]
		mark_reactions(host, [activities.ActivityIn(party, "Email Bounced", now, "Email", touch=name)])
		if normalise(address):
			optout.suppress(host, address, "Refused by the mail server", "Bounced", party)


def last_line(error: str | None) -> str:
	"""The gist of a traceback."""
	lines = [line.strip() for line in (error or "").splitlines() if line.strip()]
	return lines[-1][:300] if lines else ""
