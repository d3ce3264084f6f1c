"""Texts compared as MariaDB's `utf8mb4_unicode_ci` compares them, for SQLite.

Checked against MariaDB 10.11: case, accents, width and trailing blanks do not count, `ß` equals `ss`, `œ` equals
`oe`, while `ø`, `ł`, `æ` and the Cyrillic `й` are letters of their own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

NAME = "unicode_ci"

_IGNORED = ("Mn", "Me", "Cf", "Cc")
_KEPT_CONTROLS = "\t\n\v\f\r\x85\u00ad"


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> str:
	if character <= "\x7f":
		return character.lower() if character >= " " or character in _KEPT_CONTROLS else ""
	if character > "\uffff":
		return "\ufffd"  # MariaDB gives all of them one weight
	if character in "йЙ":
		return "й"
	if character in "œŒ":
		return "oe"
	return "".join(
		part
		for part in unicodedata.normalize("NFKD", character).casefold()
		if part in _KEPT_CONTROLS or unicodedata.category(part) not in _IGNORED
	)


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
	"""A key that is equal for texts MariaDB calls equal."""
	if text.isascii() and text.isprintable():
		return text.lower().rstrip(" ")
	return "".join(map(_fold_character, unicodedata.normalize("NFC", text))).rstrip(" ")


def compare(left: str, right: str) -> int:
	"""-1, 0 or 1, for `sqlite3.Connection.create_collation`."""
	if left == right:
		return 0
	left, right = fold(left), fold(right)
	return (left > right) - (left < right)


def _like_character(character: str) -> str:
	folded = _fold_character(character)
	# LIKE goes character by character: here ß is not ss, and one emoji is not another.
	return folded if len(folded) == 1 and folded != "\ufffd" else character


def _like_fold(text: str) -> str:
	return text.lower() if text.isascii() else "".join(map(_like_character, text))


@lru_cache(maxsize=1024)
def _like_matcher(pattern: str, escape: str) -> Callable[[str], object]:
	parts: list[str] = []
	characters = iter(_like_fold(pattern))
	for character in characters:
		if character == escape:
			parts.append(re.escape(next(characters, escape)))
		else:
			parts.append({"%": ".*", "_": "."}.get(character) or re.escape(character))
	return re.compile("".join(parts), re.DOTALL).fullmatch


def like(pattern: object, value: object, escape: str = "\\") -> int | None:
	"""`value LIKE pattern` as MariaDB has it, where a backslash escapes unless told otherwise."""
	if pattern is None or value is None:
		return None
	return int(_like_matcher(str(pattern), escape)(_like_fold(str(value))) is not None)


@lru_cache(maxsize=1024)
def _regexp(pattern: str) -> re.Pattern[str]:
	return re.compile(pattern, re.IGNORECASE)


def regexp(pattern: object, value: object) -> int | None:
	"""`value REGEXP pattern`, without regard to case."""
	if pattern is None or value is None:
		return None
	return int(_regexp(str(pattern)).search(str(value)) is not None)
