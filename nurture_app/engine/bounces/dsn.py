"""Delivery status notifications (RFC 3464), in any language of the servers: the part that machines read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from email.message import Message

from nurture_app.engine.addresses import normalise
from nurture_app.engine.bounces.quoted import headers_of, quoted_message, text_of
from nurture_app.engine.bounces.report import Kind, Report, one_line
from nurture_app.engine.bounces.status import SAYS_NOTHING, codes_in, judge

TYPES = ("message/delivery-status", "message/global-delivery-status")
MOST_RECIPIENTS = 50
_TYPED = re.compile(r"^\s*[\w-]+\s*;\s*")


def reports_of(mail: Message, status_part: Message) -> list[Report] | None:
	"""One report for each recipient the notification speaks of, except those that were served (RFC 3464, 2.3.3).

	None when it names no recipient at all.
	"""
	quoted = quoted_message(mail)
	words = text_of(mail)
	blocks = [block for block in _blocks(status_part) if block]
	recipients = [block for block in blocks if "final-recipient" in block or "original-recipient" in block]
	found = []
	for block in recipients[:MOST_RECIPIENTS]:
		action = block.get("action", "failed").strip().lower()
		if action in ("delivered", "relayed", "expanded"):
			continue
		report = _report(block, words)
		if action == "delayed":
			report = replace(report, kind=Kind.DELAYED)
		found.append(replace(report, message_id=quoted.message_id, token=quoted.token))
	return found if recipients else None


def _report(block: dict[str, str], words: str) -> Report:
	diagnostic = _TYPED.sub("", block.get("diagnostic-code", ""))
	stated = codes_in(block.get("status", ""))[0]
	spoken, smtp = codes_in(diagnostic)
	# Exim and Domino write 5.0.0 for everything; the remote server's own words carry the real code.
	enhanced = spoken if spoken and (not stated or SAYS_NOTHING.match(stated)) else stated
	return Report(
		kind=judge(enhanced, smtp, diagnostic or words),
		address=_address(block.get("original-recipient", "")) or _address(block.get("final-recipient", "")),
		enhanced_code=enhanced,
		smtp_code=smtp,
		diagnostic=one_line(diagnostic or words),
	)


def _address(field: str) -> str:
	return normalise(_TYPED.sub("", field).strip().strip("<>"))


def _blocks(part: Message) -> Iterator[dict[str, str]]:
	"""Groups of fields, as the parser split them or as they stand in the text of a part that was encoded."""
	payload = part.get_payload()
	if isinstance(payload, list):
		for message in payload:
			yield headers_of(message)
			# A blank line too many puts the fields into the body.
			inner = message.get_payload() if isinstance(message, Message) else ""
			if isinstance(inner, str):
				yield from _groups(inner)
	else:
		raw = part.get_payload(decode=True)
		yield from _groups(raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(payload or ""))


def _groups(text: str) -> Iterator[dict[str, str]]:
	for paragraph in re.split(r"\r?\n\s*\r?\n", text[:100_000]):
		fields: dict[str, str] = {}
		last = ""
		for line in paragraph.splitlines():
			if line[:1] in " \t" and last:
				fields[last] += " " + line.strip()
			elif ":" in line:
				name, _colon, value = line.partition(":")
				last = name.strip().lower()
				fields.setdefault(last, value.strip())
		yield fields
