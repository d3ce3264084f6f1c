"""What assets, blocks and contents brought: mails that left, reactions to them, and leads who went on (CM-14)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import add
from typing import Any

from pypika import Case
from pypika import functions as fn

from nurture_app.engine.codes import AWAY
from nurture_app.engine.library.had import leads_to
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, days_between, doctype, one_way, params, sorted_in_memory

STEPS_FORWARD = ("MQL Reached", "SQL Reached", "Opportunity Created", "Became Customer")
"""Activities that tell of a lead who is further on the way."""
DAYS_AFTER = 30
"""A step forward counts for what was sent in the days before it."""
MESSAGES = ("Email", "SMS", "WhatsApp", "Portal")
"""Channels by which something is said to the lead."""
LOCALES = ("Language", "Country")
"""Of the message, and of the lead (LO-10). What says none of it is counted under an empty name."""
GROUPS = ("Asset", "Block", "Content", *LOCALES)


@dataclass(frozen=True, slots=True)
class Result:
	name: str
	variant: str = ""
	"""Of a block; empty: its default."""
	sent: int = 0
	leads: int = 0
	opened: int = 0
	"""An estimate: mail programs open pictures by themselves, or not at all."""
	clicked: int = 0
	"""Mails in which a person clicked: for an asset its own link, otherwise any."""
	replied: int = 0
	advanced: int = 0
	"""Leads who went a step forward within `DAYS_AFTER` days. They may have done so without it."""


def results(host: Host, start: datetime, end: datetime, by: str = "Asset") -> list[Result]:
	"""By name, of mails that left from `start` to `end` (naive, host zone). Three queries at most.

	Indexes (asset, touch) or (block, variant, touch) of the uses, (party, activity_type, occurred_on).
	"""
	counted = _count(host, start, end, by)
	clicks = _asset_clicks(host, start, end) if by == "Asset" else {}
	advanced = _advanced(host, start, end, by)
	return [
		Result(
			*key,
			sent=int(sent),
			leads=int(leads),
			opened=int(opened),
			clicked=clicks.get(key, 0) if by == "Asset" else int(clicked),
			replied=int(replied),
			advanced=advanced.get(key, 0),
		)
		for key, (sent, leads, opened, clicked, replied) in sorted(counted.items())
	]


def mails_that_left(host: Host, by: str, start: datetime, end: datetime) -> tuple[Any, Any, Any, list[Any]]:
	"""A query on mails that left, with what groups them: (query, touch, use, columns of the key)."""
	touch, use = doctype("Nurture Touch", "t"), doctype("Nurture Content Use", "u")
	if by == "Content":
		query, columns = Query.from_(touch), [touch.content]
	elif by == "Language":
		query, columns = Query.from_(touch).where(touch.channel.isin(params(MESSAGES))), [touch.language]
	elif by == "Country":
		lead = doctype("Lead", "lead")
		query = Query.from_(touch).join(lead).on(lead.name == one_way(touch.party, host.db.dialect))
		query, columns = query.where(touch.channel.isin(params(MESSAGES))), [lead.country]
	else:
		query = Query.from_(use).join(touch).on(touch.name == use.touch)
		columns = [use.asset] if by == "Asset" else [use.block, use.variant]
	if by not in LOCALES:
		query = query.where(columns[0].isnotnull() & (columns[0] != P("")))
	query = query.where(touch.status.isin(params([str(status) for status in AWAY])))
	query = query.where((touch.queued_on >= P(start)) & (touch.queued_on <= P(end)))
	return query, touch, use, columns


def _count(host: Host, start: datetime, end: datetime, by: str) -> dict[tuple[str, ...], tuple[Any, ...]]:
	query, touch, _use, columns = mails_that_left(host, by, start, end)
	# a mail may come up twice, as with two links to one asset
	several = by in ("Asset", "Block")

	def mails_with(column: Any) -> Any:
		if several:
			return fn.Count(Case().when(column.isnotnull(), touch.name)).distinct()
		return fn.Count(column)

	query = query.select(
		*columns,
		fn.Count(touch.name).distinct() if several else fn.Count("*"),
		fn.Count(touch.party).distinct(),
		mails_with(touch.opened_on),
		mails_with(touch.clicked_on),
		mails_with(touch.replied_on),
	)
	rows = host.db.rows(sorted_in_memory(query.groupby(*columns), host.db.dialect))
	return _by_key(rows, len(columns))


def _asset_clicks(host: Host, start: datetime, end: datetime) -> dict[tuple[str, ...], int]:
	"""A click is known by where it leads: the asset's address, or its file's route."""
	query, _touch, use, columns = mails_that_left(host, "Asset", start, end)
	asset, activity = doctype("Nurture Asset", "a"), doctype("Nurture Activity", "c")
	own = leads_to(activity.detail, asset, host.db.dialect)
	query = query.join(asset).on(asset.name == use.asset)
	query = query.join(activity).on((activity.touch == use.touch) & own)
	query = query.where(
		(activity.activity_type == P("Email Click")) & (activity.classification == P("human"))
	)
	# nobody clicks before the mail is there; so the index (activity_type, occurred_on, party) can be searched
	query = query.where(activity.occurred_on >= P(start))
	query = query.select(*columns, fn.Count(use.touch).distinct())
	rows = host.db.rows(query.groupby(*columns))
	return {key: int(count) for key, (count,) in _by_key(rows, 1).items()}


def _advanced(host: Host, start: datetime, end: datetime, by: str) -> dict[tuple[str, ...], int]:
	query, touch, _use, columns = mails_that_left(host, by, start, end)
	moved = moved_mails(host, start, end)
	query = query.join(moved).on(moved.touch == touch.name)
	query = query.select(*columns, fn.Count(touch.party).distinct()).groupby(*columns)
	rows = host.db.rows(sorted_in_memory(query, host.db.dialect))
	return {key: int(count) for key, (count,) in _by_key(rows, len(columns)).items()}


def moved_mails(host: Host, start: datetime, end: datetime) -> Any:
	"""A table (touch) of the mails queued from `start` to `end` whose lead went a step forward within `DAYS_AFTER` days.

	It begins with the steps forward, which are few, and goes to the mails of their leads. Indexes (activity_type,
	occurred_on, party) of the activities, (party, sent_on) of the touches.
	"""
	activity, touch = doctype("Nurture Activity", "step_forward"), doctype("Nurture Touch", "mail_before")
	query = Query.from_(activity).join(touch).on(touch.party == activity.party)
	query = query.where(activity.activity_type.isin(params(STEPS_FORWARD)))
	# says nothing new, but the index can be searched with it
	query = query.where(activity.occurred_on > P(start))
	query = query.where(activity.occurred_on <= P(end + timedelta(days=DAYS_AFTER)))
	query = query.where((touch.queued_on >= P(start)) & (touch.queued_on <= P(end)))
	elapsed = days_between(touch.queued_on, activity.occurred_on, host.db.dialect)
	query = query.where((activity.occurred_on > touch.queued_on) & (elapsed <= P(DAYS_AFTER)))
	return query.select(touch.name.as_("touch")).distinct().as_("moved")


def _by_key(rows: Sequence[Sequence[Any]], width: int) -> dict[tuple[str, ...], tuple[Any, ...]]:
	found: dict[tuple[str, ...], tuple[Any, ...]] = {}
	for row in rows:
		key, counts = tuple(part or "" for part in row[:width]), tuple(row[width:])
		# NULL and an empty text are groups of their own to a database
		found[key] = tuple(map(add, found[key], counts)) if key in found else counts
	return found
