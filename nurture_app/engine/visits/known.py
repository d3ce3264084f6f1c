"""Visits of people who are known: joined to their lead, and on its timeline as activities (CT-09, CT-25)."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from typing import Any

from pypika import Table

from nurture_app.engine import activities, optout
from nurture_app.engine.activities import ActivityIn
from nurture_app.engine.config import Settings
from nurture_app.engine.people import lock_leads
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, Raw, as_datetime, delete_by_name, doctype, params
from nurture_app.engine.visits.came_by import TOUCH_COLUMNS, CameBy, touch_from
from nurture_app.engine.visits.hits import is_visitor_id
from nurture_app.engine.visits.visitors import TABLES, unwilling_leads

REPEAT_VISIT = "Repeat Visit"
AT_ONCE = 500
VIEW_FIELDS = (
	"name",
	"view_id",
	"visit",
	"party",
	"occurred_on",
	"path",
	"title",
	"category",
	"activity_type",
	"is_event",
)


def identify(host: Host, visitor_id: str, party: str, settings: Settings) -> int:
	"""From now on this visitor is `party`, and so are the visits nobody is known for; how many page views joined.

	Nothing is joined when the lead took back the consent to tracking, or when consent is required and the visitor's
	browser never gave it. Repeating changes nothing. Where somebody else used the browser before, those visits stay
	with that lead.
	"""
	if not is_visitor_id(visitor_id) or unwilling_leads(host, {party}):
		return 0
	with host.db.transaction():
		visitor = doctype("Nurture Visitor", "v")
		found = host.db.rows(
			Query.from_(visitor)
			.select(visitor.name, visitor.visitor_id, visitor.party, visitor.consented_on)
			.where(visitor.visitor_id == P(visitor_id))
		)
		if not found or found[0][1] != visitor_id:
			return 0
		name, _id, known_as, consented_on = found[0]
		if settings.require_tracking_consent and not consented_on:
			return 0
		if known_as != party:
			values = (name, party, host.clock.now())
			host.db.update("tabNurture Visitor", ("name", "party", "identified_on"), [values])
		joined = 0
		for table in TABLES:
			rows = Table(f"tab{table}")
			anonymous = (rows.visitor == P(name)) & (rows.party.isnull() | (rows.party == P("")))
			query = Query.update(rows).set(rows.party, P(party)).where(anonymous)
			count = host.db.execute(query)
			joined = count if table == "Nurture Page View" else joined
	_note_consent(host, party, consented_on)
	return joined


def first_touch(host: Host, visitor_id: str) -> CameBy | None:
	"""How this visitor came the very first time (CT-05)."""
	visitor = doctype("Nurture Visitor", "v")
	query = Query.from_(visitor).select(*(visitor[column] for column in TOUCH_COLUMNS))
	rows = host.db.rows(query.where(visitor.visitor_id == P(visitor_id)))
	return touch_from(rows[0]) if rows else None


def record_views(host: Host, visitor: str = "") -> int:
	"""Turn page views of known leads into activities, at most AT_ONCE; returns how many were looked at.

	With `visitor`, only those of this visitor id. In one transaction with the mark that keeps them from being looked at
	again. Index (recorded, party).
	"""
	view = doctype("Nurture Page View", "p")
	query = Query.from_(view).select(*(view[column] for column in VIEW_FIELDS))
	query = query.where((view.recorded == P(0)) & (view.party > P("")))
	if visitor:
		person = doctype("Nurture Visitor", "v")
		of_visitor = Query.from_(person).select(person.name).where(person.visitor_id == P(visitor))
		query = query.where(Raw("{} IN {}", view.visitor, of_visitor))
	with host.db.transaction():  # of its own: locks must come first in the next one
		found = host.db.rows(query.limit(AT_ONCE))
	if not found:
		return 0
	rows = [dict(zip(VIEW_FIELDS, row, strict=True)) for row in found]
	with host.db.transaction():
		parties = {row["party"] for row in rows}
		lock_leads(host, parties)
		present = _present(host, parties)
		visits = _visits(host, {row["visit"] for row in rows})
		given = [_activity(row, visits.get(row["visit"])) for row in rows if row["party"] in present]
		given += _repeat_visits(given, rows, visits)
		known = activities.activity_types(host)
		activities.record_in(host, [one for one in given if one.activity_type in known])
		table = Table("tabNurture Page View")
		names = params([row["name"] for row in rows])
		host.db.execute(Query.update(table).set(table.recorded, P(1)).where(table.name.isin(names)))
	return len(rows)


def forget_old(host: Host, settings: Settings) -> None:
	"""Nightly: visits and page views older than the settings say, of visitors nobody knows, and visitors not seen since.

	What a known lead looked at stays on its timeline as activities; the page views themselves go.
	"""
	if not settings.visitor_days:
		return
	before = P(host.clock.now() - timedelta(days=settings.visitor_days))
	for table, column in (("Nurture Page View", "occurred_on"), ("Nurture Visitor", "last_active_on")):
		rows = Table(f"tab{table}")
		_delete(host, table, rows[column] < before)
	rows = Table("tabNurture Visit")
	_delete(host, "Nurture Visit", (rows.started_on < before) & (rows.party.isnull() | (rows.party == P(""))))


def _delete(host: Host, name: str, criterion: Any) -> None:
	"""In pieces, so that no lock is held for long."""
	table = Table(f"tab{name}")
	while names := [
		row[0] for row in host.db.rows(Query.from_(table).select(table.name).where(criterion).limit(1000))
	]:
		with host.db.transaction():
			host.db.execute(delete_by_name(name, names))


def _note_consent(host: Host, party: str, consented_on: Any) -> None:
	"""The consent given on the website is evidence on the lead too, unless there is a record already."""
	consent = doctype("Nurture Consent", "c")
	query = Query.from_(consent).select(consent.name)
	query = query.where((consent.party == P(party)) & (consent.channel == P("Tracking")))
	if not consented_on or host.db.rows(query):
		return
	lead = doctype("Lead", "lead")
	for (address,) in host.db.rows(Query.from_(lead).select(lead.email_id).where(lead.name == P(party))):
		optout.set_consent(host, party, address or "", "Given", "Website", "Website", channel="Tracking")


def _present(host: Host, parties: Collection[str]) -> set[str]:
	lead = doctype("Lead", "lead")
	query = Query.from_(lead).select(lead.name).where(lead.name.isin(params(sorted(parties))))
	return {name for (name,) in host.db.rows(query)}


def _visits(host: Host, names: Collection[str]) -> dict[str, tuple]:
	"""(number, started_on, utm_campaign) by name."""
	visit = doctype("Nurture Visit", "s")
	query = Query.from_(visit).select(visit.name, visit.number, visit.started_on, visit.utm_campaign)
	query = query.where(visit.name.isin(params(sorted(names))))
	return {name: tuple(row) for name, *row in host.db.rows(query)}


def _activity(row: dict[str, Any], visit: tuple | None) -> ActivityIn:
	properties = {key: row[key] for key in ("category", "title") if row[key] and not row["is_event"]}
	return ActivityIn(
		party=row["party"],
		activity_type=row["activity_type"],
		occurred_on=as_datetime(row["occurred_on"]),
		channel="Website",
		detail=(row["title"] or row["path"]) if row["is_event"] else row["path"],
		campaign=(visit[2] or "") if visit else "",
		source_doctype="Nurture Visit",
		source_name=row["visit"],
		properties=json.dumps(properties, ensure_ascii=False) if properties else "",
		dedupe_key=f"view|{row['view_id']}",
	)


def _repeat_visits(
	given: list[ActivityIn], rows: list[dict[str, Any]], visits: dict[str, tuple]
) -> list[ActivityIn]:
	"""One activity for each visit after the first (SC-19)."""
	found: dict[str, ActivityIn] = {}
	for one in given:
		visit = visits.get(one.source_name)
		if visit and int(visit[0] or 0) > 1:
			found[one.source_name] = replace(
				one,
				activity_type=REPEAT_VISIT,
				occurred_on=as_datetime(visit[1]),
				properties="",
				dedupe_key=f"visit|{one.source_name}",
			)
	return list(found.values())
