"""Handovers that nobody has said anything to in time, and no contact since (SM-02, SM-04)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from nurture_app.engine.activities import ActivityIn, record_in
from nurture_app.engine.codes import TouchStatus
from nurture_app.engine.config import load_settings
from nurture_app.engine.consent import last_contacts
from nurture_app.engine.figures.follow_up import IN_HAND, own_hours
from nurture_app.engine.handovers import ACCEPTED, GIVEN_BACK, HANDED, SOURCE
from nurture_app.engine.people import lock_leads
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, as_datetime, chunks, days_before, doctype, params

UNANSWERED = "Handoff Unanswered"
LOOK_BACK = 30
"""Days. What is older is asked no more."""


@dataclass(frozen=True, slots=True)
class Unanswered:
	touch: str
	party: str
	sequence: str
	user: str
	task: str
	"""The host's name of what told them of it."""
	handed_on: datetime
	"""Naive, host zone."""


def unanswered(host: Host) -> list[Unanswered]:
	"""Those whose time is over, `handoff_hours` of the own send window, and of which nobody was told yet.

	Leads in hand, with an opportunity or a quotation, are left out, and those somebody was in touch with. One query and
	four where there are any. Index (activity_type, occurred_on, party) and (party, activity_type, occurred_on).
	"""
	hours = load_settings(host.db).handoff_hours
	found = _silent(host) if hours else []
	if not found:
		return []
	table, now = own_hours(host), host.clock.now()
	over = [
		one for one in found if (due := table.open_for(one.handed_on, timedelta(hours=hours))) and due <= now
	]
	contacts: dict[str, datetime] = {}
	for some in chunks(sorted({one.party for one in over})):
		contacts |= last_contacts(host, some, min(one.handed_on for one in over))
	return [one for one in over if one.party not in contacts or contacts[one.party] < one.handed_on]


def note_unanswered(host: Host, found: Sequence[Unanswered], tell: Callable[[Unanswered], None]) -> None:
	"""An activity of each lead, with which sequences may start (SM-03); colleagues are told (`tell`) along with it, once.

	Each in a transaction of its own.
	"""
	for one in found:
		with host.db.transaction():
			lock_leads(host, {one.party})
			activity = ActivityIn(
				party=one.party,
				activity_type=UNANSWERED,
				occurred_on=host.clock.now(),
				channel="Sales",
				detail=one.user,
				dedupe_key=f"{UNANSWERED}|{one.touch}",
				sequence=one.sequence,
				source_doctype=SOURCE,
				source_name=one.touch,
			)
			if record_in(host, [activity]).new:
				tell(one)


def _silent(host: Host) -> list[Unanswered]:
	"""Handed over lately and not answered, taken back or told of, however long ago."""
	handed, said = doctype("Nurture Activity", "handed"), doctype("Nurture Activity", "said")
	lead, touch = doctype("Lead", "lead"), doctype("Nurture Touch", "touch")
	query = Query.from_(handed).join(touch).on(touch.name == handed.source_name)
	query = query.join(lead).on((lead.name == handed.party) & lead.status.notin(params(IN_HAND)))
	answers = params((ACCEPTED, GIVEN_BACK, UNANSWERED))
	query = query.left_join(said).on(
		(said.party == handed.party)
		& said.activity_type.isin(answers)
		& (said.source_name == handed.source_name)
	)
	query = query.where(
		(handed.activity_type == P(HANDED))
		& (handed.occurred_on > P(days_before(host.clock.now(), LOOK_BACK)))
	)
	query = query.where((handed.source_doctype == P(SOURCE)) & said.name.isnull())
	query = query.where(touch.status == P(str(TouchStatus.DONE)))
	query = query.select(
		touch.name, handed.party, touch.sequence, touch.reason_detail, touch.email_queue, handed.occurred_on
	)
	return [
		Unanswered(name, party, sequence, user or "", task or "", as_datetime(moment))
		for name, party, sequence, user, task, moment in host.db.rows(query)
	]
