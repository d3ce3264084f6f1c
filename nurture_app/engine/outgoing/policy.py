"""What follows from a call: sent, tried again, failed, or nobody can tell. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from nurture_app.engine.codes import Reason
from nurture_app.engine.outgoing.parcels import CallResult, OutgoingStatus

BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 720))
"""The waits between attempts; after the last one it has failed. About a day in all."""
LONGEST_WAIT = timedelta(days=1)
"""However long a receiver asks for."""
MESSAGES = ("SMS", "WhatsApp")
"""Channels that reach a person: what may have arrived is never sent again."""
REPEATABLE = (408, 425, 429)
NOT_TAKEN = (429, 503)
"""Answers by which a provider says that it has not taken a message."""


@dataclass(frozen=True, slots=True)
class Fate:
	status: OutgoingStatus
	"""Queued means: again after `wait`."""
	reason: str = ""
	wait: timedelta = timedelta()
	target_is_down: bool = False
	"""Others for the same target would fare no better now."""


def judge(channel: str, result: CallResult, attempts: int) -> Fate:
	"""What becomes of a parcel after its call number `attempts` (from 1)."""
	if 200 <= result.status < 300 and not result.problem:
		return Fate(OutgoingStatus.SENT)
	reason = result.problem or _reason(result.status)
	if channel in MESSAGES and not _surely_not_taken(result, reason):
		if 300 <= result.status < 500 or reason in SAID_NO:
			return Fate(OutgoingStatus.FAILED, reason)
		return Fate(OutgoingStatus.UNKNOWN, reason, target_is_down=not result.status)
	if not _worth_repeating(result, reason):
		return Fate(OutgoingStatus.FAILED, reason)
	down = not result.status or result.status in NOT_TAKEN or reason in SWITCHED_OFF
	if attempts > len(BACK_OFF):
		return Fate(OutgoingStatus.FAILED, reason, target_is_down=down)
	wait = max(BACK_OFF[attempts - 1], min(timedelta(seconds=result.retry_after), LONGEST_WAIT))
	return Fate(OutgoingStatus.QUEUED, reason, wait, down)


SAID_NO = (Reason.REFUSED, Reason.UNDELIVERABLE)
"""In the words of the provider, whatever the status of its answer."""
SWITCHED_OFF = (Reason.CHANNEL_OFF, Reason.CREDENTIALS_REFUSED)


def _surely_not_taken(result: CallResult, reason: str) -> bool:
	return not result.reached or result.status in NOT_TAKEN or reason in (Reason.THROTTLED, *SWITCHED_OFF)


def _worth_repeating(result: CallResult, reason: str) -> bool:
	if reason in (Reason.ADDRESS_REFUSED, Reason.REDIRECTED):
		return False
	if reason in (Reason.THROTTLED, *SWITCHED_OFF):
		return True
	return not result.status or result.status >= 500 or result.status in REPEATABLE


def _reason(status: int) -> str:
	if not status:
		return Reason.NO_ANSWER
	if 300 <= status < 400:
		return Reason.REDIRECTED
	if status == 429:
		return Reason.THROTTLED
	return Reason.SERVER_ERROR if status >= 500 else Reason.REFUSED
