"""Rows of `Nurture Outgoing`: the queue of everything that leaves by HTTP, as Email Queue is that of mails."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from nurture_app.engine.codes import StrEnum, TouchStatus
from nurture_app.engine.ports import Delivery, Host
from nurture_app.engine.sql import P, Query, chunks, doctype, locking, params

TABLE = "tabNurture Outgoing"


class OutgoingStatus(StrEnum):
	QUEUED = "Queued"
	SENDING = "Sending"
	SENT = "Sent"
	DELIVERED = "Delivered"
	READ = "Read"
	FAILED = "Failed"
	UNKNOWN = "Unknown"
	"""The call was interrupted, or nobody can tell whether it counted. A person decides; it is never repeated by itself."""
	CANCELLED = "Cancelled"


@dataclass(frozen=True, slots=True)
class Parcel:
	"""One call to be made."""

	channel: str
	"""Webhook, SMS, WhatsApp or Audience."""
	target: str
	"""The webhook or audience, or the channel itself: what rests when it does not answer."""
	payload: Mapping[str, Any]
	event_id: str
	"""The same however often it is sent, so that the receiver can tell a repetition."""
	party: str = ""
	number: str = ""
	"""In international form (E.164), for messages to a telephone."""
	touch: str = ""
	sequence: str = ""
	step: str = ""
	name: str = ""
	attempts: int = 0
	"""Those made, this one included once it is taken."""


@dataclass(frozen=True, slots=True)
class CallResult:
	"""What came of one call."""

	status: int = 0
	"""HTTP status; 0 when there was no answer."""
	problem: str = ""
	"""A `codes.Reason` for anything but success; empty lets the status speak."""
	reached: bool = True
	"""Whether the request may have arrived."""
	text: str = ""
	"""The beginning of the answer, or what went wrong."""
	provider_id: str = ""
	retry_after: int = 0
	"""Seconds the receiver asked for."""


class Caller(Protocol):
	"""The host's way out."""

	def call(self, parcel: Parcel) -> CallResult:
		"""Send it once. Whatever goes wrong comes back as a result."""
		...


COLUMNS = (
	"name",
	"channel",
	"status",
	"target",
	"party_type",
	"party",
	"number",
	"touch",
	"sequence",
	"step",
	"payload",
	"event_id",
	"attempts",
	"queued_on",
	"next_try_on",
)


def put(host: Host, parcels: Sequence[Parcel]) -> list[Delivery]:
	"""Queue parcels, within the caller's transaction; one statement. Deliveries in their order."""
	now = host.clock.now()
	rows, deliveries = [], []
	for parcel in parcels:
		name = host.db.new_name()
		rows.append(
			(
				name,
				parcel.channel,
				OutgoingStatus.QUEUED,
				parcel.target,
				"Lead",
				parcel.party or None,
				parcel.number or None,
				parcel.touch or None,
				parcel.sequence or None,
				parcel.step,
				json.dumps(parcel.payload, ensure_ascii=False, default=str),
				parcel.event_id or name,
				0,
				now,
				now,
			)
		)
		deliveries.append(Delivery(parcel.touch, TouchStatus.QUEUED, queue_row=name))
	if rows:
		host.db.insert(TABLE, COLUMNS, rows)
	return deliveries


def cancel(host: Host, names: Collection[str], reason: str) -> list[str]:
	"""Take back what has not been taken yet, within the caller's transaction; returns what was caught."""
	outgoing = doctype("Nurture Outgoing", "o")
	caught: list[str] = []
	for some in chunks(sorted(set(names))):
		query = Query.from_(outgoing).select(outgoing.name)
		query = query.where(outgoing.name.isin(params(some)))
		query = query.where(outgoing.status == P(str(OutgoingStatus.QUEUED)))
		rows = [name for (name,) in host.db.rows(locking(query, host.db.dialect))]
		columns = ("name", "status", "reason", "next_try_on")
		host.db.update(TABLE, columns, [(name, OutgoingStatus.CANCELLED, reason, None) for name in rows])
		caught += rows
	return caught


def replay(host: Host, name: str) -> str:
	"""Queue a webhook's or audience's call once more, with the same event id; returns the new row's name.

	Messages to people are not repeated: nobody can tell whether the first one arrived.
	"""
	outgoing = doctype("Nurture Outgoing", "o")
	columns = ("channel", "target", "payload", "event_id", "party", "sequence", "step")
	query = Query.from_(outgoing).select(*(getattr(outgoing, column) for column in columns))
	with host.db.transaction():
		for row in host.db.rows(query.where(outgoing.name == P(name))):
			values = dict(zip(columns, row, strict=True))
			values["payload"] = json.loads(values["payload"] or "{}")
			if values["channel"] in ("Webhook", "Audience"):
				parcel = Parcel(
					**{key: value or "" for key, value in values.items() if key != "payload"},
					payload=values["payload"],
				)
				return put(host, [parcel])[0].queue_row
	return ""
