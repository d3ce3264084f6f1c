"""What comes back from telephones: STOP, answers, and what became of our messages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nurture_app.engine import activities
from nurture_app.engine.addresses import address_hash
from nurture_app.engine.codes import Reason, TouchStatus
from nurture_app.engine.enrollments.ending import take_back_from
from nurture_app.engine.evidence import Evidence, status_of, write_consent
from nurture_app.engine.mobile_timeline import show_received
from nurture_app.engine.optout import SUPPRESSION_COLUMNS, suppression_key
from nurture_app.engine.outgoing.parcels import TABLE, OutgoingStatus
from nurture_app.engine.people import lock_leads
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, doctype, locking
from nurture_app.engine.touches import RANK


@dataclass(frozen=True, slots=True)
class StatusNews:
	"""What a provider tells about a message of ours. `moment` is naive, in the host's zone."""

	provider_id: str
	status: str
	"""sent, delivered, read or failed."""
	moment: datetime
	detail: str = ""


def stop_messages(host: Host, channel: str, number: str, source: str) -> bool:
	"""No more messages to a number by this channel, at once (CP-05). Says whether this was news."""
	hashed = address_hash(number)
	now = host.clock.now()
	parties = _parties(host, number)  # before the transaction, which is to begin by locking
	with host.db.transaction():
		lock_leads(host, parties)
		row = (host.db.new_name(), number, hashed, channel, "Unsubscribed", now, source[:140])
		row += (suppression_key(channel, hashed),)
		is_new = bool(host.db.insert("tabNurture Suppression", SUPPRESSION_COLUMNS, [row], ignore=True))
		for party in parties:
			if status_of(host, party, channel):
				evidence = Evidence("Withdrawn", source, occurred_on=now)
				write_consent(host, party, number, channel, evidence, repeat=False)
		take_back_from(host, number, Reason.UNSUBSCRIBED)
		if is_new:
			_record(
				host, parties, "Preferences Changed", channel, f"{channel}: STOP", f"{channel}|stop|{row[0]}"
			)
	return is_new


def note_reply(host: Host, channel: str, number: str, text: str, key: str) -> list[str]:
	"""An answer of a person: on the lead's timeline, and it counts as a reply to the sequence. Returns the leads.

	`key` is the provider's id of the message, by which a repetition is known.
	"""
	now = host.clock.now()
	parties = _parties(host, number)  # before the transaction, which is to begin by locking
	with host.db.transaction():
		lock_leads(host, parties)
		detail = f"{channel}: {text}"[:255]
		taken = _record(host, parties, "Email Reply", channel, detail, f"{channel}|{key}"[:120])
		if taken:
			show_received(host, channel, parties, number, text, now)
	return parties


STATUSES = {
	"sent": (OutgoingStatus.SENT, TouchStatus.SENT, None),
	"delivered": (OutgoingStatus.DELIVERED, TouchStatus.DELIVERED, "delivered_on"),
	"read": (OutgoingStatus.READ, TouchStatus.OPENED, "read_on"),
	"failed": (OutgoingStatus.FAILED, TouchStatus.FAILED, None),
}
_ORDER = [str(one) for one in (OutgoingStatus.SENT, OutgoingStatus.DELIVERED, OutgoingStatus.READ)]


def note_status(host: Host, channel: str, news: StatusNews) -> bool:
	"""Bring a message up to what its provider says; False for one we do not know. News may come late and twice."""
	outgoing = doctype("Nurture Outgoing", "o")
	query = Query.from_(outgoing).select(outgoing.name, outgoing.status, outgoing.touch)
	query = query.where((outgoing.provider_id == P(news.provider_id)) & (outgoing.channel == P(channel)))
	status, touch_status, column = STATUSES[news.status]
	with host.db.transaction():
		rows = host.db.rows(locking(query, host.db.dialect))
		for name, current, touch in rows:
			if not _is_later(str(status), current):
				continue
			reason = Reason.UNDELIVERABLE if status == OutgoingStatus.FAILED else ""
			values = {"status": status, "reason": reason, "reason_detail": news.detail[:500]}
			if column:
				values[column] = news.moment
			host.db.update(TABLE, ("name", *values), [(name, *values.values())])
			if touch:
				_mark_touch(host, touch, touch_status, news)
	return bool(rows)


def _mark_touch(host: Host, touch: str, status: TouchStatus, news: StatusNews) -> None:
	table = doctype("Nurture Touch", "t")
	query = Query.from_(table).select(table.status, table.opened_on).where(table.name == P(touch))
	for current, opened_on in host.db.rows(locking(query, host.db.dialect)):
		if status == TouchStatus.FAILED:
			if RANK.get(current, -1) < RANK[TouchStatus.DELIVERED]:
				_write(
					host, touch, status=status, reason=Reason.UNDELIVERABLE, reason_detail=news.detail[:500]
				)
			continue
		values: dict[str, Any] = {}
		if RANK[status] > RANK.get(current, -1):
			values["status"] = status
		if current == TouchStatus.FAILED:
			values |= {"reason": "", "reason_detail": ""}
		if status == TouchStatus.OPENED and not opened_on:
			values["opened_on"] = news.moment
		if values:
			_write(host, touch, **values)


def _write(host: Host, touch: str, **values: Any) -> None:
	host.db.update("tabNurture Touch", ("name", *values), [(touch, *values.values())])


def _is_later(status: str, current: str) -> bool:
	"""News may come in any order: what arrived did not fail, and what failed was not sent after all."""
	if status == OutgoingStatus.FAILED:
		return current not in _ORDER[1:]
	if current == OutgoingStatus.FAILED:
		return status in _ORDER[1:]
	return status in _ORDER and (current not in _ORDER or _ORDER.index(status) > _ORDER.index(current))


def _parties(host: Host, number: str) -> list[str]:
	"""Leads that have had a message at this number. Index (address)."""
	touch = doctype("Nurture Touch", "t")
	query = Query.from_(touch).select(touch.party).distinct().where(touch.address == P(number))
	return sorted({party for (party,) in host.db.rows(query) if party})


def _record(host: Host, parties: list[str], kind: str, channel: str, detail: str, key: str) -> int:
	found = [
		activities.ActivityIn(
			party, kind, host.clock.now(), channel, detail=detail, dedupe_key=f"{key}|{party}"[:140]
		)
		for party in parties
	]
	return activities.record_in(host, found).new if found else 0
