"""Who hears too much from us, and who nothing, by persona (CD-15)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pypika import Case
from pypika import functions as fn

from nurture_app.engine.codes import HANDED_OVER, TouchStatus
from nurture_app.engine.people import out_of_quarantine
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, doctype, one_way, params, sorted_in_memory

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
	"""Messages and tasks since `since` (naive, host zone); more than `most` for a lead is too much. Two queries.

	Customers and Do Not Contact are left out. What left is counted by lead first, and those leads are looked up: asked lead by
	lead, all touches there ever were would be read. Index (status, queued_on, channel).
	"""
	lead, touch = doctype("Lead", "lead"), doctype("Nurture Touch", "t")
	statuses = params([str(status) for status in (*HANDED_OVER, TouchStatus.DONE)])
	# a task was never queued: it counts from when it was given
	lately = (touch.queued_on >= P(since)) | (touch.queued_on.isnull() & (touch.creation >= P(since)))
	# in the order of an index of parties all touches would be read as well, and counting different ones has them sorted
	# where a table of counts would be looked up a touch at a time
	party, count = one_way(touch.party, host.db.dialect), fn.Count(touch.name).distinct()
	had = Query.from_(touch).select(party.as_("party"), count.as_("touches")).groupby(party)
	had = had.where(touch.status.isin(statuses) & touch.channel.isin(params(CHANNELS)) & lately).as_("had")
	too_much = fn.Sum(Case().when(had.touches > P(most), 1).else_(0))
	reached = Query.from_(had).join(lead).on(lead.name == one_way(had.party, host.db.dialect))
	counts = {
		persona: tuple(map(int, numbers))
		for persona, *numbers in _by_persona(host, reached, lead, fn.Sum(had.touches), too_much)
	}
	rows = []
	for persona, leads in _by_persona(host, Query.from_(lead), lead):
		some, touches, over = counts.get(persona, (0, 0, 0))
		rows.append(Load(persona, int(leads), touches, over, int(leads) - some))
	return sorted(rows, key=lambda one: (not one.persona, one.persona))


def _by_persona(host: Host, query: Any, lead: Any, *sums: Any) -> list[tuple[Any, ...]]:
	"""(persona, leads, and the sums): those who have a persona, and the others under an empty one."""
	persona = fn.Coalesce(lead.nurture_persona, P(""))
	query = query.where(lead.status.notin(params(GONE)) & out_of_quarantine(lead))
	query = query.select(persona, fn.Count("*"), *sums).groupby(persona)
	return list(host.db.rows(sorted_in_memory(query, host.db.dialect)))
