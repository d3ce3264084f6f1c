"""A mail's texts with blocks and assets put in: what is compiled then is one ordinary template.

`{{ block.case_study }}` becomes conditions on the number of the variant, `{{ assets.guide.url }}` the address itself, so
that links are found, tracked and checked as if they had been typed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from html import escape
from types import MappingProxyType

from nurture_app.engine import placeholders
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.library.assets import Asset, Assets
from nurture_app.engine.library.blocks import DEFAULT, Block, Blocks
from nurture_app.engine.library.calculations import Calculation
from nurture_app.engine.mail_body import read_body
from nurture_app.engine.tracking.marks import without_marks

PARTS = ("subject", "preheader", "body", "body_text")

_BLOCK = r"\{\{-?\s*block\.([a-z][a-z0-9_]*)\s*-?\}\}"
_ASSET = re.compile(r"\{\{-?\s*(?:assets\.([a-z][a-z0-9_]*)|asset)\.([a-z_]+)\s*-?\}\}")
_CALCULATION = re.compile(r"\bcalc\.([a-z][a-z0-9_]*)")
"""In a sentence as well: a name that is meant for people does no harm."""
_BLOCK_TAG = re.compile(_BLOCK)
_BLOCK_PARAGRAPH = re.compile(rf"<p\b[^<>]*>\s*{_BLOCK}\s*(?:<br\s*/?>\s*)?</p>", re.IGNORECASE)
_ONE_PARAGRAPH = re.compile(r"<p\b[^<>]*>((?:(?!</?p\b).)*)</p>", re.IGNORECASE | re.DOTALL)
_BLOCK_ELEMENT = re.compile(
	r"<(?:p|div|ul|ol|table|h[1-6]|blockquote|pre|hr|section|article|center)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Named:
	"""The blocks and assets that texts name."""

	blocks: frozenset[str]
	assets: frozenset[str]
	calculations: frozenset[str] = frozenset()

	def __or__(self, other: Named) -> Named:
		return Named(
			self.blocks | other.blocks,
			self.assets | other.assets,
			self.calculations | other.calculations,
		)


@dataclass(slots=True)
class Expanded:
	parts: dict[str, str]
	blocks: dict[str, Block] = field(default_factory=dict)
	"""By short name: those that stand in the texts."""
	assets: dict[str, Asset] = field(default_factory=dict)
	"""By short name: those that every reader gets."""
	of_variants: dict[tuple[str, int], Asset] = field(default_factory=dict)
	"""The asset that comes with a variant of a block."""
	further: dict[tuple[str, int], list[Asset]] = field(default_factory=dict)
	"""Assets that a variant's text names besides."""
	files: dict[str, Asset] = field(default_factory=dict)
	"""By short name: those that need a link made for one person."""
	calculations: Mapping[str, Calculation] = field(default_factory=dict)
	"""By short name: those that the texts may name."""


def named_in(texts: Iterable[str]) -> Named:
	"""What `texts` name, without asking whether it is there."""
	blocks, assets, calculations = set(), set(), set()
	for text in texts:
		tidy = placeholders.tidy_tags("body", text or "") if "{{" in (text or "") else ""
		if "calc." in tidy:
			calculations.update(_CALCULATION.findall(tidy))
		blocks.update(found[1] for found in _BLOCK_TAG.finditer(tidy))
		assets.update(found[1] for found in _ASSET.finditer(tidy) if found[1])
	return Named(frozenset(blocks), frozenset(assets), frozenset(calculations))


def expand(
	parts: Mapping[str, str],
	blocks: Blocks,
	assets: Assets,
	language: str = "",
	calculations: Mapping[str, Calculation] = MappingProxyType({}),
) -> Expanded:
	"""`parts` (see `PARTS`) with blocks and assets put in, for a mail in `language`.

	Raises `block_unknown`, `block_not_here`, `block_not_in_a_line`, `asset_unknown`, `asset_attribute_unknown`,
	`asset_attribute_empty`, and whatever is wrong in the text of a variant; each with `part`.
	"""
	found = Expanded({}, calculations=calculations)
	for part in PARTS:
		source = parts.get(part) or ""
		if "{{" not in source and "%7B%7B" not in source:
			found.parts[part] = source
			continue
		try:
			found.parts[part] = _Expander(found, part, blocks, assets, language).text(source)
		except NurtureError as error:
			error.params.setdefault("part", part)
			raise
	return found


class _Expander:
	"""Works on one part of a mail."""

	def __init__(self, found: Expanded, part: str, blocks: Blocks, assets: Assets, language: str):
		self.found, self.part = found, part
		self.blocks, self.assets, self.language = blocks, assets, language
		self.is_html = part == "body"

	def text(self, source: str) -> str:
		source = placeholders.tidy_tags(self.part, source)
		if self.is_html:
			source = _BLOCK_PARAGRAPH.sub(lambda tag: self._block(tag[1], in_a_line=False), source)
		source = _BLOCK_TAG.sub(lambda tag: self._block(tag[1], in_a_line=True), source)

		def asset(tag: re.Match[str]) -> str:
			if not tag[1]:
				raise NurtureError("asset_of_no_block", part=self.part)
			return self._attribute(self._remember(self.assets.named(tag[1], self.language)), tag[2])

		return _ASSET.sub(asset, source)

	def _remember(self, asset: Asset) -> Asset:
		self.found.assets[asset.short_name] = asset
		return asset

	def _block(self, short_name: str, in_a_line: bool) -> str:
		if self.part in ("subject", "preheader"):
			raise NurtureError("block_not_here", block=short_name, part=self.part)
		block = self.found.blocks[short_name] = self.blocks.get(short_name)
		pieces = []
		for number in block.numbers:
			text = self._variant(block, number, in_a_line)
			pieces.append(f"{{% {'elif' if number else 'if'} block.{short_name} == {number} %}}{text}")
		default = self._variant(block, DEFAULT, in_a_line)
		return f"{''.join(pieces)}{{% else %}}{default}{{% endif %}}" if pieces else default

	def _variant(self, block: Block, number: int, in_a_line: bool) -> str:
		key = (block.short_name, number)
		name = block.asset_of(number)
		own = self.assets.get(name, self.language) if name else None
		if own:
			self.found.of_variants[key] = own
		further = self.found.further[key] = []

		def asset(tag: re.Match[str]) -> str:
			if tag[1]:
				found = self.assets.named(tag[1], self.language)
				further.append(found)
				return self._attribute(found, tag[2])
			if own is None:
				raise NurtureError("variant_without_asset", block_field="asset")
			return self._attribute(own, tag[2])

		try:
			html = placeholders.tidy_tags("body", without_marks(block.text_of(number)))
			if _BLOCK_TAG.search(html):
				raise NurtureError("block_in_block", block_field="text")
			if not self.is_html:
				# as plain text from here on; assets are put in afterwards, unescaped
				return _ASSET.sub(asset, without_marks(read_body(html).text))
			html = read_body(_ASSET.sub(asset, html)).stored
			html = placeholders.tidy_tags("body", html).replace("\n", " ")
			placeholders.parse("body", html, True, None, self._names())
			return _one_line(html) if in_a_line else html
		except NurtureError as error:
			_say_where(error, block, number)
			raise

	def _names(self) -> dict[str, list[str]]:
		"""What a variant's text may name besides what every mail may."""
		return {"files": list(self.found.files), "calc": list(self.found.calculations)}

	def _attribute(self, asset: Asset, name: str) -> str:
		if name == "url" and asset.has_file:
			self.found.files[asset.short_name] = asset
			return f"{{{{ files.{asset.short_name} }}}}"
		value = asset.attribute(name)
		if not self.is_html:
			return value.replace("{", '{{ "{" }}')
		return escape(value, quote=True).replace("{", "&#123;").replace("\n", "<br>")


def _one_line(html: str) -> str:
	"""A variant's text as it may stand within a sentence. Raises `block_not_in_a_line`."""
	only = _ONE_PARAGRAPH.fullmatch(html.strip())
	inner = only[1] if only else html
	if _BLOCK_ELEMENT.search(inner):
		raise NurtureError("block_not_in_a_line", block_field="text")
	return inner


def _say_where(error: NurtureError, block: Block, number: int) -> None:
	label = block.label_of(number)
	place = f"{block.name} / {label}" if label else block.name
	error.params.update(block=block.name, variant=label, part=place)


def check_block(
	block: Block,
	assets: Assets,
	parse: Callable[[str, str], object],
	calculations: Mapping[str, Calculation] = MappingProxyType({}),
) -> None:
	"""Refuse a block that no mail could use, when it is saved; `parse(part, html)` refuses placeholders there are not.

	Raises as `expand`, with `block` and `variant`.
	"""
	blocks = Blocks({block.short_name: block})
	tag = f"{{{{ block.{block.short_name} }}}}"
	expand({"body": f"<p>{tag}</p>", "body_text": tag}, blocks, assets, "", calculations)
	for number in (*block.numbers, DEFAULT):
		alone = Block(block.name, block.short_name, block.text_of(number), block.asset_of(number), ())
		only = Blocks({block.short_name: alone})
		html = expand({"body": f"<p>{tag}</p>"}, only, assets, "", calculations).parts["body"]
		try:
			parse("body", html)
		except NurtureError as error:
			_say_where(error, block, number)
			raise
