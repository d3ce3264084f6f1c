"""Dynamic blocks: a named piece of a mail whose text follows from what is known of the lead (PZ-03, CM-12).

Which variant a lead gets is asked in SQL, for all leads of a batch and all their blocks at once. In a compiled mail a
block is an ordinary condition on the number of the variant, so nothing is compiled per lead.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any

from pypika import Case

from nurture_app.engine import conditions
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.condition_scope import Known, lead_scope
from nurture_app.engine.library.assets import Asset, Assets
from nurture_app.engine.library.had import has_had
from nurture_app.engine.ports import FieldInfo, Host
from nurture_app.engine.sql import P, Query, Raw, chunks, doctype, params

DEFAULT = -1
"""The number of the default text."""
MOST_VARIANTS = 40


@dataclass(frozen=True, slots=True)
class Variant:
	"""A text for those whom `condition` holds for. `asset` is the name of its record."""

	label: str
	condition: Any
	"""A parsed condition, see `engine.conditions`; None: for nobody, at present."""
	text: str = ""
	"""HTML; empty: the default text, with this variant's asset."""
	asset: str = ""
	countries: tuple[str, ...] = ()
	"""To which its asset is limited; empty: to none."""
	unless_had: tuple[str, ...] = ()
	"""Assets: who has had one of them gets another variant (CM-09)."""
	new_since: date | None = None
	"""Only for those whose last sign was before this day (RE-05)."""


@dataclass(frozen=True, slots=True)
class Block:
	name: str
	"""Of its record."""
	short_name: str
	default_text: str
	default_asset: str
	variants: tuple[Variant, ...]
	skip_had: bool = False
	"""A variant is passed over for those who have had its asset."""
	only_new: bool = False
	"""A variant is passed over unless its asset came out after the lead's last sign (RE-05)."""

	def text_of(self, number: int) -> str:
		"""Of a variant without one, the default's. `DEFAULT` is the number of no variant."""
		text = self.variants[number].text if number != DEFAULT else ""
		return text or self.default_text

	def asset_of(self, number: int) -> str:
		return self.default_asset if number == DEFAULT else self.variants[number].asset

	def label_of(self, number: int) -> str:
		"""Empty for the default."""
		return "" if number == DEFAULT else self.variants[number].label

	@property
	def numbers(self) -> range:
		"""All variants, the default last."""
		return range(len(self.variants))

	@property
	def assets(self) -> frozenset[str]:
		return frozenset({self.default_asset, *(one.asset for one in self.variants)} - {""})


def block_from_rows(
	row: Mapping[str, Any], variants: Sequence[Mapping[str, Any]], catalog: Mapping[str, FieldInfo]
) -> Block:
	"""From a `Nurture Content Block` and its variants, in their order.

	Raises `block_without_default`, `block_too_many_variants`, `variant_without_label`, `variant_without_condition`,
	`variant_says_nothing`, `variant_label_twice`, or what is wrong with a condition; each names `block` and `block_field`.
	"""
	title = row.get("title") or row.get("name") or ""
	if not has_text(row.get("default_text")):
		raise NurtureError("block_without_default", block=title, block_field="default_text")
	if len(variants) > MOST_VARIANTS:
		raise NurtureError(
			"block_too_many_variants", block=title, block_field="variants", limit=MOST_VARIANTS
		)
	found: list[Variant] = []
	for number, variant in enumerate(variants, 1):
		try:
			one = _variant(variant, catalog)
		except NurtureError as error:
			error.params.setdefault("block_field", "condition")
			error.params.update(block=title, variant=variant.get("label") or f"#{number}")
			raise
		if one.label in (other.label for other in found):
			raise NurtureError("variant_label_twice", block=title, block_field="label", variant=one.label)
		found.append(one)
	return Block(
		name=row.get("name") or title,
		short_name=row.get("short_name") or "",
		default_text=row.get("default_text") or "",
		default_asset=row.get("default_asset") or "",
		variants=tuple(found),
		skip_had=bool(int(row.get("skip_had") or 0)),
		only_new=bool(int(row.get("only_new") or 0)),
	)


def _variant(row: Mapping[str, Any], catalog: Mapping[str, FieldInfo]) -> Variant:
	label = (row.get("label") or "").strip()
	if not label:
		raise NurtureError("variant_without_label", block_field="label")
	condition = conditions.parse(row.get("condition"), catalog)
	if conditions.is_everybody(condition):
		# It would hide all below it, the default too.
		raise NurtureError("variant_without_condition", block_field="condition")
	text = row.get("text") or "" if has_text(row.get("text")) else ""
	if not text and not row.get("asset"):
		raise NurtureError("variant_says_nothing", block_field="text")
	return Variant(label, condition, text, row.get("asset") or "")


def has_text(html: str | None) -> bool:
	"""Whether a rich text says anything: an emptied editor leaves tags behind."""
	plain, inside = [], False
	for character in html or "":
		inside = character == "<" or (inside and character != ">")
		plain.append("" if inside or character == ">" else character)
	return bool("".join(plain).replace("&nbsp;", "").strip()) or "<img" in (html or "")


def check_references(block: Block, known: Known) -> None:
	"""Raise `NurtureError` for a segment or an activity that a condition names and that does not exist."""
	for variant in block.variants:
		try:
			conditions.check_references(variant.condition, known)
		except NurtureError as error:
			error.params.update(block=block.name, block_field="condition", variant=variant.label)
			raise


@dataclass(frozen=True, slots=True)
class Blocks:
	"""Some blocks by short name, or why one of them cannot be used."""

	by_name: Mapping[str, Block | NurtureError]

	def get(self, short_name: str) -> Block:
		"""Raises `block_unknown`, or what is wrong with it."""
		block = self.by_name.get(short_name)
		if block is None:
			raise NurtureError("block_unknown", block=short_name)
		if isinstance(block, NurtureError):
			raise block
		return block

	@property
	def usable(self) -> list[Block]:
		return [block for block in self.by_name.values() if isinstance(block, Block)]


NO_BLOCKS = Blocks({})

_BLOCK_COLUMNS = ("name", "title", "short_name", "default_text", "default_asset", "skip_had", "only_new")
_VARIANT_COLUMNS = ("parent", "label", "condition", "text", "asset")


def load_blocks(host: Host, short_names: Collection[str]) -> Blocks:
	"""Two queries; none when nothing is asked for. Unique index (short_name), index (parent)."""
	if not short_names:
		return NO_BLOCKS
	table, row = doctype("Nurture Content Block", "b"), doctype("Nurture Content Variant", "v")
	query = Query.from_(table).select(*(table[column] for column in _BLOCK_COLUMNS))
	query = query.where(table.short_name.isin(params(sorted(short_names))))
	blocks = [dict(zip(_BLOCK_COLUMNS, values, strict=True)) for values in host.db.rows(query)]
	variants: dict[str, list[dict[str, Any]]] = {}
	if blocks:
		query = Query.from_(row).select(*(row[column] for column in _VARIANT_COLUMNS)).orderby(row.idx)
		query = query.where(row.parent.isin(params([block["name"] for block in blocks])))
		for values in host.db.rows(query):
			variants.setdefault(values[0], []).append(dict(zip(_VARIANT_COLUMNS, values, strict=True)))
	found: dict[str, Block | NurtureError] = {}
	for block in blocks:
		try:
			found[block["short_name"]] = block_from_rows(block, variants.get(block["name"], []), host.catalog)
		except NurtureError as error:
			found[block["short_name"]] = error
	return Blocks(found)


def as_of_today(block: Block, assets: Assets) -> Block:
	"""The block as it may be sent today: a variant whose asset is switched off or over is nobody's (CM-19), and one
	whose asset is for some countries only is theirs (LO-08).

	With `skip_had`, a variant is not for those who have had its asset, in whichever language; with `only_new`, only for
	those who gave no sign since it came out. An asset without a day of publication is new to nobody.

	Variants keep their numbers. Raises when the default's own asset may not be sent to everybody: what is left for
	those without a variant would be a gap.
	"""
	if block.default_asset:
		asset = assets.get(block.default_asset)
		problem = asset.problem(assets.today)
		if problem:
			raise problem
		if asset.countries:
			raise NurtureError("block_default_limited", block=block.name, asset=asset.title)
	variants = (_variant_of_today(one, assets, block) for one in block.variants)
	return replace(block, variants=tuple(variants))


def _variant_of_today(variant: Variant, assets: Assets, block: Block) -> Variant:
	if not variant.asset:
		return variant
	asset = assets.get(variant.asset)
	usable = asset.problem(assets.today) is None and bool(asset.published_on or not block.only_new)
	return replace(
		variant,
		condition=variant.condition if usable else None,
		countries=asset.countries,
		unless_had=assets.family(asset) if block.skip_had else (),
		new_since=asset.published_on if block.only_new else None,
	)


Picks = dict[str, dict[str, int]]
"""By lead: by block's short name, the number of the variant."""


def choose(
	host: Host,
	blocks: Mapping[str, Block],
	limited: Mapping[str, Asset],
	parties: Collection[str],
) -> Picks:
	"""Which variant of each of `blocks` each lead gets, and who may have the assets in `limited` (LO-08): 1 or 0.

	Keys of both are those of the result. One query per thousand leads.
	"""
	if not (blocks or limited) or not parties:
		return {}
	scope = lead_scope(host)
	columns: dict[str, Any] = {}
	for key, block in blocks.items():
		case, cases = Case(), 0
		for number, variant in enumerate(block.variants):
			if variant.condition is None:
				continue
			holds = variant.condition.sql(scope)
			if variant.countries:
				holds &= _lives_in(scope.lead, variant.countries)
			if variant.unless_had:
				holds &= Raw("NOT ({})", has_had(scope.lead, variant.unless_had))
			if variant.new_since:
				holds &= _silent_since(scope.lead, variant.new_since)
			case, cases = case.when(holds, number), cases + 1
		columns[key] = case.else_(DEFAULT) if cases else P(DEFAULT)
	for key, asset in limited.items():
		columns[key] = Case().when(_lives_in(scope.lead, asset.countries), 1).else_(0)
	found: Picks = {}
	for some in chunks(sorted(parties)):
		query = Query.from_(scope.lead).select(scope.lead.name, *columns.values())
		for name, *numbers in host.db.rows(query.where(scope.lead.name.isin(params(some)))):
			found[name] = {key: int(number) for key, number in zip(columns, numbers, strict=True)}
	return found


def _silent_since(lead: Any, day: date) -> Any:
	"""The lead's last sign was before `day`, or there was none."""
	last = lead.nurture_last_activity_on
	return last.isnull() | (last < P(datetime.combine(day, time())))


def _lives_in(lead: Any, countries: Collection[str]) -> Any:
	return lead.country.isin(params(countries))
