"""The send ledger after the send: what became of each message."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nurture_app.engine.codes import TouchStatus
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import Query, as_datetime, chunks, doctype, params

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
			row[place] = as_datetime(row[place]) or one.occurred_on
			if RANK[status] > RANK.get(row[1], -1):
				row[1] = str(status)
		values = [(row[0], row[1], *(as_datetime(moment) for moment in row[2:])) for row in rows.values()]
		host.db.update("tabNurture Touch", ("name", "status", *columns), values)
