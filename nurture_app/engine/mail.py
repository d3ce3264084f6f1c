"""A rendered message as RFC 5322 text, ready for the Email Queue.

Written by hand because Python's email package needs about half a millisecond per mail. Frappe parses this text and
writes it again when it sends (`SendMailContext.build_message`, policy SMTP), which leaves header lines of up to
78 characters alone and may destroy longer unbroken words; before that it replaces its own placeholders
(`<!--recipient-->` and so on) anywhere in the text. So: no header line is longer than 78, and none of its placeholders
can appear.

`Precedence: bulk` and `X-Auto-Response-Suppress` keep out-of-office notes away, which look like replies and would end
a sequence. `Auto-Submitted` is not set: it says that no person stands behind a mail, and answers are wanted.
"""

from __future__ import annotations

import re
from binascii import b2a_base64, b2a_qp
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from hashlib import blake2s

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.ports import Message
from nurture_app.engine.shared_runs import FEWEST, SharedRuns

MAX_TOKEN = 75
"""Longest URL or message id inside angle brackets that Frappe's re-serialisation leaves whole."""

_LINE = 76
_TOKEN_LINE = 78

_FIXED_HEADERS = (
	"Precedence: bulk\r\n"
	"X-Auto-Response-Suppress: OOF, AutoReply\r\n"
	"MIME-Version: 1.0\r\n"
	'Content-Type: multipart/alternative; boundary="'
)
_PLAIN_PART = (
	'Content-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
)
_HTML_PART = 'Content-Type: text/html; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'


@dataclass(frozen=True, slots=True)
class MimeTemplate:
	"""What all mails of a batch share."""

	date: datetime
	"""The Date header; aware."""

	texts: SharedRuns | None = None
	htmls: SharedRuns | None = None
	"""What the bodies of the batch share."""

	coded: dict[str, str] = field(default_factory=dict)
	"""Its runs as they stand in a mail."""

	@classmethod
	def of(cls, date: datetime, messages: Sequence[Message]) -> MimeTemplate:
		"""For mails of which most are alike."""
		if len(messages) < FEWEST:
			return cls(date)
		texts, htmls = [message.text for message in messages], [message.html for message in messages]
		return cls(date, SharedRuns(texts), SharedRuns(htmls))


def build_mime(message: Message, template: MimeTemplate | None = None) -> str:
	"""The complete mail, lines ended by CRLF, plain text and HTML as quoted-printable UTF-8.

	Without `template` there is no Date header (the first mail server adds one). Raises `header_injection` for a line
	break in a header, `header_too_long` for an address, URL or id over the limit, `header_invalid` for characters
	that cannot stand there.
	"""
	message_id = _bracketed("Message-ID", message.message_id)
	headers = [
		_sender("From", message.sender_name, message.sender_address),
		_address("To", message.address),
		_subject(message.subject),
		message_id,
	]
	if template is not None:
		headers.append(_date(template.date))
	if message.reply_to:
		headers.append(_address("Reply-To", message.reply_to))
	if message.in_reply_to:
		headers.append(_bracketed("In-Reply-To", message.in_reply_to))
		headers.append(_bracketed("References", message.in_reply_to))
	if message.unsubscribe_url:
		headers.append(_bracketed("List-Unsubscribe", message.unsubscribe_url))
		headers.append("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n")
	text, html = _one_line_end(message.text), _one_line_end(message.html)
	if template is not None and template.htmls:
		text = _shared_body(text, template.texts, template.coded)
		html = _shared_body(html, template.htmls, template.coded)
	else:
		text, html = _quoted_printable(text), _quoted_printable(html)
	boundary = _boundary(message.message_id, text, html)
	return (
		f'{"".join(headers)}{_FIXED_HEADERS}{boundary}"\r\n\r\n'
		f"--{boundary}\r\n{_PLAIN_PART}{text}\r\n"
		f"--{boundary}\r\n{_HTML_PART}{html}\r\n"
		f"--{boundary}--\r\n"
	)


# --- bodies -----------------------------------------------------------------------------------------------------------


def _shared_body(body: str, runs: SharedRuns, known: dict[str, str]) -> str:
	"""As quoted-printable; what the mails of a batch share is coded once and kept in `known`."""
	coded = []
	for piece, is_shared in runs.cut(body):
		if not is_shared:
			coded.append("\r\n".join(map(_coded_line, piece.split("\n"))))
			continue
		if piece not in known:
			known[piece] = _quoted_printable(piece)
		coded.append(known[piece])
	return "".join(coded)


def _one_line_end(body: str) -> str:
	return body.replace("\r\n", "\n").replace("\r", "\n") if "\r" in body else body


def _quoted_printable(lines: str) -> str:
	"""Line by line, so that a line is coded the same whatever stands before it."""
	return "\r\n".join(
		[_known_line(line) if len(line) <= _KNOWN_LENGTH else _coded_line(line) for line in lines.split("\n")]
	)


def _coded_line(line: str) -> str:
	coded = b2a_qp(line.encode("utf-8", "replace")).decode("ascii")
	if coded.endswith(("=20", "=09")):
		# A blank at the end of a line is coded without regard to the line's length.
		coded = _LONG_LINE.sub(r"\1=\n\2", coded)
	if "From " in coded:
		# Some mail servers write ">From " at the start of a line. The soft break keeps the line short.
		coded = _FROM_LINE.sub("=46rom=\n ", coded)
	if "<!--" in coded:
		# Frappe would replace its placeholders; coded like this they arrive as written.
		coded = coded.replace("<!--", "=3C=\n!--")
	return coded.replace("\n", "\r\n")


# A rich text editor writes a whole body in one line, different for each lead: kept, such lines would only fill memory.
_KNOWN_LENGTH = 400
_known_line = lru_cache(maxsize=8192)(_coded_line)

_LONG_LINE = re.compile(r"^(.{74,})(=20|=09)$", re.MULTILINE)
_FROM_LINE = re.compile(r"^From ", re.MULTILINE)


def _boundary(message_id: str, *parts: str) -> str:
	"""A line that no part contains: "=_" cannot occur in quoted-printable. The same for the same message."""
	boundary = "=_" + blake2s(message_id.encode(), digest_size=12).hexdigest()
	while any(boundary in part for part in parts):
		boundary += "_"
	return boundary


# --- headers ----------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _date(moment: datetime) -> str:
	if moment.tzinfo is None:
		raise ValueError("the date of a mail needs a time zone")
	return f"Date: {format_datetime(moment)}\r\n"


@lru_cache(maxsize=1024)
def _sender(header: str, name: str, address: str) -> str:
	_no_line_break(header, name)
	address = _checked_address(header, address)
	if not name.strip():
		return f"{header}: {address}\r\n"
	if _PLAIN.fullmatch(name) and len(header) + len(name) + 4 <= _LINE:
		coded = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
	else:
		coded = _encoded_words(name, len(header) + 2)
	start = f"{header}: {coded}"
	last = len(start) - (start.rfind("\n") + 1)
	glue = " " if last + len(address) + 3 <= _LINE else "\r\n "
	return f"{start}{glue}<{address}>\r\n"


def _address(header: str, address: str) -> str:
	return _folded(header, _checked_address(header, address))


def _subject(subject: str) -> str:
	_no_line_break("Subject", subject)
	if _PLAIN.fullmatch(subject):
		if len(subject) <= _LINE - 9:
			return f"Subject: {subject}\r\n"
		folded = _fold_words("Subject:", subject.split(" "))
		if folded:
			return folded
	if not subject:
		return "Subject: \r\n"
	return f"Subject: {_encoded_words(subject, 9)}\r\n"


# Printable ASCII that no reader could take for an encoded word or a placeholder of Frappe.
_PLAIN = re.compile(r"(?!.*(?:=\?|<!--|  ))[!-~](?:[ -~]*[!-~])?")


def _bracketed(header: str, value: str) -> str:
	"""A header with one URL or message id in angle brackets."""
	_no_line_break(header, value)
	if len(value) > MAX_TOKEN:
		raise NurtureError("header_too_long", header=header, length=len(value))
	if not _TOKEN.fullmatch(value):
		raise NurtureError("header_invalid", header=header, value=value)
	return _folded(header, f"<{value}>")


_TOKEN = re.compile(r"[!-;=?-~]+")


def _folded(header: str, value: str) -> str:
	"""A header of one word. The blank before the fold is what Python writes there itself."""
	if len(header) + len(value) + 2 <= _TOKEN_LINE:
		return f"{header}: {value}\r\n"
	return f"{header}: \r\n {value}\r\n"


def _fold_words(start: str, words: list[str]) -> str:
	lines = [start]
	for word in words:
		if len(lines[-1]) + len(word) + 1 <= _LINE:
			lines[-1] += " " + word
		elif len(word) < _LINE:
			lines.append(" " + word)
		else:
			return ""
	return "\r\n".join(lines) + "\r\n" if lines[0] != start else ""


@lru_cache(maxsize=4096)
def _checked_address(header: str, address: str) -> str:
	_no_line_break(header, address)
	local, _, domain = address.rpartition("@")
	if not domain.isascii():
		try:
			domain = domain.encode("idna").decode("ascii")
		except UnicodeError:
			raise NurtureError("header_invalid", header=header, value=address) from None
	plain = f"{local}@{domain}"
	if not _ADDRESS.fullmatch(plain):
		raise NurtureError("header_invalid", header=header, value=address)
	if len(plain) > MAX_TOKEN:
		raise NurtureError("header_too_long", header=header, length=len(plain))
	return plain


_ADDRESS = re.compile(r"[^\s@<>()\[\]\\,;:\"\x00-\x1f\x7f-\U0010ffff]+@[A-Za-z0-9._-]+")


def _no_line_break(header: str, value: str) -> None:
	if "\n" in value or "\r" in value:
		raise NurtureError("header_injection", header=header)


class _QCode(dict):
	"""How each character is written in an encoded word; made when first seen."""

	def __missing__(self, char: str) -> str:
		coded = "".join(f"={byte:02X}" for byte in char.encode("utf-8", "replace"))
		if len(self) < 20_000:
			self[char] = coded
		return coded


_Q_CODE = _QCode(
	{char: char for char in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!*+-/"}
)
_Q_CODE[" "] = "_"


def _encoded_words(value: str, column: int) -> str:
	"""RFC 2047 encoded words, one per line, none splitting a character; `column` is where the first one starts.

	Whichever of the two codings is shorter, so that most names fit one word: not all readers join several.
	"""
	pieces, kind = list(map(_Q_CODE.__getitem__, value)), "q"
	if sum(map(len, pieces)) > 4 * len(value.encode("utf-8", "replace")) / 3:
		pieces, kind = list(value), "b"
	words, current, size = [], [], 0
	room = _LINE - column - _WORD_FRAME
	for piece in pieces:
		length = len(piece) if kind == "q" else len(piece.encode("utf-8", "replace"))
		if _coded_size(size + length, kind) > room:
			words.append("".join(current))
			current, size, room = [], 0, _LINE - 1 - _WORD_FRAME
		current.append(piece)
		size += length
	words.append("".join(current))
	if kind == "b":
		words = [b2a_base64(word.encode("utf-8", "replace"), newline=False).decode("ascii") for word in words]
	return "\r\n ".join(f"=?utf-8?{kind}?{word}?=" for word in words)


_WORD_FRAME = len("=?utf-8?q??=")


def _coded_size(size: int, kind: str) -> int:
	return size if kind == "q" else (size + 2) // 3 * 4
