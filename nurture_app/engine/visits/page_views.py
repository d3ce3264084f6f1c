"""Page views and events of a batch of hits, and how long somebody stayed on each."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from nurture_app.engine.ports import Host
from nurture_app.engine.sql import Query, chunks, doctype, params
from nurture_app.engine.visits.categories import PLAIN_VIEW, category_of, load_categories
from nurture_app.engine.visits.hits import EVENT, TIME, Hit
from nurture_app.engine.visits.sessions import Visit
from nurture_app.engine.visits.visitors import Visitor

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


def without_known_views(host: Host, hits: Sequence[Hit]) -> list[Hit]:
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


def stays_of(hits: Sequence[Hit]) -> dict[str, int]:
	"""Seconds by view id: the longest that was reported."""
	stays: dict[str, int] = {}
	for hit in hits:
		if hit.kind == TIME:
			stays[hit.view_id] = max(stays.get(hit.view_id, 0), hit.seconds)
	return stays


def insert_views(
	host: Host,
	opened: Sequence[Hit],
	visitors: dict[str, Visitor],
	visits: dict[str, Visit],
	stays: dict[str, int],
) -> None:
	"""Write down opened pages and events, each with its category; what is there already stays as it is.

	`visitors` by the number in the browser, `visits` by view id, `stays` in seconds by view id.
	"""
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


def write_stays(host: Host, inserted: Collection[str], stays: dict[str, int]) -> set[str]:
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
