"""Assets: what a mail points to. Which may be used today, and what a text can say of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.languages import best_language
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import Query, doctype, params

ATTRIBUTES = ("url", "title", "description", "text", "proof", "until")
"""What a text may show of an asset: `{{ assets.<short name>.title }}`."""

COLUMNS = (
	"name",
	"short_name",
	"title",
	"enabled",
	"url",
	"file",
	"description",
	"text",
	"language",
	"version_of",
	"client_size",
	"industry",
	"metric",
	"change",
	"period",
	"is_offer",
	"valid_from",
	"valid_until",
	"published_on",
)
SHORT_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")


@dataclass(frozen=True, slots=True)
class Asset:
	"""A row of `Nurture Asset` as texts use it."""

	name: str
	short_name: str
	title: str
	enabled: bool
	url: str
	has_file: bool
	"""Its file is private: a mail carries a link made for one person."""
	description: str
	text: str
	language: str
	version_of: str
	proof: str
	is_offer: bool
	valid_from: date | None
	valid_until: date | None
	countries: tuple[str, ...] = ()
	"""Empty: for everybody."""
	published_on: date | None = None

	def problem(self, today: date) -> NurtureError | None:
		"""Why no mail may carry it today: `asset_disabled`, `asset_offer_early` or `asset_offer_over` (CM-19)."""
		if not self.enabled:
			return NurtureError("asset_disabled", asset=self.title)
		if self.is_offer and self.valid_from and today < self.valid_from:
			return NurtureError("asset_offer_early", asset=self.title, day=self.valid_from.isoformat())
		if self.is_offer and self.valid_until and today > self.valid_until:
			return NurtureError("asset_offer_over", asset=self.title, day=self.valid_until.isoformat())
		return None

	def attribute(self, name: str) -> str:
		"""One of `ATTRIBUTES`; raises `asset_attribute_unknown`, or `asset_attribute_empty` for what would leave a gap."""
		if name not in ATTRIBUTES:
			raise NurtureError(
				"asset_attribute_unknown", asset=self.title, name=name, known=", ".join(ATTRIBUTES)
			)
		if name == "until":
			value = self.valid_until.isoformat() if self.valid_until else ""
		else:
			value = getattr(self, name)
		if not value:
			raise NurtureError("asset_attribute_empty", asset=self.title, name=name)
		return value


def short_name_of(title: str) -> str:
	"""A name made of `title` that texts can use: "ROI Calculator (2026)" gives `roi_calculator_2026`."""
	plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
	name = re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")
	name = name if name[:1].isalpha() else f"a_{name}".rstrip("_")
	return name[:60].rstrip("_")


def check_short_name(name: str) -> None:
	"""Raise `short_name_invalid`."""
	if not SHORT_NAME.fullmatch(name):
		raise NurtureError("short_name_invalid", name=name)


def proof_of(row: Mapping[str, Any]) -> str:
	"""What was achieved, as one phrase: "time to hire down 40 % within 3 months (Software, 200 people)" (CM-18).

	Empty without a figure: a proof that says nothing exact convinces nobody (MG-38).
	"""
	change = _text(row, "change")
	if not change:
		return ""
	whose = ", ".join(filter(None, (_text(row, "industry"), _text(row, "client_size"))))
	return " ".join(
		filter(None, (_text(row, "metric"), change, _text(row, "period"), whose and f"({whose})"))
	)


def asset_from_row(row: Mapping[str, Any], countries: Collection[str] = ()) -> Asset:
	"""`row` has columns of Nurture Asset; missing ones count as empty. `countries`: to which it is limited."""
	return Asset(
		name=_text(row, "name"),
		short_name=_text(row, "short_name"),
		title=_text(row, "title") or _text(row, "name"),
		enabled=bool(int(row.get("enabled") or 0)),
		url=_text(row, "url"),
		has_file=bool(row.get("file")),
		description=_text(row, "description"),
		text=_text(row, "text"),
		language=_text(row, "language"),
		version_of=_text(row, "version_of"),
		proof=proof_of(row),
		is_offer=bool(int(row.get("is_offer") or 0)),
		valid_from=_day(row.get("valid_from")),
		valid_until=_day(row.get("valid_until")),
		countries=tuple(sorted(countries)),
		published_on=_day(row.get("published_on")),
	)


@dataclass(frozen=True, slots=True)
class Assets:
	"""Some assets and their versions in other languages."""

	by_name: Mapping[str, Asset]
	today: date
	"""In the host's time zone."""

	def named(self, short_name: str, language: str = "") -> Asset:
		"""The asset a text calls `short_name`, in the text's language where there is such a version (LO-01).

		Raises `asset_unknown`.
		"""
		for asset in self.by_name.values():
			if asset.short_name == short_name:
				return self.in_language(asset, language)
		raise NurtureError("asset_unknown", name=short_name)

	def get(self, name: str, language: str = "") -> Asset:
		"""By the name of its record. Raises `asset_unknown`."""
		if name not in self.by_name:
			raise NurtureError("asset_unknown", name=name)
		return self.in_language(self.by_name[name], language)

	def family(self, asset: Asset) -> tuple[str, ...]:
		"""Names of the asset and of all that say the same in other languages."""
		base = asset.version_of or asset.name
		return tuple(sorted({base, *(one.name for one in self.by_name.values() if one.version_of == base)}))

	def in_language(self, asset: Asset, language: str) -> Asset:
		"""The version that may be used today, or `asset` itself."""
		versions = {
			one.language: one
			for one in self.by_name.values()
			if one.version_of == asset.name and one.problem(self.today) is None
		}
		if not language or asset.language == language or not versions:
			return asset
		known = {*versions, asset.language} - {""}
		return versions.get(best_language(language, known, asset.language), asset)


def load_assets(host: Host, names: Collection[str], short_names: Collection[str]) -> Assets:
	"""Those of these names, and their versions; two queries, none when nothing is asked for.

	A library has some hundred assets, so no index helps more than reading it does.
	"""
	today = host.clock.now().date()
	if not names and not short_names:
		return Assets({}, today)
	asset, base = doctype("Nurture Asset", "a"), doctype("Nurture Asset", "b")
	query = Query.from_(asset).left_join(base).on(asset.version_of == base.name)
	query = query.select(*(asset[column] for column in COLUMNS))
	wanted = asset.name.isin(params(names or {""})) | base.name.isin(params(names or {""}))
	wanted |= asset.short_name.isin(params(short_names or {""}))
	wanted |= base.short_name.isin(params(short_names or {""}))
	rows = [dict(zip(COLUMNS, row, strict=True)) for row in host.db.rows(query.where(wanted))]
	countries = _load_countries(host, [row["name"] for row in rows])
	found = {row["name"]: asset_from_row(row, countries.get(row["name"], ())) for row in rows}
	return Assets(found, today)


def _load_countries(host: Host, names: Collection[str]) -> dict[str, list[str]]:
	found: dict[str, list[str]] = {}
	if names:
		row = doctype("Nurture Asset Country", "c")
		query = Query.from_(row).select(row.parent, row.country).where(row.parent.isin(params(names)))
		for parent, country in host.db.rows(query):
			found.setdefault(parent, []).append(country)
	return found


def _text(row: Mapping[str, Any], key: str) -> str:
	return str(row.get(key) or "").strip()


def _day(value: Any) -> date | None:
	if not value:
		return None
	return value if type(value) is date else date.fromisoformat(str(value)[:10])
