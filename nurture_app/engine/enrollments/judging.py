"""Who may enter a sequence, and why not."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from nurture_app.engine import conditions
from nurture_app.engine.codes import LIVE_STATUSES, NurtureError, Reason
from nurture_app.engine.condition_scope import lead_scope
from nurture_app.engine.config import load_settings
from nurture_app.engine.consent import Allow, load_facts, may_ever_send
from nurture_app.engine.definition import SequenceDefinition
from nurture_app.engine.given_by_segments import TIERS
from nurture_app.engine.live import LiveSequence, topics_of
from nurture_app.engine.people import load_holidays, load_leads, recipient_of
from nurture_app.engine.ports import Host
from nurture_app.engine.promotional import Rival, load_rivals, of_person, strongest
from nurture_app.engine.schedule import Timetable, plan_step
from nurture_app.engine.silence import COLUMNS as SILENCE
from nurture_app.engine.silence import is_silent
from nurture_app.engine.sql import P, Query, as_datetime, doctype, params
from nurture_app.engine.timing import so_many_days
from nurture_app.engine.touch_tiers import is_high_touch, keeps_away, tiers_of_people


@dataclass(frozen=True, slots=True)
class Judged:
	"""Whether a lead may enter a sequence now: `reason` says why not; without one, `plan` is its first step's."""

	party: str
	reason: str
	row: Mapping[str, Any] = field(default_factory=dict)
	address: str = ""
	plan: Any = None
	detail: str = ""
	weaker: Sequence[Rival] = ()
	"""Promotional enrollments that give way."""


def judge(host: Host, live: LiveSequence, parties: Sequence[str], over: str = "") -> list[Judged]:
	"""What `enroll_in` would do with `parties`, without doing it: the preview and the deed are one piece of code."""
	settings = load_settings(host.db)
	definition = live.definition
	rows = load_leads(host, parties, (*SILENCE, TIERS.given.field))
	recipients = {party: recipient_of(row) for party, row in rows.items()}
	matching, unread = _matching(host, definition, list(rows))
	high_touch = tiers_of_people(host) if keeps_away(definition) else frozenset()
	kept_out = _kept_out(rows, settings.block_disposable, definition.promotional, high_touch)
	facts = load_facts(host, recipients.values(), settings) if definition.sends_email else None
	topic = topics_of(host, [live.name]).get(live.name, "") if definition.sends_email else ""
	history = _load_history(host, live.name, recipients.values())
	holidays = load_holidays(host, settings, [definition])
	rivals = load_rivals(host, recipients.values(), live.name) if definition.promotional else {}
	now = host.clock.now()
	judged = []
	for party in parties:
		reason = kept_out.get(party) or _refusal(
			party, recipients, matching, facts, history, definition, topic, now
		)
		if reason == Reason.NOT_MATCHING and unread:
			judged.append(Judged(party, Reason.CONDITION_BROKEN, detail=unread))
			continue
		if reason:
			judged.append(Judged(party, reason))
			continue
		recipient = recipients[party]
		table = Timetable.of(
			definition, settings, holidays, recipient.time_zone, host.clock.zone, recipient.country
		)
		try:
			plan = plan_step(definition.steps[0], now, now, table)
		except NurtureError as error:
			judged.append(Judged(party, error.code))
			continue
		others = of_person(rivals, party, recipient.address)
		if keeping := strongest(others, definition.priority, over):
			judged.append(Judged(party, Reason.IN_OTHER_PROMOTIONAL, detail=keeping.sequence))
			continue
		judged.append(Judged(party, "", rows[party], recipient.address, plan, weaker=others))
		history.enter(party, recipient.address)
	return judged


def _matching(host: Host, definition: SequenceDefinition, parties: Sequence[str]) -> tuple[set[str], str]:
	"""Those whom the sequence is for, and why its condition cannot be read, as when a field of the Lead was removed.

	Nobody enters then; what was about to be recorded must not fail for it.
	"""
	scope = lead_scope(host)
	try:
		criterion = conditions.parse(definition.condition, host.catalog).sql(scope)
	except NurtureError as error:
		return set(), str(error)[:140]
	query = (
		Query.from_(scope.lead)
		.select(scope.lead.name)
		.where(scope.lead.name.isin(params(parties) or [P("")]))
	)
	return {name for (name,) in host.db.rows(query.where(criterion))}, ""


class _History:
	"""Earlier and present enrollments in one sequence, by lead and by address."""

	def __init__(self) -> None:
		self.live: set[str] = set()
		self.ended_on: dict[str, datetime] = {}

	def enter(self, party: str, address: str) -> None:
		self.live.add(party)
		if address:
			self.live.add(address)


def _load_history(host: Host, sequence: str, recipients: Iterable[Any]) -> _History:
	"""Indexes (sequence, party) and (address). People are one person per address, whatever the number of leads."""
	history = _History()
	people = list(recipients)
	enrollment = doctype("Nurture Enrollment", "e")
	keys = (
		(enrollment.party, [one.party for one in people]),
		(enrollment.address, [one.address for one in people if one.address]),
	)
	for column, values in keys:
		if not values:
			continue
		query = Query.from_(enrollment).select(
			column, enrollment.status, enrollment.ended_on, enrollment.reason
		)
		query = query.where((enrollment.sequence == P(sequence)) & column.isin(params(values)))
		for key, status, ended_on, reason in host.db.rows(query):
			if status in LIVE_STATUSES:
				history.live.add(key)
			elif reason not in (
				Reason.TOO_LONG,
				Reason.ARCHIVED,
			):  # put aside for want of a sign: a new one opens it again (CD-09)
				ended = as_datetime(ended_on) or host.clock.now()
				history.ended_on[key] = max(ended, history.ended_on.get(key, ended))
	return history


def _kept_out(
	rows: Mapping[str, Mapping[str, Any]],
	block_disposable: bool,
	promotional: bool,
	high_touch: Collection[str],
) -> dict[str, Reason]:
	"""Leads no sequence takes, whatever it is about (DH-06, DH-07), those no promotional one takes (CD-09), and those of
	the tiers `high_touch` (MG-39)."""
	kept_out = {}
	for party, row in rows.items():
		if row["nurture_quarantined"]:
			kept_out[party] = Reason.QUARANTINED
		elif block_disposable and row["nurture_address_kind"] == "Disposable":
			kept_out[party] = Reason.DISPOSABLE_ADDRESS
		elif is_high_touch(row, high_touch):
			kept_out[party] = Reason.HIGH_TOUCH
		elif promotional and is_silent(row):
			kept_out[party] = Reason.ARCHIVED
	return kept_out


def _refusal(
	party: str,
	recipients: Mapping[str, Any],
	matching: set[str],
	facts: Any,
	history: _History,
	definition: SequenceDefinition,
	topic: str,
	now: datetime,
) -> str:
	recipient = recipients.get(party)
	if recipient is None:
		return Reason.PARTY_MISSING
	if party in history.live:
		return Reason.ALREADY_ENROLLED
	if recipient.address and recipient.address in history.live:
		return Reason.ADDRESS_ENROLLED
	if facts is not None:
		verdict = may_ever_send(recipient, facts, topic)
		if not isinstance(verdict, Allow):
			return verdict.reason
	ended = [history.ended_on[key] for key in (party, recipient.address) if key in history.ended_on]
	if ended and definition.reentry == "Never":
		return Reason.WAS_ENROLLED
	if (
		ended
		and definition.reentry == "After Days"
		and max(ended) + so_many_days(definition.reentry_days) > now
	):
		return Reason.WAS_ENROLLED
	return "" if party in matching else Reason.NOT_MATCHING
