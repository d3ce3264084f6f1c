"""One week at a glance, by stage, source, touch tier or segment: who is there, who went quiet, what was sent and what came of it (RQ-01, RQ-05).

A lead counts once for each thing it did in a week, under the stage, source or segments it has today.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from pypika import functions as fn

from nurture_app.engine.codes import AWAY
from nurture_app.engine.figures.counts import BOOKED
from nurture_app.engine.figures.follow_up import IN_HAND
from nurture_app.engine.figures.funnel import SEGMENT, STEPS, column_for
from nurture_app.engine.handovers import HANDED
from nurture_app.engine.people import out_of_quarantine
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, as_text, doctype, params
from nurture_app.engine.stages import STAGES

STAGE, SOURCE, TIER = "Stage", "Source", "Touch Tier"
GROUPS = (STAGE, SOURCE, TIER, SEGMENT)
HAPPENED = {
	"replies": ("Email Reply",),
	"opted_out": ("Unsubscribe", "Spam Complaint"),
	"meetings": BOOKED,
	"mql": (STEPS["mql"],),
	"sql": (STEPS["sql"],),
	"handed": (HANDED,),
	"opportunity": (STEPS["opportunity"],),
	"customer": (STEPS["customer"],),
}
"""What is counted by activities: of each, the leads."""
CREATED, MESSAGES = "created", "messages"
COUNTED = (CREATED, MESSAGES, *HAPPENED)
TREND_WEEKS = 8
QUIET_DAYS = 30
"""Without a sign for so long, a lead does not move by itself any more."""


@dataclass(frozen=True, slots=True)
class Row:
	"""Leads that have something in common; `name` is empty for those that lack it."""

	name: str
	leads: int
	"""Today."""
	quiet: int
	"""Of those that sales has not in hand: without a sign for `QUIET_DAYS`."""
	counts: Mapping[str, int]
	"""By each of `COUNTED`, in that week: leads, but for messages."""


@dataclass(frozen=True, slots=True)
class Week:
	groups: tuple[Row, ...]
	everybody: Row
	before: Mapping[str, int]
	"""By each of `COUNTED`: everybody's of the week before."""
	trend: tuple[tuple[date, Mapping[str, int]], ...]
	"""The last `TREND_WEEKS` weeks, the earliest first: their first day, and by each of `HAPPENED` the leads."""


@dataclass(frozen=True, slots=True)
class _Lead:
	value: str
	created_on: str
	quiet: bool


def week(host: Host, last: date, by: str = STAGE, visible: Collection[str] | None = None) -> Week:
	"""The seven days until `last`, on the host's clock, `by` one of `GROUPS`; only `visible` leads if given.

	Four queries, one more by segment. Indexes (activity_type, occurred_on, party) of the activities, (status, queued_on)
	of the touches.
	"""
	start = datetime.combine(last - timedelta(days=6), time.min)
	leads = _leads(host, by)
	if visible is not None:
		leads = {name: one for name, one in leads.items() if name in visible}
	happened = _happened(host, start, leads)
	messages = [_messages(host, start - timedelta(days=7 * ago)) for ago in (0, 1)]
	groups: dict[str, list[str]] = {}
	for name, group in _grouped(host, leads, by):
		groups.setdefault(group, []).append(name)
	rows = [_row(group, names, leads, start, happened[0], messages[0]) for group, names in groups.items()]
	rows.sort(
		key=lambda row: (-STAGES.index(row.name) if by == STAGE else not row.name, -row.leads, row.name)
	)
	before = _row("", leads, leads, start - timedelta(days=7), happened[1], messages[1])
	return Week(
		groups=tuple(rows),
		everybody=_row("", leads, leads, start, happened[0], messages[0]),
		before=before.counts,
		trend=tuple(
			(
				start.date() - timedelta(days=7 * ago),
				{what: len(names) for what, names in happened[ago].items()},
			)
			for ago in reversed(range(TREND_WEEKS))
		),
	)


def _row(
	name: str,
	names: Collection[str],
	leads: Mapping[str, _Lead],
	start: datetime,
	happened: Mapping[str, set[str]],
	messages: Mapping[str, int],
) -> Row:
	first, after = str(start), str(start + timedelta(days=7))
	counts = {what: len(who.intersection(names)) for what, who in happened.items()}
	counts[CREATED] = sum(first <= leads[one].created_on < after for one in names)
	counts[MESSAGES] = sum(messages.get(one, 0) for one in names)
	return Row(name, len(names), sum(leads[one].quiet for one in names), counts)


def _leads(host: Host, by: str) -> dict[str, _Lead]:
	lead = doctype("Lead", "lead")
	column = "nurture_stage" if by == STAGE else column_for(host, by)
	value = getattr(lead, column) if column else P("")
	quiet_since = str(host.clock.now() - timedelta(days=QUIET_DAYS))
	query = Query.from_(lead).select(
		lead.name,
		value,
		lead.status,
		as_text(lead.creation, host.db.dialect),
		as_text(lead.nurture_last_activity_on, host.db.dialect),
	)
	return {
		name: _Lead(
			own or "",
			created_on or "",
			status not in IN_HAND and max(created_on or "", active_on or "") < quiet_since,
		)
		for name, own, status, created_on, active_on in host.db.rows(query.where(out_of_quarantine(lead)))
	}


def _happened(host: Host, start: datetime, leads: Collection[str]) -> list[dict[str, set[str]]]:
	"""By week, this one first, and what happened: the leads."""
	activity = doctype("Nurture Activity", "a")
	what_of = {kind: what for what, kinds in HAPPENED.items() for kind in kinds}
	query = Query.from_(activity).select(
		activity.activity_type, activity.party, as_text(activity.occurred_on, host.db.dialect)
	)
	query = query.where(activity.activity_type.isin(params(what_of)))
	query = query.where(activity.classification == P("human"))
	query = query.where(activity.occurred_on >= P(start - timedelta(days=7 * (TREND_WEEKS - 1))))
	query = query.where(activity.occurred_on < P(start + timedelta(days=7)))
	firsts = [str(start - timedelta(days=7 * ago)) for ago in range(TREND_WEEKS)]
	found: list[dict[str, set[str]]] = [{what: set() for what in HAPPENED} for _ in firsts]
	for kind, party, moment in host.db.rows(query):
		if party in leads:
			ago = next(number for number, first in enumerate(firsts) if moment >= first)
			found[ago][what_of[kind]].add(party)
	return found


def _messages(host: Host, start: datetime) -> Counter[str]:
	"""By lead, how many left in the seven days from `start`."""
	touch = doctype("Nurture Touch", "t")
	query = Query.from_(touch).select(touch.party, fn.Count("*"))
	query = query.where(touch.status.isin(params([str(status) for status in AWAY])))
	query = query.where((touch.queued_on >= P(start)) & (touch.queued_on < P(start + timedelta(days=7))))
	return Counter(dict(host.db.rows(query.groupby(touch.party))))


def _grouped(host: Host, leads: Mapping[str, _Lead], by: str) -> Iterable[tuple[str, str]]:
	"""(lead, group); a lead is in each of its segments."""
	if by != SEGMENT:
		return ((name, one.value) for name, one in leads.items())
	return _by_segment(host, leads)


def _by_segment(host: Host, leads: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
	member = doctype("Nurture Segment Member", "m")
	query = Query.from_(member).select(member.party, member.segment).where(member.left_on.isnull())
	outside = set(leads)
	for party, segment in host.db.rows(query):
		if party in leads:
			outside.discard(party)
			yield party, segment
	for name in sorted(outside):
		yield name, ""
