"""A piece of a mail whose text follows from what is known of the lead. How it works is in `engine.library.blocks`."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from nurture_app.engine import placeholders
from nurture_app.engine.condition_scope import load_known
from nurture_app.engine.content import clean_body
from nurture_app.engine.library.assets import check_short_name, load_assets, short_name_of
from nurture_app.engine.library.blocks import DEFAULT, Block, block_from_rows, check_references
from nurture_app.engine.library.calculations import load_calculations
from nurture_app.engine.library.expand import check_block, named_in
from nurture_app.engine.library.on_websites import check_for_websites
from nurture_app.engine.ports import Host
from nurture_app.nurture_app.usage import keep_short_name, refuse_while_used
from nurture_app.site.host import site_host
from nurture_app.site.sentences import errors_as_messages


class NurtureContentBlock(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from nurture_app.nurture_app.doctype.nurture_content_variant.nurture_content_variant import (
			NurtureContentVariant,
		)

		default_asset: DF.Link | None
		default_text: DF.TextEditor
		description: DF.SmallText | None
		kind: DF.Literal[
			"", "Case Study", "Problem Statement", "Promised Outcome", "Customer's Words", "Offer", "Other"
		]
		on_websites: DF.Check
		only_new: DF.Check
		preset: DF.Data | None
		preset_hash: DF.Data | None
		short_name: DF.Data | None
		skip_had: DF.Check
		title: DF.Data
		variants: DF.Table[NurtureContentVariant]
	# end: auto-generated types

	def validate(self) -> None:
		self.short_name = (self.short_name or "").strip() or short_name_of(self.title)
		keep_short_name(self, "block")
		host = site_host(commit=False)
		with errors_as_messages(_("Block {0}").format(escape_html(self.title))):
			check_short_name(self.short_name)
			block = block_from_rows(self.as_dict(), [row.as_dict() for row in self.variants], host.catalog)
			check_references(block, load_known(host))
			self._check_texts(host, block)
			# Frappe's own filter is off for these, because it breaks placeholders; the Desk shows them unrendered.
			self.default_text = clean_body(self.default_text)
			for row in self.variants:
				row.text = clean_body(row.text or "")

	def on_trash(self) -> None:
		refuse_while_used(self, "block")

	def before_rename(self, old: str, new: str, merge: bool = False) -> None:
		frappe.throw(_("A block keeps its name, because what it sent is counted under it. Copy it instead."))

	def _check_texts(self, host: Host, block: Block) -> None:
		named = named_in(block.text_of(number) for number in (*block.numbers, DEFAULT))
		assets = load_assets(host, block.assets, named.assets)
		calculations = load_calculations(host, named.calculations)
		files = [asset.short_name for asset in assets.by_name.values()]
		more = {"files": files, "calc": list(calculations)}

		def parse(part: str, html: str) -> None:
			placeholders.parse(part, html, True, host.catalog, more)

		check_block(block, assets, parse, calculations)
		if self.on_websites:
			check_for_websites(block, assets)
