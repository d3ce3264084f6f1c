"""How many mails were opened and clicked, by whom: a rate without the machines in it, and the machines beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pypika import Case
from pypika import functions as fn

from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, doctype, params

KINDS = ("Email Open", "Email Click")
_RANKS = ("", "machine", "unknown", "human")


@dataclass(slots=True)
class Reactions:
	"""Mails by the most human thing that is known of them; none is counted twice."""

	human: int = 0
	machine: int = 0
	unknown: int = 0


def count_reactions(
	host: Host, *, sequence: str = "", since: datetime | None = None, until: datetime | None = None
) -> dict[str, Reactions]:
	"""By activity type, of one sequence or all. `since` and `until` (exclusive) are naive, in the host's zone.

	Index (activity_type, occurred_on).
	"""
	activity = doctype("Nurture Activity", "a")
	rank = (
		Case()
		.when(activity.classification == P("human"), P(3))
		.when(activity.classification == P("unknown"), P(2))
	)
	each = Query.from_(activity).select(
		activity.activity_type.as_("kind"), activity.touch, fn.Max(rank.else_(P(1))).as_("best")
	)
	each = each.where(activity.activity_type.isin(params(KINDS)) & (activity.touch != P("")))
	if sequence:
		each = each.where(activity.sequence == P(sequence))
	if since:
		each = each.where(activity.occurred_on >= P(since))
	if until:
		each = each.where(activity.occurred_on < P(until))
	each = each.groupby(activity.activity_type, activity.touch).as_("each_mail")
	query = Query.from_(each).select(each.kind, each.best, fn.Count(P(1))).groupby(each.kind, each.best)
	found = {kind: Reactions() for kind in KINDS}
	for kind, best, count in host.db.rows(query):
		setattr(found[kind], _RANKS[int(best)], int(count))
	return found
