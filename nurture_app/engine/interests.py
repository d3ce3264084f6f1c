"""What a lead is interested in: the topic of what it read, downloaded or asked about first and last (PZ-05, PZ-14).

A topic is named by assets, forms and page categories. It is written on the Lead when something with a topic happens,
so that conditions, blocks and placeholders read a column like any other and nobody else pays for it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from nurture_app.engine.library.had import CLICK, TAKEN_IN, AssetNames, load_asset_names
from nurture_app.engine.ports import Host
from nurture_app.engine.properties import said_in
from nurture_app.engine.sql import P, Query, as_datetime, chunks, doctype, params
from nurture_app.engine.visits.categories import PLAIN_VIEW, PageCategory, category_of, load_categories

FIRST, LAST, LAST_ON = "nurture_first_interest", "nurture_last_interest", "nurture_last_interest_on"
ABOUT_ASSETS = (CLICK, *TAKEN_IN, "Webinar Registered")
SAID = "interest"
"""In the properties of an activity: a form or a chat said what it was about."""
LONGEST = 140


class Done(Protocol):
	"""An activity, new or recorded."""

	party: str
	activity_type: str
	occurred_on: datetime
	detail: str
	properties: str


@dataclass(frozen=True, slots=True)
class Topics:
	"""What is about which topic."""

	assets: AssetNames
	of_assets: Mapping[str, str]
	categories: Sequence[PageCategory]
	pages: frozenset[str]
	"""Activity types that looking at a page counts as."""

	def of(self, one: Done) -> str:
		"""The topic of the asset or page that was looked at; empty for none."""
		asset = ""
		if one.activity_type in ABOUT_ASSETS:
			asset = (
				self.assets.linked(one.detail)
				if one.activity_type == CLICK
				else self.assets.titled(one.detail)
			)
		if asset:
			return self.of_assets.get(asset, "")
		if one.activity_type in self.pages:
			category = category_of(one.detail, self.categories)
			return category.topic if category else ""
		return ""


def load_topics(host: Host) -> Topics | None:
	"""Remembered; None where no asset and no page category names a topic."""
	return host.memory.remembered("topics", lambda: _load(host))


def _load(host: Host) -> Topics | None:
	asset = doctype("Nurture Asset", "a")
	query = Query.from_(asset).select(asset.name, asset.topic)
	rows = host.db.rows(query.where(asset.topic.isnotnull() & (asset.topic != P(""))))
	categories = load_categories(host)
	pages = {one.activity_type for one in categories if one.topic}
	if not rows and not pages:
		return None
	assets = load_asset_names(host)
	of_assets: dict[str, str] = {}
	for name, topic in rows:
		# an original speaks for its versions, unless it names no topic itself
		base = assets.base_of(name)
		of_assets[base] = topic if base == name else of_assets.get(base, topic)
	return Topics(assets, of_assets, categories, frozenset(pages | {PLAIN_VIEW} if pages else ()))


def note_interests(host: Host, done: Iterable[Done]) -> None:
	"""Write on the leads, which are locked, what these human activities say about their interest.

	Nothing is asked unless one of them can have a topic; then one query for all leads and a statement for what changes.
	"""
	found = list(_with_topics(host, done))
	if not found:
		return
	lead = doctype("Lead", "lead")
	rows: list[tuple[Any, ...]] = []
	by_party: dict[str, list[tuple[datetime, str]]] = {}
	for one, topic in found:
		by_party.setdefault(one.party, []).append((one.occurred_on, topic))
	for some in chunks(sorted(by_party)):
		query = Query.from_(lead).select(lead.name, lead[FIRST], lead[LAST], lead[LAST_ON])
		for name, first, last, last_on in host.db.rows(query.where(lead.name.isin(params(some)))):
			moments = sorted(by_party[name], key=lambda pair: pair[0])
			latest_on, latest = moments[-1]
			known_on = as_datetime(last_on)
			if known_on and known_on > latest_on:
				latest_on, latest = known_on, last
			rows.append((name, first or moments[0][1], latest, latest_on))
	host.db.update("tabLead", ("name", FIRST, LAST, LAST_ON), rows)


def correct_interests(host: Host, taken_back: Collection[Done]) -> None:
	"""After activities turned out not to be a person's: the last interest of their leads, from what is left of it.

	The first interest stays, for somebody may have acted on it. Index (party, activity_type, occurred_on).
	"""
	parties = sorted({one.party for one, _ in _with_topics(host, taken_back)})
	if not parties:
		return
	activity = doctype("Nurture Activity", "a")
	columns = ("party", "activity_type", "occurred_on", "detail", "properties")
	latest: dict[str, tuple[str, Any]] = dict.fromkeys(parties, ("", None))
	for some in chunks(parties):
		query = Query.from_(activity).select(*(activity[column] for column in columns))
		query = query.where(activity.party.isin(params(some)) & (activity.classification == P("human")))
		rows = [_Recorded(*row) for row in host.db.rows(query.orderby(activity.occurred_on))]
		for one, topic in _with_topics(host, rows):
			latest[one.party] = topic, as_datetime(one.occurred_on)
	host.db.update("tabLead", ("name", LAST, LAST_ON), [(party, *values) for party, values in latest.items()])


class _Recorded:
	"""A row of the ledger."""

	__slots__ = ("activity_type", "detail", "occurred_on", "party", "properties")

	def __init__(self, party: str, activity_type: str, occurred_on: Any, detail: Any, properties: Any):
		self.party, self.activity_type, self.occurred_on = party, activity_type, occurred_on
		self.detail, self.properties = detail or "", properties or ""


def _with_topics(host: Host, done: Iterable[Done]) -> Iterable[tuple[Any, str]]:
	"""Each of `done` that is about something, with its topic. What a form or a chat says of itself counts first."""
	topics, asked = None, False
	for one in done:
		topic = said_in(one.properties, SAID)
		if not topic:
			topics, asked = (topics if asked else load_topics(host)), True
			topic = topics.of(one) if topics else ""
		if topic:
			yield one, topic[:LONGEST]
