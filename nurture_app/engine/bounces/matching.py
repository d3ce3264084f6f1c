"""Which message of ours a report is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pypika import Order

from nurture_app.engine.addresses import normalise
from nurture_app.engine.bounces.report import Report
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, chunks, doctype, params

WINDOW = timedelta(days=14)
"""How long after the send a report that names only the address is taken to be about the last mail to it."""

CLOCKS_DIFFER = timedelta(hours=1)
COLUMNS = ("name", "party", "address", "sequence", "enrollment", "step", "status", "message_id", "token")
LONGEST_ID = 255


@dataclass(frozen=True, slots=True)
class SentMessage:
	"""A touch, as far as bounces care."""

	name: str
	party: str
	address: str
	sequence: str
	enrollment: str
	step: str
	status: str
	message_id: str = ""
	token: str = ""


def find_message(host: Host, report: Report) -> SentMessage | None:
	"""By what only our mail and its recipient know: its id, or the token in its unsubscribe link. Indexes (message_id), (token)."""
	for column, value in (("message_id", report.message_id), ("token", report.token)):
		if value:
			for found in messages_with(host, column, [value]):
				return found
	return None


def messages_with(host: Host, column: str, values: Sequence[str]) -> list[SentMessage]:
	"""The e-mails whose `column` is one of `values`, compared exactly: some databases ignore case."""
	touch = doctype("Nurture Touch", "t")
	found = []
	for some in chunks(sorted({value for value in values if value and len(value) <= LONGEST_ID})):
		query = _select(touch).where(getattr(touch, column).isin(params(some)))
		rows = host.db.rows(query.where(touch.channel == P("Email")))
		found += [message for row in rows if getattr(message := _message(row), column) in some]
	return found


def last_message_to(host: Host, address: str, moment: datetime) -> SentMessage | None:
	"""The last e-mail to an address before `moment` (naive, host's zone). Index (address)."""
	touch = doctype("Nurture Touch", "t")
	query = _select(touch).where((touch.address == P(address)) & (touch.channel == P("Email")))
	query = query.where(touch.queued_on.between(P(moment - WINDOW), P(moment + CLOCKS_DIFFER)))
	found = map(_message, host.db.rows(query.orderby(touch.queued_on, order=Order.desc)))
	# databases take some different addresses for one
	return next((message for message in found if message.address == normalise(address)), None)


def lead_with(host: Host, address: str) -> str:
	"""A lead that has this address now, or an empty text. Index (email_id)."""
	lead = doctype("Lead", "lead")
	known = normalise(address)
	query = Query.from_(lead).select(lead.name, lead.email_id).where(lead.email_id == P(address))
	rows = host.db.rows(query.orderby(lead.name)) if known else ()
	return next((name for name, email in rows if normalise(email) == known), "")


def moment_of(host: Host, report: Report) -> datetime:
	"""When it happened, in the host's zone; now, when the report does not say or cannot be right."""
	now = host.clock.now()
	if report.occurred_on is None:
		return now
	try:
		told = report.occurred_on.astimezone(host.clock.zone).replace(tzinfo=None, microsecond=0)
	except (OverflowError, ValueError):
		return now
	return told if now - timedelta(days=60) < told <= now else now


def _select(touch: Any) -> Any:
	return Query.from_(touch).select(*(getattr(touch, column) for column in COLUMNS))


def _message(row: Sequence[Any]) -> SentMessage:
	return SentMessage(*(str(value or "") for value in row))
