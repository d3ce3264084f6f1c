"""The mail of one person with links that tell: each leads through our redirect, a pixel tells of the opening.

Works on a text rendered with marks (`marks`), so a mail costs one pass over its text, and each link of a content is
looked at once in a batch.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from hashlib import blake2s
from html import unescape

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
	_shared: dict[tuple[str, str], TrackedLink | None] = field(default_factory=dict)
	"""Links that are the same for everybody, by content and URL; None for what is not tracked."""

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
		addresses: dict[str, str] = {}

		def address_of(link: TrackedLink) -> str:
			if link.name not in used:
				used[link.name] = link
				addresses[link.name] = self.links.click(token, link.name)
			return addresses[link.name]

		def tracked(url: str, personal: bool) -> str:
			if personal:
				link = _read(url, content, party, hosts, keep, len(used) + 1)
			else:
				key = (content, url)
				if key not in self._shared:
					self._shared[key] = _read(url, content, "", hosts, keep, len(used) + 1)
				link = self._shared[key]
			return address_of(link) if link else ""

		foot = ""
		if clicks:
			# the HTML holds its links escaped, and ours need no escaping: URL-safe characters behind the site's address
			html = replace_links(html, lambda url, personal: tracked(unescape(url), personal) or url)
			text = replace_links(text, lambda url, personal: tracked(url, personal) or url)
			foot = _HIDDEN.format(address_of(TrackedLink(link_id(content, "", TRAP), content, TRAP, 0)))
		if opens:
			foot += _PIXEL.format(self.links.opening(token))
		html = without_marks(html.replace(FOOT, foot, 1))
		return Tracked(html, without_marks(text), tuple(used.values()))


def _read(
	url: str, content: str, party: str, hosts: Collection[str], keep: Collection[str], position: int
) -> TrackedLink | None:
	"""The link behind a URL, None when it is not to be tracked."""
	url = _LINE_BREAKS.sub("", url).strip()
	if url in keep or len(url) > LONGEST_URL or host_of(url) not in hosts:
		return None
	return TrackedLink(link_id(content, party, url), content, url, position, party)


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
