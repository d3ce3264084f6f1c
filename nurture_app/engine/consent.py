"""The one gate every message passes: may this go to this person, now, later, or not at all?

Default deny: without a consent on record nothing leaves. `load_facts` reads what the gate must know for a whole batch
in a fixed number of queries; `can_send` is pure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pypika import functions as fn

from nurture_app.engine.addresses import address_hash, normalise
from nurture_app.engine.codes import HANDED_OVER, Reason
from nurture_app.engine.config import Settings
from nurture_app.engine.ports import Host
from nurture_app.engine.preferences import (
	EVERYTHING,
	Preference,
	earliest,
	load_last_sent,
	load_preferences,
)
from nurture_app.engine.schedule import Timetable
from nurture_app.engine.sql import P, Query, as_datetime, chunks, doctype, looked_at, params

CONTACTS = ("Call", "Meeting", "Appointment Attended")
"""Activities that show that somebody of ours spoke with the lead."""
COLLEAGUE_WROTE = "Colleague Wrote"
CONVERSATIONS = (*CONTACTS, COLLEAGUE_WROTE)
A_DAY = timedelta(hours=25)
"""The longest there is, where the clock goes back."""
SUPPRESSION_REASONS = {
	"Unsubscribed": Reason.UNSUBSCRIBED,
	"Bounced": Reason.BOUNCED,
	"Complaint": Reason.COMPLAINT,
}


@dataclass(frozen=True, slots=True)
class Recipient:
	"""A lead as the gate sees it."""

	party: str
	email: str
	"""As typed."""
	status: str = ""
	unsubscribed: bool = False
	time_zone: str = ""
	country: str = ""
	"""As ERPNext names it."""
	language: str = ""

	@property
	def address(self) -> str:
		return normalise(self.email)


@dataclass(slots=True)
class Facts:
	"""What is known about a batch of people."""

	consents: set[str] = field(default_factory=set)
	"""Leads with a given e-mail consent."""
	suppressed: dict[str, Reason] = field(default_factory=dict)
	"""By address."""
	recent: dict[str, list[datetime]] = field(default_factory=dict)
	"""By address: when messages were queued within the cap's days, in order."""
	left: dict[str, list[tuple[datetime, str]]] = field(default_factory=dict)
	"""By enrollment: when its mails of the last `A_DAY` or more were queued, and their steps; empty without `days_apart`."""
	rep_wrote: dict[str, datetime] = field(default_factory=dict)
	"""By lead: when somebody last wrote by hand."""
	rep_spoke: dict[str, datetime] = field(default_factory=dict)
	"""By lead: the last call, meeting or other conversation on record."""

	preferences: dict[str, Preference] = field(default_factory=dict)
	"""By address: what those who chose want."""
	last_sent: dict[str, datetime] = field(default_factory=dict)
	"""By address: the last message to those who chose a frequency."""

	def in_touch_on(self, party: str, entered_on: datetime) -> datetime | None:
		"""When a colleague wrote or spoke last; a conversation from before somebody entered is what led there."""
		spoke = self.rep_spoke.get(party)
		moments = [self.rep_wrote.get(party), spoke if spoke and spoke > entered_on else None]
		return max(filter(None, moments), default=None)

	def remember_sent(self, address: str, moment: datetime) -> None:
		"""Count a message of this very batch."""
		self.recent.setdefault(address, []).append(moment)
		self.last_sent[address] = max(moment, self.last_sent.get(address, moment))

	def preference(self, recipient: Recipient) -> Preference:
		return self.preferences.get(recipient.address, EVERYTHING)


@dataclass(frozen=True, slots=True)
class Allow:
	"""The message may go."""


@dataclass(frozen=True, slots=True)
class NotBefore:
	"""The message may go at `moment` (naive, host zone) at the earliest."""

	moment: datetime
	reason: Reason


@dataclass(frozen=True, slots=True)
class Hold:
	"""The message waits until somebody mends what `reason` names."""

	reason: Reason


@dataclass(frozen=True, slots=True)
class Never:
	"""The person must not get this; the enrollment ends."""

	reason: Reason


Verdict = Allow | NotBefore | Hold | Never


def can_send(
	recipient: Recipient,
	facts: Facts,
	settings: Settings,
	table: Timetable,
	now: datetime,
	topic: str,
	entered_on: datetime,
) -> Verdict:
	"""May a marketing e-mail about `topic` go to `recipient` at `now` (naive, host zone)?

	`entered_on` is when the sequence began for them.

	(CP-01, CP-05, CD-03, CD-04, SE-10, SE-13)
	"""
	lasting = may_ever_send(recipient, facts, topic)
	if not isinstance(lasting, Allow):
		return lasting
	recent = facts.recent.get(recipient.address, ())
	cap = (settings.cap_messages, settings.cap_days)
	return may_now(recipient, facts, settings, table, now, recent, *cap, entered_on)


def may_now(
	recipient: Recipient,
	facts: Facts,
	settings: Settings,
	table: Timetable,
	now: datetime,
	recent: Collection[datetime],
	cap_messages: int,
	cap_days: int,
	entered_on: datetime,
) -> Verdict:
	"""The part of the gate that depends on the time, for every channel; `recent` are the messages that its cap counts."""
	chosen = earliest(facts.preference(recipient), facts.last_sent.get(recipient.address), now)
	if chosen:
		return NotBefore(table.opening(chosen[0]), chosen[1])
	in_touch_on = facts.in_touch_on(recipient.party, entered_on)
	if settings.rep_pause_days and in_touch_on:
		quiet_until = in_touch_on + timedelta(days=settings.rep_pause_days)
		if quiet_until > now:
			return NotBefore(table.opening(quiet_until), Reason.REP_CONVERSATION)
	opens = table.opening(now)
	if opens > now:
		return NotBefore(opens, Reason.OUTSIDE_WINDOW)
	if cap_messages and cap_days:
		span = timedelta(days=cap_days)
		counted = sorted(moment for moment in recent if moment > now - span)
		if len(counted) >= cap_messages:
			return NotBefore(table.opening(counted[-cap_messages] + span), Reason.FREQUENCY_CAP)
	return Allow()


def may_ever_send(recipient: Recipient, facts: Facts, topic: str = "") -> Verdict:
	"""The part of the gate that does not depend on the time: asked at enrollment too."""
	if not recipient.email.strip():
		return Hold(Reason.NO_ADDRESS)
	if not recipient.address:
		return Hold(Reason.INVALID_ADDRESS)
	if recipient.address in facts.suppressed:
		return Never(facts.suppressed[recipient.address])
	if recipient.unsubscribed:
		return Never(Reason.UNSUBSCRIBED)
	if recipient.status == "Do Not Contact":
		return Never(Reason.DO_NOT_CONTACT)
	if topic and topic in facts.preference(recipient).declined:
		return Never(Reason.TOPIC_UNWANTED)
	if recipient.party not in facts.consents:
		return Hold(Reason.NO_CONSENT)
	return Allow()


def load_facts(
	host: Host,
	recipients: Collection[Recipient],
	settings: Settings,
	conversations: Mapping[str, datetime] | None = None,
) -> Facts:
	"""Facts for `recipients` in seven queries per thousand of them, two more when some chose what they get.

	`conversations` are their last `CONVERSATIONS` where they were read with something else: one query less.
	"""
	facts = Facts(rep_spoke=dict(conversations or {}))
	everybody = sorted({recipient.party for recipient in recipients})
	addresses = sorted({recipient.address for recipient in recipients if recipient.address})
	for parties in chunks(everybody):
		facts.consents |= load_consents(host, parties, "Email")
		if settings.rep_pause_days:
			since = host.clock.now() - timedelta(days=settings.rep_pause_days)
			facts.rep_wrote.update(load_rep_messages(host, parties, since))
			if conversations is None:
				facts.rep_spoke.update(_load_conversations(host, parties, since))
	for some in chunks(addresses):
		facts.suppressed.update(load_suppressions(host, some, "Email"))
		_load_opt_outs(host, facts, some)
		_load_recent_touches(host, facts, some, settings)
		_load_preferences(host, facts, some)
	return facts


def load_consents(host: Host, parties: Collection[str], channel: str, status: str = "Given") -> set[str]:
	"""Those of `parties` that agreed to marketing by `channel`, or took it back. Index (party, channel, purpose)."""
	consent = doctype("Nurture Consent", "consent")
	query = Query.from_(consent).select(consent.party).where(consent.party.isin(params(parties)))
	query = query.where((consent.channel == P(channel)) & (consent.purpose == P("Marketing")))
	return {party for (party,) in host.db.rows(query.where(consent.status == P(status)))}


def load_suppressions(host: Host, addresses: Collection[str], *channels: str) -> dict[str, Reason]:
	"""By address or number, why nothing goes there. Index (address_hash): the list survives an erasure of the address itself."""
	by_hash = {address_hash(address): address for address in addresses}
	table = doctype("Nurture Suppression", "s")
	query = Query.from_(table).select(table.address_hash, table.reason)
	query = query.where(table.address_hash.isin(params(by_hash)) & table.channel.isin(params(channels)))
	return {
		by_hash[hashed]: SUPPRESSION_REASONS.get(reason, Reason.SUPPRESSED)
		for hashed, reason in host.db.rows(query)
	}


def _load_opt_outs(host: Host, facts: Facts, addresses: Collection[str]) -> None:
	"""Frappe's own `Email Unsubscribe`: from everything, or from the mails of a lead. Index (email)."""
	table = doctype("Email Unsubscribe", "u")
	query = Query.from_(table).select(table.email).where(table.email.isin(params(addresses)))
	query = query.where((table.global_unsubscribe == P(1)) | (table.reference_doctype == P("Lead")))
	for (email,) in host.db.rows(query):
		facts.suppressed.setdefault(normalise(email), Reason.UNSUBSCRIBED)


def _load_recent_touches(host: Host, facts: Facts, addresses: Collection[str], settings: Settings) -> None:
	"""Index (address)."""
	counted = timedelta(days=settings.cap_days if settings.cap_messages else 0)
	if settings.days_apart:
		counted = max(counted, A_DAY)
	if not counted:
		return
	since = host.clock.now() - counted
	touch = doctype("Nurture Touch", "t")
	query = Query.from_(touch).select(
		touch.address, touch.queued_on, touch.channel, touch.enrollment, touch.step
	)
	query = query.where(touch.address.isin(params(addresses)))
	query = query.where(
		(touch.queued_on > P(since)) & touch.status.isin(params([str(one) for one in HANDED_OVER]))
	)
	for address, queued_on, channel, enrollment, step in host.db.rows(query):
		moment = as_datetime(queued_on)
		facts.remember_sent(address, moment)
		if settings.days_apart and channel == "Email":
			facts.left.setdefault(enrollment, []).append((moment, step))


def _load_preferences(host: Host, facts: Facts, addresses: Collection[str]) -> None:
	found = load_preferences(host, addresses)
	facts.preferences.update(found)
	choosy = [address for address, preference in found.items() if preference.gap]
	if choosy:
		facts.last_sent.update(load_last_sent(host, choosy))


def _load_conversations(host: Host, parties: Collection[str], since: datetime) -> dict[str, datetime]:
	"""By lead, its last conversation after `since`. Index (party, activity_type, occurred_on)."""
	activity = doctype("Nurture Activity", "a")
	query = Query.from_(activity).select(activity.party, fn.Max(activity.occurred_on))
	query = query.where(activity.party.isin(params(parties)) & (activity.occurred_on > P(since)))
	query = query.where(looked_at(activity.activity_type).isin(params(CONVERSATIONS)))
	query = query.where(activity.classification == P("human")).groupby(activity.party)
	return {party: as_datetime(moment) for party, moment in host.db.rows(query)}


def load_rep_messages(host: Host, parties: Collection[str], since: datetime) -> dict[str, datetime]:
	"""By lead, when a user wrote or spoke to it last, if after `since`. Index (reference_doctype, reference_name)."""
	mail = doctype("Communication", "c")
	query = (
		Query.from_(mail)
		.select(mail.reference_name, fn.Max(mail.communication_date))
		.where((mail.reference_doctype == P("Lead")) & mail.reference_name.isin(params(parties)))
		.where(by_a_user(mail) & (mail.communication_date > P(since)))
		.groupby(mail.reference_name)
	)
	return {party: as_datetime(moment) for party, moment in host.db.rows(query)}


def last_contacts(host: Host, parties: Collection[str], since: datetime) -> dict[str, datetime]:
	"""By lead, when somebody of ours wrote to it, called or met it last, if after `since` (naive, host zone). Two queries."""
	found = load_rep_messages(host, parties, since)
	for party, moment in _load_conversations(host, parties, since).items():
		found[party] = max(moment, found.get(party, moment))
	return found


def by_a_user(mail: Any) -> Any:
	"""The criterion on a table of Communications: a user wrote or spoke; what sequences send is no "Communication"."""
	said = (mail.sent_or_received == P("Sent")) & (mail.communication_type == P("Communication"))
	return said & mail.communication_medium.isin(params(["Email", "Phone", "SMS", "Chat", "Meeting"]))
