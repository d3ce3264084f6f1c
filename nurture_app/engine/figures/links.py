"""What became of visitors who came by one link or another: two pages, or two advertisements, compared (AB-10).

The links of a pair name the same campaign (`utm_campaign`) and differ in what they lead to (`utm_content`). A visitor
belongs to the link by which they first came in this campaign. Only visitors who agreed to be counted are.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from pypika import Case
from pypika import functions as fn

from nurture_app.engine.figures.shares import Share
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, Raw, doctype, exists


@dataclass(frozen=True, slots=True)
class Link:
	"""Visitors by one link, how many of them are leads by now, and how many did what was hoped for since."""

	campaign: str
	content: str
	visitors: int
	leads: int
	reached: int

	@property
	def share(self) -> Share:
		return Share(self.reached, self.visitors)


def compare_links(
	host: Host, start: datetime, end: datetime, activity_type: str, campaign: str = ""
) -> list[Link]:
	"""Links of campaigns with at least two of them, by whose first visit lies from `start` to `end` (naive, host zone).

	One query, whatever the number of visitors. Indexes (started_on) of visits, (party, activity_type, occurred_on).
	"""
	visit, visitor = doctype("Nurture Visit", "visit"), doctype("Nurture Visitor", "visitor")
	first = _first_visits(start, end, campaign)
	query = Query.from_(first).join(visit)
	query = query.on((visit.visitor == first.visitor) & (visit.started_on == first.moment))
	query = query.join(visitor).on(visitor.name == first.visitor)
	query = query.where((visit.utm_campaign == first.campaign) & (visit.utm_content != P("")))
	deed = doctype("Nurture Activity", "deed")
	deeds = Query.from_(deed).select(deed.name).where(deed.party == visitor.party)
	deeds = deeds.where((deed.activity_type == P(activity_type)) & (deed.classification == P("human")))
	deeds = deeds.where(deed.occurred_on >= first.moment)
	known = Raw("COALESCE({}, {})", visitor.party, "") != P("")
	query = query.select(
		first.campaign,
		visit.utm_content,
		fn.Count(first.visitor).distinct(),
		fn.Count(Case().when(known, first.visitor)).distinct(),
		fn.Count(Case().when(known & exists(deeds), first.visitor)).distinct(),
	)
	query = query.groupby(first.campaign, visit.utm_content).orderby(first.campaign, visit.utm_content)
	links = [Link(*map(str, row[:2]), *map(int, row[2:])) for row in host.db.rows(query)]
	several = Counter(link.campaign for link in links)
	return [link for link in links if several[link.campaign] > 1]


def _first_visits(start: datetime, end: datetime, campaign: str) -> Query:
	"""By visitor and campaign, when somebody first came by one of its links."""
	visit = doctype("Nurture Visit", "first_visit")
	query = Query.from_(visit).select(
		visit.visitor, visit.utm_campaign.as_("campaign"), fn.Min(visit.started_on).as_("moment")
	)
	query = query.where((visit.utm_campaign != P("")) & (visit.utm_content != P("")))
	query = query.where((visit.started_on >= P(start)) & (visit.started_on <= P(end)))
	if campaign:
		query = query.where(visit.utm_campaign == P(campaign))
	return query.groupby(visit.visitor, visit.utm_campaign).as_("first")
