"""What came of each variant: one grouped query over the ledger, joined to what people did afterwards.

A person counts once, with the first message of the experiment and what followed within its days; only people's own
reactions count, never those of machines (the marks on a touch and the classification of activities say which).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pypika import Case
from pypika import functions as fn

from nurture_app.engine.codes import HANDED_OVER, Reason, TouchStatus
from nurture_app.engine.experiments.definition import PATH, Experiment
from nurture_app.engine.experiments.findings import Tally
from nurture_app.engine.figures.counts import BOOKED
from nurture_app.engine.library.results import STEPS_FORWARD
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, as_datetime, days_between, doctype, params

ON_THE_TOUCH = {"Human Click": "clicked_on", "Reply": "replied_on", "Open": "opened_on"}
ACTIVITIES = {
	"Booking": BOOKED,
	"Meeting": ("Meeting",),
	"SQL Reached": ("SQL Reached",),
	"Stage Velocity": STEPS_FORWARD,
	"Opportunity": ("Opportunity Created",),
}
"""Velocity is measured by how many are a stage further within the days in which people count."""
ON_A_PATH = {"Human Click": ("Email Click",), "Reply": ("Email Reply",), "Open": ("Email Open",)}
"""A path has many messages: what people did with any of them."""


def tally(host: Host, experiment: Experiment) -> Mapping[str, Tally]:
	"""By label of the variant, and `HOLDOUT`. Index (sequence) of the touches."""
	people, ripe = _people(host, experiment), host.clock.now() - timedelta(days=experiment.window_days)
	if experiment.metric == "Revenue":
		return _with_amounts(host, experiment, people, ripe)
	counts = people.first_on <= P(ripe)
	age = days_between(people.first_on, people.did_on, host.db.dialect)
	did = people.did_on.isnotnull() & (age <= P(experiment.window_days))
	query = Query.from_(people).select(
		people.variant,
		fn.Count(people.party),
		fn.Sum(Case().when(counts, 1).else_(0)),
		fn.Sum(Case().when(counts & did, 1).else_(0)),
	)
	rows = host.db.rows(query.groupby(people.variant))
	return {label: Tally(*(int(number or 0) for number in numbers)) for label, *numbers in rows}


def _people(host: Host, experiment: Experiment) -> Any:
	"""(party, variant, first_on, did_on) as a table to select from: each person with the first message and first deed."""
	touch = doctype("Nurture Touch", "t")
	sent_on = fn.Coalesce(touch.queued_on, touch.due_on)
	query = Query.from_(touch)
	did_on: Any = P(None)
	is_path = experiment.variable == PATH
	kinds = ACTIVITIES.get(experiment.metric) or (ON_A_PATH.get(experiment.metric) if is_path else None)
	if experiment.metric == "Reply" and not is_path:
		# answers from a telephone name no message: what comes by the same channel afterwards counts
		activity = doctype("Nurture Activity", "a")
		query = query.left_join(activity).on(
			touch.channel.isin(params(("SMS", "WhatsApp")))
			& (activity.party == touch.party)
			& (activity.activity_type == P("Email Reply"))
			& (activity.channel == touch.channel)
			& (activity.occurred_on >= sent_on)
		)
		did_on = fn.Coalesce(touch.replied_on, activity.occurred_on)
	elif experiment.metric in ON_THE_TOUCH and not is_path:
		did_on = touch[ON_THE_TOUCH[experiment.metric]]
	elif kinds:
		activity = doctype("Nurture Activity", "a")
		query = query.left_join(activity).on(
			(activity.party == touch.party)
			& activity.activity_type.isin(params(kinds))
			& (activity.classification == P("human"))
			& (activity.occurred_on >= sent_on)
		)
		did_on = activity.occurred_on
	held_out = touch.reason == P(str(Reason.HELD_OUT))
	query = query.where((touch.sequence == P(experiment.sequence)) & (touch.experiment == P(experiment.name)))
	reached = (TouchStatus.DONE,) if is_path else HANDED_OVER
	query = query.where(touch.status.isin(params([str(status) for status in reached])) | held_out)
	query = query.select(
		touch.party,
		fn.Min(touch.variant).as_("variant"),
		fn.Min(sent_on).as_("first_on"),
		fn.Min(did_on).as_("did_on"),
	)
	return query.groupby(touch.party).as_("people")


def _with_amounts(host: Host, experiment: Experiment, people: Any, ripe: datetime) -> Mapping[str, Tally]:
	"""Net amounts of the submitted invoices of the customers that the people became, in the company's currency."""
	counted = Case().when(people.first_on <= P(ripe), 1).else_(0)
	query = Query.from_(people).select(people.variant, fn.Count(people.party), fn.Sum(counted))
	found = {
		label: Tally(int(all_), int(ripe_ or 0))
		for label, all_, ripe_ in host.db.rows(query.groupby(people.variant))
	}
	amounts: dict[str, list[float]] = {}
	for label, amount in _paid(host, experiment, people, ripe):
		amounts.setdefault(label, []).append(amount)
	return {
		label: Tally(one.people, one.counted, len(amounts.get(label, ())), tuple(amounts.get(label, ())))
		for label, one in found.items()
	}


def _paid(host: Host, experiment: Experiment, people: Any, ripe: datetime) -> list[tuple[str, float]]:
	"""(variant, amount) of everybody who paid something. Indexes (lead_name), (party_name), (customer)."""
	customer, opportunity = doctype("Customer", "c"), doctype("Opportunity", "o")
	invoice = doctype("Sales Invoice", "i")
	directly = Query.from_(people).join(customer).on(customer.lead_name == people.party)
	by_opportunity = Query.from_(people).join(opportunity).on(opportunity.party_name == people.party)
	by_opportunity = by_opportunity.join(customer).on(customer.opportunity_name == opportunity.name)
	by_opportunity = by_opportunity.where(fn.Coalesce(customer.lead_name, P("")) == P(""))
	age = days_between(people.first_on, invoice.posting_date, host.db.dialect)
	amounts: dict[tuple[str, str], float] = {}
	for query in (directly, by_opportunity.where(opportunity.opportunity_from == P("Lead"))):
		query = query.join(invoice).on((invoice.customer == customer.name) & (invoice.docstatus == P(1)))
		# An invoice has a date and no hour: that of the first day counts.
		query = query.where((people.first_on <= P(ripe)) & (age > P(-1)) & (age <= P(experiment.window_days)))
		query = query.select(people.variant, people.party, fn.Sum(invoice.base_net_total))
		for label, party, amount in host.db.rows(query.groupby(people.variant, people.party)):
			amounts[label, party] = amounts.get((label, party), 0.0) + float(amount or 0)
	return [(label, amount) for (label, _), amount in amounts.items() if amount > 0]


def days_since(host: Host, experiment: Experiment) -> int:
	"""Full days since it began."""
	started = as_datetime(experiment.started_on)
	return (host.clock.now() - started).days if started else 0
