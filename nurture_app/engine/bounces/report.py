"""What a mail server or provider tells about a message of ours, whatever form it came in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from nurture_app.engine.codes import StrEnum

LONGEST_DIAGNOSTIC = 500


class Kind(StrEnum):
	"""What was reported. Each kind has its own consequence (`engine.bounces.consequences`)."""

	HARD = "Hard"
	"""There is no such mailbox, for good."""
	SOFT = "Soft"
	"""The mailbox or its server could not take it this time: full, slow, down."""
	BLOCK = "Block"
	"""The server refused us or the message, not the person: spam filter, reputation, policy, size."""
	DELAYED = "Delayed"
	"""The server still tries."""
	COMPLAINT = "Complaint"
	"""The person said "this is spam"."""
	AUTO_REPLY = "Auto Reply"
	"""Out of office, receipts: a machine answered, the mail arrived."""
	DELIVERED = "Delivered"
	UNSUBSCRIBE = "Unsubscribe"


FAILURES = (Kind.HARD, Kind.SOFT, Kind.BLOCK)


@dataclass(frozen=True, slots=True)
class Report:
	"""One fact about one recipient."""

	kind: Kind
	address: str = ""
	"""Whom the mail was for, normalised; empty when the report does not say."""
	enhanced_code: str = ""
	"""Like `5.1.1` (RFC 3463)."""
	smtp_code: str = ""
	"""Like `550` (RFC 5321)."""
	diagnostic: str = ""
	"""The server's own words on one line, at most 500 characters."""
	message_id: str = ""
	"""Of the mail it is about, without angle brackets."""
	token: str = ""
	"""Of the unsubscribe link quoted in it, which tells the message just as well."""
	occurred_on: datetime | None = None
	"""Aware, or None when the report does not say."""
	event_id: str = ""
	"""What a provider calls this event; repeated deliveries of it are the same."""


def one_line(text: object, limit: int = LONGEST_DIAGNOSTIC) -> str:
	"""Any text on one line, without what no database column or page should get."""
	words = " ".join(str(text or "")[: limit * 8].split())
	return "".join(char for char in words if char.isprintable())[:limit].strip()
