"""Blocks on other websites: what one visitor is shown of them (PZ-13).

The answer is a text that stands in a block for anybody to read there; which of them it is, is all that it tells. So a block
for websites names nothing of the lead.
"""

from __future__ import annotations

from collections.abc import Collection

from nurture_app.engine import placeholders
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.library.assets import Assets
from nurture_app.engine.library.blocks import DEFAULT, Block, Blocks, as_of_today, choose
from nurture_app.engine.library.contents import load_library
from nurture_app.engine.library.expand import Named, expand
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, doctype, params
from nurture_app.engine.visits.hits import is_visitor_id
from nurture_app.engine.visits.visitors import unwilling_leads

MOST_BLOCKS = 5
"""Of one request."""


def known_lead(host: Host, visitor_id: object, website: str) -> str:
	"""The lead behind a visitor of this website; empty unless they consented, are known, and did not take it back.

	Two queries at most. Unique index (visitor_id).
	"""
	if not is_visitor_id(visitor_id):
		return ""
	visitor = doctype("Nurture Visitor", "v")
	query = Query.from_(visitor).select(visitor.visitor_id, visitor.party, visitor.consented_on)
	query = query.where((visitor.visitor_id == P(visitor_id)) & (visitor.website == P(website)))
	for found, party, consented_on in host.db.rows(query):
		# databases take abc and ABC for one
		if found == visitor_id and party and consented_on and not unwilling_leads(host, {party}):
			return party
	return ""


def texts_for(host: Host, short_names: Collection[str], party: str) -> dict[str, str]:
	"""The HTML of each block that websites may show, as `party` gets it, or its default for an empty one.

	A block that cannot be shown today is left out.
	"""
	names = _for_websites(host, short_names)
	if not names:
		return {}
	library = load_library(host, Named(frozenset(names), frozenset()))
	blocks: dict[str, Block] = {}
	for name in names:
		try:
			blocks[name] = as_of_today(library.blocks.get(name), library.assets)
		except NurtureError:
			continue
	picks = choose(host, blocks, {}, [party]).get(party, {}) if party else {}
	found = {}
	for name, block in blocks.items():
		try:
			found[name] = html_of(block, picks.get(name, DEFAULT), library.assets)
		except NurtureError:
			continue
	return found


def _for_websites(host: Host, short_names: Collection[str]) -> list[str]:
	"""Unique index (short_name)."""
	table = doctype("Nurture Content Block", "b")
	query = Query.from_(table).select(table.short_name).where(table.on_websites == P(1))
	query = query.where(table.short_name.isin(params(sorted(short_names))))
	return sorted(name for (name,) in host.db.rows(query))


def html_of(block: Block, number: int, assets: Assets) -> str:
	"""The text of one variant, without anything that depends on a person. Raises `block_not_for_websites` and as `expand`."""
	alone = Block(block.name, block.short_name, block.text_of(number), block.asset_of(number), ())
	tag = f"<p>{{{{ block.{block.short_name} }}}}</p>"
	expanded = expand({"body": tag}, Blocks({block.short_name: alone}), assets)
	html = expanded.parts["body"]
	if expanded.files or next(placeholders.find_tags(html), None):
		label = block.label_of(number)
		raise NurtureError("block_not_for_websites", block=block.name, variant=label, block_field="text")
	return html


def check_for_websites(block: Block, assets: Assets) -> None:
	"""Refuse a block that says something of the person, or hands out a private file. Raises as `html_of`."""
	for number in (*block.numbers, DEFAULT):
		html_of(block, number, assets)
