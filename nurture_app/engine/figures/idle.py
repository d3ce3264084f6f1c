"""Leads that nothing is planned for: in no sequence, without a task, and silent for a while (DH-10)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pypika import functions as fn

from nurture_app.engine.codes import LIVE_STATUSES
from nurture_app.engine.config import load_settings
from nurture_app.engine.consent import Verdict, last_contacts, load_facts, may_ever_send
from nurture_app.engine.figures.follow_up import IN_HAND
from nurture_app.engine.people import load_leads, out_of_quarantine, recipient_of
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, as_datetime, chunks, days_before, doctype, exists, params

CONTACT_DAYS = 365
LEAD_COLUMNS = (
	"lead_name",
	"company_name",
	"lead_owner",
	"nurture_stage",
	"nurture_score",
	"nurture_last_activity_on",
	"creation",
)


@dataclass(frozen=True, slots=True)
class Idle:
	"""One lead. Moments are naive, in the host's zone; texts may be empty."""

	lead: str
	title: str
	company: str
	owner: str
	stage: str
	score: int
	active_on: datetime
	"""Its last sign of interest, or its creation."""
	contacted_on: datetime | None
	"""When somebody of ours was in touch last, within a year."""
	verdict: Verdict
	"""Whether it may be written to."""


def idle_leads(
	host: Host,
	days: int,
	busy: Collection[str] = (),
	visible: Collection[str] | None = None,
	*,
	owner: str = "",
	stage: str | None = None,
	with_consent: bool = False,
) -> list[str]:
	"""Without a sign of interest for `days`, in no sequence, not in the hands of sales, not `busy`: the highest score first.

	Only `visible` leads if given, only of `owner`, only at `stage` ("" for none), only `with_consent` to marketing e-mail.
	One query. Index (party, status).
	"""
	lead, enrollment = doctype("Lead", "lead"), doctype("Nurture Enrollment", "e")
	live = Query.from_(enrollment).select(enrollment.name)
	live = live.where((enrollment.party == lead.name) & enrollment.status.isin(params(LIVE_STATUSES)))
	since = days_before(host.clock.now(), days)
	query = Query.from_(lead).select(lead.name, lead.nurture_score)
	query = query.where(lead.status.notin(params(IN_HAND)) & out_of_quarantine(lead))
	query = query.where(lead.creation < P(since))
	query = query.where(fn.Coalesce(lead.nurture_last_activity_on, lead.creation) < P(since))
	if owner:
		query = query.where(lead.lead_owner == P(owner))
	if with_consent:
		query = query.where((lead.nurture_email_consent == P("Given")) & (lead.unsubscribed == P(0)))
	if stage is not None:
		query = query.where(fn.Coalesce(lead.nurture_stage, P("")) == P(stage))
	rows = [
		(int(score or 0), name)
		for name, score in host.db.rows(query.where(exists(live).negate()))
		if name not in busy and (visible is None or name in visible)
	]
	return [name for _score, name in sorted(rows, key=lambda row: (-row[0], row[1]))]


def described(host: Host, names: Sequence[str]) -> list[Idle]:
	"""What there is to say of each of `names`, in their order. A dozen queries for each thousand."""
	settings = load_settings(host.db)
	since = days_before(host.clock.now(), CONTACT_DAYS)
	found = []
	for some in chunks(names):
		rows = load_leads(host, some, LEAD_COLUMNS)
		contacts = last_contacts(host, some, since)
		facts = load_facts(host, [recipient_of(row) for row in rows.values()], settings)
		found += [
			_idle(rows[name], contacts.get(name), may_ever_send(recipient_of(rows[name]), facts))
			for name in some
			if name in rows  # else deleted a moment ago
		]
	return found


def _idle(row: dict[str, Any], contacted_on: datetime | None, verdict: Verdict) -> Idle:
	return Idle(
		lead=row["name"],
		title=row["lead_name"] or row["name"],
		company=row["company_name"] or "",
		owner=row["lead_owner"] or "",
		stage=row["nurture_stage"] or "",
		score=int(row["nurture_score"] or 0),
		active_on=as_datetime(row["nurture_last_activity_on"] or row["creation"]),
		contacted_on=contacted_on,
		verdict=verdict,
	)
