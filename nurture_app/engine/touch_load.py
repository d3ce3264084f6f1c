"""Who hears too much from us, and who nothing, by persona (CD-15)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pypika import Case
from pypika import functions as fn

from nurture_app.engine.codes import HANDED_OVER, TouchStatus
from nurture_app.engine.people import out_of_quarantine
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, doctype, params

GONE = ("Converted", "Do Not Contact")
CHANNELS = ("Email", "SMS", "WhatsApp", "Task")


@dataclass(frozen=True, slots=True)
class Load:
	"""Leads of a persona, and the touches they had."""

	persona: str
	"""Empty: of none."""
	leads: int
	touches: int
	over: int
	"""Leads who had more than the limit."""
	silent: int
	"""Leads who had none."""

	@property
	def average(self) -> float:
		return self.touches / self.leads if self.leads else 0.0


def touch_load(host: Host, since: datetime, most: int) -> list[Load]:
	"""Messages and tasks since `since` (naive, host zone); more than `most` for a lead is too much. One query.

	Customers and Do Not Contact are left out. Index (party, sent_on).
	"""
	lead, touch = doctype("Lead", "lead"), doctype("Nurture Touch", "t")
	statuses = params([str(status) for status in (*HANDED_OVER, TouchStatus.DONE)])
	had = (touch.party == lead.name) & (fn.Coalesce(touch.queued_on, touch.creation) >= P(since))
	had &= touch.channel.isin(params(CHANNELS)) & touch.status.isin(statuses)
	count = fn.Count(touch.name)
	each = Query.from_(lead).left_join(touch).on(had).select(lead.name, lead.nurture_persona.as_("persona"))
	each = each.select(count.as_("touches")).where(lead.status.notin(params(GONE)) & out_of_quarantine(lead))
	per = each.groupby(lead.name, lead.nurture_persona).as_("per_lead")
	query = Query.from_(per).select(
		fn.Coalesce(per.persona, P("")),
		fn.Count("*"),
		fn.Sum(per.touches),
		fn.Sum(Case().when(per.touches > P(most), 1).else_(0)),
		fn.Sum(Case().when(per.touches == P(0), 1).else_(0)),
	)
	rows = host.db.rows(query.groupby(fn.Coalesce(per.persona, P(""))))
	return sorted(
		(Load(persona or "", *(int(number or 0) for number in numbers)) for persona, *numbers in rows),
		key=lambda one: (not one.persona, one.persona),
	)
