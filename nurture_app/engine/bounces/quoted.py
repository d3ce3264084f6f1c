"""What a report quotes of the message it is about, and the readable words around it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.header import decode_header
from email.message import Message

from nurture_app.engine.addresses import normalise

MOST_PARTS = 60
MOST_TEXT = 60_000
_MESSAGE_ID = re.compile(
	r"^[>|\s]*(?:x-\w+-)?(?:original-)?message-id\s*:\s*<?([^<>\s]{5,200}@[^<>\s]{1,200})>?", re.I | re.M
)
_TO = re.compile(r"^[>|\s]*to\s*:\s*(.{3,300})$", re.IGNORECASE | re.MULTILINE)
_LINK = re.compile(r"/u/([A-Za-z0-9_-]{22})(?![A-Za-z0-9_-])")
_ADDRESS = re.compile(r"[^\s<>\"',;:()\[\]\\]{1,64}@[A-Za-z0-9.-]{3,100}")
_TAG = re.compile(r"<(?:/?[a-zA-Z!][^<>]{0,2000}|!--.{0,2000}?--)>", re.DOTALL)
_BREAK = re.compile(r"<(?:br|hr|/?p|/?div|/?tr|/?li|/?h\d|/?pre)\b[^<>]{0,500}>", re.IGNORECASE)
_ENTITIES = (("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#39;", "'"), ("&amp;", "&"))


@dataclass(frozen=True, slots=True)
class Quoted:
	"""What identifies the original message; empty texts where the report does not quote it."""

	message_id: str = ""
	token: str = ""
	to: str = ""


def quoted_message(mail: Message) -> Quoted:
	"""From the attached original, its headers alone, or the copy at the end of the text."""
	pieces = []
	for part in parts(mail):
		if part is mail:
			continue
		kind = part.get_content_type()
		if kind in ("message/rfc822", "message/global"):
			inner = part.get_payload()
			message = inner[0] if isinstance(inner, list) and inner else None
			if isinstance(message, Message):
				pieces.append("".join(f"{name}: {value}\n" for name, value in headers_of(message).items()))
		elif kind in ("text/rfc822-headers", "message/global-headers", "text/plain", "text/html"):
			pieces.append(decoded(part))
	if not mail.is_multipart():
		pieces.append(decoded(mail))
	return quoted_in("\n".join(pieces))


def quoted_in(text: str) -> Quoted:
	"""From the headers and the unsubscribe link in a copy of the original; its beginning is enough."""
	text = text[: 4 * MOST_TEXT]
	message_id, to, link = _MESSAGE_ID.search(text), _TO.search(text), _LINK.search(text)
	return Quoted(
		message_id[1] if message_id else "", link[1] if link else "", address_in(to[1]) if to else ""
	)


def address_in(text: str) -> str:
	"""The first e-mail address in a text, normalised, or an empty text."""
	for match in _ADDRESS.finditer((text or "")[:2000]):
		if known := normalise(match[0].strip(".")):
			return known
	return ""


def addresses_in(text: str, most: int = 20) -> list[str]:
	"""Normalised, each once, in the order of the text."""
	found = (normalise(match[0].strip(".")) for match in _ADDRESS.finditer((text or "")[:MOST_TEXT]))
	return list(dict.fromkeys(address for address in found if address))[:most]


def parts(mail: Message) -> Iterator[Message]:
	"""The parts of a mail, nested ones too, but no more than a reasonable number."""
	for number, part in enumerate(mail.walk()):
		if number >= MOST_PARTS:
			return
		yield part


def text_of(mail: Message) -> str:
	"""The words a person would read: the first readable part that does not belong to the quoted message."""
	html = ""
	for part in _outer_parts(mail):
		if part.get_content_type() == "text/plain":
			if text := decoded(part).strip():
				return text
		elif part.get_content_type() == "text/html" and not html:
			html = plain(decoded(part))
	return html


def _outer_parts(mail: Message) -> Iterator[Message]:
	waiting = [mail]
	for _number in range(MOST_PARTS):
		if not waiting:
			return
		part = waiting.pop(0)
		payload = part.get_payload()
		if part.get_content_type().startswith("message/"):
			continue
		if isinstance(payload, list):
			waiting[:0] = [one for one in payload if isinstance(one, Message)]
		else:
			yield part


def decoded(part: Message) -> str:
	"""The text of a part, whatever its charset claims."""
	raw = part.get_payload(decode=True)
	if not isinstance(raw, bytes):
		return ""
	charset = part.get_content_charset() or "utf-8"
	try:
		return raw[:MOST_TEXT].decode(charset, "replace").replace("\0", "")
	except (LookupError, ValueError):
		return raw[:MOST_TEXT].decode("latin-1").replace("\0", "")


def plain(html: str) -> str:
	"""HTML as words. For judging only, never shown as HTML again."""
	text = _TAG.sub(" ", _BREAK.sub("\n", html))
	for entity, char in _ENTITIES:
		text = text.replace(entity, char)
	return text


def headers_of(message: Message) -> dict[str, str]:
	"""Headers by lower-case name, decoded; the first of each counts."""
	found: dict[str, str] = {}
	for name, value in message.items():
		found.setdefault(str(name).lower(), header_text(value))
	return found


def header_text(value: object) -> str:
	"""A header as text on one line; what cannot be decoded stays as it is."""
	text = str(value or "")[:5000]
	try:
		text = "".join(
			piece.decode(charset or "latin-1", "replace") if isinstance(piece, bytes) else piece
			for piece, charset in decode_header(text)
		)
	except Exception:
		pass  # malformed encoded words, unknown charsets: the raw text tells enough
	return " ".join(text.replace("\0", "").split())
