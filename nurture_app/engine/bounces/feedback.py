"""Complaints: feedback reports of mailbox providers (ARF, RFC 5965), when somebody pressed "this is spam"."""

from __future__ import annotations

from email.message import Message

from nurture_app.engine.bounces.quoted import address_in, decoded, headers_of, parts, quoted_message
from nurture_app.engine.bounces.report import Kind, Report, one_line

TYPE = "message/feedback-report"
COMPLAINTS = ("abuse", "fraud", "virus", "other", "miscategorized", "")
"""RFC 5965, 7.3. `not-spam` (RFC 6430) takes one back, `auth-failure` (RFC 6591) is about DNS: neither is a complaint."""
UNSUBSCRIBES = ("opt-out", "opt-out-list")
"""From the drafts of ARF; some providers still send them."""
_RECIPIENT_HEADERS = ("x-hmxmroriginalrecipient", "x-original-to", "delivered-to", "to")


def report_of(mail: Message, feedback_part: Message) -> Report | None:
	"""The complaint in a feedback report, or None when it is about something else."""
	fields = _fields(feedback_part)
	kind = fields.get("feedback-type", "").strip().lower()
	if kind in UNSUBSCRIBES:
		meaning = Kind.UNSUBSCRIBE
	elif kind in COMPLAINTS:
		meaning = Kind.COMPLAINT
	else:
		return None
	recipient = fields.get("removal-recipient") or fields.get("original-rcpt-to") or ""
	return _about(mail, meaning, address_in(recipient), f"{kind or 'abuse'} {fields.get('user-agent', '')}")


def plain_report_of(mail: Message) -> Report | None:
	"""Microsoft's Junk Mail Reporting: the mail itself, attached, with the recipient in a header of theirs."""
	for part in parts(mail):
		if part is not mail and part.get("X-HmXmrOriginalRecipient"):
			return _about(
				mail, Kind.COMPLAINT, address_in(str(part["X-HmXmrOriginalRecipient"])), "junk report"
			)
	return None


def _about(mail: Message, kind: Kind, address: str, words: str) -> Report:
	quoted = quoted_message(mail)
	return Report(
		kind=kind,
		# Providers black out the recipient; the message id tells all the same.
		address=address or _recipient_of_original(mail) or quoted.to,
		diagnostic=one_line(words),
		message_id=quoted.message_id,
		token=quoted.token,
	)


def _recipient_of_original(mail: Message) -> str:
	for part in parts(mail):
		if part.get_content_type() == "message/rfc822" and isinstance(part.get_payload(), list):
			for inner in part.get_payload()[:1]:
				headers = headers_of(inner)
				for name in _RECIPIENT_HEADERS:
					if address := address_in(headers.get(name, "")):
						return address
	return ""


def _fields(part: Message) -> dict[str, str]:
	payload = part.get_payload()
	if isinstance(payload, list):
		found: dict[str, str] = {}
		for message in payload:
			found = {**headers_of(message), **found}
		return found or headers_of(part)
	text = decoded(part) or str(payload or "")
	lines = (line.partition(":") for line in text[:20_000].splitlines() if ":" in line)
	return {name.strip().lower(): value.strip() for name, _colon, value in lines}
