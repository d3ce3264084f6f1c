"""Leads handed to colleagues, and what they say to it: taken, or given back with a reason (LT-08, SM-14)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from nurture_app.engine.activities import ActivityIn, record_in
from nurture_app.engine.codes import Reason, TouchStatus
from nurture_app.engine.people import lock_leads
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, as_datetime, doctype, locking, params

CHANNEL = "Handoff"
HANDED, ACCEPTED, GIVEN_BACK = "Handed Over", "Handoff Accepted", "Handoff Given Back"
"""Activities; each names the touch of the handover as its source."""
SOURCE = "Nurture Touch"
REFUSED = (Reason.GIVEN_BACK, Reason.NOBODY_TO_TELL, Reason.STEP_ERROR)
"""Why a handover came to nothing."""


@dataclass(frozen=True, slots=True)
class LastHandover:
	"""The latest of a lead. Moments are naive, in the host's zone."""

	sequence: str
	user: str
	task: str
	"""The host's name of what told them of it."""
	handed_on: datetime
	accepted_on: datetime | None
	given_back: bool


def last_handover(host: Host, party: str, tasks: Collection[str] = ()) -> LastHandover | None:
	"""The latest of a lead, or of those that one of `tasks` told of, if given.

	Several colleagues may have it at a time. Two queries. Index (party, activity_type, occurred_on).
	"""
	activity = doctype("Nurture Activity", "a")
	query = Query.from_(activity).select(activity.activity_type, activity.source_name, activity.occurred_on)
	query = query.where((activity.party == P(party)) & (activity.source_doctype == P(SOURCE)))
	query = query.where(activity.activity_type.isin(params((HANDED, ACCEPTED))))
	said = {
		(kind, touch): as_datetime(moment)
		for kind, touch, moment in sorted(host.db.rows(query), key=lambda row: str(row[2]))
	}
	handed = [touch for kind, touch in said if kind == HANDED]
	if not handed:
		return None
	touch = doctype("Nurture Touch", "t")
	query = Query.from_(touch).select(
		touch.name, touch.sequence, touch.reason_detail, touch.email_queue, touch.reason
	)
	query = query.where(touch.name.isin(params(handed)))
	if tasks:
		query = query.where(touch.email_queue.isin(params(sorted(tasks))))
	rows = {name: row for name, *row in host.db.rows(query)}
	if not rows:
		return None
	last = max(rows, key=handed.index)
	sequence, user, task, reason = rows[last]
	return LastHandover(
		sequence=sequence,
		user=user or "",
		task=task or "",
		handed_on=said[HANDED, last],
		accepted_on=said.get((ACCEPTED, last)),
		given_back=reason == Reason.GIVEN_BACK,
	)


def note_accepted(host: Host, party: str, task: str, user: str) -> bool:
	"""The colleague takes the lead; False where that was said before, and for a task that told of no handover."""
	with host.db.transaction():
		told = _told_by(host, party, task, TouchStatus.DONE, "")
		return bool(_record(host, party, told, ACCEPTED, user, key=user))


def note_given_back(host: Host, party: str, task: str, reason: str = "", user: str = "") -> list[str]:
	"""The colleague does not want the lead, for a `reason` if they gave one; returns the sequences that had handed it over.

	`task` is the host's name of what told them of it; unknown ones are nobody's. `user` has it now, whoever was handed it.
	"""
	with host.db.transaction():
		told = _told_by(host, party, task, TouchStatus.DONE, "")
		_write(host, told, TouchStatus.SKIPPED, Reason.GIVEN_BACK)
		if user:
			rows = [(one.name, user) for one in told]
			host.db.update("tabNurture Touch", ("name", "reason_detail"), rows)
		# given back, taken again and given back once more: each time is one
		_record(host, party, told, GIVEN_BACK, reason, key=host.clock.now().isoformat())
	return sorted({one.sequence for one in told})


def note_taken_again(host: Host, party: str, task: str) -> None:
	"""They have changed their mind."""
	with host.db.transaction():
		told = _told_by(host, party, task, TouchStatus.SKIPPED, Reason.GIVEN_BACK)
		_write(host, told, TouchStatus.DONE, "")


@dataclass(frozen=True, slots=True)
class _Touch:
	name: str
	sequence: str


def _told_by(host: Host, party: str, task: str, status: str, reason: str) -> list[_Touch]:
	"""The handovers a task told of that stand at `status`, their lead locked. Index (party, sent_on)."""
	touch = doctype("Nurture Touch", "t")
	query = Query.from_(touch).select(touch.name, touch.sequence, touch.status, touch.reason)
	query = query.where((touch.party == P(party)) & (touch.channel == P(CHANNEL)))
	query = query.where(touch.email_queue == P(task))
	if not host.db.rows(query):  # an assignment of somebody's own: the lead is not locked for that
		return []
	lock_leads(host, {party})
	return [
		_Touch(name, sequence)
		for name, sequence, *stands in host.db.rows(locking(query, host.db.dialect))
		if [stands[0], stands[1] or ""] == [str(status), str(reason)]
	]


def _write(host: Host, touches: Sequence[_Touch], status: str, reason: str) -> None:
	rows = [(one.name, status, reason) for one in touches]
	host.db.update("tabNurture Touch", ("name", "status", "reason"), rows)


def _record(host: Host, party: str, touches: Sequence[_Touch], kind: str, detail: str, key: str) -> int:
	"""What a person said; no enrollment caused it, so what it starts is in no chain of sequences. How many are new."""
	said = [
		ActivityIn(
			party=party,
			activity_type=kind,
			occurred_on=host.clock.now(),
			channel="Sales",
			detail=detail,
			dedupe_key=f"{kind}|{one.name}|{key}",
			sequence=one.sequence,
			source_doctype=SOURCE,
			source_name=one.name,
		)
		for one in touches
	]
	return record_in(host, said).new if said else 0
