"""What starts a sequence: a new lead, something that happened to a lead, a score that passed a line (TR).

Time triggers are in `time_triggers`. All of them end in `fire`, which keeps one event from starting a sequence twice,
breaks loops, and notes what became of it (TR-28).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from pypika import Case
from pypika import functions as fn
from pypika.terms import Criterion

from nurture_app.engine import trigger_log
from nurture_app.engine.codes import Reason
from nurture_app.engine.enrollments.consequences import Event
from nurture_app.engine.enrollments.entering import EnrollOutcome, enroll_in
from nurture_app.engine.enrollments.rows import MOST_AT_ONCE
from nurture_app.engine.live import LiveSequence
from nurture_app.engine.people import out_of_quarantine
from nurture_app.engine.ports import Host
from nurture_app.engine.scoring import ScoreMove
from nurture_app.engine.sql import Fn, P, Query, Raw, chunks, doctype, like_escape, params
from nurture_app.engine.trigger_log import Firing
from nurture_app.engine.trigger_types import COUNTED, detail_waited_for, event_waited_for, fits


def start_for_events(host: Host, live: Sequence[LiveSequence], events: Iterable[Event]) -> int:
	"""Start sequences that wait for these events; what happened before a sequence was activated starts nothing."""
	events = list(events)
	started = 0
	for one in live:
		awaited = event_waited_for(one.definition)
		if not awaited:
			continue
		pattern = detail_waited_for(one.definition)
		found = [
			event
			for event in events
			if event.activity_type == awaited
			and event.occurred_on >= one.activated_on
			and fits(pattern, event.detail)
		]
		if found and one.definition.trigger_type in COUNTED and one.definition.trigger_count > 1:
			found = _reaching_the_count(host, one, found)
		started += fire(host, one, [_firing(event) for event in found])
	return started


def start_for_segment(
	host: Host,
	live: Sequence[LiveSequence],
	segment: str,
	entered: Collection[str],
	left: Collection[str],
	run: str,
) -> int:
	"""Start sequences that wait for somebody to enter or leave this segment in this `run` (SG-17)."""
	now = host.clock.now()
	moves = ((entered, "Segment Entered"), (left, "Segment Left"))
	return start_for_events(
		host,
		live,
		[
			Event(party, kind, now, segment, f"{kind}|{segment}|{run}")
			for parties, kind in moves
			for party in sorted(parties)
		],
	)


def start_for_moves(host: Host, live: Sequence[LiveSequence], moves: Iterable[ScoreMove]) -> int:
	"""Start sequences that wait for a score, of a lead or of all leads of a company, to pass a line (TR-07, TR-11)."""
	moves = [move for move in moves if move.before != move.after]
	moment = host.clock.now().isoformat()
	started = 0
	for one in live:
		kind, line = one.definition.trigger_type, one.definition.trigger_count
		found: list[tuple[str, int]] = []
		if kind == "Score Above":
			found = [(move.party, move.after) for move in moves if move.before < line <= move.after]
		elif kind == "Score Below":
			found = [(move.party, move.after) for move in moves if move.after < line <= move.before]
		elif kind == "Account Score Above" and moves:
			found = _in_accounts_that_rose(host, moves, line)
		started += fire(
			host, one, [Firing(party, f"{kind}|{score}|{moment}", str(score)) for party, score in found]
		)
	return started


def start_for_new_leads(host: Host, live: Sequence[LiveSequence], parties: Sequence[str]) -> int:
	"""Start sequences for new leads, as soon as a lead created since the activation meets the condition.

	Whoever has been in the sequence is not new to it, whatever it says about coming in again.
	"""
	started = 0
	for one in live:
		if one.definition.trigger_type == "New Lead":
			for some in chunks(sorted(set(parties))):
				lead = doctype("Lead", "lead")
				started += fire_for_new_leads(host, one, _new_leads(host, one, lead.name.isin(params(some))))
	return started


def fire_for_new_leads(host: Host, one: LiveSequence, parties: Sequence[str]) -> int:
	"""Tried again at every change until the lead fits; the log has one line for it."""
	return fire(host, one, [Firing(party, "new", "") for party in parties], again=True)


def missed_new_leads(host: Host, one: LiveSequence) -> list[str]:
	"""Leads created since the activation that never were in this sequence, for the nightly pass."""
	return _new_leads(host, one, Raw("1 = 1"))


def _new_leads(host: Host, one: LiveSequence, which: Criterion) -> list[str]:
	lead, enrollment = doctype("Lead", "lead"), doctype("Nurture Enrollment", "e")
	entered = Query.from_(enrollment).select(enrollment.party).where(enrollment.sequence == P(one.name))
	query = Query.from_(lead).select(lead.name).where(which & (lead.creation >= P(one.activated_on)))
	return [name for (name,) in host.db.rows(query.where(lead.name.notin(entered)).orderby(lead.name))]


def fire(
	host: Host, one: LiveSequence, firings: Sequence[Firing], *, again: bool = False, over: str = ""
) -> int:
	"""Start a sequence for these, within the caller's transaction; returns how many leads got in.

	An event in the log has had its chance; with `again`, one that was refused has another. The sequence `over` sends
	them itself (a step of it), and so gives way whatever its priority.
	"""
	started = 0
	for some in chunks(list(firings), MOST_AT_ONCE):
		started += _fire_some(host, one, some, again, over)
	return started


def _fire_some(host: Host, one: LiveSequence, firings: Sequence[Firing], again: bool, over: str) -> int:
	known = trigger_log.decided(host, {firing.row_name(one.name) for firing in firings})
	fresh = {}
	for firing in firings:
		outcome, _reason = known.get(firing.row_name(one.name), ("", ""))
		if not outcome or (again and outcome == trigger_log.REFUSED):
			fresh.setdefault(firing.row_name(one.name), firing)
	if not fresh:
		return 0
	depth_of = trigger_log.depths(host, {firing.cause for firing in fresh.values() if firing.cause})
	by_party: dict[str, list[Firing]] = {}
	for firing in fresh.values():
		by_party.setdefault(firing.party, []).append(firing)
	refused = dict.fromkeys(
		trigger_log.started_too_often(host, one.name, by_party), str(Reason.STARTED_TOO_OFTEN)
	)
	for party, theirs in by_party.items():
		if min(depth_of.get(firing.cause, 0) for firing in theirs) > trigger_log.LONGEST_CHAIN:
			refused[party] = str(Reason.CHAIN_TOO_LONG)
	outcomes = {party: EnrollOutcome(party, "", reason) for party, reason in refused.items()}
	wanted = [party for party in by_party if party not in refused]
	if wanted:
		by = f"sequence: {over}" if over else f"trigger: {one.definition.trigger_type}"
		outcomes |= {outcome.party: outcome for outcome in enroll_in(host, one, wanted, by[:140], over)}
	fired = []
	for party, theirs in by_party.items():
		fired.append((theirs[0], outcomes[party]))
		# the same lead twice in one batch: the second time it is in already, or refused for the same reason
		repeated = replace(outcomes[party], enrollment="", reason=_of_a_second(outcomes[party]))
		fired += [(firing, repeated) for firing in theirs[1:]]
	trigger_log.write(host, one.name, one.definition.trigger_type, fired, known, depth_of)
	return sum(1 for outcome in outcomes.values() if outcome.enrollment)


def _of_a_second(outcome: EnrollOutcome) -> str:
	return str(Reason.ALREADY_ENROLLED) if outcome.enrollment else outcome.reason


def _firing(event: Event) -> Firing:
	what = f"{event.activity_type}: {event.detail}" if event.detail else event.activity_type
	return Firing(
		party=event.party,
		key=event.name or f"{event.activity_type}|{event.detail}|{event.occurred_on.isoformat()}",
		what=what,
		activity=event.name if "|" not in event.name else "",
		cause=event.cause,
	)


def _reaching_the_count(host: Host, one: LiveSequence, events: Sequence[Event]) -> list[Event]:
	"""Those of `events` that are the Nth of their kind (TR-03, TR-04), of their lead or of its company (TR-11).

	Several activities of one message, such as its openings, are one.
	"""
	last = {event.party: event for event in sorted(events, key=lambda one: one.occurred_on)}
	groups = [[party] for party in sorted(last)]
	if one.definition.trigger_type == "Account Activity":
		_names, accounts = _accounts_of(host, last)
		groups = [[party for party, _score in members] for members in accounts.values()]
	counts = _times(host, one, [party for group in groups for party in group], events)
	reached = []
	for group in groups:
		before, now = (sum(counts.get(party, (0, 0))[place] for party in group) for place in (0, 1))
		if before < one.definition.trigger_count <= now:
			acted = [last[party] for party in group if party in last]
			reached.append(max(acted, key=lambda event: event.occurred_on))
	return reached


def _times(
	host: Host, one: LiveSequence, parties: Sequence[str], events: Sequence[Event]
) -> dict[str, tuple[int, int]]:
	"""By lead: how often it happened without `events`, and with them. Index (party, activity_type, occurred_on, ...)."""
	activity = doctype("Nurture Activity", "a")
	key = Raw("COALESCE(NULLIF({}, {}), {})", activity.touch, "", activity.name)
	before = Case().when(activity.name.notin(params([event.name for event in events])), key)
	found: dict[str, tuple[int, int]] = {}
	for some in chunks(list(parties)):
		query = Query.from_(activity).select(
			activity.party, fn.Count(before).distinct(), fn.Count(key).distinct()
		)
		query = query.where(activity.party.isin(params(some)) & (activity.classification == P("human")))
		query = query.where(activity.activity_type == P(event_waited_for(one.definition)))
		if pattern := detail_waited_for(one.definition):
			like = like_escape(pattern.strip()).replace("*", "%")
			query = query.where(Raw("{} LIKE {}", activity.detail, like))
		if one.definition.trigger_days:
			since = host.clock.now() - timedelta(days=one.definition.trigger_days)
			query = query.where(activity.occurred_on > P(since))
		rows = host.db.rows(query.groupby(activity.party))
		found.update({party: (int(earlier), int(now)) for party, earlier, now in rows})
	return found


def _in_accounts_that_rose(host: Host, moves: Sequence[ScoreMove], line: int) -> list[tuple[str, int]]:
	"""(lead, score of its company) for all leads of companies whose scores together have just reached `line`."""
	names, accounts = _accounts_of(host, {move.party for move in moves})
	change: dict[str, int] = {}
	for move in moves:
		if company := _folded(names.get(move.party)):
			change[company] = change.get(company, 0) + move.after - move.before
	found = []
	for company, leads in accounts.items():
		total = sum(score for _, score in leads)
		if total - change.get(company, 0) < line <= total:
			found += [(party, total) for party, _ in leads]
	return found


def _accounts_of(
	host: Host, parties: Collection[str]
) -> tuple[dict[str, str], dict[str, list[tuple[str, int]]]]:
	"""The companies of `parties` by lead, and all leads of each with their scores.

	A company is what the leads name as their organization. Index (company_name) of the install.
	"""
	lead = doctype("Lead", "lead")
	names: dict[str, str] = {}
	for some in chunks(sorted(set(parties))):
		query = Query.from_(lead).select(lead.name, lead.company_name).where(lead.name.isin(params(some)))
		names.update(host.db.rows(query.where(Fn("COALESCE", lead.company_name, "") != P(""))))
	members: dict[str, list[tuple[str, int]]] = {}
	for some in chunks(sorted(set(names.values()))):
		query = Query.from_(lead).select(lead.name, lead.company_name, lead.nurture_score)
		query = query.where(lead.company_name.isin(params(some)) & out_of_quarantine(lead))
		for party, company, score in host.db.rows(query.orderby(lead.name)):
			members.setdefault(_folded(company), []).append((party, int(score or 0)))
	return names, members


def _folded(company: str | None) -> str:
	return (company or "").strip().casefold()
