"""Posts for social networks as they are planned: links that tell where a visit came from, and texts that fit (CH-10)."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from nurture_app.engine.codes import NurtureError

LONGEST_TEXT = {
	"LinkedIn": 3000,
	"X": 280,
	"Facebook": 63206,
	"Instagram": 2200,
	"YouTube": 5000,
	"TikTok": 2200,
	"Threads": 500,
	"Bluesky": 300,
	"Mastodon": 500,
	"Pinterest": 500,
}
"""Characters of a usual post, as the networks publish them; of others nothing is known."""
LINK_LENGTH = {"X": 23}
"""Where every link counts the same, however long it is."""
MEDIUM = "social"


def tagged_link(url: str, network: str, campaign: str = "", content: str = "") -> str:
	"""The address with UTM marks, so that visits by it are told from all others (CT-05).

	Marks that the address already has stay. Empty for no address; raises `post_link_invalid` for one that is no web address.
	"""
	url = url.strip()
	if not url:
		return ""
	parts = urlsplit(url)
	if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"\s", url):
		raise NurtureError("post_link_invalid", url=url[:140])
	query = parse_qsl(parts.query, keep_blank_values=True)
	known = {name for name, _value in query}
	marks = {
		"source": _mark(network),
		"medium": MEDIUM,
		"campaign": _mark(campaign),
		"content": _mark(content),
	}
	query += [(f"utm_{key}", value) for key, value in marks.items() if value and f"utm_{key}" not in known]
	return urlunsplit(parts._replace(query=urlencode(query)))


def too_long_by(network: str, text: str, link: str = "") -> int:
	"""How many characters a post, with its link on a line of its own, has too many; 0 if it fits or nobody knows."""
	limit = LONGEST_TEXT.get(network)
	if not limit:
		return 0
	length = len(text) + (1 + LINK_LENGTH.get(network, len(link)) if link else 0)
	return max(0, length - limit)


def _mark(text: str) -> str:
	"""As marks are usually written: small letters and hyphens."""
	return re.sub(r"[^\w]+", "-", text.strip().lower()).strip("-")
