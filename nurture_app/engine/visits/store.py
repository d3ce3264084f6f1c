"""Hits into visitors, visits and page views, a whole batch in a fixed number of statements."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

from pypika import functions as fn

from nurture_app.engine.config import Settings
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, as_datetime, chunks, doctype, params
from nurture_app.engine.visits.came_by import TOUCH_COLUMNS, touch_from, touch_values
from nurture_app.engine.visits.hits import EVENT, FORGET, LONGEST_AGO, VIEW, Hit
from nurture_app.engine.visits.page_views import insert_views, stays_of, without_known_views, write_stays
from nurture_app.engine.visits.sessions import Seen, Visit, place
from nurture_app.engine.visits.visitors import Visitor, forget, visitors_of

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
		kept = without_known_views(host, kept)
		visitors = visitors_of(host, kept)
		kept = [hit for hit in kept if hit.visitor_id in visitors]
		opened = [hit for hit in kept if hit.kind in (VIEW, EVENT)]
		visits = _place(host, opened, visitors, settings)
		insert_views(host, opened, visitors, visits, stays_of(kept))
		late = write_stays(host, {hit.view_id for hit in opened}, stays_of(kept))
		_recount(host, {visit.name for visit in visits.values()} | late)
	return len(opened)


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
		seen = [Seen(hit.view_id, hit.occurred_on, hit.came_by if hit.kind == VIEW else None) for hit in hits]
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
