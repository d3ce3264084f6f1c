"""What becomes of leads that came back after a silence, beside all others (RE-08).

A lead came back when it was first given the tag. Both groups are followed for the same number of days, those who came
back from then on, the others from the day they were created; whom that time is not over for is not counted yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pypika import Case
from pypika import functions as fn

from nurture_app.engine.figures import shares
from nurture_app.engine.figures.shares import Share
from nurture_app.engine.people import out_of_quarantine
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, Raw, days_between, doctype, params
from nurture_app.engine.tags import REACTIVATED

OUTCOMES = {"opportunities": "Opportunity Created", "customers": "Became Customer"}
"""What conversion means, as activities."""


@dataclass(frozen=True, slots=True)
class Group:
	"""Leads, and how many of them got so far within the days they were followed."""

	people: int = 0
	opportunities: int = 0
	customers: int = 0

	def share(self, outcome: str) -> Share:
		return Share(getattr(self, outcome), self.people)

	def percent(self, outcome: str) -> float:
		return self.share(outcome).percent

	def bounds(self, outcome: str) -> tuple[float, float]:
		return self.share(outcome).bounds


@dataclass(frozen=True, slots=True)
class Comparison:
	came_back: Group
	others: Group
	too_early: int
	"""Came back in the period, and have not been followed long enough."""


def compare(host: Host, start: datetime, end: datetime, days: int, tag: str = REACTIVATED) -> Comparison:
	"""Leads that came back, or were created, from `start` to `end` (naive, host zone), each followed for `days`.

	Three queries. Indexes (activity_type, occurred_on) and (party, activity_type, occurred_on).
	"""
	over = min(end, host.clock.now() - timedelta(days=days))
	returns = _returns(tag)
	came_back = Query.from_(returns).select(returns.party.as_("name"), returns.since)
	lead = doctype("Lead", "lead")
	others = Query.from_(lead).select(lead.name, lead.creation.as_("since")).where(out_of_quarantine(lead))
	others = others.where(Raw("NOT EXISTS {}", _tags_of(lead, tag)))
	early = Query.from_(returns).select(fn.Count("*"))
	early = early.where((returns.since > P(max(over, start))) & (returns.since <= P(end)))
	((too_early,),) = host.db.rows(early)
	return Comparison(
		_followed(host, came_back.where(_within(returns.since, start, over)), days),
		_followed(host, others.where(_within(lead.creation, start, over)), days),
		int(too_early),
	)


def difference(came_back: Group, others: Group, outcome: str) -> tuple[float, float]:
	"""How many percentage points more those who came back get, from at least to at most."""
	return shares.difference(came_back.share(outcome), others.share(outcome))


def _within(moment: Any, start: datetime, end: datetime) -> Any:
	return (moment >= P(start)) & (moment <= P(end))


def _returns(tag: str) -> Any:
	"""By lead, when it was first given the tag."""
	activity = doctype("Nurture Activity", "tagged")
	query = Query.from_(activity).select(activity.party, fn.Min(activity.occurred_on).as_("since"))
	query = query.where((activity.activity_type == P("Tag Added")) & (activity.detail == P(tag)))
	return query.groupby(activity.party).as_("returns")


def _tags_of(lead: Any, tag: str) -> Any:
	activity = doctype("Nurture Activity", "tagged_ever")
	query = Query.from_(activity).select(activity.name).where(activity.party == lead.name)
	return query.where((activity.activity_type == P("Tag Added")) & (activity.detail == P(tag)))


def _followed(host: Host, people: Any, days: int) -> Group:
	"""Of `people` (name, since), how many got how far."""
	people, deed = people.as_("people"), doctype("Nurture Activity", "deed")
	within = days_between(people.since, deed.occurred_on, host.db.dialect) <= P(days)
	query = Query.from_(people).left_join(deed)
	query = query.on(
		(deed.party == people.name)
		& deed.activity_type.isin(params(OUTCOMES.values()))
		& (deed.occurred_on >= people.since)
		& within
	)
	each = query.groupby(people.name).select(
		people.name,
		*(
			fn.Max(Case().when(deed.activity_type == P(kind), 1).else_(0)).as_(name)
			for name, kind in OUTCOMES.items()
		),
	)
	each = each.as_("each_lead")
	total = Query.from_(each).select(fn.Count("*"), *(fn.Sum(each[name]) for name in OUTCOMES))
	(row,) = host.db.rows(total)
	return Group(*(int(number or 0) for number in row))
