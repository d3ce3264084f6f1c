"""Hits into visitors, visits and page views, a whole batch in a fixed number of statements."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pypika import Table
from pypika import functions as fn

from nurture_app.engine.config import Settings
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, as_datetime, chunks, doctype, params
from nurture_app.engine.visits.came_by import CameBy, came_by
from nurture_app.engine.visits.categories import PLAIN_VIEW, category_of, load_categories
from nurture_app.engine.visits.hits import EVENT, FORGET, LONGEST_AGO, TIME, VIEW, Hit
from nurture_app.engine.visits.sessions import Seen, Visit, place

TABLES = ("Nurture Page View", "Nurture Visit")
UTM_COLUMNS = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
TOUCH_COLUMNS = ("channel", "referrer", "landing_page", *UTM_COLUMNS)
VISITOR_COLUMNS = (
	"name",
	"visitor_id",
	"party_type",
	"website",
	"consented_on",
	"first_active_on",
	"last_active_on",
	*TOUCH_COLUMNS,
)
VISIT_COLUMNS = (
	"name",
	"visitor",
	"party_type",
	"party",
	"number",
	"website",
	"started_on",
	"last_active_on",
	*TOUCH_COLUMNS,
)
VIEW_COLUMNS = (
	"name",
	"visitor",
	"visit",
	"party_type",
	"party",
	"occurred_on",
	"seconds",
	"path",
	"title",
	"category",
	"activity_type",
	"is_event",
	"view_id",
)


@dataclass(slots=True)
class Visitor:
	name: str
	party: str
	visits: int


def store(host: Host, hits: Sequence[Hit], settings: Settings) -> int:
	"""Write down a batch of hits in one transaction; returns how many page views and events were new.

	Hits that were written down before change nothing. Visitors whose lead took back the consent to tracking are left
	out altogether.
	"""
	with host.db.transaction():
		forget(host, {hit.visitor_id for hit in hits if hit.kind == FORGET})
		forgotten_on = {hit.visitor_id: hit.occurred_on for hit in hits if hit.kind == FORGET}
		kept = [
			hit
			for hit in hits
			if hit.kind != FORGET
			and (hit.visitor_id not in forgotten_on or hit.occurred_on > forgotten_on[hit.visitor_id])
		]
		kept = _without_known_views(host, kept)
		visitors = _visitors(host, kept)
		kept = [hit for hit in kept if hit.visitor_id in visitors]
		opened = [hit for hit in kept if hit.kind in (VIEW, EVENT)]
		visits = _place(host, opened, visitors, settings)
		_insert_views(host, opened, visitors, visits, _stays(kept))
		late = _write_stays(host, {hit.view_id for hit in opened}, _stays(kept))
		_recount(host, {visit.name for visit in visits.values()} | late)
	return len(opened)


def forget(host: Host, visitor_ids: Collection[str]) -> None:
	"""Delete visitors with their visits and page views: consent was taken back on the website. Own transaction: none."""
	visitor = doctype("Nurture Visitor", "v")
	for some in chunks(sorted(visitor_ids)):
		query = Query.from_(visitor).select(visitor.name).where(visitor.visitor_id.isin(params(some)))
		names = [name for (name,) in host.db.rows(query)]
		if not names:
			continue
		for table, column in (*((table, "visitor") for table in TABLES), ("Nurture Visitor", "name")):
			rows = Table(f"tab{table}")
			host.db.execute(Query.from_(rows).delete().where(rows[column].isin(params(names))))


def touch_values(touch: CameBy) -> tuple[str, ...]:
	"""In the order of TOUCH_COLUMNS."""
	return (touch.channel, touch.referrer, touch.landing_page, *touch.utm)


def touch_from(row: Sequence[Any]) -> CameBy:
	"""From the values of TOUCH_COLUMNS."""
	_channel, referrer, landing_page, *utm = (value or "" for value in row)
	return CameBy(*utm, referrer=referrer, landing_page=landing_page)


def _came_by(hit: Hit) -> CameBy:
	return came_by(hit.utm, hit.referrer, hit.path)


def _without_known_views(host: Host, hits: Sequence[Hit]) -> list[Hit]:
	"""Views stored already are left out, and those reported twice in this batch. Unique index (view_id)."""
	view = doctype("Nurture Page View", "p")
	known: set[str] = set()
	opened = sorted({hit.view_id for hit in hits if hit.kind != TIME})
	for some in chunks(opened):
		query = Query.from_(view).select(view.view_id).where(view.view_id.isin(params(some)))
		known.update(view_id for (view_id,) in host.db.rows(query))
	kept = []
	for hit in hits:
		if hit.kind != TIME:
			if hit.view_id in known:
				continue
			known.add(hit.view_id)
		kept.append(hit)
	return kept


def _visitors(host: Host, hits: Sequence[Hit]) -> dict[str, Visitor]:
	"""By visitor id, new ones made; without those whose lead does not want it. Unique index (visitor_id)."""
	opened = sorted((hit for hit in hits if hit.kind == VIEW), key=lambda hit: hit.occurred_on)
	first: dict[str, Hit] = {}
	for hit in [*opened, *(hit for hit in hits if hit.kind == EVENT)]:
		first.setdefault(hit.visitor_id, hit)
	found = _read_visitors(host, {hit.visitor_id for hit in hits})
	new = [hit for visitor_id, hit in first.items() if visitor_id not in found]
	if new:
		rows = [
			(
				host.db.new_name(),
				hit.visitor_id,
				"Lead",
				hit.website,
				hit.occurred_on if hit.consented else None,
				hit.occurred_on,
				hit.occurred_on,
				*touch_values(_came_by(hit)),
			)
			for hit in new
		]
		host.db.insert("tabNurture Visitor", VISITOR_COLUMNS, rows, ignore=True)
		found |= _read_visitors(host, {hit.visitor_id for hit in new})
	unwilling = unwilling_leads(host, {one.party for one in found.values() if one.party})
	return {visitor_id: one for visitor_id, one in found.items() if one.party not in unwilling}


def _read_visitors(host: Host, visitor_ids: Collection[str]) -> dict[str, Visitor]:
	visitor = doctype("Nurture Visitor", "v")
	found = {}
	for some in chunks(sorted(visitor_ids)):
		query = Query.from_(visitor).select(visitor.visitor_id, visitor.name, visitor.party, visitor.visits)
		for visitor_id, name, party, visits in host.db.rows(
			query.where(visitor.visitor_id.isin(params(some)))
		):
			found[visitor_id] = Visitor(name, party or "", int(visits or 0))
	return found


def unwilling_leads(host: Host, parties: Collection[str]) -> set[str]:
	"""Those of `parties` who took back the consent to tracking. Index (party, channel, purpose)."""
	consent = doctype("Nurture Consent", "c")
	found: set[str] = set()
	for some in chunks(sorted(parties)):
		query = (
			Query.from_(consent)
			.select(consent.party)
			.where(
				consent.party.isin(params(some))
				& (consent.channel == P("Tracking"))
				& (consent.status == P("Withdrawn"))
			)
		)
		found.update(party for (party,) in host.db.rows(query))
	return found


def _place(
	host: Host, opened: Sequence[Hit], visitors: dict[str, Visitor], settings: Settings
) -> dict[str, Visit]:
	"""The visit of each opened page by its view id; new visits are written."""
	if not opened:
		return {}
	pause = timedelta(minutes=max(1, settings.session_minutes))
	known = _recent_visits(host, opened, visitors, pause)
	placed: dict[str, Visit] = {}
	rows = []
	by_visitor: dict[str, list[Hit]] = {}
	for hit in opened:
		by_visitor.setdefault(hit.visitor_id, []).append(hit)
	for visitor_id, hits in by_visitor.items():
		visitor = visitors[visitor_id]
		seen = [
			Seen(hit.view_id, hit.occurred_on, _came_by(hit) if hit.kind == VIEW else None) for hit in hits
		]
		mine, extended = place(seen, known.get(visitor.name, []), pause, visitor.visits)
		for visit in extended:
			if visit.is_new:
				visit.name = host.db.new_name()
				rows.append(_visit_row(visit, visitor, hits[0].website))
		placed |= mine
	host.db.insert("tabNurture Visit", VISIT_COLUMNS, rows)
	return placed


def _visit_row(visit: Visit, visitor: Visitor, website: str) -> tuple:
	return (
		visit.name,
		visitor.name,
		"Lead",
		visitor.party or None,
		visit.number,
		website,
		visit.started_on,
		visit.last_active_on,
		*touch_values(visit.came_by),
	)


def _recent_visits(
	host: Host, opened: Sequence[Hit], visitors: dict[str, Visitor], pause: timedelta
) -> dict[str, list[Visit]]:
	"""Visits that can still be extended, by visitor. Index (visitor, started_on)."""
	visit = doctype("Nurture Visit", "s")
	earliest = min(hit.occurred_on for hit in opened) - pause - LONGEST_AGO
	found: dict[str, list[Visit]] = {}
	for some in chunks(sorted({visitors[hit.visitor_id].name for hit in opened})):
		query = Query.from_(visit).select(
			visit.visitor,
			visit.name,
			visit.started_on,
			visit.last_active_on,
			visit.number,
			*(visit[column] for column in TOUCH_COLUMNS),
		)
		query = query.where(visit.visitor.isin(params(some)) & (visit.started_on >= P(earliest)))
		for visitor, name, started_on, last_active_on, number, *touch in host.db.rows(query):
			found.setdefault(visitor, []).append(
				Visit(
					name, as_datetime(started_on), as_datetime(last_active_on), touch_from(touch), int(number)
				)
			)
	return found


def _stays(hits: Sequence[Hit]) -> dict[str, int]:
	"""Seconds by view id: the longest that was reported."""
	stays: dict[str, int] = {}
	for hit in hits:
		if hit.kind == TIME:
			stays[hit.view_id] = max(stays.get(hit.view_id, 0), hit.seconds)
	return stays


def _insert_views(
	host: Host,
	opened: Sequence[Hit],
	visitors: dict[str, Visitor],
	visits: dict[str, Visit],
	stays: dict[str, int],
) -> None:
	categories = load_categories(host)
	rows = []
	for hit in opened:
		category = category_of(hit.path, categories)
		visitor = visitors[hit.visitor_id]
		kind = hit.activity_type or (category.activity_type if category else PLAIN_VIEW)
		rows.append(
			(
				host.db.new_name(),
				visitor.name,
				visits[hit.view_id].name,
				"Lead",
				visitor.party or None,
				hit.occurred_on,
				stays.get(hit.view_id, 0),
				hit.path,
				hit.title,
				category.title if category else "",
				kind,
				int(hit.kind == EVENT),
				hit.view_id,
			)
		)
	host.db.insert("tabNurture Page View", VIEW_COLUMNS, rows, ignore=True)


def _write_stays(host: Host, inserted: Collection[str], stays: dict[str, int]) -> set[str]:
	"""Times on pages that were stored earlier; returns the visits they belong to. Unique index (view_id)."""
	view = doctype("Nurture Page View", "p")
	visits: set[str] = set()
	rows = []
	for some in chunks(sorted(set(stays) - set(inserted))):
		query = Query.from_(view).select(view.name, view.view_id, view.visit, view.seconds)
		for name, view_id, visit, seconds in host.db.rows(query.where(view.view_id.isin(params(some)))):
			if stays[view_id] > int(seconds or 0):
				rows.append((name, stays[view_id]))
				visits.add(visit)
	host.db.update("tabNurture Page View", ("name", "seconds"), rows)
	return visits


def _recount(host: Host, visits: Collection[str]) -> None:
	"""Pages, seconds and ends of these visits and their visitors, from what is stored. Indexes (visit), (visitor, ...)."""
	view, visit = doctype("Nurture Page View", "p"), doctype("Nurture Visit", "s")
	visitors: set[str] = set()
	for some in chunks(sorted(visits)):
		query = (
			Query.from_(view)
			.join(visit)
			.on(visit.name == view.visit)
			.select(
				view.visit,
				visit.visitor,
				fn.Count("*") - fn.Sum(view.is_event),
				fn.Sum(view.seconds),
				fn.Min(view.occurred_on),
				fn.Max(view.occurred_on),
			)
			.where(view.visit.isin(params(some)))
			.groupby(view.visit, visit.visitor)
		)
		rows = []
		for name, visitor, pages, seconds, started_on, last_on in host.db.rows(query):
			visitors.add(visitor)
			rows.append((name, int(pages), int(seconds), as_datetime(started_on), as_datetime(last_on)))
		host.db.update("tabNurture Visit", ("name", "pages", "seconds", "started_on", "last_active_on"), rows)
	for some in chunks(sorted(visitors)):
		query = (
			Query.from_(visit)
			.select(
				visit.visitor,
				fn.Max(visit.number),
				fn.Sum(visit.pages),
				fn.Sum(visit.seconds),
				fn.Max(visit.last_active_on),
			)
			.where(visit.visitor.isin(params(some)))
			.groupby(visit.visitor)
		)
		rows = [
			(name, int(count), int(pages), int(seconds), as_datetime(last_on))
			for name, count, pages, seconds, last_on in host.db.rows(query)
		]
		host.db.update("tabNurture Visitor", ("name", "visits", "pages", "seconds", "last_active_on"), rows)
