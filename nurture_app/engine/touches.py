"""The send ledger after the send: what became of each message."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pypika import functions as fn

from nurture_app.engine.codes import TouchStatus
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, as_datetime, chunks, doctype, params

REACTIONS = {
	"Email Open": ("opened_on", TouchStatus.OPENED),
	"Email Click": ("clicked_on", TouchStatus.CLICKED),
	"Email Reply": ("replied_on", TouchStatus.REPLIED),
	"Email Bounced": ("bounced_on", TouchStatus.BOUNCED),
}
RANK = {
	TouchStatus.QUEUED: 0,
	TouchStatus.SENDING: 1,
	TouchStatus.UNKNOWN: 1,
	TouchStatus.SENT: 2,
	TouchStatus.DELIVERED: 3,
	TouchStatus.OPENED: 4,
	TouchStatus.CLICKED: 5,
	TouchStatus.REPLIED: 6,
	TouchStatus.BOUNCED: 7,
}
"""A touch shows the most telling thing that happened to it."""


def mark_reactions(host: Host, activities: Iterable[Any]) -> None:
	"""Write openings, clicks, replies and bounces (activities with a `touch`) on their touches; the first of each counts."""
	wanted = [one for one in activities if one.touch and one.activity_type in REACTIONS]
	touch = doctype("Nurture Touch", "t")
	columns = ("opened_on", "clicked_on", "replied_on", "bounced_on")
	for some in chunks(wanted):
		query = Query.from_(touch).select(
			touch.name, touch.status, *(getattr(touch, column) for column in columns)
		)
		found = host.db.rows(query.where(touch.name.isin(params(sorted({one.touch for one in some})))))
		rows = {row[0]: list(row) for row in found}
		for one in sorted(some, key=lambda item: item.occurred_on):
			row = rows.get(one.touch)
			if row is None:
				continue
			column, status = REACTIONS[one.activity_type]
			place = 2 + columns.index(column)
			row[place] = min(as_datetime(row[place]) or one.occurred_on, one.occurred_on)
			if RANK[status] > RANK.get(row[1], -1):
				row[1] = str(status)
		values = [(row[0], row[1], *(as_datetime(moment) for moment in row[2:])) for row in rows.values()]
		host.db.update("tabNurture Touch", ("name", "status", *columns), values)


def correct_reactions(host: Host, activities: Iterable[Any]) -> None:
	"""After these turned out not to be a person's: their touches show what other people's reactions leave.

	Indexes (touch) of the activities, primary key of the touches.
	"""
	gone = {(one.touch, one.activity_type) for one in activities if one.touch}
	gone = {(touch, kind) for touch, kind in gone if kind in REACTIONS}
	table = doctype("Nurture Touch", "t")
	columns = tuple(column for column, _ in REACTIONS.values())
	for some in chunks(sorted({touch for touch, _ in gone})):
		left = _first_by_people(host, some)
		query = Query.from_(table).select(table.name, table.status, table.sent_on)
		query = query.select(*(getattr(table, column) for column in columns))
		values = []
		for name, status, sent_on, *moments in host.db.rows(query.where(table.name.isin(params(some)))):
			marks = dict(zip(REACTIONS, map(as_datetime, moments), strict=True))
			marks |= {kind: left.get((name, kind)) for kind in REACTIONS if (name, kind) in gone}
			if status in {str(reaction) for _, reaction in REACTIONS.values()}:
				status = _status_after(marks, sent_on)
			values.append((name, status, *marks.values()))
		host.db.update("tabNurture Touch", ("name", "status", *columns), values)


def _first_by_people(host: Host, touches: Sequence[str]) -> dict[tuple[str, str], datetime]:
	activity = doctype("Nurture Activity", "a")
	query = Query.from_(activity).select(activity.touch, activity.activity_type, fn.Min(activity.occurred_on))
	query = query.where(activity.touch.isin(params(touches)) & (activity.classification == P("human")))
	rows = host.db.rows(query.groupby(activity.touch, activity.activity_type))
	return {(touch, kind): as_datetime(moment) for touch, kind, moment in rows}


def _status_after(marks: Mapping[str, datetime | None], sent_on: Any) -> str:
	reactions = [REACTIONS[kind][1] for kind, moment in marks.items() if moment]
	if reactions:
		return str(max(reactions, key=RANK.__getitem__))
	return str(TouchStatus.SENT if sent_on else TouchStatus.QUEUED)
