"""Works the queue off: take one, commit that it is being sent, call, commit what came of it.

What stands between the two commits when a worker dies is shown to a person and not repeated (invariant 1). Any number
of workers may run at once; a row is in one's hands. A target that does not answer keeps nobody else waiting.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from pypika import Table
from pypika import functions as fn

from nurture_app.engine.codes import Reason, TouchStatus
from nurture_app.engine.config import Settings, load_settings
from nurture_app.engine.consent import Allow, NotBefore
from nurture_app.engine.daily_limits import limits_of_calls, midnight, tomorrow
from nurture_app.engine.mobile import may_still_send
from nurture_app.engine.mobile_timeline import show_sent
from nurture_app.engine.outgoing.parcels import TABLE, Caller, CallResult, OutgoingStatus, Parcel
from nurture_app.engine.outgoing.policy import MESSAGES, Fate, judge
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, doctype, exists, locking, params
from nurture_app.engine.standstill import touches_at_a_standstill

INTERRUPTED_AFTER = timedelta(minutes=15)
"""A call has a time-out far below this: what is still being sent then has lost its worker."""
ATTEMPTS = 5
TAKEN = ("name", "channel", "target", "payload", "event_id", "party", "number", "touch", "sequence", "step")
T = TypeVar("T")


@dataclass(slots=True)
class Sent:
	"""What a run did."""

	sent: int = 0
	again: int = 0
	failed: int = 0
	unknown: int = 0
	cancelled: int = 0
	resting: set[str] = field(default_factory=set)
	"""Targets that did not answer."""
	full: set[str] = field(default_factory=set)
	"""Channels that have sent today what they may."""

	@property
	def total(self) -> int:
		return self.sent + self.again + self.failed + self.unknown + self.cancelled


def work(host: Host, caller: Caller, keep_going: Callable[[], bool] = lambda: True) -> Sent:
	"""Send everything that is due. Nothing goes while all sending is on hold."""
	run = Sent()
	settings = load_settings(host.db)
	if settings.hold_all_sending:
		return run
	run.unknown += note_interrupted(host)
	limits = limits_of_calls(settings)
	_put_off_used_up(host, run, limits)
	while keep_going():
		parcel = _again(host, lambda: _take(host, settings, run))
		if parcel is None:
			return run
		result = caller.call(parcel)
		fate = judge(parcel.channel, result, parcel.attempts)
		_again(host, lambda parcel=parcel, result=result, fate=fate: _note(host, parcel, result, fate))
		_count(run, parcel, fate)
		if parcel.channel in limits:
			_put_off_used_up(host, run, limits)
	return run


def note_interrupted(host: Host) -> int:
	"""What was being sent when its worker died becomes `Unknown`; returns how many. Index (status, next_try_on)."""
	outgoing = doctype("Nurture Outgoing", "o")
	query = Query.from_(outgoing).select(outgoing.name, outgoing.touch)
	query = query.where(outgoing.status == P(str(OutgoingStatus.SENDING)))
	query = query.where(outgoing.sending_since < P(host.clock.now() - INTERRUPTED_AFTER))
	with host.db.transaction():
		rows = host.db.rows(locking(query, host.db.dialect))
		values = [(name, OutgoingStatus.UNKNOWN, Reason.INTERRUPTED) for name, _ in rows]
		host.db.update(TABLE, ("name", "status", "reason"), values)
		touches = [(touch, TouchStatus.UNKNOWN, Reason.INTERRUPTED) for _, touch in rows if touch]
		host.db.update("tabNurture Touch", ("name", "status", "reason"), touches)
	return len(rows)


def _take(host: Host, settings: Settings, run: Sent) -> Parcel | None:
	"""The next parcel, committed as `Sending`; None when nothing is due. Those the gate refuses are dealt with on the way."""
	while True:
		with host.db.transaction():
			row = _next(host, run.resting, run.full)
			if row is None:
				return None
			*values, attempts = row
			given = {key: value or "" for key, value in zip(TAKEN, values, strict=True)}
			given["payload"] = json.loads(given["payload"] or "{}")
			parcel = Parcel(**given, attempts=int(attempts or 0) + 1)
			verdict = _may_go(host, parcel, settings)
			if isinstance(verdict, Allow):
				columns = ("name", "status", "attempts", "sending_since")
				now = host.clock.now()
				host.db.update(TABLE, columns, [(parcel.name, OutgoingStatus.SENDING, parcel.attempts, now)])
				return parcel
			_put_aside(host, parcel, verdict)
		run.cancelled += not isinstance(verdict, NotBefore)


def _next(host: Host, resting: Collection[str], full: Collection[str]) -> tuple | None:
	"""Index (status, next_try_on), read in order; what stands still, or is in other workers' hands, is passed over."""
	outgoing = doctype("Nurture Outgoing", "o")
	query = Query.from_(outgoing).select(*(getattr(outgoing, column) for column in TAKEN), outgoing.attempts)
	query = query.where(outgoing.status == P(str(OutgoingStatus.QUEUED)))
	query = query.where(outgoing.next_try_on <= P(host.clock.now()))
	query = query.where(exists(touches_at_a_standstill(outgoing.touch)).negate())
	if resting:
		query = query.where(outgoing.target.notin(params(sorted(resting))))
	if full:
		query = query.where(outgoing.channel.notin(params(sorted(full))))
	query = query.orderby(outgoing.next_try_on).limit(1)
	rows = host.db.rows(locking(query, host.db.dialect, skip_locked=True))
	return rows[0] if rows else None


def _may_go(host: Host, parcel: Parcel, settings: Settings) -> Any:
	"""The gate once more, right before the call: what was said meanwhile counts (invariant 3)."""
	if parcel.channel not in MESSAGES:
		return Allow()
	return may_still_send(host, parcel.channel, parcel.party, parcel.number, parcel.sequence, settings)


def _put_aside(host: Host, parcel: Parcel, verdict: Any) -> None:
	if isinstance(verdict, NotBefore):
		columns = ("name", "next_try_on", "reason")
		host.db.update(TABLE, columns, [(parcel.name, verdict.moment, verdict.reason)])
		return
	columns = ("name", "status", "reason", "next_try_on")
	host.db.update(TABLE, columns, [(parcel.name, OutgoingStatus.CANCELLED, verdict.reason, None)])
	if parcel.touch:
		columns = ("name", "status", "reason", "queued_on")
		host.db.update(
			"tabNurture Touch", columns, [(parcel.touch, TouchStatus.SKIPPED, verdict.reason, None)]
		)


OF_TOUCH = {
	OutgoingStatus.SENT: TouchStatus.SENT,
	OutgoingStatus.FAILED: TouchStatus.FAILED,
	OutgoingStatus.UNKNOWN: TouchStatus.UNKNOWN,
	OutgoingStatus.QUEUED: TouchStatus.QUEUED,
}
NOTED = ("name", "status", "reason", "reason_detail", "response_status", "response")
NOTED += ("provider_id", "next_try_on", "sent_on")


def _note(host: Host, parcel: Parcel, result: CallResult, fate: Fate) -> None:
	now = host.clock.now()
	sent_on = now if fate.status == OutgoingStatus.SENT else None
	next_try = now + fate.wait if fate.status == OutgoingStatus.QUEUED else None
	detail = result.text[:500] if fate.status != OutgoingStatus.SENT else ""
	with host.db.transaction():
		if parcel.touch:  # first, as an opt-out locks them: touch, then queue
			columns = ("name", "status", "reason", "reason_detail", "sent_on", "message_id")
			values = (
				parcel.touch,
				OF_TOUCH[fate.status],
				fate.reason,
				detail,
				sent_on,
				result.provider_id[:140],
			)
			host.db.update("tabNurture Touch", columns, [values])
		row = (parcel.name, fate.status, fate.reason, detail, result.status, result.text[:500])
		row += (result.provider_id[:140] or None, next_try, sent_on)
		host.db.update(TABLE, NOTED, [row])
		if sent_on and parcel.channel in MESSAGES and parcel.party:
			text = str(parcel.payload.get("text") or "")
			show_sent(host, parcel.channel, parcel.party, parcel.number, text, now)


def _put_off_used_up(host: Host, run: Sent, limits: Mapping[str, int]) -> None:
	"""What is due on channels that have sent their share waits for tomorrow, and says so (CH-20). Two statements."""
	now = host.clock.now()
	full = _used_up(host, limits, now) - run.full
	if not full:
		return
	run.full |= full
	outgoing = Table(TABLE)
	query = Query.update(outgoing).set(outgoing.next_try_on, P(tomorrow(now)))
	query = query.set(outgoing.reason, P(str(Reason.DAILY_LIMIT)))
	query = query.where(outgoing.status == P(str(OutgoingStatus.QUEUED)))
	query = query.where((outgoing.next_try_on <= P(now)) & outgoing.channel.isin(params(sorted(full))))
	with host.db.transaction():
		host.db.execute(query)


def _used_up(host: Host, limits: Mapping[str, int], now: datetime) -> set[str]:
	"""Channels that have sent as many calls today as they may. Index (channel, sent_on)."""
	if not limits:
		return set()
	outgoing = doctype("Nurture Outgoing", "o")
	query = Query.from_(outgoing).select(outgoing.channel, fn.Count(outgoing.name))
	query = query.where(
		(outgoing.sent_on >= P(midnight(now))) & outgoing.channel.isin(params(sorted(limits)))
	)
	counts = dict(host.db.rows(query.groupby(outgoing.channel)))
	return {channel for channel, limit in limits.items() if counts.get(channel, 0) >= limit}


def _again(host: Host, transaction: Callable[[], T]) -> T:
	"""Once more when another transaction was in the way. Never around a call."""
	for _ in range(ATTEMPTS - 1):
		try:
			return transaction()
		except host.db.retryable:
			continue
	return transaction()


def _count(run: Sent, parcel: Parcel, fate: Fate) -> None:
	if fate.target_is_down:
		run.resting.add(parcel.target)
	counter = {
		OutgoingStatus.SENT: "sent",
		OutgoingStatus.QUEUED: "again",
		OutgoingStatus.FAILED: "failed",
		OutgoingStatus.UNKNOWN: "unknown",
	}[fate.status]
	setattr(run, counter, getattr(run, counter) + 1)
