"""By which ways leads came to an outcome: the last things they did before it, in order (AT-08).

A way that many went before buying may be one that many went without buying, so each is looked for among all leads. It
compares and does not explain.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from pypika import functions as fn

from nurture_app.engine.config import engagement_types
from nurture_app.engine.consent import CONTACTS
from nurture_app.engine.figures.shares import Share
from nurture_app.engine.handovers import HANDED
from nurture_app.engine.people import out_of_quarantine
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, as_text, doctype, params

OUTCOMES = {
	"Customer": ("Became Customer",),
	"Meeting": ("Appointment Booked", "Meeting"),
	"Lost": ("Opportunity Lost",),
	"Opted Out": ("Unsubscribe", "Spam Complaint"),
}
"""What a way leads to, as activities."""
OF_SALES = (HANDED, "Opportunity Created", "Quotation Sent", *CONTACTS)
"""What counts besides the leads' own doing."""
OPENED = "Email Open"
"""An estimate, and so frequent that it would stand between all others."""
FEWEST = 5
"""Leads who went a way for it to be told of."""

Steps = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Path:
	"""The last things done before the outcome, the earliest first; the same thing several times running is one."""

	steps: Steps
	leads: int
	"""Who came to the outcome by it."""
	days: float
	"""Of them, the median from the first step to the outcome."""
	seen: Share
	"""Of all leads who did these things one after the other, those with the outcome."""


@dataclass(frozen=True, slots=True)
class Paths:
	found: tuple[Path, ...]
	"""The most frequent first, then by name."""
	others: int
	"""Leads who came to the outcome by ways of fewer than `FEWEST`."""
	unknown: int
	"""Leads with the outcome and nothing on record before it."""
	everybody: Share
	"""Of all leads with anything on record or the outcome, those with it."""


@dataclass(frozen=True, slots=True)
class _Way:
	"""What one lead did in the days that count, repetitions left out, and when."""

	steps: Steps
	days: tuple[date, ...]
	ended_on: date | None
	"""The day of the outcome."""


def paths(
	host: Host,
	start: datetime,
	end: datetime,
	outcome: str = "Customer",
	length: int = 3,
	days: int = 90,
	visible: Collection[str] | None = None,
) -> Paths:
	"""Of leads who came to `outcome` (of `OUTCOMES`) first from `start` to `end` (naive, host zone), the last `length` steps.

	Looked at is what they did in the `days` before, and what those without the outcome did in the `days` before `end`. Who
	had it before `start` is left out. Only `visible` leads if given. Three queries; reads each activity of these days.
	Indexes (activity_type, occurred_on, party).
	"""
	kinds = [
		kind for kind in (*engagement_types(host), *OF_SALES) if kind not in (OPENED, *OUTCOMES[outcome])
	]
	reached = _reached(host, outcome)
	leads = _leads(host) if visible is None else _leads(host) & set(visible)
	ways = _ways(_done(host, kinds, start, end, days), reached, leads, start, end, timedelta(days=days))
	ended = {lead: way for lead, way in ways.items() if way.ended_on}
	lasts: dict[Steps, list[_Way]] = {}
	for way in ended.values():
		if way.steps:
			lasts.setdefault(way.steps[-length:], []).append(way)
	told = {steps: some for steps, some in lasts.items() if len(some) >= FEWEST}
	seen = _seen(ways.values(), told, length)
	found = [Path(steps, len(some), _median_days(some, steps), seen[steps]) for steps, some in told.items()]
	found.sort(key=lambda one: (-one.leads, one.steps))
	return Paths(
		tuple(found),
		others=sum(len(some) for steps, some in lasts.items() if steps not in told),
		unknown=sum(not way.steps for way in ended.values()),
		everybody=Share(len(ended), len(ways)),
	)


def _ways(
	done: Sequence[tuple[str, str, str]],
	reached: Mapping[str, str],
	leads: Collection[str],
	start: datetime,
	end: datetime,
	span: timedelta,
) -> dict[str, _Way]:
	"""`done` are (lead, moment, kind) in order; moments are texts, which sort as what they stand for."""
	first, last, usual = str(start), str(end), str(end - span)
	ended = {
		lead: moment for lead, moment in reached.items() if lead in leads and first <= moment[:19] <= last
	}
	windows = {lead: (str(datetime.fromisoformat(moment) - span), moment) for lead, moment in ended.items()}
	gone = {lead for lead, moment in reached.items() if moment < first}
	steps: dict[str, list[tuple[str, str]]] = {lead: [] for lead in ended}
	for lead, moment, kind in done:
		if lead not in leads or lead in gone:
			continue
		since, until = windows.get(lead, (usual, last))
		if not since <= moment <= until:
			continue
		own = steps.setdefault(lead, [])
		if not own or own[-1][1] != kind:
			own.append((moment, kind))
	return {
		lead: _Way(
			tuple(kind for _, kind in some),
			tuple(_day(moment) for moment, _ in some),
			_day(ended[lead]) if lead in ended else None,
		)
		for lead, some in steps.items()
	}


def _seen(ways: Collection[_Way], told: Collection[Steps], length: int) -> dict[Steps, Share]:
	"""Of each of the `told`, in how many ways it is contained, with the outcome and at all."""
	with_it, at_all = Counter(), Counter()
	lengths = sorted({len(steps) for steps in told})
	for way in ways:
		contained = {
			way.steps[place : place + size] for size in lengths for place in range(len(way.steps) - size + 1)
		}
		for steps in contained.intersection(told):
			at_all[steps] += 1
			with_it[steps] += way.ended_on is not None
	return {steps: Share(with_it[steps], at_all[steps]) for steps in told}


def _median_days(ways: Sequence[_Way], steps: Steps) -> float:
	return median((way.ended_on - way.days[-len(steps)]).days for way in ways if way.ended_on)


def _leads(host: Host) -> set[str]:
	lead = doctype("Lead", "lead")
	return set(host.db.ids(Query.from_(lead).select(lead.name.as_("id")).where(out_of_quarantine(lead))))


def _reached(host: Host, outcome: str) -> dict[str, str]:
	"""By lead, when it had the outcome first."""
	activity = doctype("Nurture Activity", "a")
	first = as_text(fn.Min(activity.occurred_on), host.db.dialect)
	query = Query.from_(activity).select(activity.party, first).groupby(activity.party)
	query = query.where(activity.activity_type.isin(params(OUTCOMES[outcome])))
	return dict(host.db.rows(query.where(activity.classification == P("human"))))


def _done(
	host: Host, kinds: Sequence[str], start: datetime, end: datetime, days: int
) -> list[tuple[str, str, str]]:
	"""(lead, moment, kind), by lead in the order in which they were done; of one moment by name."""
	activity = doctype("Nurture Activity", "a")
	query = Query.from_(activity).select(
		activity.party, as_text(activity.occurred_on, host.db.dialect), activity.activity_type
	)
	query = query.where(activity.activity_type.isin(params(kinds)) & (activity.classification == P("human")))
	query = query.where(activity.occurred_on >= P(start - timedelta(days=days)))
	return sorted(host.db.rows(query.where(activity.occurred_on <= P(end))))


def _day(moment: str) -> date:
	return date.fromisoformat(moment[:10])
