"""Where the links of a text stand: found once when it is compiled, replaced in every mail without parsing it again.

A link is put between two control characters, which no value and no source may contain. They stay in the compiled
template, and are replaced or dropped when a mail is rendered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from nurture_app.engine.placeholders import find_tags

SHARED, END, FOOT, PERSONAL = "\x01", "\x02", "\x03", "\x04"
"""Before a link that is the same for everybody; after a link; where the pixel goes; before a link made of placeholders."""

LONGEST_URL = 2000
"""Characters; longer links stay as they are, as browsers and mail programs have their limits."""

_AUTHORITY = re.compile(r"\bhttps?://([^\x00-\x20/?#<>\"'{}]+)", re.IGNORECASE)
_TEXT_URL = re.compile(r"\bhttps?://(?:\{\{[^{}]*\}\}|[^\x00-\x20<>\"'{}])+", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.,;:!?*'\])]$")
_MAY_FOLLOW = re.compile(r"(?:\{%-?\s*endif\s*-?%\})*(?=[\s<>\"'.,;:!?)\]]|$)")


def without_marks(source: str) -> str:
	"""A source or a rendered text with nothing in it that could be taken for a mark."""
	for mark in (
		END,
		SHARED,
		PERSONAL,
		FOOT,
	):  # far faster than one expression, as most texts have none or few
		if mark in source:
			source = source.replace(mark, "")
	return source


def marked(link: str, *, personal: bool) -> str:
	"""A link that the rendered text is split at; `personal` for one with a person's data in it."""
	return f"{PERSONAL if personal else SHARED}{link}{END}"


def mark_text_links(source: str) -> str:
	"""A plain text template with its web addresses marked.

	Addresses that a condition cuts in pieces are left alone: half of a link would be lost.
	"""

	def replace(found: re.Match[str]) -> str:
		url = found[0]
		while _SENTENCE_END.search(url) and not (url[-1] == ")" and url.count("(") >= url.count(")")):
			url = url[:-1]
		if not url or not _MAY_FOLLOW.match(source, found.start() + len(url)):
			return found[0]
		return marked(url, personal="{{" in url) + found[0][len(url) :]

	return _TEXT_URL.sub(replace, source)


def literal_hosts(sources: Iterable[str]) -> frozenset[str]:
	"""The hosts that are written out in `sources` (templates), in small letters.

	A host that a placeholder writes or completes is not among them: whoever fills in a form could decide where our
	links lead.
	"""
	found = set()
	for source in sources:
		tags = dict(find_tags(source))
		for match in _AUTHORITY.finditer(source):
			end = tags.get(match.end())
			if end is None or not source.startswith("{{", match.end()):
				found.add(match[1].lower())
	return frozenset(found)


def host_of(url: str) -> str:
	"""The host, with user and port as written, in small letters; empty for anything that is no web address."""
	try:
		parts = urlsplit(url)
	except ValueError:
		return ""
	return parts.netloc.lower() if parts.scheme.lower() in ("http", "https") else ""


def replace_links(text: str, link: Callable[[str, bool], str]) -> str:
	"""`text` with each marked link given to `link(url, personal)`; the mark of the foot is kept."""
	*before, rest = text.split(END)
	pieces = []
	for piece in before:
		place = max(piece.rfind(SHARED), piece.rfind(PERSONAL))
		if place < 0:
			pieces.append(piece)
		else:
			pieces += (piece[:place], link(piece[place + 1 :], piece[place] == PERSONAL))
	return "".join([*pieces, rest])
