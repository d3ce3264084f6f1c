"""The gate for messages to a telephone (SMS, WhatsApp): as for mail, and stricter.

A telephone number is no consent: without an explicit one for the very channel nothing leaves (CP-02, CH-05, MG-29).
Opt-outs are kept by channel and number, and survive an erasure as a hash. A low cap of their own counts all messages
to a number, whatever the channel. Read only for batches in which such a step comes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from nurture_app.engine.codes import HANDED_OVER, NurtureError, Reason
from nurture_app.engine.config import Settings
from nurture_app.engine.consent import (
	Allow,
	Facts,
	Never,
	NotBefore,
	Verdict,
	load_consents,
	load_facts,
	load_suppressions,
	may_now,
)
from nurture_app.engine.countries import country_code
from nurture_app.engine.daily_limits import tomorrow
from nurture_app.engine.live import live_sequences
from nurture_app.engine.people import load_holidays, load_leads, recipient_of
from nurture_app.engine.phone_numbers import international
from nurture_app.engine.ports import Host
from nurture_app.engine.schedule import Timetable
from nurture_app.engine.sql import Query, as_datetime, chunks, doctype, params

CHANNELS = ("SMS", "WhatsApp")
DEAD = "nurture_mobile_invalid"
"""The field of the Lead that says its number leads nowhere (DH-16)."""
COLUMNS = ("mobile_no", "phone", "whatsapp_no", "country", DEAD)
"""Of the Lead, read for such steps."""


@dataclass(slots=True)
class MobileFacts:
	"""What the gate must know about messages by one channel."""

	consents: set[str] = field(default_factory=set)
	"""Leads that agreed to the channel."""
	suppressed: dict[str, Reason] = field(default_factory=dict)
	"""By number."""
	recent: dict[str, list[datetime]] = field(default_factory=dict)
	"""By number: messages within the cap's days."""
	written: set[str] = field(default_factory=set)
	"""Numbers that have had a message by this channel, ever."""


def number_of(lead: Mapping[str, Any], channel: str, settings: Settings) -> str:
	"""The lead's number for a channel in international form; empty when there is none that is valid."""
	country = country_code(lead.get("country") or settings.mobile_country)
	return international(_typed(lead, channel), country)


def _typed(lead: Mapping[str, Any], channel: str) -> str:
	names = ("whatsapp_no", "mobile_no") if channel == "WhatsApp" else ("mobile_no",)
	return next((str(lead[name]).strip() for name in names if (lead.get(name) or "").strip()), "")


def can_message(
	lead: Mapping[str, Any],
	channel: str,
	facts: Facts,
	mobile: MobileFacts,
	settings: Settings,
	table: Timetable,
	now: datetime,
	topic: str,
	entered_on: datetime,
) -> Verdict:
	"""May a message go to this lead by `channel` at `now` (naive, host zone)? `entered_on`: when the sequence began."""
	lasting = may_ever_message(lead, channel, facts, mobile, settings, topic)
	if not isinstance(lasting, Allow):
		return lasting
	counted = mobile.recent.get(number_of(lead, channel, settings), ())
	recipient = recipient_of(dict(lead))
	return may_now(
		recipient,
		facts,
		settings,
		table,
		now,
		counted,
		settings.mobile_cap_messages,
		settings.mobile_cap_days,
		entered_on,
	)


def may_ever_message(
	lead: Mapping[str, Any],
	channel: str,
	facts: Facts,
	mobile: MobileFacts,
	settings: Settings,
	topic: str = "",
) -> Verdict:
	"""The part that does not depend on the time. A `Never` is about this message: the sequence goes on without it."""
	number = number_of(lead, channel, settings)
	if not number:
		return Never(Reason.INVALID_NUMBER if _typed(lead, channel) else Reason.NO_NUMBER)
	if int(lead.get(DEAD) or 0):
		return Never(Reason.NUMBER_DEAD)
	if lead.get("status") == "Do Not Contact":
		return Never(Reason.DO_NOT_CONTACT)
	if number in mobile.suppressed:
		return Never(mobile.suppressed[number])
	if lead["name"] not in mobile.consents:
		return Never(Reason.NO_CHANNEL_CONSENT)
	if topic and topic in facts.preference(recipient_of(dict(lead))).declined:
		return Never(Reason.TOPIC_UNWANTED)
	return Allow()


def load_mobile_facts(
	host: Host, leads: Collection[Mapping[str, Any]], channel: str, settings: Settings
) -> MobileFacts:
	"""In four queries per thousand leads."""
	facts = MobileFacts()
	numbers = {number_of(lead, channel, settings) for lead in leads} - {""}
	for parties in chunks(sorted({lead["name"] for lead in leads})):
		facts.consents |= load_consents(host, parties, channel)
	for some in chunks(sorted(numbers)):
		facts.suppressed.update(load_suppressions(host, some, channel, "Phone"))
		_load_recent(host, facts, channel, some, settings)
	return facts


def _load_recent(
	host: Host, facts: MobileFacts, channel: str, numbers: Collection[str], settings: Settings
) -> None:
	"""Index (address)."""
	since = host.clock.now() - timedelta(days=settings.mobile_cap_days)
	touch = doctype("Nurture Touch", "t")
	query = Query.from_(touch).select(touch.address, touch.channel, touch.queued_on)
	query = query.where(touch.address.isin(params(numbers)) & touch.queued_on.isnotnull())
	for number, by, queued_on in host.db.rows(
		query.where(touch.status.isin(params([str(one) for one in HANDED_OVER])))
	):
		if by == channel:
			facts.written.add(number)
		if as_datetime(queued_on) > since:
			facts.recent.setdefault(number, []).append(as_datetime(queued_on))


def may_still_send(
	host: Host, channel: str, party: str, number: str, sequence: str, settings: Settings
) -> Verdict:
	"""The gate right before the call. Caps were asked when it was queued, and count this very message."""
	lead = load_leads(host, [party], COLUMNS).get(party)
	if lead is None:
		return Never(Reason.PARTY_MISSING)
	if number_of(lead, channel, settings) != number:
		return Never(Reason.INVALID_NUMBER)  # it was queued for a number that is not the lead's any more
	facts = load_facts(host, [recipient_of(lead)], settings)
	verdict = may_ever_message(
		lead, channel, facts, load_mobile_facts(host, [lead], channel, settings), settings
	)
	if not isinstance(verdict, Allow):
		return verdict
	definition = next((one.definition for one in live_sequences(host) if one.name == sequence), None)
	if definition is None:
		return Allow()
	holidays = load_holidays(host, settings, [definition])
	zone, country = lead.get("nurture_time_zone"), lead.get("country")
	table = Timetable.of(definition, settings, holidays, zone, host.clock.zone, country)
	now = host.clock.now()
	try:
		opens = table.opening(now)
	except NurtureError:
		# looked at again tomorrow, and meanwhile it must keep nobody else waiting
		return NotBefore(tomorrow(now), Reason.WINDOW_NEVER_OPENS)
	return NotBefore(opens, Reason.OUTSIDE_WINDOW) if opens > now else Allow()
