"""What starts a sequence because time has passed: once a day, a fixed number of queries for each such sequence.

Those that count hours are looked at with every tick as well. A moment before the sequence was activated starts nothing,
and neither does one that lies more than two weeks back: within those the nightly pass may fail and catches up, and the log
of triggers remembers what it has done already.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, timedelta

from pypika import functions as fn

from nurture_app.engine.config import activity_types, load_settings
from nurture_app.engine.consent import COLLEAGUE_WROTE, CONTACTS, load_rep_messages
from nurture_app.engine.live import LiveSequence, live_sequences
from nurture_app.engine.one_by_one import each
from nurture_app.engine.people import load_holidays, out_of_quarantine
from nurture_app.engine.ports import Host
from nurture_app.engine.schedule import Timetable
from nurture_app.engine.sql import Fn, P, Query, as_datetime, chunks, doctype, params
from nurture_app.engine.trigger_dates import LINKED_DATES, leads_with_date
from nurture_app.engine.trigger_log import Firing
from nurture_app.engine.triggers import fire

LOOK_BACK = timedelta(days=14)
LATELY = timedelta(days=1)
"""What a tick looks at; what lies further back is left to the night."""
AT_ONCE = 500


def start_by_time(host: Host) -> int:
	"""Start every sequence whose time has come for somebody, a transaction for each few hundred; returns how many leads."""
	return _start(host, live_sequences(host), LOOK_BACK)


def start_by_the_hour(host: Host) -> int:
	"""`start_by_time` for sequences that count hours. No query where there are none."""
	return _start(host, waiting_for_hours(host), LATELY)


def waiting_for_hours(host: Host) -> list[LiveSequence]:
	return [one for one in live_sequences(host) if one.definition.trigger_hours]


def _start(host: Host, live: Sequence[LiveSequence], look_back: timedelta) -> int:
	def start(one: LiveSequence) -> int:
		started = 0
		for some in chunks(FINDERS[one.definition.trigger_type](host, one, look_back), AT_ONCE):
			with host.db.transaction():
				started += fire(host, one, some)
		return started

	timed = {one.name: one for one in live if one.definition.trigger_type in FINDERS}
	return sum(each("Nurture Sequence", timed, start, host.db.retryable))


def _span(host: Host, one: LiveSequence, look_back: timedelta) -> tuple[datetime, datetime]:
	"""After the first and up to the second moment, what happened has now been so many days and hours ago."""
	wait = timedelta(days=one.definition.trigger_days, hours=one.definition.trigger_hours)
	until = host.clock.now() - wait
	return max(one.activated_on - wait, until - look_back), until


def _silent(host: Host, one: LiveSequence, look_back: timedelta) -> list[Firing]:
	"""Leads that have done nothing for so many days; who never did anything counts from the first day (TR-06)."""
	after, until = _span(host, one, look_back)
	lead = doctype("Lead", "lead")
	last = Fn("COALESCE", lead.nurture_last_activity_on, lead.creation)
	query = Query.from_(lead).select(lead.name, last).where(out_of_quarantine(lead))
	query = query.where((last > P(after)) & (last <= P(until))).orderby(lead.name)
	return [
		Firing(party, f"silent|{as_datetime(moment).isoformat()}", f"silent since {str(moment)[:10]}")
		for party, moment in host.db.rows(query)
	]


def _unanswered(host: Host, one: LiveSequence, look_back: timedelta) -> list[Firing]:
	"""Leads that gave no answer within such a time after the last time something happened (TR-15, TR-17, TR-26)."""
	answer = one.definition.trigger_detail
	kinds = activity_types(host)
	answers = [answer] if answer else sorted(name for name, kind in kinds.items() if kind.is_answer)
	waiting = _since_last(host, one, *_span(host, one, look_back))
	return _without(one, waiting, _last_of(host, waiting, answers))


def _uncontacted(host: Host, one: LiveSequence, look_back: timedelta) -> list[Firing]:
	"""Leads with whom nobody of ours spoke within such a time after something happened (TR-15)."""
	if one.definition.trigger_working_hours:
		waiting = _since_last_at_work(host, one, look_back)
	else:
		waiting = _since_last(host, one, *_span(host, one, look_back))
	spoken = _last_of(host, waiting, (*CONTACTS, COLLEAGUE_WROTE))
	since = min(waiting.values(), default=host.clock.now())
	for some in chunks(sorted(waiting)):
		for party, moment in load_rep_messages(host, some, since).items():
			spoken[party] = max(moment, spoken.get(party, moment))
	return _without(one, waiting, spoken)


def _since_last_at_work(host: Host, one: LiveSequence, look_back: timedelta) -> dict[str, datetime]:
	"""`_since_last`, counting only hours in which our own window is open, by our own clock and holidays.

	Two weeks of closed doors are looked through; after more of them a wait that ends then starts nothing.
	"""
	settings = load_settings(host.db)
	days = load_holidays(host, settings, [one.definition], by_country=False)
	table = Timetable.of(one.definition, settings, days, host.clock.zone.key, host.clock.zone)
	now, wait = host.clock.now(), timedelta(hours=one.definition.trigger_hours)
	ends: dict[datetime, datetime | None] = {}
	found = {}
	after, until = _span(host, one, look_back)
	for party, since in _since_last(host, one, after - LOOK_BACK, until).items():
		if since not in ends:
			ends[since] = table.open_for(since, wait)
		end = ends[since]
		if end and max(one.activated_on, now - look_back) < end <= now:
			found[party] = since
	return found


def _since_last(host: Host, one: LiveSequence, after: datetime, until: datetime) -> dict[str, datetime]:
	"""By lead, the last time it did what the trigger names, if that lies in this span. Index (activity_type, occurred_on)."""
	activity = doctype("Nurture Activity", "a")
	latest = fn.Max(activity.occurred_on)
	query = Query.from_(activity).select(activity.party, latest).groupby(activity.party)
	query = query.where(activity.activity_type == P(one.definition.trigger_activity))
	query = query.where((activity.classification == P("human")) & (activity.occurred_on > P(after)))
	query = query.having(latest <= P(until)).orderby(activity.party)
	return {party: as_datetime(moment) for party, moment in host.db.rows(query)}


def _last_of(host: Host, parties: Collection[str], kinds: Collection[str]) -> dict[str, datetime]:
	"""By lead, when any of these activities happened last. Index (party, activity_type, occurred_on, ...)."""
	activity = doctype("Nurture Activity", "a")
	found: dict[str, datetime] = {}
	for some in chunks(sorted(parties)):
		query = Query.from_(activity).select(activity.party, fn.Max(activity.occurred_on))
		query = query.where(activity.party.isin(params(some)) & activity.activity_type.isin(params(kinds)))
		query = query.where(activity.classification == P("human")).groupby(activity.party)
		found.update({party: as_datetime(moment) for party, moment in host.db.rows(query)})
	return found


def _without(
	one: LiveSequence, waiting: Mapping[str, datetime], ended: Mapping[str, datetime]
) -> list[Firing]:
	"""Those whose wait was not ended after it began."""
	event = one.definition.trigger_activity
	return [
		Firing(party, f"{event}|{since.isoformat()}", f"{event} on {since.date()}")
		for party, since in waiting.items()
		if party not in ended or ended[party] <= since
	]


def _before_date(host: Host, one: LiveSequence, look_back: timedelta) -> list[Firing]:
	"""Leads with a date that is at most so many days away."""
	days, today, earliest = _calendar(host, one, look_back)
	return _dated(host, one, max(earliest + days, today), today + days)


def _after_date(host: Host, one: LiveSequence, look_back: timedelta) -> list[Firing]:
	"""Leads with a date that is at least so many days ago."""
	days, today, earliest = _calendar(host, one, look_back)
	return _dated(host, one, earliest - days, today - days)


def _calendar(host: Host, one: LiveSequence, look_back: timedelta) -> tuple[timedelta, date, date]:
	"""So many days, today, and the first day on which something could have been started."""
	now = host.clock.now()
	earliest = max(one.activated_on.date(), (now - look_back).date())
	return timedelta(days=one.definition.trigger_days), now.date(), earliest


def _dated(host: Host, one: LiveSequence, first: date, last: date) -> list[Firing]:
	source = one.definition.trigger_detail
	if source not in LINKED_DATES and source not in host.catalog:
		return []  # the field was removed from Lead; checked when the sequence is saved
	return [
		Firing(party, f"{source}|{document}|{day}", f"{source}: {day}")
		for party, document, day in leads_with_date(host, source, first, last)
	]


FINDERS: Mapping[str, Callable[[Host, LiveSequence, timedelta], list[Firing]]] = {
	"Silent For": _silent,
	"No Answer After": _unanswered,
	"Not Contacted After": _uncontacted,
	"Days Before Date": _before_date,
	"Days After Date": _after_date,
}
"""Who a time trigger has come for, by its type."""
