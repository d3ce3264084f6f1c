"""Leads that began together, and what became of them month by month: customers, invoices, signs of life (AT-09, PS-15, KM-21).

A cohort begins with the creation of its leads, or with the day on which they entered a sequence or a version of it. Months are of
thirty days from there, each person's own, by the days of the host's clock; who has not had a month yet does not count in it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pypika import functions as fn

from nurture_app.engine.config import engagement_types
from nurture_app.engine.figures.funnel import STEPS, column_for
from nurture_app.engine.figures.invoices import invoices
from nurture_app.engine.people import out_of_quarantine
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, Raw, as_text, doctype, params

MONTH, SOURCE, SEQUENCE, VERSION = "Month", "Source", "Sequence", "Version"
BY = (MONTH, SOURCE, SEQUENCE, VERSION)
CONVERTED, REVENUE, ACTIVE = "Converted", "Revenue", "Active"
SHOWN = (CONVERTED, REVENUE, ACTIVE)
DAYS = 30
"""Of a month."""


@dataclass(frozen=True, slots=True)
class Cell:
	"""One month of a cohort: of `people` who have had it, the sum of what was asked for (leads, or money)."""

	people: int
	total: float

	@property
	def each(self) -> float | None:
		"""Per person; None where nobody has had this month."""
		return self.total / self.people if self.people else None


@dataclass(frozen=True, slots=True)
class Cohort:
	"""`name` is a month like 2026-03, a source (may be empty), a sequence or the number of a version."""

	name: str
	people: int
	cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class _Member:
	lead: str
	began: date


def cohorts(
	host: Host,
	start: datetime,
	end: datetime,
	by: str = MONTH,
	months: int = 6,
	*,
	shown: str = CONVERTED,
	step: str = "customer",
	sequence: str = "",
	visible: Collection[str] | None = None,
	companies: Collection[str] = (),
) -> list[Cohort]:
	"""Those that began from `start` to `end` (naive, host zone), grouped `by` one of `BY`, over so many `months`.

	`shown`: who took `step` (of `funnel.STEPS`) until the end of each month; what they were invoiced by `companies` until then;
	who gave a sign of their own within it. By version only people of `sequence`. Only `visible` leads if given. Two queries,
	three for invoices. Months come in order, other groups the largest first, without a name last.
	"""
	members = _members(host, start, end, by, sequence)
	if visible is not None:
		members = {name: [one for one in some if one.lead in visible] for name, some in members.items()}
	done = {CONVERTED: _converted, REVENUE: _invoiced, ACTIVE: _active}[shown]
	happened = done(host, start, step, companies)
	today = host.clock.now().date()
	found = [_cohort(name, some, happened, months, shown, today) for name, some in members.items() if some]
	found.sort(key=lambda one: one.name if by == MONTH else (not one.name, -one.people, one.name))
	return found


Happened = Mapping[str, Sequence[tuple[date, float]]]
"""By lead, days and what each adds."""


def _cohort(
	name: str, members: Sequence[_Member], happened: Happened, months: int, shown: str, today: date
) -> Cohort:
	people, totals = [0] * months, [0.0] * months
	for one in members:
		had = min(months, (today - one.began).days // DAYS)
		for month in range(had):
			people[month] += 1
		for month, value in _by_month(one, happened.get(one.lead, ()), shown).items():
			for later in range(month, had) if shown != ACTIVE else [month] if month < had else ():
				totals[later] += value
	return Cohort(name, len(members), tuple(map(Cell, people, totals)))


def _by_month(one: _Member, days: Iterable[tuple[date, float]], shown: str) -> dict[int, float]:
	"""What the days of one person add in which of their months; being there or converted counts once."""
	found: dict[int, float] = {}
	for day, value in days:
		if day >= one.began:
			month = (day - one.began).days // DAYS
			found[month] = found.get(month, 0.0) + value if shown == REVENUE else 1.0
	return {min(found): 1.0} if found and shown == CONVERTED else found


def _members(host: Host, start: datetime, end: datetime, by: str, sequence: str) -> dict[str, list[_Member]]:
	lead = doctype("Lead", "lead")
	if by in (MONTH, SOURCE):
		column = column_for(host, SOURCE) if by == SOURCE else ""
		query = Query.from_(lead).select(
			getattr(lead, column) if column else P(""), lead.name, _day_of(host, lead.creation)
		)
		query = query.where((lead.creation >= P(start)) & (lead.creation <= P(end)))
	else:
		query = _entered(host, lead, start, end, by, sequence)
	name_of: Callable[[Any, str], str] = (lambda _, day: day[:7]) if by == MONTH else (lambda value, _: value)
	found: dict[str, list[_Member]] = {}
	for value, name, day in host.db.rows(query.where(out_of_quarantine(lead))):
		group = name_of(str(value or ""), day)
		found.setdefault(group, []).append(_Member(name, date.fromisoformat(day)))
	return found


def _entered(host: Host, lead: Any, start: datetime, end: datetime, by: str, sequence: str) -> Any:
	"""(group, lead, day of the first time) of those who entered a sequence, or a version, first in the span."""
	enrollment, version = doctype("Nurture Enrollment", "e"), doctype("Nurture Sequence Version", "v")
	group = enrollment.sequence
	first = fn.Min(enrollment.enrolled_on)
	query = Query.from_(enrollment).join(lead).on(lead.name == enrollment.party)
	if by == VERSION:
		query = query.join(version).on(version.name == enrollment.version)
		query = query.where(enrollment.sequence == P(sequence))
		group = version.version
	query = query.select(group, lead.name, _day_of(host, first)).groupby(group, lead.name)
	return query.having((first >= P(start)) & (first <= P(end)))


def _converted(host: Host, start: datetime, step: str, companies: Collection[str]) -> Happened:
	activity = doctype("Nurture Activity", "a")
	query = Query.from_(activity).select(activity.party, _day_of(host, fn.Min(activity.occurred_on)))
	query = query.where((activity.activity_type == P(STEPS[step])) & (activity.classification == P("human")))
	rows = host.db.rows(query.groupby(activity.party))
	return {party: [(date.fromisoformat(day), 1.0)] for party, day in rows}


def _active(host: Host, start: datetime, step: str, companies: Collection[str]) -> Happened:
	"""The days are told apart here: grouped by them, MariaDB took four times as long."""
	activity = doctype("Nurture Activity", "a")
	query = Query.from_(activity).select(activity.party, as_text(activity.occurred_on, host.db.dialect))
	query = query.where(activity.activity_type.isin(params(engagement_types(host))))
	query = query.where((activity.classification == P("human")) & (activity.occurred_on >= P(start)))
	days: dict[str, set[str]] = {}
	for party, moment in host.db.rows(query):
		days.setdefault(party, set()).add(moment[:10])
	known = {day: date.fromisoformat(day) for day in set().union(*days.values())}
	return {party: [(known[day], 1.0) for day in some] for party, some in days.items()}


def _invoiced(host: Host, start: datetime, step: str, companies: Collection[str]) -> Happened:
	found: dict[str, list[tuple[date, float]]] = {}
	for lead, day, amount in invoices(host, companies) if companies else ():
		found.setdefault(lead, []).append((day, amount))
	return found


def _day_of(host: Host, moment: Any) -> Any:
	return Raw("SUBSTR({}, 1, 10)", as_text(moment, host.db.dialect))
