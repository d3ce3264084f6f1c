"""What leads cost in messages and people's time, beside what came of them: by touch tier and more (HL-14).

A lead counts in the group it is in today. What was done and what came of it are those of the time asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from pypika import functions as fn

from nurture_app.engine.codes import AWAY
from nurture_app.engine.consent import CONVERSATIONS
from nurture_app.engine.figures.funnel import STEPS, column_for
from nurture_app.engine.figures.invoices import invoiced
from nurture_app.engine.hand_work import DONE
from nurture_app.engine.people import out_of_quarantine
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, doctype, params

BY = ("Touch Tier", "Nurture Type", "Persona", "Source", "Lead Owner")
"""Of the groups of the funnel."""
CONTACTS, TASKS, OPPORTUNITIES, CUSTOMERS = "contacts", "tasks", "opportunities", "customers"
COUNTED = {
	**dict.fromkeys(CONVERSATIONS, CONTACTS),
	DONE: TASKS,
	STEPS["opportunity"]: OPPORTUNITIES,
	STEPS["customer"]: CUSTOMERS,
}
"""What activities count as. Of what came of it, a lead counts once."""
ONCE = (OPPORTUNITIES, CUSTOMERS)


@dataclass(frozen=True, slots=True)
class Effort:
	"""Leads that have something in common; `name` is empty for those that lack it."""

	name: str
	leads: int
	messages: int
	"""That sequences sent."""
	contacts: int
	"""Mails, calls and meetings of colleagues."""
	tasks: int
	"""That colleagues did."""
	opportunities: int
	customers: int
	amount: float
	"""Net, of invoices posted in the time; 0 where no companies were asked for."""

	@property
	def contacts_per_lead(self) -> float:
		return (self.contacts + self.tasks) / self.leads if self.leads else 0.0


def effort(
	host: Host,
	start: datetime,
	end: datetime,
	by: str = BY[0],
	visible: Collection[str] | None = None,
	companies: Collection[str] = (),
) -> list[Effort]:
	"""From `start` to `end` (naive, host zone), a row for each group, those with most people's time per lead first.

	Only `visible` leads if given; `companies` of one currency. Three queries, five with companies. Indexes
	(activity_type, occurred_on, party) of the activities, (status, queued_on) of the touches.
	"""
	groups = _groups(host, by, visible)
	counts = _counts(host, start, end)
	messages = _messages(host, start, end)
	amounts = invoiced(host, companies, start, end) if companies else {}
	rows = [_row(name, leads, messages, counts, amounts) for name, leads in groups.items()]
	return sorted(rows, key=lambda row: (not row.name, -row.contacts_per_lead, row.name))


def together(rows: Collection[Effort], name: str = "") -> Effort:
	"""The sum of them all."""
	sums = (
		sum(getattr(row, field) for row in rows)
		for field in ("leads", "messages", CONTACTS, TASKS, OPPORTUNITIES, CUSTOMERS, "amount")
	)
	return Effort(name, *sums)


def _row(
	name: str,
	leads: Collection[str],
	messages: Mapping[str, int],
	counts: Mapping[str, Mapping[str, int]],
	amounts: Mapping[str, float],
) -> Effort:
	return Effort(
		name,
		len(leads),
		sum(messages.get(lead, 0) for lead in leads),
		*(
			sum(counts[what].get(lead, 0) for lead in leads)
			for what in (CONTACTS, TASKS, OPPORTUNITIES, CUSTOMERS)
		),
		sum(amounts.get(lead, 0.0) for lead in leads),
	)


def _groups(host: Host, by: str, visible: Collection[str] | None) -> dict[str, list[str]]:
	lead = doctype("Lead", "lead")
	column = column_for(host, by)
	query = Query.from_(lead).select(lead.name, getattr(lead, column) if column else P(""))
	groups: dict[str, list[str]] = {}
	for name, group in host.db.rows(query.where(out_of_quarantine(lead))):
		if visible is None or name in visible:
			groups.setdefault(group or "", []).append(name)
	return groups


def _counts(host: Host, start: datetime, end: datetime) -> dict[str, Counter[str]]:
	"""By what is counted and lead, how often."""
	activity = doctype("Nurture Activity", "a")
	query = Query.from_(activity).select(activity.activity_type, activity.party, fn.Count("*"))
	query = query.where(
		activity.activity_type.isin(params(COUNTED)) & (activity.classification == P("human"))
	)
	query = query.where((activity.occurred_on >= P(start)) & (activity.occurred_on <= P(end)))
	counts: dict[str, Counter[str]] = {what: Counter() for what in COUNTED.values()}
	for kind, party, number in host.db.rows(query.groupby(activity.activity_type, activity.party)):
		what = COUNTED[kind]
		counts[what][party] = 1 if what in ONCE else counts[what][party] + number
	return counts


def _messages(host: Host, start: datetime, end: datetime) -> dict[str, int]:
	"""By lead, how many left."""
	touch = doctype("Nurture Touch", "t")
	query = Query.from_(touch).select(touch.party, fn.Count("*"))
	query = query.where(touch.status.isin(params([str(status) for status in AWAY])))
	query = query.where((touch.queued_on >= P(start)) & (touch.queued_on <= P(end)))
	return dict(host.db.rows(query.groupby(touch.party)))
