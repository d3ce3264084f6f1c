"""Reads a raw message, or what Frappe keeps of one, and says what it reports.

Anybody can send us a message: nothing here acts, and nothing a message contains makes it fail.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from email import message_from_bytes
from email.message import Message
from email.utils import parsedate_to_datetime

from nurture_app.engine.bounces import dsn, feedback
from nurture_app.engine.bounces.quoted import (
	addresses_in,
	headers_of,
	parts,
	plain,
	quoted_in,
	quoted_message,
	text_of,
)
from nurture_app.engine.bounces.report import Kind, Report, one_line
from nurture_app.engine.bounces.status import codes_in, judge
from nurture_app.engine.inbound import classify_inbound

LONGEST = 2_000_000
"""Bytes that are read of one message; reports stand at its beginning."""

_AUTO_HEADERS = ("x-autoreply", "x-autorespond", "x-autoresponder", "auto-submitted", "x-auto-reply")
_DELAYED = re.compile(
	r"\((delay|verzögert|retard)\)|^delayed?( mail|:)|\bdelayed \d+ hours?|warning: (message|could not send)|delayed mail \(still being retried\)|"
	r"delivery (is |has been )?delayed|will be retried|still being retried|do not need to resend|no action is required on your part|"
	r"zustellung (wurde )?verzögert|verzögerte zustellung|remise retardée|entrega (se ha )?retras|consegna ritardata|"
	r"vertraging bij|has not yet been delivered|not been delivered (yet|after \d+ hours)|mail could not be delivered for the last|transient.{0,20}still",
	re.IGNORECASE | re.MULTILINE,
)
_GAVE_UP = re.compile(
	r"(could not be|has not been|cannot be|was not|wasn.t) (delivered|sent) to (one or more|the following|all)|permanent (fatal )?error|"
	r"giving up|given up|gave up|will not (be retried|retry|try)|no further|undeliverable",
	re.IGNORECASE,
)
_COPY_BEGINS = re.compile(
	r"^[ \t>]*(-{2,}[^\n]{0,40}(copy of|original message|message header|returned message|message follows|unsent message|"
	r"forwarded message|headers? of|text of|body of)|-{2,} ?this is a copy|-{3,} below this line|"
	r"original message headers|diagnostic information for administrators|from: [^\n]{3,200}\n\s*to: )",
	re.IGNORECASE | re.MULTILINE,
)
_COMPLAINT_WORDS = re.compile(
	r"e-?mail (abuse|feedback) report|abuse report for an e-?mail|complaint about message from|feedback[- ]loop|"
	r"(user|recipient|member|subscriber) (has )?(marked|reported) (this|the|your) (message|e-?mail) as (spam|junk)",
	re.IGNORECASE,
)


def parse_message(raw: bytes) -> list[Report]:
	"""What a raw message reports, a line for each recipient; nothing for an ordinary mail. Never raises."""
	try:
		mail = message_from_bytes(raw[:LONGEST])
		moment = _date(mail)
		return [replace(report, occurred_on=report.occurred_on or moment) for report in _reports(mail)]
	except Exception:
		# The library's parser promises no exception and breaks that promise on some input.
		return []


def parse_kept(subject: str, sender: str, content: str) -> Report | None:
	"""The same from what Frappe keeps of a received mail: it drops delivery reports and headers, but not the words.

	`content` is its plain text, then its HTML.
	"""
	content = content[:200_000]
	text = plain(content)
	if _COMPLAINT_WORDS.search(f"{subject}\n{text[:3000]}"):
		quoted = quoted_in(f"{content}\n{text}")
		return Report(Kind.COMPLAINT, quoted.to, "", "", one_line(subject), quoted.message_id, quoted.token)
	answer = classify_inbound(subject, sender, text)
	if answer == "auto_reply":
		return Report(Kind.AUTO_REPLY)
	if answer != "bounce":
		return None
	report = _from_words(subject, text, {})
	quoted = quoted_in(f"{content}\n{text}")
	return replace(report, message_id=quoted.message_id, token=quoted.token)


def _reports(mail: Message) -> list[Report]:
	for part in parts(mail):
		kind = part.get_content_type()
		if kind == feedback.TYPE:
			found = feedback.report_of(mail, part)
			return [found] if found else []
		if kind in dsn.TYPES:
			recipients = dsn.reports_of(mail, part)
			if recipients is not None:
				return recipients
		if kind == "message/disposition-notification":
			return [Report(Kind.AUTO_REPLY, diagnostic="read receipt")]
	if complaint := feedback.plain_report_of(mail):
		return [complaint]
	return _plain_reports(mail)


def _plain_reports(mail: Message) -> list[Report]:
	"""Of servers that write for people only."""
	headers = headers_of(mail)
	subject, text = headers.get("subject", ""), text_of(mail)
	senders = addresses_in(headers.get("from", ""), 1) or [headers.get("from", "").strip("<> ").lower()]
	sender = senders[0] if "@" in senders[0] else f"{senders[0]}@unknown"
	is_bounce = "x-failed-recipients" in headers or _has_null_sender(headers)
	answer = classify_inbound(subject, sender, text)
	if answer == "bounce" or (is_bounce and answer != "auto_reply" and _speaks_of_failure(subject, text)):
		quoted = quoted_message(mail)
		report = _from_words(subject, text, headers)
		return [replace(report, message_id=quoted.message_id, token=quoted.token)]
	if answer == "auto_reply" or _says_automatic(headers):
		return [Report(Kind.AUTO_REPLY, diagnostic=one_line(subject, 140))]
	return []


def _from_words(subject: str, text: str, headers: dict[str, str]) -> Report:
	begins = _COPY_BEGINS.search(text)
	words = text[: begins.start()] if begins and begins.start() > 20 else text[:6000]
	enhanced, smtp = codes_in(words)
	named = addresses_in(headers.get("x-failed-recipients", ""), 1)
	is_delayed = _DELAYED.search(subject) or (
		_DELAYED.search(words[:3000]) and not _GAVE_UP.search(words[:3000])
	)
	return Report(
		kind=Kind.DELAYED if is_delayed else judge(enhanced, smtp, words),
		address=(named or _recipients(words, headers) or [""])[0],
		enhanced_code=enhanced,
		smtp_code=smtp,
		diagnostic=_telling_line(words),
	)


def _recipients(words: str, headers: dict[str, str]) -> list[str]:
	"""Addresses in the words that are neither the server's nor ours."""
	others = {*addresses_in(headers.get("from", "")), *addresses_in(headers.get("to", ""))}
	return [
		address
		for address in addresses_in(words)
		if address not in others and not address.startswith(("postmaster@", "mailer-daemon@", "abuse@"))
	]


def _telling_line(words: str) -> str:
	"""The line with a code in it and what follows, or the beginning."""
	lines = [line.strip() for line in words.splitlines() if line.strip()]
	for number, line in enumerate(lines):
		if any(codes_in(line)):
			return one_line(" ".join(lines[number : number + 3]))
	return one_line(" ".join(lines))


def _speaks_of_failure(subject: str, text: str) -> bool:
	enhanced, smtp = codes_in(f"{subject}\n{text[:3000]}")
	return bool(
		enhanced or smtp or _GAVE_UP.search(text[:3000]) or _DELAYED.search(f"{subject}\n{text[:3000]}")
	)


def _has_null_sender(headers: dict[str, str]) -> bool:
	"""RFC 5321, 6.1: notifications have an empty return path, and so have well-behaved out-of-office notes."""
	return headers.get("return-path", "").replace(" ", "") == "<>"


def _says_automatic(headers: dict[str, str]) -> bool:
	"""RFC 3834: an answer by a machine says so; the others are older customs."""
	for name in _AUTO_HEADERS:
		if name in headers and headers[name].split(";")[0].strip().lower() not in ("no", ""):
			return True
	return headers.get("precedence", "").lower() in ("auto_reply", "auto-reply")


def _date(mail: Message) -> datetime | None:
	"""The mail's own date, as its sender says."""
	try:
		moment = parsedate_to_datetime(str(mail.get("Date")))
	except (TypeError, ValueError, IndexError, OverflowError):
		return None
	return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


@dataclass(frozen=True, slots=True)
class Summary:
	"""The envelope of a message, for people."""

	message_id: str = ""
	sender: str = ""
	subject: str = ""
	is_notification: bool = False
	"""It is a report, even if of nothing that matters: a delivery, a complaint taken back."""


def describe_message(raw: bytes) -> Summary:
	"""Who wrote what, as the message says itself. Never raises."""
	try:
		mail = message_from_bytes(raw[:LONGEST])
		headers = headers_of(mail)
		return Summary(
			headers.get("message-id", "").strip("<> ")[:255],
			one_line(headers.get("from", ""), 140),
			one_line(headers.get("subject", ""), 140),
			any(part.get_content_type() in (*dsn.TYPES, feedback.TYPE) for part in parts(mail)),
		)
	except Exception:
		return Summary()
