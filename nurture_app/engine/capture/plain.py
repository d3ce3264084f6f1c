"""Words of strangers as plain text: no control characters, nothing a spreadsheet would take for a formula."""

from __future__ import annotations

import re
import unicodedata

FORMULA = "=+-@\t\r"
"""How a cell begins that a spreadsheet calculates."""

PHONE = re.compile(r"[+(]?[0-9][0-9 ()./-]*")
_TAG = re.compile(r"<[a-zA-Z/!?][^<>]*>")
_OPENS = re.compile(r"<(?=[a-zA-Z/!?])")
_BRACKET = re.compile(r"[<>]")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""Among them those that turn the direction of what follows."""


def one_line(text: object) -> str:
	"""Everything on one line, blanks folded, no markup, no formula's first character. A phone number may keep its plus."""
	bare = _BRACKET.sub("", _TAG.sub(" ", folded(text)))
	line = " ".join(bare.split())
	return line if PHONE.fullmatch(line) else line.lstrip(FORMULA + " ")


def folded(text: object) -> str:
	"""On one line and otherwise as it is: for what is only compared with a list of choices."""
	return " ".join(_visible(text).split())


def without_markup(text: str) -> str:
	"""What was said, with a blank where a browser would begin to read markup; whoever writes it looks at the length.

	For what goes around Frappe's documents into the database: their filter does this, and lists and the timeline of the
	Desk rely on it.
	"""
	return _OPENS.sub("< ", text) if "<" in text else text


def paragraphs(text: object) -> str:
	"""Lines kept, more than one empty line folded. What would be a formula gets a blank before it."""
	lines = [" ".join(line.split()) for line in _visible(text).splitlines()]
	folded = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
	return f" {folded}" if folded[:1] in tuple(FORMULA) else folded


def spreadsheet_safe(text: str) -> str:
	"""A cell of a file that is opened in a spreadsheet: nothing in it is a formula."""
	return f"'{text}" if text.startswith(tuple(FORMULA)) else text


def _visible(text: object) -> str:
	raw = unicodedata.normalize("NFC", "" if text is None else str(text))
	kept = (
		character if character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cs", "Co") else " "
		for character in raw.replace("\r\n", "\n").replace("\r", "\n")
	)
	return _INVISIBLE.sub("", "".join(kept))
