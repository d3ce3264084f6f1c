"""What a trigger refused only because consent was missing starts once consent is there (CD-10).

With double opt-in, somebody who asks for a demonstration in a form agrees a little later, in the mailbox. The log of
triggers knows what was refused in between. It is tried once more when the consent comes: if it happened within the days
for which a confirmation link works, if the sequence has run ever since, and if nothing has happened that would have
ended the sequence. Whoever got in got in; the log keeps one event from starting a sequence twice.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from nurture_app.engine.codes import EnrollmentStatus, Reason
from nurture_app.engine.config import load_settings
from nurture_app.engine.enrollments.consequences import Event, consequence
from nurture_app.engine.live import LiveSequence, live_sequences
from nurture_app.engine.people import lock_leads
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, as_datetime, chunks, doctype, params
from nurture_app.engine.trigger_log import REFUSED, Firing
from nurture_app.engine.triggers import fire

FOR_WANT_OF_CONSENT = (Reason.NO_CONSENT, Reason.UNSUBSCRIBED, Reason.SUPPRESSED)
"""Refusals that a confirmed opt-in may overcome."""
DEEDS = ("Activity", "Account Activity", "Stage Reached", "Stage Lost", "Tag Added", "Field Changed")
"""Triggers with an activity to tell when it was. Those on new leads are tried again anyway, those on time are not."""
STATES = ("Segment Entered", "Segment Left", "Score Above", "Score Below")
OVER = (EnrollmentStatus.EXITED, EnrollmentStatus.COMPLETED)


@dataclass(frozen=True, slots=True)
class _Missed:
	"""A line of the log. `occurred_on` is naive, in the host's zone."""

	sequence: str
	trigger_type: str
	firing: Firing
	occurred_on: datetime


def start_what_waited(host: Host, parties: Collection[str]) -> int:
	"""Start what these leads missed, newest first, in one transaction; returns how many enrollments there are by it."""
	with host.db.transaction():
		lock_leads(host, parties)
		return start_what_waited_in(host, parties)


def start_what_waited_in(host: Host, parties: Collection[str]) -> int:
	"""`start_what_waited` within the caller's transaction, whose leads are locked.

	A fixed number of queries for each sequence, whatever the number of leads; two when nothing was refused.
	"""
	since = host.clock.now() - timedelta(days=max(1, load_settings(host.db).confirmation_days))
	missed = _missed(host, parties, since)
	if not missed:
		return 0
	later = _activities_since(host, {one.firing.party for one in missed}, since)
	started = 0
	for live in live_sequences(host):
		firings = [
			one.firing
			for one in missed
			if (one.sequence, one.trigger_type) == (live.name, live.definition.trigger_type)
			and one.occurred_on >= live.activated_on
			and not _over(live, one, later.get(one.firing.party, ()))
		]
		started += fire(host, _if_still_so(live), firings, again=True)
	return started


def _missed(host: Host, parties: Collection[str], since: datetime) -> list[_Missed]:
	"""Newest first. Index (party, sequence, decided_on); activities by their primary key."""
	log, activity = doctype("Nurture Trigger Log", "log"), doctype("Nurture Activity", "a")
	query = Query.from_(log).left_join(activity).on(activity.name == log.activity)
	query = query.select(log.name, log.party, log.sequence, log.what, log.activity, log.decided_on)
	query = query.select(log.trigger_type, activity.occurred_on, activity.classification)
	waits_for_deed = log.trigger_type.isin(params(DEEDS)) & (log.activity != P(""))
	query = query.where(waits_for_deed | log.trigger_type.isin(params(STATES)))
	query = query.where((log.outcome == P(REFUSED)) & (log.decided_on > P(since)))
	query = query.where(log.reason.isin(params([str(reason) for reason in FOR_WANT_OF_CONSENT])))
	found = []
	for some in chunks(sorted(set(parties))):
		rows = host.db.rows(query.where(log.party.isin(params(some))))
		for name, party, sequence, what, source, decided_on, trigger, occurred_on, human in rows:
			moment = as_datetime(occurred_on if source else decided_on)
			if moment and moment > since and human in (None, "human"):
				firing = Firing(party, "", what or "", source or "", known_as=name)
				found.append(_Missed(sequence, trigger, firing, moment))
	return sorted(found, key=lambda one: (one.occurred_on, one.firing.known_as), reverse=True)


def _activities_since(host: Host, parties: Collection[str], since: datetime) -> Mapping[str, list[Event]]:
	"""What these leads did, by lead. Index (party, activity_type, occurred_on, ...)."""
	activity = doctype("Nurture Activity", "a")
	query = Query.from_(activity).select(
		activity.party, activity.activity_type, activity.occurred_on, activity.detail
	)
	query = query.where((activity.occurred_on > P(since)) & (activity.classification == P("human")))
	found: dict[str, list[Event]] = {}
	for some in chunks(sorted(parties)):
		for party, kind, occurred_on, detail in host.db.rows(query.where(activity.party.isin(params(some)))):
			found.setdefault(party, []).append(Event(party, kind, as_datetime(occurred_on), detail or ""))
	return found


def _over(live: LiveSequence, missed: _Missed, events: Sequence[Event]) -> bool:
	"""Whether the sequence would have ended by now for whoever had entered in time, or the stage is another again."""
	stage = live.definition.trigger_stage
	undone = {"Stage Reached": f"{stage} Lost", "Stage Lost": f"{stage} Reached"}.get(missed.trigger_type)
	return any(
		event.occurred_on > missed.occurred_on
		and (event.activity_type == undone or consequence(live.definition, event)[0] in OVER)
		for event in events
	)


def _if_still_so(live: LiveSequence) -> LiveSequence:
	"""The sequence for whom its trigger is true today too, where it waits for a state and not for a deed."""
	definition = live.definition
	states: dict[str, Any] = {
		"Segment Entered": {"segment": definition.trigger_segment},
		"Segment Left": {"not": {"segment": definition.trigger_segment}},
		"Score Above": ["nurture_score", ">=", definition.trigger_count],
		"Score Below": ["nurture_score", "<", definition.trigger_count],
	}
	state = states.get(definition.trigger_type)
	if state is None:
		return live
	both = {"all": [one for one in (definition.condition, state) if one]}
	return replace(live, definition=replace(definition, condition=both))
