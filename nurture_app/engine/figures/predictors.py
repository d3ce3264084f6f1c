"""Whether leads that did something became customers more often than the others, kind by kind (SC-28, RQ-03, AI-02).

It compares and does not explain: whoever asks for a demo had made up their mind before. What a message brings tells an
experiment with a holdout.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import NormalDist
from typing import Any

from pypika import Case
from pypika import functions as fn

from nurture_app.engine.config import engagement_types
from nurture_app.engine.figures.funnel import SAID_BY_LEAD, STEPS
from nurture_app.engine.figures.shares import Share, difference
from nurture_app.engine.people import out_of_quarantine
from nurture_app.engine.ports import Host
from nurture_app.engine.rules import load_rules
from nurture_app.engine.sql import Fn, P, Query, Raw, doctype, params

SAID = {STEPS[step]: SAID_BY_LEAD[step] for step in ("customer", "opportunity")}
"""By outcome, the field and the values by which a lead says that it had it."""
OUTCOMES = (*SAID, "Meeting")
"""No stages: those are made of points, so what brings points would always come before them."""
FEWEST = 20
"""Who did it, and all others, must be so many each for a verdict."""
CERTAINTY = 0.95
"""That none of all differences that are shown is chance."""


@dataclass(frozen=True, slots=True)
class Predictor:
	"""A kind of activity, and the outcome of those who did it before and of all others."""

	kind: str
	did: Share
	others: Share
	points: tuple[int, ...]
	"""Of the enabled rules that pay for it, the most first."""
	low: float
	"""By how many percentage points who did it are more, at least."""
	high: float
	"""And at most."""

	@property
	def is_enough(self) -> bool:
		return min(self.did.people, self.others.people) >= FEWEST

	@property
	def verdict(self) -> str:
		"""`More Often`, `Less Often`, `No Difference` that could be shown, or `Too Few`."""
		if not self.is_enough:
			return "Too Few"
		return "More Often" if self.low > 0 else "Less Often" if self.high < 0 else "No Difference"


@dataclass(frozen=True, slots=True)
class Predictors:
	everybody: Share
	kinds: tuple[Predictor, ...]
	"""The largest difference first; those of too few people last."""


def predictors(host: Host, start: datetime, end: datetime, outcome: str = OUTCOMES[0]) -> Predictors:
	"""Leads created from `start` to `end` (naive, host zone), by what they did before they had the `outcome`, or ever.

	Leads whose own fields say that they had it, at a time nobody recorded, are left out: nobody knows what came before.
	Three queries. Indexes (activity_type, occurred_on) and (party, activity_type, occurred_on).
	"""
	leads = _leads(start, end, outcome)
	query = Query.from_(leads).select(fn.Count("*"), fn.Count(leads.since))
	((people, reached),) = host.db.rows(query)
	everybody = Share(int(reached), int(people))
	kinds = [kind for kind in engagement_types(host) if kind != outcome]
	did = {kind: share for kind, share in _did(host, leads, kinds).items() if share.people}
	compared = sum(1 for one in did.values() if min(one.people, everybody.people - one.people) >= FEWEST)
	sigma = NormalDist().inv_cdf(1 - (1 - CERTAINTY) / (2 * max(1, compared)))
	points = _points(host, kinds)
	found = [_predictor(kind, one, everybody, points[kind], sigma) for kind, one in did.items()]
	found.sort(key=lambda one: (not one.is_enough, one.others.percent - one.did.percent, one.kind))
	return Predictors(everybody, tuple(found))


def _leads(start: datetime, end: datetime, outcome: str) -> Any:
	"""Each lead, and since when it has the outcome, if ever."""
	lead, activity = doctype("Lead", "lead"), doctype("Nurture Activity", "outcome")
	reached = Query.from_(activity).select(activity.party, fn.Min(activity.occurred_on).as_("since"))
	reached = reached.where((activity.activity_type == P(outcome)) & (activity.classification == P("human")))
	reached = reached.groupby(activity.party).as_("reached")
	query = Query.from_(lead).left_join(reached).on(reached.party == lead.name)
	query = query.select(lead.name, reached.since)
	query = query.where((lead.creation >= P(start)) & (lead.creation <= P(end)) & out_of_quarantine(lead))
	if outcome in SAID:
		field, values = SAID[outcome]
		said = Fn("COALESCE", getattr(lead, field), "").isin(params(values))
		query = query.where(reached.since.notnull() | said.negate())
	return query.as_("leads")


def _did(host: Host, leads: Any, kinds: list[str]) -> dict[str, Share]:
	activity = doctype("Nurture Activity", "a")
	query = Query.from_(leads).join(activity)
	query = query.on(
		(activity.party == leads.name)
		& activity.activity_type.isin(params(kinds or [""]))
		& (activity.classification == P("human"))
	)
	query = query.where(leads.since.isnull() | (activity.occurred_on < leads.since))
	people = Raw("COUNT(DISTINCT {})", leads.name)
	reached = Raw("COUNT(DISTINCT {})", Case().when(leads.since.notnull(), leads.name))
	rows = host.db.rows(query.select(activity.activity_type, people, reached).groupby(activity.activity_type))
	return {kind: Share(int(reached), int(people)) for kind, people, reached in rows}


def _points(host: Host, kinds: Sequence[str]) -> dict[str, tuple[int, ...]]:
	"""By kind, all of which show interest."""
	rules = [rule for rule in load_rules(host.db)[0] if not rule.is_profile]
	return {
		kind: tuple(sorted((rule.points for rule in rules if rule.pays_for(kind, kinds)), reverse=True))
		for kind in kinds
	}


def _predictor(kind: str, did: Share, everybody: Share, points: tuple[int, ...], sigma: float) -> Predictor:
	others = Share(everybody.count - did.count, everybody.people - did.people)
	return Predictor(kind, did, others, points, *difference(did, others, sigma))
