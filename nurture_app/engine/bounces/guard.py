"""Holds a sequence whose mails come back or are called spam too often, before mailbox providers stop listening to us.

Only what was sent since the guard last let the sequence go counts: who resumes it knowingly starts a new count.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from nurture_app.engine.bounces.consequences import State
from nurture_app.engine.bounces.report import Kind
from nurture_app.engine.codes import AWAY
from nurture_app.engine.config import Settings, load_settings
from nurture_app.engine.lifecycle import hold
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import Fn, P, Query, as_datetime, doctype, params


@dataclass(frozen=True, slots=True)
class Verdict:
	"""Why a sequence is held. Figures are of mails sent since `since` (naive, host's zone)."""

	sequence: str
	code: str
	"""`guard_complaints` or `guard_hard_bounces`."""
	count: int
	sent: int
	limit_percent: float
	since: datetime

	@property
	def percent(self) -> float:
		return 100 * self.count / self.sent


def review(host: Host, describe: Callable[[Verdict], str]) -> list[Verdict]:
	"""Hold what passes a limit of the settings; returns what was held. `describe` makes the reason people read."""
	settings = load_settings(host.db)
	held = []
	for sequence, since in _active_sequences(host, settings):
		verdict = judge_sequence(host, settings, sequence, since)
		if verdict and hold(host, sequence, describe(verdict)):
			held.append(verdict)
	return held


def judge_sequence(host: Host, settings: Settings, sequence: str, since: datetime) -> Verdict | None:
	"""Complaints first: providers forgive them least. Indexes (sequence, touch, kind), (status, queued_on)."""
	limits = (
		("guard_complaints", Kind.COMPLAINT, settings.max_complaint_percent),
		("guard_hard_bounces", Kind.HARD, settings.max_hard_bounce_percent),
	)
	sent = -1
	for code, kind, limit in limits:
		count = _count(host, sequence, kind, since) if limit > 0 else 0
		if not count or count * 100 <= limit * settings.guard_min_sent:
			continue  # too few for any number of mails that would count
		if sent < 0:
			sent = _sent(host, sequence, since)
		if sent >= max(1, settings.guard_min_sent) and _passes(count, sent, limit):
			return Verdict(sequence, code, count, sent, limit, since)
	return None


def _passes(count: int, sent: int, limit: float) -> bool:
	return 100 * count > limit * sent and not math.isclose(100 * count, limit * sent)


def _active_sequences(host: Host, settings: Settings) -> list[tuple[str, datetime]]:
	"""Active sequences and since when their mails count."""
	start = host.clock.now() - timedelta(days=max(1, settings.guard_days))
	sequence = doctype("Nurture Sequence", "s")
	query = Query.from_(sequence).select(sequence.name, sequence.guard_from)
	rows = host.db.rows(query.where(sequence.status == P("Active")).orderby(sequence.name))
	return [(name, max(start, as_datetime(since) or start)) for name, since in rows]


def _count(host: Host, sequence: str, kind: Kind, since: datetime) -> int:
	"""Messages sent since then that came back like this, each once however many told it."""
	bounce, touch = doctype("Nurture Bounce", "b"), doctype("Nurture Touch", "t")
	query = Query.from_(bounce).join(touch).on(touch.name == bounce.touch)
	query = query.select(bounce.touch).distinct()
	query = query.where((bounce.sequence == P(sequence)) & (bounce.kind == P(str(kind))))
	query = query.where((bounce.state != P(str(State.NO_PROOF))) & (touch.queued_on >= P(since)))
	return len(host.db.rows(query))


def _sent(host: Host, sequence: str, since: datetime) -> int:
	touch = doctype("Nurture Touch", "t")
	query = (
		Query.from_(touch).select(Fn("COUNT", touch.name)).where(touch.status.isin(params(map(str, AWAY))))
	)
	query = query.where((touch.queued_on >= P(since)) & (touch.sequence == P(sequence)))
	((count,),) = host.db.rows(query.where(touch.channel == P("Email")))
	return int(count)
