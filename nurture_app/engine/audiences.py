"""Audiences for ad platforms: who is in, as hashes, from when to when (CH-03, CH-17, OX-01).

Only people who agreed to marketing and have not taken it back are in; whoever opts out, bounces, must not be contacted
or has become a customer is taken out within minutes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pypika import functions as fn

from nurture_app.engine.codes import Reason
from nurture_app.engine.config import Settings, load_settings
from nurture_app.engine.consent import Allow, load_facts, may_ever_send
from nurture_app.engine.daily_limits import CountedDown, midnight
from nurture_app.engine.mobile import number_of
from nurture_app.engine.outgoing import parcels
from nurture_app.engine.people import load_leads, recipient_of
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, chunks, doctype, locking, params

TABLE = "tabNurture Audience Member"
LEAD_COLUMNS = ("mobile_no", "phone", "whatsapp_no", "country")
AT_ONCE = 500
"""People in one call."""
MEMBER_COLUMNS = (
	"name",
	"audience",
	"party_type",
	"party",
	"added_on",
	"email_hash",
	"phone_hash",
	"live_key",
)


@dataclass(frozen=True, slots=True)
class Audience:
	name: str
	delivery: str
	phone_without_plus: bool
	remove_on_conversion: bool
	enabled: bool = True
	daily_limit: int = 0
	"""People who may come in a day; 0: any number."""
	fallback: str = "Wait"
	"""What adding does while it is off: `Wait`, `Go On` or `Task` (CH-20)."""


def load_audiences(host: Host, names: Collection[str] | None = None) -> dict[str, Audience]:
	"""By name; None: all of them."""
	table = doctype("Nurture Audience", "a")
	query = Query.from_(table).select(
		table.name,
		table.delivery,
		table.daily_limit,
		table.fallback,
		table.phone_without_plus,
		table.remove_on_conversion,
		table.enabled,
	)
	if names is not None:
		query = query.where(table.name.isin(params(sorted(names)) if names else [P("")]))
	return {
		name: Audience(
			name,
			delivery or "CSV",
			*(bool(int(flag or 0)) for flag in flags),
			daily_limit=int(limit or 0),
			fallback=fallback or "Wait",
		)
		for name, delivery, limit, fallback, *flags in host.db.rows(query)
	}


def load_places_left(host: Host, audiences: Collection[Audience], now: datetime) -> dict[str, CountedDown]:
	"""By audience with a limit, how many people may still come in on the day of `now`. One query for all of them.

	Index (audience, removed_on).
	"""
	limited = {one.name: one.daily_limit for one in audiences if one.daily_limit}
	if not limited:
		return {}
	member = doctype("Nurture Audience Member", "m")
	query = Query.from_(member).select(member.audience, fn.Count("*")).groupby(member.audience)
	query = query.where(member.audience.isin(params(sorted(limited))) & (member.added_on >= P(midnight(now))))
	came = {name: int(count) for name, count in host.db.rows(query)}
	return {name: CountedDown(limit - came.get(name, 0)) for name, limit in limited.items()}


def hashes_of(lead: Mapping[str, Any], audience: Audience, settings: Settings) -> tuple[str, str]:
	"""SHA-256 in hex of the address in lower case and of the number in international form; empty for what is missing."""
	number = number_of(lead, "SMS", settings)
	number = number.lstrip("+") if audience.phone_without_plus else number
	return _hash(recipient_of(dict(lead)).address), _hash(number)


def _hash(text: str) -> str:
	return hashlib.sha256(text.encode()).hexdigest() if text else ""


def join(host: Host, audience: Audience, leads: Sequence[Mapping[str, Any]], settings: Settings) -> None:
	"""Add leads, within the caller's transaction; those who are in stay as they are. Two statements."""
	now = host.clock.now()
	inside = _live(host, audience.name, [lead["name"] for lead in leads])
	rows = []
	for lead in {lead["name"]: lead for lead in leads if lead["name"] not in inside}.values():
		key = f"{audience.name}|{lead['name']}"
		hashes = hashes_of(lead, audience, settings)
		rows.append((host.db.new_name(), audience.name, "Lead", lead["name"], now, *hashes, key))
	host.db.insert(TABLE, MEMBER_COLUMNS, rows, ignore=True)
	_tell(host, audience, "add", [row[5:7] for row in rows])


def leave(host: Host, audience: Audience, parties: Collection[str], reason: str) -> int:
	"""Take leads out, within the caller's transaction; returns how many were in."""
	now = host.clock.now()
	inside = _live(host, audience.name, parties)
	columns = ("name", "removed_on", "reason", "live_key")
	host.db.update(TABLE, columns, [(row[0], now, reason, row[0]) for row in inside.values()])
	_tell(host, audience, "remove", [row[1:] for row in inside.values()])
	return len(inside)


def forget(host: Host, party: str) -> None:
	"""Before a lead is deleted: the platforms forget it too. Within the caller's transaction."""
	for audience in load_audiences(host).values():
		leave(host, audience, [party], Reason.PARTY_MISSING)


def tidy(host: Host) -> int:
	"""Take out whoever must not be in any more; returns how many. A fixed number of queries per audience and thousand."""
	settings = load_settings(host.db)
	removed = 0
	for audience in load_audiences(host).values():
		with host.db.transaction():
			members = sorted(_live(host, audience.name))
			for some in chunks(members):
				leads = load_leads(host, some)
				facts = load_facts(host, [recipient_of(lead) for lead in leads.values()], settings)
				gone: dict[str, list[str]] = {}
				for party in some:
					reason = _why_out(leads.get(party), audience, facts)
					if reason:
						gone.setdefault(reason, []).append(party)
				removed += sum(leave(host, audience, parties, reason) for reason, parties in gone.items())
	return removed


def _why_out(lead: Mapping[str, Any] | None, audience: Audience, facts: Any) -> str:
	if lead is None:
		return Reason.PARTY_MISSING
	if audience.remove_on_conversion and lead.get("status") == "Converted":
		return Reason.CONVERTED
	verdict = may_ever_send(recipient_of(dict(lead)), facts)
	return "" if isinstance(verdict, Allow) else verdict.reason


def live_members(host: Host, audience: str) -> list[tuple[str, str]]:
	"""Hashes of address and number of everybody who is in, sorted so that nobody learns who came when."""
	return sorted((email or "", phone or "") for _, email, phone in _live(host, audience).values())


def _live(
	host: Host, audience: str, parties: Collection[str] | None = None
) -> dict[str, tuple[str, str, str]]:
	"""By lead: (row, hash of the address, hash of the number), locked. Index (audience, removed_on)."""
	member = doctype("Nurture Audience Member", "m")
	query = Query.from_(member).select(member.party, member.name, member.email_hash, member.phone_hash)
	query = query.where((member.audience == P(audience)) & member.removed_on.isnull())
	if parties is None:
		return {party: tuple(row) for party, *row in host.db.rows(query)}
	found = {}
	for some in chunks(sorted(set(parties))):
		asked = locking(query.where(member.party.isin(params(some))), host.db.dialect)
		found.update({party: tuple(row) for party, *row in host.db.rows(asked)})
	return found


def _tell(host: Host, audience: Audience, what: str, hashes: Sequence[Sequence[str]]) -> None:
	"""Queue the change for the platform. It names nobody, so an opt-out does not take it back."""
	if audience.delivery != "Webhook":
		return
	calls = []
	for some in chunks(hashes, AT_ONCE):
		people = [{"email_sha256": email or "", "phone_sha256": phone or ""} for email, phone in some]
		payload = {"event": "audience", "audience": audience.name, "action": what, "people": people}
		calls.append(parcels.Parcel("Audience", audience.name, payload, event_id=""))
	parcels.put(host, calls)
