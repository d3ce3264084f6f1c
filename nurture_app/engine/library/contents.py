"""The texts of a batch: each content and its versions in other languages, with blocks and assets, compiled once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from nurture_app.engine.codes import NurtureError, Reason
from nurture_app.engine.config import load_settings
from nurture_app.engine.content import CompiledContent, compile_content
from nurture_app.engine.languages import best_language
from nurture_app.engine.library.assets import Asset, Assets, load_assets
from nurture_app.engine.library.blocks import Block, Blocks, Picks, as_of_today, choose, load_blocks
from nurture_app.engine.library.calculations import Calculation, load_calculations
from nurture_app.engine.library.checks import Draft, draft
from nurture_app.engine.library.expand import PARTS, Expanded, Named, expand, named_in
from nurture_app.engine.library.sensitive import marked_fields, sensitive_fields
from nurture_app.engine.library.surveys import survey_problem
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import Query, chunks, doctype, params


@dataclass(frozen=True, slots=True)
class Content:
	"""A compiled text, or the error that keeps it from being used."""

	name: str
	revision: int
	language: str
	compiled: CompiledContent | None
	problem: NurtureError | None = None
	expanded: Expanded = field(default_factory=lambda: Expanded({}))
	"""The blocks and assets in it."""
	versions: Mapping[str, str] = field(default_factory=dict)
	"""By language: the contents that say the same (LO-01)."""

	@property
	def hold_reason(self) -> Reason:
		"""Why a step with this content stands still, when it has a `problem`."""
		unusable = ("asset_disabled", "asset_offer_early", "asset_offer_over")
		return (
			Reason.ASSET_NOT_USABLE
			if self.problem and self.problem.code in unusable
			else Reason.TEMPLATE_ERROR
		)

	@property
	def depends_on_lead(self) -> bool:
		"""Whether `pick` must be asked before it is rendered."""
		return bool(self.expanded.blocks or self.limited)

	@property
	def lead_fields(self) -> frozenset[str]:
		"""Fields of the lead that rendering it reads."""
		own = self.compiled.lead_fields if self.compiled else frozenset()
		return own.union(*(one.lead_fields for one in self.expanded.calculations.values()))

	@property
	def limited(self) -> dict[str, Asset]:
		"""Assets in it that are only for some countries (LO-08), by a key of `Picks`."""
		return {f"asset {one.name}": one for one in self.expanded.assets.values() if one.countries}


@dataclass(frozen=True, slots=True)
class Library:
	"""Blocks, assets and calculations that some texts name."""

	blocks: Blocks
	assets: Assets
	calculations: Mapping[str, Calculation] = field(default_factory=dict)


def load_library(host: Host, named: Named) -> Library:
	"""At most six queries, however many blocks and assets there are; none when texts name none."""
	blocks = load_blocks(host, named.blocks)
	within = named_in(text for block in blocks.usable for text in _texts(block))
	names = {name for block in blocks.usable for name in block.assets}
	return Library(
		blocks,
		load_assets(host, names, named.assets | within.assets),
		load_calculations(host, named.calculations | within.calculations),
	)


def _texts(block: Block) -> list[str]:
	return [block.default_text, *(variant.text for variant in block.variants)]


_COLUMNS = ("name", "revision", "language", "version_of", "survey_form", *PARTS)


def load_contents(host: Host, names: Collection[str]) -> dict[str, Content]:
	"""Compiled contents by name, versions in other languages included. Compiled once per text and process."""
	rows = _rows(host, names)
	versions: dict[str, dict[str, str]] = {}
	for row in rows:
		if row["version_of"]:
			versions.setdefault(row["version_of"], {})[row["language"]] = row["name"]
	library = load_library(host, _named_in_rows(rows))
	found = {}
	for row in rows:
		expanded, compiled, problem = compile_parts(row, row["language"], library)
		found[row["name"]] = Content(
			row["name"],
			int(row["revision"] or 1),
			row["language"],
			compiled,
			problem,
			expanded,
			versions.get(row["name"], {}),
		)
	return found


def check_contents(host: Host, names: Collection[str]) -> None:
	"""Refuse contents, or their versions, that could not be sent to anybody. Raises as `compile_parts` says, with
	`content`; what may not be sent on this very day is no mistake."""
	rows = _rows(host, names)
	library = load_library(host, _named_in_rows(rows))
	marked = marked_fields(load_settings(host.db).sensitive_fields)
	for row in rows:
		_expanded, compiled, problem = compile_parts(
			row, row["language"], library, host.catalog, sending=False
		)
		problem = problem or sensitive_problem(compiled, marked)
		problem = problem or survey_problem(host, _asked(compiled), row["survey_form"], sending=True)
		if problem:
			problem.params.setdefault("content", row["name"])
			raise problem


def check_parts(host: Host, parts: Mapping[str, str], language: str = "", survey_form: str = "") -> Expanded:
	"""What stands in the texts of a content that is about to be saved. Raises as `check_contents`."""
	library = load_library(host, named_in(parts.get(part) or "" for part in PARTS))
	expanded, compiled, problem = compile_parts(parts, language, library, host.catalog, sending=False)
	problem = problem or sensitive_problem(compiled, marked_fields(load_settings(host.db).sensitive_fields))
	problem = problem or survey_problem(host, _asked(compiled), survey_form, sending=False)
	if problem:
		raise problem
	return expanded


def _asked(compiled: CompiledContent | None) -> Collection[tuple[str, str]]:
	return compiled.placeholders if compiled else ()


def sensitive_problem(compiled: CompiledContent | None, marked: Collection[str]) -> NurtureError | None:
	"""`template_sensitive_field` for a text that would read back to people what is nobody's business (CP-12)."""
	named = sensitive_fields(compiled.lead_fields, marked) if compiled else []
	return NurtureError("template_sensitive_field", part="body", name=f"lead.{named[0]}") if named else None


def read_draft(host: Host, content: Mapping[str, Any]) -> Draft:
	"""The fields of a content, saved or not, as `checks.advice` reads them. Raises as `check_parts`."""
	parts = {part: str(content.get(part) or "") for part in PARTS}
	language = str(content.get("language") or "")
	library = load_library(host, named_in(parts.values()))
	expanded, compiled, problem = compile_parts(parts, language, library, host.catalog, sending=False)
	if problem or compiled is None:
		raise problem or NurtureError("template_error", part="body", message="")
	plain = {key: replace(block, variants=()) for key, block in expanded.blocks.items()}
	defaults = expand(parts, Blocks(plain), library.assets, language, library.calculations)
	return draft(content, expanded, defaults, compiled.lead_fields)


def _rows(host: Host, names: Collection[str]) -> list[dict[str, str]]:
	"""Contents and their versions. Primary key, index (version_of)."""
	table, rows = doctype("Nurture Content", "c"), []
	for some in chunks(sorted(names)):
		query = Query.from_(table).select(*(table[column] for column in _COLUMNS))
		wanted = table.name.isin(params(some)) | table.version_of.isin(params(some))
		for values in host.db.rows(query.where(wanted)):
			rows.append(dict(zip(_COLUMNS, (value or "" for value in values), strict=True)))
	return rows


def _named_in_rows(rows: Collection[Mapping[str, str]]) -> Named:
	return named_in(row[part] for row in rows for part in PARTS)


def compile_parts(
	parts: Mapping[str, str],
	language: str,
	library: Library,
	lead_fields: Collection[str] | None = None,
	*,
	sending: bool = True,
) -> tuple[Expanded, CompiledContent | None, NurtureError | None]:
	"""The texts with all that stands in them, compiled, or what keeps them from being sent today.

	Not `sending`, an asset that may not be sent today is no problem. `lead_fields` as in `compile_content`.
	"""
	expanded = Expanded({})
	try:
		expanded = expand(parts, library.blocks, library.assets, language, library.calculations)
		if sending:
			expanded.blocks = {
				key: as_of_today(block, library.assets) for key, block in expanded.blocks.items()
			}
			for asset in expanded.assets.values():
				problem = asset.problem(library.assets.today)
				if problem:
					raise problem
		texts = tuple(expanded.parts[part] for part in PARTS)
		fields = None if lead_fields is None else frozenset(lead_fields)
		names = tuple(
			tuple(sorted(some)) for some in (expanded.blocks, expanded.files, expanded.calculations)
		)
		compiled, problem = _compiled(language, texts, names, fields)
		expanded.calculations = _used(expanded.calculations, compiled)
		return expanded, compiled, problem
	except NurtureError as error:
		return expanded, None, error


@lru_cache(maxsize=512)
def _compiled(
	language: str,
	texts: tuple[str, ...],
	names: tuple[tuple[str, ...], ...],
	lead_fields: frozenset[str] | None,
) -> tuple[CompiledContent | None, NurtureError | None]:
	more = dict(zip(("block", "files", "calc"), names, strict=True))
	try:
		return compile_content(*texts, language=language, lead_fields=lead_fields, more=more), None
	except NurtureError as error:
		return None, error


def _used(known: Mapping[str, Calculation], compiled: CompiledContent | None) -> dict[str, Calculation]:
	"""Those that this mail names: the library holds those of all texts of a batch."""
	named = {name for space, name in compiled.placeholders if space == "calc"} if compiled else set()
	return {name: known[name] for name in sorted(named)}


def in_language(contents: Mapping[str, Content], name: str, language: str) -> Content | None:
	"""The content `name`, or its version in the language of the lead; None when there is no such content.

	"en-GB" takes "en-GB", then "en"; nobody is sent another language than theirs but the content's own (LO-01).
	"""
	content = contents.get(name)
	if content is None or not content.versions or not language:
		return content
	known = {*content.versions, content.language} - {""}
	best = best_language(language, known, content.language)
	return contents.get(content.versions.get(best, ""), content) if best != content.language else content


def pick(host: Host, contents: Collection[Content], parties: Collection[str]) -> Picks:
	"""What each lead gets of the blocks in `contents`: one query per thousand leads, none without blocks."""
	some = [content for content in contents if content.depends_on_lead and content.compiled]
	blocks = {key: block for content in some for key, block in content.expanded.blocks.items()}
	limited = {key: asset for content in some for key, asset in content.limited.items()}
	return choose(host, blocks, limited, parties)
