"""What a segment is good for, before somebody writes to it: who may be mailed, and what became of its people (SG-15)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from nurture_app.engine.codes import Reason
from nurture_app.engine.config import load_settings
from nurture_app.engine.consent import Allow, load_facts, may_ever_send
from nurture_app.engine.figures.funnel import STEPS
from nurture_app.engine.figures.shares import Share
from nurture_app.engine.people import load_leads, recipient_of
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, chunks, doctype, params

OPPORTUNITY, CUSTOMER = STEPS["opportunity"], STEPS["customer"]


@dataclass(frozen=True, slots=True)
class Mailable:
	"""Leads that may be sent marketing mail, and how many may not, by reason, the most frequent first."""

	leads: int
	refused: Mapping[Reason, int]


def mailable(host: Host, parties: Sequence[str]) -> Mailable:
	"""Consent, opt-outs and addresses of `parties`; hours and frequency are not asked. Eight queries per thousand of them."""
	settings, refused, allowed = load_settings(host.db), Counter[Reason](), 0
	for some in chunks(parties):
		recipients = [recipient_of(row) for row in load_leads(host, some).values()]
		facts = load_facts(host, recipients, settings)
		for recipient in recipients:
			verdict = may_ever_send(recipient, facts)
			if isinstance(verdict, Allow):
				allowed += 1
			else:
				refused[verdict.reason] += 1
	return Mailable(allowed, dict(refused.most_common()))


def outcomes(host: Host, segment: str, visible: Collection[str] | None = None) -> dict[str, Share]:
	"""Of all who were ever in it, how many had an Opportunity and how many bought, after they had entered first.

	By activity type. Only `visible` leads if given. Two queries; indexes (segment, left_on, party) and (party,
	activity_type, occurred_on).
	"""
	member, activity = doctype("Nurture Segment Member", "m"), doctype("Nurture Activity", "a")
	query = Query.from_(member).select(member.party).distinct().where(member.segment == P(segment))
	ever = {party for (party,) in host.db.rows(query)}
	query = Query.from_(member).join(activity)
	query = query.on((activity.party == member.party) & (activity.occurred_on >= member.entered_on))
	query = query.where(
		(member.segment == P(segment)) & activity.activity_type.isin(params([OPPORTUNITY, CUSTOMER]))
	)
	query = query.where(activity.classification == P("human"))
	reached = set(host.db.rows(query.select(activity.activity_type, activity.party).distinct()))
	if visible is not None:
		ever &= set(visible)
	return {
		kind: Share(sum(1 for what, party in reached if what == kind and party in ever), len(ever))
		for kind in (OPPORTUNITY, CUSTOMER)
	}
