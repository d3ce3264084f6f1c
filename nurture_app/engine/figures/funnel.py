"""How far leads get on their way to a customer, and how long it takes them: all of them, and by what they have in common.

Leads are counted by the day they were created, and followed until now: a lead of last week has not had the time that one
of last year had.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from pypika import functions as fn

from nurture_app.engine.figures.invoices import invoiced
from nurture_app.engine.figures.shares import Share
from nurture_app.engine.people import out_of_quarantine
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, as_datetime, doctype, params

STEPS = {
	"mql": "MQL Reached",
	"sql": "SQL Reached",
	"opportunity": "Opportunity Created",
	"customer": "Became Customer",
}
"""The steps on the way, as activities. Leads may skip some of them."""
SAID_BY_LEAD = {
	"mql": ("nurture_stage", ("MQL", "SQL")),
	"sql": ("nurture_stage", ("SQL",)),
	"opportunity": ("status", ("Opportunity", "Quotation", "Lost Quotation")),
	"customer": ("status", ("Converted",)),
}
"""What a field of the lead says of steps that nobody recorded when they were taken."""
WAYS = {
	"to_mql": ("", "mql"),
	"mql_to_sql": ("mql", "sql"),
	"to_opportunity": ("", "opportunity"),
	"to_customer": ("", "customer"),
}
"""What days are counted of: from a step, or from the creation of the lead, to another."""
FEWEST_DAYS = 5
"""Of fewer leads no median is given."""
MONTH, SEQUENCE, SEGMENT, NURTURED = "Month", "Sequence", "Segment", "Nurtured"
COLUMNS = {
	"Source": ("source", "utm_source"),
	"Campaign": ("campaign_name", "utm_campaign"),
	"Industry": ("industry",),
	"Country": ("country",),
	"Territory": ("territory",),
	"Lead Owner": ("lead_owner",),
	"Persona": ("nurture_persona",),
	"Nurture Type": ("nurture_type",),
	"Touch Tier": ("nurture_tier",),
}
"""Fields of the Lead to group by; the first that there is (ERPNext 16 calls some of them otherwise)."""
GROUPS = (MONTH, *COLUMNS, SEQUENCE, SEGMENT, NURTURED)
IN_ANY, IN_NONE = "In a Sequence", "In No Sequence"


@dataclass(frozen=True, slots=True)
class Group:
	"""Leads that have something in common; `name` is empty for those that lack it."""

	name: str
	leads: int
	reached: Mapping[str, int]
	"""By step of `STEPS`, how many of them took it."""
	days: Mapping[str, float | None]
	"""By way of `WAYS`, the median of those who went it; None for fewer than `FEWEST_DAYS`."""
	invoiced: float = 0.0
	"""What their customers were invoiced, net, in the currency of the companies."""

	def share(self, step: str, of: str = "") -> Share:
		"""Who took a step, of those who took another one, or of all."""
		return Share(self.reached[step], self.reached[of] if of else self.leads)


@dataclass(frozen=True, slots=True)
class Funnel:
	"""All leads, and groups of them: months in their order, others by size, and last those without."""

	everybody: Group
	groups: tuple[Group, ...]
	recorded_since: datetime | None
	"""When a step was recorded first, of any lead; days are counted of leads created since (naive, host zone)."""


@dataclass(frozen=True, slots=True)
class _Way:
	"""One lead: when it was created, its own values, and when it took which step; None: at a time nobody recorded."""

	created_on: datetime
	value: str
	steps: Mapping[str, datetime | None]
	invoiced: float


def column_for(host: Host, by: str) -> str:
	"""The field of the Lead that stands for a group of `COLUMNS` on this host; "" where there is none, or `by` is none of them."""
	return next((name for name in COLUMNS.get(by, ()) if name in host.catalog), "")


def funnel(
	host: Host,
	start: datetime,
	end: datetime,
	by: str = MONTH,
	visible: Collection[str] | None = None,
	companies: Collection[str] = (),
) -> Funnel:
	"""Leads created from `start` to `end` (naive, host zone), grouped `by` one of `GROUPS`; only `visible` ones if given.

	Two queries, one more by sequence or segment, two more for the invoices of `companies`. A lead counts in each sequence it entered before it became a customer,
	and in each segment it is in now. Index (activity_type, occurred_on).
	"""
	taken = _steps_taken(host)
	recorded_since = min((moment for steps in taken.values() for moment in steps.values()), default=None)
	amounts = invoiced(host, companies) if companies else {}
	leads = _leads(host, start, end, column_for(host, by), taken, amounts)
	if visible is not None:
		leads = {name: way for name, way in leads.items() if name in visible}
	members: dict[str, list[_Way]] = {}
	for group, way in _grouped(host, leads, by):
		members.setdefault(group, []).append(way)
	groups = [_counted(name, ways, recorded_since) for name, ways in members.items()]
	groups.sort(key=lambda one: (not one.name, 0 if by == MONTH else -one.leads, one.name))
	return Funnel(_counted("", leads.values(), recorded_since), tuple(groups), recorded_since)


def _steps_taken(host: Host) -> dict[str, dict[str, datetime]]:
	"""By lead and step, when it was taken first."""
	activity = doctype("Nurture Activity", "a")
	query = Query.from_(activity).select(activity.party, activity.activity_type, fn.Min(activity.occurred_on))
	query = query.where(activity.activity_type.isin(params(STEPS.values())))
	query = query.where(activity.classification == P("human"))
	step_of = {kind: step for step, kind in STEPS.items()}
	found: dict[str, dict[str, datetime]] = {}
	for party, kind, moment in host.db.rows(query.groupby(activity.party, activity.activity_type)):
		found.setdefault(party, {})[step_of[kind]] = as_datetime(moment)
	return found


def _leads(
	host: Host,
	start: datetime,
	end: datetime,
	column: str,
	taken: Mapping[str, Mapping[str, datetime]],
	amounts: Mapping[str, float],
) -> dict[str, _Way]:
	lead = doctype("Lead", "lead")
	value = getattr(lead, column) if column else P("")
	query = Query.from_(lead).select(lead.name, lead.creation, value, lead.nurture_stage, lead.status)
	query = query.where((lead.creation >= P(start)) & (lead.creation <= P(end)) & out_of_quarantine(lead))
	found = {}
	for name, created_on, own, stage, status in host.db.rows(query):
		steps: dict[str, datetime | None] = dict(taken.get(name, {}))
		says = {"nurture_stage": stage, "status": status}
		for step, (field, values) in SAID_BY_LEAD.items():
			if says[field] in values:
				steps.setdefault(step, None)
		if "sql" in steps:
			steps.setdefault("mql", steps["sql"])
		found[name] = _Way(as_datetime(created_on), str(own or ""), steps, amounts.get(name, 0.0))
	return found


def _grouped(host: Host, leads: Mapping[str, _Way], by: str) -> Iterable[tuple[str, _Way]]:
	if by in (SEQUENCE, NURTURED):
		return _by_sequence(host, leads, by)
	if by == SEGMENT:
		return _by_segment(host, leads)
	if by == MONTH:
		return ((f"{way.created_on:%Y-%m}", way) for way in leads.values())
	return ((way.value, way) for way in leads.values())


def _by_sequence(host: Host, leads: Mapping[str, _Way], by: str) -> Iterable[tuple[str, _Way]]:
	enrollment = doctype("Nurture Enrollment", "e")
	query = Query.from_(enrollment).select(
		enrollment.party, enrollment.sequence, fn.Min(enrollment.enrolled_on)
	)
	entered: dict[str, list[str]] = {}
	for party, sequence, moment in host.db.rows(query.groupby(enrollment.party, enrollment.sequence)):
		if party in leads and _was_no_customer(leads[party], as_datetime(moment)):
			entered.setdefault(party, []).append(sequence)
	for name, way in leads.items():
		sequences = entered.get(name, [])
		if by == NURTURED:
			yield IN_ANY if sequences else IN_NONE, way
		else:
			for sequence in sequences or [""]:
				yield sequence, way


def _was_no_customer(way: _Way, moment: datetime) -> bool:
	bought_on = way.steps.get("customer")
	return bought_on is None or moment < bought_on


def _by_segment(host: Host, leads: Mapping[str, _Way]) -> Iterable[tuple[str, _Way]]:
	member = doctype("Nurture Segment Member", "m")
	query = Query.from_(member).select(member.party, member.segment).where(member.left_on.isnull())
	outside = set(leads)
	for party, segment in host.db.rows(query):
		if party in leads:
			outside.discard(party)
			yield segment, leads[party]
	for name in sorted(outside):
		yield "", leads[name]


def _counted(name: str, ways: Collection[_Way], recorded_since: datetime | None) -> Group:
	reached = {step: sum(step in way.steps for way in ways) for step in STEPS}
	days = {}
	for way_name, (first, last) in WAYS.items():
		spans = [span for way in ways if (span := _days(way, first, last, recorded_since)) is not None]
		days[way_name] = round(median(spans), 1) if len(spans) >= FEWEST_DAYS else None
	return Group(name, len(ways), reached, days, sum(way.invoiced for way in ways))


def _days(way: _Way, first: str, last: str, recorded_since: datetime | None) -> float | None:
	"""None where a step is missing or came the other way round, or the lead is older than what was recorded."""
	begun = way.steps.get(first) if first else way.created_on
	done = way.steps.get(last)
	if begun is None or done is None or done < begun:
		return None
	if recorded_since is None or way.created_on < recorded_since:
		return None
	return (done - begun).total_seconds() / 86400
