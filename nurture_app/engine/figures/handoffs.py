"""What became of leads that were handed over: taken, given back and why, and what came of them (SM-14, SM-24).

A handover counts on the day it happened; what became of it, until now.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from nurture_app.engine.codes import Reason, StrEnum
from nurture_app.engine.consent import last_contacts
from nurture_app.engine.figures.funnel import STEPS, column_for
from nurture_app.engine.figures.shares import Share
from nurture_app.engine.handovers import ACCEPTED, GIVEN_BACK, HANDED, SOURCE
from nurture_app.engine.people import load_leads
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, as_datetime, chunks, doctype, params

OPPORTUNITY, LOST = STEPS["opportunity"], "Opportunity Lost"
LOST_WITHIN = timedelta(days=30)
"""A deal lost so soon after the handover began too early."""
LOST_STATUSES = ("Do Not Contact", "Lost Quotation")
LEAD_COLUMNS = ("lead_name", "nurture_score", "status")

_Said = tuple[datetime, str]
"""When, and the detail of the activity."""


class Answer(StrEnum):
	"""What the colleague said to it."""

	ACCEPTED = "Accepted"
	GIVEN_BACK = "Given Back"
	IN_TOUCH = "In Touch"
	"""Nothing, but somebody was in touch with the lead since."""
	NONE = "No Answer"


@dataclass(frozen=True, slots=True)
class Handoff:
	"""One handover. Moments are naive, in the host's zone."""

	lead: str
	title: str
	source: str
	score: int
	"""Of today."""
	user: str
	sequence: str
	handed_on: datetime
	answer: Answer
	answered_on: datetime | None
	reason: str
	"""Why it was given back; empty if nobody said."""
	opportunity: bool
	"""One was made since."""
	lost: bool
	"""Do Not Contact or an offer lost, or a deal lost within `LOST_WITHIN`."""

	@property
	def is_early(self) -> bool:
		"""Given back, or lost soon: perhaps it was handed over too early (SM-24)."""
		return self.answer == Answer.GIVEN_BACK or self.lost


@dataclass(frozen=True, slots=True)
class Handoffs:
	"""Those of one group."""

	name: str
	answers: Counter[Answer]
	opportunities: int
	early: int
	median_hours: float | None
	"""By the clock, until it was taken or given back; None where nobody has said anything."""

	@property
	def handed(self) -> int:
		return self.answers.total()

	@property
	def accepted(self) -> Share:
		"""Of those somebody said something to."""
		taken = self.answers[Answer.ACCEPTED]
		return Share(taken, taken + self.answers[Answer.GIVEN_BACK])


@dataclass(frozen=True, slots=True)
class _Handed:
	touch: str
	lead: str
	user: str
	sequence: str
	on: datetime


def handoffs(
	host: Host, start: datetime, end: datetime, visible: Collection[str] | None = None
) -> list[Handoff]:
	"""Handed over from `start` to `end` (naive, host zone), the latest first; only `visible` leads if given.

	One query, and six for each thousand leads. Indexes (activity_type, occurred_on, party) and (party, activity_type,
	occurred_on) of the activities.
	"""
	handed = [one for one in _handed(host, start, end) if visible is None or one.lead in visible]
	found: list[Handoff] = []
	for some in chunks(handed):
		found += _what_became(host, some, start)
	return sorted(found, key=lambda one: (one.handed_on, one.lead), reverse=True)


def by(found: Sequence[Handoff], group: Callable[[Handoff], str]) -> list[Handoffs]:
	"""Those of each `group`, the most first, those that are in none ("") last."""
	of: dict[str, list[Handoff]] = {}
	for one in found:
		of.setdefault(group(one), []).append(one)
	rows = [together(some, name) for name, some in of.items()]
	return sorted(rows, key=lambda row: (not row.name, -row.handed, row.name))


def together(found: Sequence[Handoff], name: str = "") -> Handoffs:
	waited = [(one.answered_on - one.handed_on).total_seconds() / 3600 for one in found if one.answered_on]
	return Handoffs(
		name=name,
		answers=Counter(one.answer for one in found),
		opportunities=sum(one.opportunity for one in found),
		early=sum(one.is_early for one in found),
		median_hours=round(median(waited), 1) if waited else None,
	)


def _what_became(host: Host, handed: Sequence[_Handed], start: datetime) -> Iterator[Handoff]:
	parties = sorted({one.lead for one in handed})
	source = column_for(host, "Source")
	leads = load_leads(host, parties, (*LEAD_COLUMNS, *filter(None, [source])))
	answers, deals = _answers(host, parties, start), _deals(host, parties, start)
	given_back = _given_back(host, [one.touch for one in handed])
	contacts = last_contacts(host, parties, start)
	for one in handed:
		if not (lead := leads.get(one.lead)):  # deleted a moment ago
			continue
		answer, said = _answer(one, answers, given_back, contacts.get(one.lead))
		lost_on = deals.get((one.lead, LOST), ())
		yield Handoff(
			lead=one.lead,
			title=lead["lead_name"] or one.lead,
			source=(lead[source] or "") if source else "",
			score=int(lead["nurture_score"] or 0),
			user=one.user,
			sequence=one.sequence,
			handed_on=one.on,
			answer=answer,
			answered_on=said[0] if said else None,
			reason=said[1] if said and answer == Answer.GIVEN_BACK else "",
			opportunity=any(on >= one.on for on in deals.get((one.lead, OPPORTUNITY), ())),
			lost=lead["status"] in LOST_STATUSES
			or any(one.on <= on <= one.on + LOST_WITHIN for on in lost_on),
		)


def _answer(
	one: _Handed,
	answers: Mapping[tuple[str, str], _Said],
	given_back: Collection[str],
	contacted_on: datetime | None,
) -> tuple[Answer, _Said | None]:
	if one.touch in given_back:
		return Answer.GIVEN_BACK, answers.get((GIVEN_BACK, one.touch))
	if said := answers.get((ACCEPTED, one.touch)):
		return Answer.ACCEPTED, said
	return (Answer.IN_TOUCH if contacted_on and contacted_on >= one.on else Answer.NONE), None


def _handed(host: Host, start: datetime, end: datetime) -> list[_Handed]:
	activity = doctype("Nurture Activity", "a")
	query = Query.from_(activity).select(
		activity.source_name, activity.party, activity.detail, activity.sequence, activity.occurred_on
	)
	query = query.where((activity.activity_type == P(HANDED)) & (activity.source_doctype == P(SOURCE)))
	query = query.where((activity.occurred_on >= P(start)) & (activity.occurred_on <= P(end)))
	return [
		_Handed(touch, party, user or "", sequence or "", as_datetime(moment))
		for touch, party, user, sequence, moment in host.db.rows(query)
	]


def _answers(host: Host, parties: Sequence[str], start: datetime) -> dict[tuple[str, str], _Said]:
	"""By kind and touch: when it was said last, and the detail."""
	activity = doctype("Nurture Activity", "a")
	query = Query.from_(activity).select(
		activity.activity_type, activity.source_name, activity.occurred_on, activity.detail
	)
	query = query.where(activity.party.isin(params(parties)) & (activity.occurred_on >= P(start)))
	query = query.where(activity.activity_type.isin(params((ACCEPTED, GIVEN_BACK))))
	rows = sorted(host.db.rows(query), key=lambda row: str(row[2]))
	return {(kind, touch): (as_datetime(moment), detail or "") for kind, touch, moment, detail in rows}


def _deals(host: Host, parties: Sequence[str], start: datetime) -> dict[tuple[str, str], list[datetime]]:
	"""By lead and kind, when deals were opened and lost."""
	activity = doctype("Nurture Activity", "a")
	query = Query.from_(activity).select(activity.party, activity.activity_type, activity.occurred_on)
	query = query.where(activity.party.isin(params(parties)) & (activity.occurred_on >= P(start)))
	query = query.where(activity.activity_type.isin(params((OPPORTUNITY, LOST))))
	found: dict[tuple[str, str], list[datetime]] = {}
	for party, kind, moment in host.db.rows(query):
		found.setdefault((party, kind), []).append(as_datetime(moment))
	return found


def _given_back(host: Host, touches: Sequence[str]) -> set[str]:
	"""By primary key: whoever changed their mind has it again."""
	touch = doctype("Nurture Touch", "t")
	query = Query.from_(touch).select(touch.name).where(touch.name.isin(params(touches)))
	return {name for (name,) in host.db.rows(query.where(touch.reason == P(str(Reason.GIVEN_BACK))))}
