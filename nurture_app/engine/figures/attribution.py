"""What brought customers: each one's credit is shared among what the lead did before, by one of the usual models (AT-01 to AT-06).

What a person did several times on one day with the same answer to "by what" counts once, so that ten pages are not ten
times a webinar. A lead that did nothing on record before came by its own source, or nobody knows by what (AT-11).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pypika import functions as fn

from nurture_app.engine.config import engagement_types
from nurture_app.engine.consent import CONVERSATIONS
from nurture_app.engine.figures.funnel import STEPS, column_for
from nurture_app.engine.figures.invoices import invoiced
from nurture_app.engine.library.had import load_asset_names
from nurture_app.engine.people import load_leads, out_of_quarantine
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, as_datetime, chunks, doctype, params

FIRST, LAST, LINEAR, U_SHAPED, W_SHAPED = "First Touch", "Last Touch", "Linear", "U-Shaped", "W-Shaped"
MODELS = (FIRST, LAST, LINEAR, U_SHAPED, W_SHAPED)
USUAL_PERCENT = {U_SHAPED: 40.0, W_SHAPED: 30.0}
"""For each touch that stands out; a convention, as is that the others share the rest (AT-03, AT-04)."""
MOST_PERCENT = {U_SHAPED: 50.0, W_SHAPED: 100 / 3}
OPENED = "Email Open"
"""An estimate, and no sign of interest to give credit for."""
VISIT = "Nurture Visit"
LEAD_CREATED = "Lead Created"
SAME_CHANNEL = {"E-mail": "Email"}
"""What visits call otherwise than activities do."""


@dataclass(frozen=True, slots=True)
class Touchpoint:
	"""Something a lead did. Texts are empty where nobody knows; the moment is naive, in the host's zone."""

	on: datetime
	kind: str
	source: str
	campaign: str
	sequence: str
	content: str


BY: Mapping[str, Callable[[Touchpoint], str]] = {
	"Source": lambda one: one.source,
	"Campaign": lambda one: one.campaign,
	"Activity": lambda one: one.kind,
	"Sequence": lambda one: one.sequence,
	"Content": lambda one: one.content,
}


@dataclass(frozen=True, slots=True)
class Deal:
	"""A lead that got as far as was asked for."""

	lead: str
	reached_on: datetime
	created_on: datetime
	opportunity_on: datetime | None
	touchpoints: tuple[Touchpoint, ...]
	"""The earliest first, at least one."""
	amount: float


@dataclass(frozen=True, slots=True)
class Credit:
	"""What one source, campaign... is credited with; `name` is empty for what nobody knows."""

	name: str
	deals: float
	"""Shares of deals, added up."""
	amount: float
	influenced: int
	"""Deals with at least one such touch (AT-06)."""
	influenced_amount: float


def deals(
	host: Host,
	start: datetime,
	end: datetime,
	step: str = "customer",
	days: int = 365,
	*,
	conversations: bool = False,
	visible: Collection[str] | None = None,
	companies: Collection[str] = (),
) -> list[Deal]:
	"""Leads that took `step` (of `funnel.STEPS`) first from `start` to `end` (naive, host zone), by name.

	Looked at is what they did up to `days` before. Calls and meetings only with `conversations`. Only `visible` leads if
	given. Two queries, four for each thousand leads, two more for the invoices of `companies`. Indexes (activity_type,
	occurred_on, party), (party, activity_type, occurred_on).
	"""
	reached = _reached(host, start, end, STEPS[step], visible)
	amounts = invoiced(host, companies) if companies else {}
	kinds = [kind for kind in engagement_types(host) if kind != OPENED and kind not in ("", STEPS[step])]
	if not conversations:
		kinds = [kind for kind in kinds if kind not in CONVERSATIONS]
	content = _content_of(host)
	found: list[Deal] = []
	for some in chunks(sorted(reached)):
		leads = _leads(host, some)
		opportunities = _first(host, some, STEPS["opportunity"])
		done = _touchpoints(host, some, kinds, content)
		for name in some:
			if not (lead := leads.get(name)):
				continue
			on = reached[name]
			touches = _within(lead, done.get(name, ()), on - timedelta(days=days), on)
			found.append(Deal(name, on, lead.on, opportunities.get(name), touches, amounts.get(name, 0.0)))
	return found


def attribute(found: Sequence[Deal], by: str, model: str, percent: float | None = None) -> list[Credit]:
	"""The credit of each answer to `by` (of `BY`), the most first, what nobody knows last; together, it is all deals (AT-05).

	`percent` is what each touch that stands out gets in the U- and W-shaped model, instead of the usual one.
	"""
	label = BY[by]
	names: dict[str, list[float]] = {}
	for deal in found:
		touches = _once_a_day(deal.touchpoints, label)
		weights = shares(deal, touches, model, percent)
		own: dict[str, float] = {}
		for one, weight in zip(touches, weights, strict=True):
			own[label(one)] = own.get(label(one), 0.0) + weight
		for name, weight in own.items():
			sums = names.setdefault(name, [0.0, 0.0, 0, 0.0])
			for place, more in enumerate((weight, weight * deal.amount, 1, deal.amount)):
				sums[place] += more
	credits = [Credit(name, *sums) for name, sums in names.items()]
	return sorted(credits, key=lambda one: (not one.name, -one.deals, one.name))


def shares(
	deal: Deal, touches: Sequence[Touchpoint], model: str, percent: float | None = None
) -> list[float]:
	"""What each of `touches` (the earliest first, at least one) contributed to the deal; they sum to 1."""
	count = len(touches)
	if model == FIRST:
		return [1.0, *[0.0] * (count - 1)]
	if model == LAST:
		return [*[0.0] * (count - 1), 1.0]
	if model == LINEAR:
		return [1 / count] * count
	marked = [0, count - 1] if model == U_SHAPED else _turning_points(deal, touches)
	each = (USUAL_PERCENT[model] if percent is None else percent) / 100
	weights = [0.0] * count
	for place in marked:
		weights[place] += each
	others = [place for place in range(count) if place not in marked]
	for place in others:
		weights[place] += (1 - each * len(marked)) / len(others)
	total = sum(weights)
	return [weight / total for weight in weights] if total else [1 / count] * count


def _turning_points(deal: Deal, touches: Sequence[Touchpoint]) -> list[int]:
	"""The first touch, the one with which the lead was there, and the last before its opportunity, or before the deal."""
	opportunity_on = deal.opportunity_on or deal.reached_on
	created = [place for place, one in enumerate(touches) if one.on.date() <= deal.created_on.date()]
	before = [place for place, one in enumerate(touches) if one.on <= opportunity_on]
	return [0, created[-1] if created else 0, before[-1] if before else 0]


def _once_a_day(touches: Sequence[Touchpoint], label: Callable[[Touchpoint], str]) -> list[Touchpoint]:
	known = {}
	for one in touches:
		known.setdefault((one.on.date(), label(one)), one)
	return list(known.values())


def _within(
	lead: Touchpoint, done: Sequence[Touchpoint], start: datetime, end: datetime
) -> tuple[Touchpoint, ...]:
	"""What was done in the time that counts, and first how the lead came to be where nothing on record had led to that."""
	touches = [one for one in done if start <= one.on <= end]
	if lead.on >= start and (not touches or touches[0].on.date() > lead.on.date()):
		touches.insert(0, lead)
	return tuple(touches) or (Touchpoint(lead.on, "", "", "", "", ""),)


def _reached(
	host: Host, start: datetime, end: datetime, kind: str, visible: Collection[str] | None
) -> dict[str, datetime]:
	"""By lead, when it got there first, if that was in the span."""
	activity, lead = doctype("Nurture Activity", "a"), doctype("Lead", "lead")
	query = Query.from_(activity).join(lead).on((lead.name == activity.party) & out_of_quarantine(lead))
	query = query.select(activity.party, fn.Min(activity.occurred_on))
	query = query.where((activity.activity_type == P(kind)) & (activity.classification == P("human")))
	firsts = {
		party: as_datetime(moment)
		for party, moment in host.db.rows(query.groupby(activity.party))
		if visible is None or party in visible
	}
	return {party: moment for party, moment in firsts.items() if start <= moment <= end}


def _first(host: Host, parties: Sequence[str], kind: str) -> dict[str, datetime]:
	activity = doctype("Nurture Activity", "a")
	query = Query.from_(activity).select(activity.party, fn.Min(activity.occurred_on))
	query = query.where(activity.party.isin(params(parties)) & (activity.activity_type == P(kind)))
	query = query.where(activity.classification == P("human"))
	return {party: as_datetime(moment) for party, moment in host.db.rows(query.groupby(activity.party))}


def _leads(host: Host, parties: Sequence[str]) -> dict[str, Touchpoint]:
	"""That each came to be, as a touch of its own."""
	source, campaign = column_for(host, "Source"), column_for(host, "Campaign")
	columns = ("creation", "nurture_first_source", *filter(None, (source, campaign)))
	return {
		name: Touchpoint(
			on=as_datetime(row["creation"]),
			kind=LEAD_CREATED,
			source=row["nurture_first_source"] or (row[source] if source else "") or "",
			campaign=(row[campaign] if campaign else "") or "",
			sequence="",
			content="",
		)
		for name, row in load_leads(host, parties, columns).items()
	}


def _touchpoints(
	host: Host, parties: Sequence[str], kinds: Sequence[str], content: Callable[[str, str], str]
) -> dict[str, list[Touchpoint]]:
	"""By lead, the earliest first; how a visit came about is said by the visit."""
	activity, visit = doctype("Nurture Activity", "a"), doctype("Nurture Visit", "v")
	query = Query.from_(activity).left_join(visit)
	query = query.on((visit.name == activity.source_name) & (activity.source_doctype == P(VISIT)))
	query = query.select(
		activity.party,
		activity.occurred_on,
		activity.activity_type,
		activity.channel,
		activity.campaign,
		activity.sequence,
		activity.detail,
		visit.channel,
		visit.utm_campaign,
	)
	query = query.where(activity.party.isin(params(parties)) & activity.activity_type.isin(params(kinds)))
	query = query.where(activity.classification == P("human"))
	found: dict[str, list[Touchpoint]] = {}
	for party, moment, kind, channel, campaign, sequence, detail, came_by, utm in host.db.rows(query):
		source = came_by or channel or ""
		found.setdefault(party, []).append(
			Touchpoint(
				on=as_datetime(moment),
				kind=kind,
				source=SAME_CHANNEL.get(source, source),
				campaign=campaign or utm or "",
				sequence=sequence or "",
				content=content(kind, detail or ""),
			)
		)
	for touches in found.values():
		touches.sort(key=lambda one: (one.on, one.kind))
	return found


def _content_of(host: Host) -> Callable[[str, str], str]:
	"""The title of the asset that an activity is about; empty for none."""
	library = load_asset_names(host)

	def content(kind: str, detail: str) -> str:
		asset = library.linked(detail) if kind == "Email Click" else library.titled(detail)
		return library.title_of(asset) if asset else ""

	return content
