"""Whether sales got in touch in time with leads that were ready for it, and who is still waiting (KM-12, KM-35, SM-18).

In touch is who wrote, called or met the lead: a mail, call or text message of a user, or a conversation on record. What
sequences send does not count.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from statistics import median
from typing import Any

from pypika import functions as fn

from nurture_app.engine.config import load_settings
from nurture_app.engine.consent import CONVERSATIONS, by_a_user
from nurture_app.engine.people import load_holidays, out_of_quarantine
from nurture_app.engine.ports import Host
from nurture_app.engine.schedule import Timetable
from nurture_app.engine.sql import P, Query, as_datetime, days_between, doctype, params
from nurture_app.engine.timing import to_aware, to_due
from nurture_app.engine.touch_tiers import HIGH_TOUCH

CREATED = "Lead Created"
STAGES_REACHED = ("MQL Reached", "SQL Reached", HIGH_TOUCH)
SINCE = (*STAGES_REACHED, "Demo Request", "Email Reply", CREATED)
"""From when a lead is waiting: an activity type, or its creation."""
LIFTED_WITHIN = timedelta(days=1)
"""A contact so shortly before a lead reached a stage counts: a call, written down later, is often what lifted it."""
IN_HAND = ("Opportunity", "Quotation", "Lost Quotation", "Converted", "Do Not Contact")
"""Statuses of leads that nobody waits for any more, even if no contact is on record."""


@dataclass(frozen=True, slots=True)
class Wait:
	"""One lead that was to be contacted. All moments are naive, in the host's zone."""

	lead: str
	title: str
	owner: str
	score: int
	since: datetime
	due_on: datetime | None
	"""None: the own window does not open that long."""
	contacted_on: datetime | None

	@property
	def in_time(self) -> bool:
		return bool(self.contacted_on and (self.due_on is None or self.contacted_on <= self.due_on))

	def is_overdue(self, now: datetime) -> bool:
		return not self.contacted_on and bool(self.due_on and self.due_on < now)


@dataclass(frozen=True, slots=True)
class FollowUp:
	"""What became of the leads of one owner ("" for none)."""

	owner: str
	in_time: int
	late: int
	overdue: int
	waiting: int
	"""Not contacted, and still in time."""
	median_hours: float | None
	"""By the clock, of those who were contacted."""

	@property
	def leads(self) -> int:
		return self.in_time + self.late + self.overdue + self.waiting

	@property
	def percent(self) -> float | None:
		"""In time, of those whose time is over or who were contacted; None if there are none."""
		decided = self.leads - self.waiting
		return 100 * self.in_time / decided if decided else None


def waits(
	host: Host,
	start: datetime,
	end: datetime,
	since: str = SINCE[0],
	hours: float = 24,
	*,
	at_work: bool = False,
	visible: Collection[str] | None = None,
) -> list[Wait]:
	"""Leads to whom `since` happened from `start` to `end` (naive, host zone), the first time in that span, oldest first.

	Leads without a contact that are `IN_HAND` are left out. Each is due `hours` later; with `at_work` only hours count in
	which the window of the settings is open, on our own clock and holidays. Only `visible` leads if given. Five queries.
	Indexes (activity_type, occurred_on) and (party, activity_type, occurred_on) of the activities, (reference_doctype,
	reference_name) of Communication.
	"""
	begun = _begun(start, end, since)
	lead = doctype("Lead", "lead")
	query = Query.from_(begun).join(lead).on(lead.name == begun.party).where(out_of_quarantine(lead))
	query = query.select(
		lead.name, lead.lead_name, lead.lead_owner, lead.nurture_score, lead.status, begun.since
	)
	before = LIFTED_WITHIN if since in STAGES_REACHED else timedelta(0)
	talked, wrote = _talked(host, begun, before), _wrote(host, begun)
	due = _Due(host, hours, at_work)
	found = []
	for name, title, owner, score, status, moment in host.db.rows(query):
		if visible is not None and name not in visible:
			continue
		moment = as_datetime(moment)
		contacted_on = min((max(one[name], moment) for one in (talked, wrote) if name in one), default=None)
		if not contacted_on and status in IN_HAND:
			continue
		found.append(
			Wait(name, title or name, owner or "", int(score or 0), moment, due.after(moment), contacted_on)
		)
	return sorted(found, key=lambda one: (one.since, one.lead))


def by_owner(found: Sequence[Wait], now: datetime) -> list[FollowUp]:
	"""The owner with most leads first, those without one last."""
	of: dict[str, list[Wait]] = {}
	for one in found:
		of.setdefault(one.owner, []).append(one)
	rows = [together(some, now, owner) for owner, some in of.items()]
	return sorted(rows, key=lambda row: (not row.owner, -row.leads, row.owner))


def together(found: Sequence[Wait], now: datetime, owner: str = "") -> FollowUp:
	spans = [(one.contacted_on - one.since).total_seconds() / 3600 for one in found if one.contacted_on]
	in_time = sum(one.in_time for one in found)
	overdue = sum(one.is_overdue(now) for one in found)
	return FollowUp(
		owner,
		in_time=in_time,
		late=len(spans) - in_time,
		overdue=overdue,
		waiting=len(found) - len(spans) - overdue,
		median_hours=round(median(spans), 1) if spans else None,
	)


def _begun(start: datetime, end: datetime, since: str) -> Any:
	"""By lead, from when it is waiting."""
	if since == CREATED:
		lead = doctype("Lead", "new")
		query = Query.from_(lead).select(lead.name.as_("party"), lead.creation.as_("since"))
		return query.where((lead.creation >= P(start)) & (lead.creation <= P(end))).as_("begun")
	activity = doctype("Nurture Activity", "begin")
	query = Query.from_(activity).select(activity.party, fn.Min(activity.occurred_on).as_("since"))
	query = query.where((activity.activity_type == P(since)) & (activity.classification == P("human")))
	query = query.where((activity.occurred_on >= P(start)) & (activity.occurred_on <= P(end)))
	return query.groupby(activity.party).as_("begun")


def _talked(host: Host, begun: Any, before: timedelta) -> dict[str, datetime]:
	activity = doctype("Nurture Activity", "talk")
	query = Query.from_(begun).join(activity)
	query = query.on(
		(activity.party == begun.party)
		& activity.activity_type.isin(params(CONVERSATIONS))
		& (days_between(activity.occurred_on, begun.since, host.db.dialect) <= P(before / timedelta(days=1)))
	)
	query = query.where(activity.classification == P("human"))
	return _first(host, query.select(begun.party, fn.Min(activity.occurred_on)).groupby(begun.party))


def _wrote(host: Host, begun: Any) -> dict[str, datetime]:
	mail = doctype("Communication", "c")
	query = Query.from_(begun).join(mail)
	query = query.on((mail.reference_doctype == P("Lead")) & (mail.reference_name == begun.party))
	query = query.where(by_a_user(mail) & (mail.communication_date >= begun.since))
	return _first(host, query.select(begun.party, fn.Min(mail.communication_date)).groupby(begun.party))


def _first(host: Host, query: Any) -> dict[str, datetime]:
	return {party: as_datetime(moment) for party, moment in host.db.rows(query)}


class _Due:
	"""When a lead must have been contacted; worked out once for each moment."""

	def __init__(self, host: Host, hours: float, at_work: bool) -> None:
		self._wait = timedelta(hours=hours)
		self._zone = host.clock.zone
		self._table = own_hours(host) if at_work else None
		self._known: dict[datetime, datetime | None] = {}

	def after(self, moment: datetime) -> datetime | None:
		if moment not in self._known:
			self._known[moment] = self._after(moment)
		return self._known[moment]

	def _after(self, moment: datetime) -> datetime | None:
		if self._table:
			return self._table.open_for(moment, self._wait)
		return to_due(to_aware(moment, self._zone).astimezone(timezone.utc) + self._wait, self._zone)


def own_hours(host: Host) -> Timetable:
	"""When somebody is at work: the window of the settings on our own clock; our holidays are closed."""
	settings = load_settings(host.db)
	holidays = load_holidays(host, settings, (), by_country=False)
	return Timetable(
		settings.window, holidays.get(settings.holiday_list, ()), host.clock.zone, host.clock.zone
	)
