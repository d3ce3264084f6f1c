"""Every start a trigger asked for, with what became of it: the answer to "why is this lead in, or not in, a sequence".

The id of a row is made of sequence and event, so the log is also what keeps one event from starting a sequence twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from nurture_app.engine.enrollments.entering import EnrollOutcome
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, Raw, chunks, doctype, params

STARTED = "Started"
REFUSED = "Refused"
MOST_IN_A_DAY = 3
"""Starts of one sequence for one lead by triggers within 24 hours: more is a loop, not a person."""
LONGEST_CHAIN = 5
"""Sequences that may start each other in a row for one lead."""
COLUMNS = ("name", "party_type", "party", "sequence", "decided_on", "outcome", "reason", "enrollment")
COLUMNS += ("trigger_type", "what", "activity", "depth", "reason_detail")


@dataclass(frozen=True, slots=True)
class Firing:
	"""One event that asks to start one sequence for one lead."""

	party: str
	key: str
	"""Tells the event from every other."""
	what: str = ""
	"""The event in words."""
	activity: str = ""
	cause: str = ""
	"""The enrollment whose step made it happen; empty for what people did."""
	known_as: str = ""
	"""Its line in the log, when that is where it comes from."""

	def row_name(self, sequence: str) -> str:
		"""The same for the same event, so that it starts a sequence once."""
		if self.known_as:
			return self.known_as
		return hashlib.sha256(f"{sequence}\n{self.party}\n{self.key}".encode()).hexdigest()[:32]


def decided(host: Host, names: Collection[str]) -> dict[str, tuple[str, str]]:
	"""(outcome, reason) of those of `names` that are in the log. Primary key."""
	log = doctype("Nurture Trigger Log", "log")
	found = {}
	for some in chunks(sorted(names)):
		query = Query.from_(log).select(log.name, log.outcome, log.reason)
		for name, outcome, reason in host.db.rows(query.where(log.name.isin(params(some)))):
			found[name] = (outcome, reason or "")
	return found


def started_too_often(host: Host, sequence: str, parties: Collection[str]) -> set[str]:
	"""Leads for whom triggers have started `sequence` as often as they may in a day. Index (party, sequence, decided_on)."""
	log = doctype("Nurture Trigger Log", "log")
	since = host.clock.now() - timedelta(days=1)
	found: set[str] = set()
	for some in chunks(sorted(set(parties))):
		query = Query.from_(log).select(log.party).where(log.party.isin(params(some)))
		query = query.where((log.sequence == P(sequence)) & (log.outcome == P(STARTED)))
		query = query.where(log.decided_on > P(since)).groupby(log.party)
		query = query.having(Raw("COUNT(*) >= {}", MOST_IN_A_DAY))
		found.update(party for (party,) in host.db.rows(query))
	return found


def depths(host: Host, causes: Collection[str]) -> dict[str, int]:
	"""By enrollment, how many sequences in a row led to it; one that no trigger started is the first. Index (enrollment)."""
	log = doctype("Nurture Trigger Log", "log")
	found = dict.fromkeys(causes, 1)
	for some in chunks(sorted(found)):
		query = Query.from_(log).select(log.enrollment, log.depth).where(log.enrollment.isin(params(some)))
		found.update({enrollment: int(depth) + 1 for enrollment, depth in host.db.rows(query)})
	return found


def write(
	host: Host,
	sequence: str,
	trigger_type: str,
	fired: Sequence[tuple[Firing, EnrollOutcome]],
	known: Mapping[str, tuple[str, str]],
	depth_of: Mapping[str, int],
) -> None:
	"""Note what became of each firing; of one that is `known` already, only what has changed."""
	now = host.clock.now()
	inserts, updates = [], []
	for firing, outcome in fired:
		name = firing.row_name(sequence)
		result = STARTED if outcome.enrollment else REFUSED
		reason = str(outcome.reason or "")
		if name in known:
			if known[name] != (result, reason):
				updates.append((name, now, result, reason, outcome.enrollment or None))
			continue
		row = (name, "Lead", firing.party, sequence, now, result, reason, outcome.enrollment or None)
		inserts.append(
			(
				*row,
				trigger_type,
				firing.what[:255],
				firing.activity,
				depth_of.get(firing.cause, 0),
				outcome.detail,
			)
		)
	if inserts:
		host.db.insert("tabNurture Trigger Log", COLUMNS, inserts, ignore=True)
	if updates:
		columns = ("name", "decided_on", "outcome", "reason", "enrollment")
		host.db.update("tabNurture Trigger Log", columns, updates)


def note_by_hand(host: Host, sequence: str, outcomes: Sequence[EnrollOutcome], by: str) -> None:
	"""Note what became of leads that somebody enrolled by hand, within the caller's transaction."""
	fired = [(Firing(one.party, host.db.new_name(), by), one) for one in outcomes]
	write(host, sequence, "Manual", fired, {}, {})
