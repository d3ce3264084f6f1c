"""What leads have had of the library (CM-09), and how many pieces of it they took in (CM-10)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sized
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from pypika import functions as fn
from pypika.terms import Term

from nurture_app.engine.codes import HANDED_OVER
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, Raw, as_datetime, chunks, concat, doctype, exists, params

CLICK, DOWNLOAD = "Email Click", "Content Download"
TAKEN_IN = (DOWNLOAD, "Webinar Attended", "Case Study View")
"""Activities that are a piece of content seen, whether the library has it or not. Clicks count where they lead to an asset."""
HAD, SENT, TOOK = "had", "sent", "took"
"""Ways to have an asset: any, in a message or from a colleague, or taken by oneself."""
USUAL_PIECES = (3, 7)
"""CM-10: so many pieces are usual before somebody wants to talk. Shown as context, never a target to send towards."""


@dataclass(frozen=True, slots=True)
class Had:
	"""What became of an asset with one lead; its versions in other languages count as the same. Naive, host zone."""

	asset: str
	"""Of its record, that of the original where a version was sent."""
	title: str
	sent_on: datetime | None = None
	"""In a mail, or given by a colleague."""
	opened_on: datetime | None = None
	"""Of a mail with it: an estimate."""
	clicked_on: datetime | None = None
	downloaded_on: datetime | None = None

	@property
	def taken_in(self) -> bool:
		return bool(self.clicked_on or self.downloaded_on)

	@property
	def latest(self) -> datetime:
		return max(filter(None, (self.sent_on, self.opened_on, self.clicked_on, self.downloaded_on)))


@dataclass(frozen=True, slots=True)
class Reading:
	"""Everything one lead has had."""

	had: tuple[Had, ...]
	"""The latest first."""
	pieces: int
	"""Different ones taken in: clicked, downloaded, attended."""

	def of(self, asset: str) -> Had | None:
		return next((one for one in self.had if one.asset == asset), None)


def reading_of(host: Host, party: str) -> Reading:
	"""`readings_of` one lead."""
	return readings_of(host, [party])[party]


def readings_of(host: Host, parties: Collection[str]) -> dict[str, Reading]:
	"""By lead, also for those who have had nothing; one query, and two for each thousand of them.

	Indexes (party, asset) of the uses, (party, activity_type, occurred_on) of the activities.
	"""
	library = load_asset_names(host)
	moments: dict[str, dict[str, dict[str, datetime]]] = {party: {} for party in parties}
	others: dict[str, set[tuple[str, str]]] = {party: set() for party in parties}

	def note(party: str, asset: str, what: str, moment: Any) -> None:
		when = as_datetime(moment)
		if when:
			known = moments[party].setdefault(asset, {})
			known[what] = max(known.get(what, when), when)

	for some in chunks(sorted(moments)):
		for party, asset, sent_on, opened_on in _load_uses(host, some):
			base = library.base_of(asset)
			note(party, base, "sent_on", sent_on)
			note(party, base, "opened_on", opened_on)
		for party, kind, detail, occurred_on in _load_signs(host, some):
			base = library.linked(detail) if kind == CLICK else library.titled(detail)
			if base:
				note(party, base, "clicked_on" if kind == CLICK else "downloaded_on", occurred_on)
			elif kind != CLICK:
				others[party].add((kind, detail))
	return {party: _reading(library, known, others[party]) for party, known in moments.items()}


def _reading(library: AssetNames, moments: Mapping[str, Mapping[str, datetime]], others: Sized) -> Reading:
	had = [Had(asset, library.title_of(asset), **known) for asset, known in moments.items()]
	had.sort(key=lambda one: (one.latest, one.asset), reverse=True)
	return Reading(tuple(had), sum(one.taken_in for one in had) + len(others))


def has_had(lead: Any, assets: Collection[str]) -> Any:
	"""The criterion that the lead of table `lead` was sent one of `assets`, or took it: for whoever picks the next one."""
	use, touch = doctype("Nurture Content Use", "use"), doctype("Nurture Touch", "used_in")
	sent = Query.from_(use).left_join(touch).on(touch.name == use.touch).select(use.name)
	sent = sent.where((use.party == lead.name) & use.asset.isin(params(sorted(assets))) & _left(use, touch))
	taken = doctype("Nurture Activity", "taken")
	downloads = Query.from_(taken).select(taken.name)
	downloads = downloads.where((taken.party == lead.name) & (taken.activity_type == P(DOWNLOAD)))
	return exists(sent) | exists(downloads.where(taken.detail.isin(params(sorted(assets)))))


def had_asset(lead: Any, name: str, how: str, since: Term | None, dialect: str) -> Any:
	"""The criterion that the lead of table `lead` has had the asset `name` or a version of it, since then if a moment is given.

	`how` is HAD, SENT or TOOK. Indexes (party, asset) of the uses, (party, activity_type, occurred_on) of the activities.
	"""
	ways = []
	if how != TOOK:
		version = doctype("Nurture Asset", "version_sent")
		versions = Query.from_(version).select(version.name).where(_is_version_of(version, name))
		use, touch = doctype("Nurture Content Use", "use"), doctype("Nurture Touch", "used_in")
		sent = Query.from_(use).left_join(touch).on(touch.name == use.touch).select(use.name)
		sent = sent.where((use.party == lead.name) & Raw("{} IN {}", use.asset, versions) & _left(use, touch))
		ways.append(exists(sent if since is None else sent.where(use.used_on > since)))
	if how != SENT:
		asset, sign = doctype("Nurture Asset", "version_taken"), doctype("Nurture Activity", "taken")
		named = (sign.detail == asset.name) | (sign.detail == asset.title)
		by_name = sign.activity_type.isin(params(TAKEN_IN)) & named
		clicked = (sign.activity_type == P(CLICK)) & leads_to(sign.detail, asset, dialect)
		taken = Query.from_(sign).join(asset).on(_is_version_of(asset, name)).select(sign.name)
		taken = taken.where((sign.party == lead.name) & sign.activity_type.isin(params([CLICK, *TAKEN_IN])))
		taken = taken.where((sign.classification == P("human")) & (by_name | clicked))
		ways.append(exists(taken if since is None else taken.where(sign.occurred_on > since)))
	return reduce(or_, ways)


def leads_to(link: Any, asset: Any, dialect: str) -> Any:
	"""The criterion that the link in column `link` leads to the asset: its address, or the route of its file in a mail."""
	file = Raw("{} LIKE {}", link, concat(dialect, P("%/n/a/%/"), asset.short_name))
	return (link == fn.Substring(asset.url, 1, 255)) | file


def _is_version_of(asset: Any, name: str) -> Any:
	return (asset.name == P(name)) | (asset.version_of == P(name))


def _left(use: Any, touch: Any) -> Any:
	"""A mail that was taken back was not had; what a colleague gave has no touch."""
	given = use.touch.isnull() | (use.touch == P(""))
	return given | touch.status.isin(params([str(status) for status in HANDED_OVER]))


def _load_uses(host: Host, parties: Collection[str]) -> Iterable[tuple[Any, ...]]:
	use, touch = doctype("Nurture Content Use", "u"), doctype("Nurture Touch", "t")
	query = Query.from_(use).left_join(touch).on(touch.name == use.touch)
	query = query.where(use.party.isin(params(parties)) & use.asset.isnotnull() & (use.asset != P("")))
	query = query.where(_left(use, touch)).groupby(use.party, use.asset)
	sent_on = fn.Max(fn.Coalesce(touch.queued_on, use.used_on))
	return host.db.rows(query.select(use.party, use.asset, sent_on, fn.Max(touch.opened_on)))


def _load_signs(host: Host, parties: Collection[str]) -> Iterable[tuple[str, str, str, Any]]:
	sign = doctype("Nurture Activity", "s")
	query = Query.from_(sign).select(sign.party, sign.activity_type, sign.detail, fn.Max(sign.occurred_on))
	query = query.where(
		sign.party.isin(params(parties)) & sign.activity_type.isin(params([CLICK, *TAKEN_IN]))
	)
	query = query.where(sign.classification == P("human"))
	query = query.groupby(sign.party, sign.activity_type, sign.detail)
	return [(party, kind, detail or "", moment) for party, kind, detail, moment in host.db.rows(query)]


@dataclass(frozen=True, slots=True)
class AssetNames:
	"""All assets, by what activities call them: a library has some hundred."""

	base: Mapping[str, str]
	titles: Mapping[str, str]
	"""In small letters, as databases compare them: the asset of that name or title."""
	urls: Mapping[str, str]
	shown: Mapping[str, str]
	routes: Mapping[str, str]

	def base_of(self, asset: str) -> str:
		return self.base.get(asset, asset)

	def title_of(self, asset: str) -> str:
		return self.shown.get(asset, asset)

	def titled(self, detail: str) -> str:
		return self.titles.get(detail.lower(), "")

	def linked(self, detail: str) -> str:
		"""The asset a click leads to: its address, or the route of its file in a mail."""
		if "/n/a/" in detail:
			return self.routes.get(detail.rsplit("/", 1)[-1], "")
		return self.urls.get(detail, "")


def load_asset_names(host: Host) -> AssetNames:
	"""One query."""
	asset = doctype("Nurture Asset", "a")
	columns = (asset.name, asset.title, asset.short_name, asset.url, asset.version_of)
	rows = list(host.db.rows(Query.from_(asset).select(*columns)))
	base = {name: version_of or name for name, _title, _short, _url, version_of in rows}
	return AssetNames(
		base=base,
		titles={text.lower(): base[name] for name, title, *_rest in rows for text in (name, title) if text},
		urls={url[:255]: base[name] for name, _title, _short, url, _version in rows if url},
		shown={name: title or name for name, title, *_rest in rows},
		routes={short: base[name] for name, _title, short, *_rest in rows if short},
	)
