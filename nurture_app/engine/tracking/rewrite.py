"""The mail of one person with links that tell: each leads through our redirect, a pixel tells of the opening.

Works on a text rendered with marks (`marks`), so a mail costs one pass over its text, and each link of a content is
looked at once in a batch.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from hashlib import blake2s
from html import escape, unescape

from nurture_app.engine.ports import Host, Links, TrackedLink
from nurture_app.engine.sql import Query, chunks, doctype, params
from nurture_app.engine.tracking.marks import FOOT, LONGEST_URL, host_of, replace_links, without_marks

TRAP = ""
"""The address of the hidden link: it leads nowhere, and no person can see it."""

LINK_COLUMNS = ("name", "content", "url", "position", "party_type", "party")

_PIXEL = '<img src="{0}" width="1" height="1" alt="" style="display:block;width:1px;height:1px;border:0">\n'
# Nothing to see, to reach with the keyboard or to read aloud: only what reads the source follows it.
_HIDDEN = '<a href="{0}" aria-hidden="true" tabindex="-1" style="display:none"></a>\n'
_LINE_BREAKS = re.compile(r"[\t\r\n]+")


@dataclass(frozen=True, slots=True)
class Tracked:
	"""What goes out, and the links that must be stored with it."""

	html: str
	text: str
	links: tuple[TrackedLink, ...] = ()


@dataclass(slots=True)
class Rewriter:
	"""Rewrites the mails of one batch."""

	links: Links
	_known: dict[tuple[str, str, str], TrackedLink] = field(default_factory=dict)
	"""By content, party (empty for links everybody gets) and URL."""

	def rewrite(
		self,
		html: str,
		text: str,
		*,
		token: str,
		content: str,
		party: str,
		hosts: Collection[str],
		keep: Collection[str],
		opens: bool,
		clicks: bool,
	) -> Tracked:
		"""`html` and `text` are marked. `hosts` are those that links may lead to, `keep` are links of ours."""
		used: dict[str, TrackedLink] = {}

		def tracked(url: str, personal: bool) -> str:
			url = _LINE_BREAKS.sub("", url).strip()
			link = None
			if url not in keep and host_of(url) in hosts:
				link = self._link(content, party if personal else "", url, len(used) + 1)
			if link is None:
				return ""
			used.setdefault(link.name, link)
			return self.links.click(token, link.name)

		def in_html(url: str, personal: bool) -> str:
			# the signs in a token need no escaping, but a site's own address might
			return escape(tracked(unescape(url), personal)) or url

		def in_text(url: str, personal: bool) -> str:
			return tracked(url, personal) or url

		foot = ""
		if clicks:
			html, text = replace_links(html, in_html), replace_links(text, in_text)
			trap = self._link(content, "", TRAP, 0)
			used[trap.name] = trap
			foot = _HIDDEN.format(escape(self.links.click(token, trap.name)))
		if opens:
			foot += _PIXEL.format(escape(self.links.opening(token)))
		html = without_marks(html.replace(FOOT, foot, 1))
		return Tracked(html, without_marks(text), tuple(used.values()))

	def _link(self, content: str, party: str, url: str, position: int) -> TrackedLink | None:
		if len(url) > LONGEST_URL:
			return None
		key = (content, party, url)
		if key not in self._known:
			self._known[key] = TrackedLink(link_id(*key), content, url, position, party)
		return self._known[key]


def link_id(content: str, party: str, url: str) -> str:
	"""The same for the same link of a content. One with a person's data in it is that person's alone, so that it can
	be forgotten with them."""
	return blake2s("\n".join((content, party, url)).encode(), digest_size=10).hexdigest()


def store_links(host: Host, links: Sequence[TrackedLink]) -> None:
	"""Within the caller's transaction: what is not there yet. Primary key.

	Asked first, because INSERT IGNORE would lock the rows that are there, which all workers share.
	"""
	fresh = {link.name: link for link in links}
	link = doctype("Nurture Link", "l")
	for names in chunks(sorted(fresh)):
		for (name,) in host.db.rows(Query.from_(link).select(link.name).where(link.name.isin(params(names)))):
			del fresh[name]
	rows = [
		(one.name, one.content, one.url, one.position, "Lead", one.party or None)
		for one in sorted(fresh.values(), key=lambda one: one.name)
	]
	if rows:
		host.db.insert("tabNurture Link", LINK_COLUMNS, rows, ignore=True)
