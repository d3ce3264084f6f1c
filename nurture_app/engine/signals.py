"""What people did lately by which they showed interest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from nurture_app.engine.config import engagement_types
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, as_datetime, chunks, days_before, doctype, params

Signal = tuple[str, str, datetime]
"""Activity type, detail (may be empty), and when (naive, host zone)."""


def latest_signals(host: Host, parties: Sequence[str], count: int, days: int) -> dict[str, list[Signal]]:
	"""By lead, the last `count` signs of interest of the last `days` days, the newest first; machines' are left out.

	One query per thousand leads. Index (party, activity_type, occurred_on).
	"""
	activity = doctype("Nurture Activity", "a")
	kinds = engagement_types(host)
	found: dict[str, list[Signal]] = {}
	for some in chunks(parties):
		query = Query.from_(activity).select(
			activity.party, activity.activity_type, activity.detail, activity.occurred_on
		)
		query = query.where(activity.party.isin(params(some)) & activity.activity_type.isin(params(kinds)))
		query = query.where(activity.occurred_on > P(days_before(host.clock.now(), days)))
		query = query.where(activity.classification == P("human"))
		rows = host.db.rows(query)
		for party, kind, detail, moment in sorted(rows, key=lambda row: str(row[3]), reverse=True):
			known = found.setdefault(party, [])
			if len(known) < count:
				known.append((kind, detail or "", as_datetime(moment)))
	return found
