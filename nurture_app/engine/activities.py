"""The one door for everything that happens to a lead: recorded once, scored, and acted on at once.

`record` notes activities whatever their source, brings the score of their leads up to date, moves them between
segments, ends the sequences that are over for them and starts those that begin.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from nurture_app.engine.activity_rows import COLUMNS, TEXTS, ActivityIn, insert_noted, row_of
from nurture_app.engine.capture.plain import without_markup
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.condition_scope import Happened
from nurture_app.engine.config import ActivityType, activity_types
from nurture_app.engine.enrollments.consequences import Event, Reacted, apply_events
from nurture_app.engine.interests import correct_interests, note_interests
from nurture_app.engine.live import live_sequences
from nurture_app.engine.people import lock_leads
from nurture_app.engine.personas import assign as assign_personas
from nurture_app.engine.ports import Host
from nurture_app.engine.purchases import note_purchases
from nurture_app.engine.scorer import Scorer
from nurture_app.engine.scoring import RescoreResult, rescore_parties
from nurture_app.engine.segments import named_segments, refresh_parties
from nurture_app.engine.sql import Query, as_datetime, chunks, doctype, insert_new, params
from nurture_app.engine.stages import Crossing
from nurture_app.engine.tags import TagChange, write_tags
from nurture_app.engine.tier_changes import give_all
from nurture_app.engine.touches import correct_reactions, mark_reactions
from nurture_app.engine.triggers import start_for_events, start_for_moves, start_for_new_leads
from nurture_app.engine.waiting import wake


@dataclass(frozen=True, slots=True)
class RecordResult:
	new: int = 0
	crossings: Sequence[Crossing] = ()
	ended: int = 0
	enrolled: int = 0

	def and_then(self, other: RecordResult) -> RecordResult:
		return RecordResult(
			self.new + other.new,
			[*self.crossings, *other.crossings],
			self.ended + other.ended,
			self.enrolled + other.enrolled,
		)


def record(host: Host, activities: Iterable[ActivityIn]) -> RecordResult:
	"""Record activities in one transaction and act on them. Raises `activity_type_unknown` before anything is written."""
	activities = list(activities)
	with host.db.transaction():
		lock_leads(
			host, {one.party for one in activities}
		)  # scores are sums: two at once would each miss the other's
		return record_in(host, activities)


def record_in(host: Host, activities: Sequence[ActivityIn]) -> RecordResult:
	"""`record` within the caller's transaction."""
	kinds = activity_types(host)
	activities = [_without_markup(activity) for activity in activities]
	for activity in activities:
		if activity.activity_type not in kinds:
			raise NurtureError("activity_type_unknown", activity=activity.activity_type)
		if activity.classification not in ("human", "machine", "unknown"):
			raise NurtureError("classification_unknown", value=activity.classification)
	new = _insert_new(host, activities)
	human = [activity for activity in new.values() if activity.classification == "human"]
	if not human:
		return RecordResult(len(new))
	mark_reactions(host, human)
	note_interests(host, human)
	note_purchases(host, human)
	last_seen = _last_seen(human, kinds)
	parties = sorted({activity.party for activity in human})
	happened = _happened(human, kinds)
	scored = rescore_parties(Scorer.load(host), parties, last_seen, happened)
	events = [
		Event(one.party, one.activity_type, one.occurred_on, one.detail, name, _cause(one, kinds))
		for name, one in new.items()
		if one.classification == "human"
	]
	result = act_on(host, events, scored)
	wake(host, parties, {one.activity_type for one in human})
	assign_personas(host, parties, happened)
	return RecordResult(len(new)).and_then(result).and_then(_refresh_segments(host, parties, happened))


def _cause(one: ActivityIn, kinds: Mapping[str, ActivityType]) -> str:
	"""The enrollment whose step did it: what the app records itself and says an enrollment of."""
	return one.enrollment if kinds[one.activity_type].is_system else ""


def _last_seen(
	activities: Iterable[ActivityIn | _Recorded], kinds: Mapping[str, ActivityType]
) -> dict[str, datetime]:
	"""By lead, when it last did something that counts as engagement."""
	found: dict[str, datetime] = {}
	for one in activities:
		if one.activity_type in kinds and kinds[one.activity_type].is_engagement:
			found[one.party] = max(found.get(one.party, one.occurred_on), one.occurred_on)
	return found


def _happened(human: Sequence[ActivityIn], kinds: Mapping[str, ActivityType]) -> Happened | None:
	"""What rules and segments may be picked by; None when more may have changed than the ledger of activities.

	That is so whenever sales or an opt-out is involved: fields and consent of the Lead change along with it.
	"""
	types = frozenset(activity.activity_type for activity in human)
	return Happened(types) if all(kinds[kind].is_engagement for kind in types) else None


def act_on(host: Host, events: Sequence[Event], scored: RescoreResult) -> RecordResult:
	"""End and start sequences for what happened and for how scores moved, within the caller's transaction."""
	events = [*events, *_note_crossings(host, scored.crossings)]
	applied = apply_events(host, events)
	_tag_who_reacted(host, applied.reacted)
	live = live_sequences(host)
	enrolled = start_for_events(host, live, events) + start_for_moves(host, live, scored.moves)
	return RecordResult(crossings=scored.crossings, ended=applied.ended, enrolled=enrolled)


def _refresh_segments(host: Host, parties: Sequence[str], happened: Happened | None = None) -> RecordResult:
	"""Move leads between segments; points for being in one follow at once, and with them what looks at the score.

	Once more is enough: rules may not look at the score (`score_circles`).
	"""
	if not refresh_parties(host, parties, happened):
		return RecordResult()
	scorer = Scorer.load(host)
	if not any(named_segments(condition) for condition in scorer.conditions.values()):
		return RecordResult()
	result = act_on(host, [], rescore_parties(scorer, parties))
	refresh_parties(host, parties)
	return result


def _tag_who_reacted(host: Host, reacted: Sequence[Reacted]) -> None:
	"""The tag their sequence puts on them is an event in its turn: scores, segments and sequences follow (RE-08)."""
	if not reacted:
		return
	wanted: dict[str, list[TagChange]] = {}
	for one in reacted:
		wanted.setdefault(one.party, []).append(TagChange(one.tag))
	tagged = set(write_tags(host, wanted))
	record_in(
		host,
		[
			ActivityIn(
				one.party, "Tag Added", host.clock.now(), "System", one.tag,
				sequence=one.sequence, enrollment=one.enrollment,
			)
			for one in reacted
			if one.party in tagged
		],
	)  # fmt: skip


def leads_changed(host: Host, parties: Sequence[str]) -> RecordResult:
	"""New leads, or leads whose fields or consent changed: scores, segments and sequences follow."""
	with host.db.transaction():
		lock_leads(host, parties)
		return follow_leads_in(host, parties)


def follow_leads_in(host: Host, parties: Sequence[str]) -> RecordResult:
	"""`leads_changed` within the caller's transaction, whose leads are locked."""
	if not parties:
		return RecordResult()
	scored = rescore_parties(Scorer.load(host), parties)
	result = act_on(host, [], scored)
	wake(host, parties)
	assign_personas(host, parties)
	give_all(host, parties)
	result = result.and_then(_refresh_segments(host, parties))
	enrolled = start_for_new_leads(host, live_sequences(host), parties)
	return result.and_then(RecordResult(enrolled=enrolled))


def reclassify(host: Host, names: Sequence[str], classification: str) -> RecordResult:
	"""Change who is believed to have done these activities; points follow, in both directions."""
	with host.db.transaction():
		parties = {one.party for one, _ in _load(host, names)}
	with host.db.transaction():
		lock_leads(host, parties)
		return reclassify_in(host, names, classification)


def reclassify_in(host: Host, names: Sequence[str], classification: str) -> RecordResult:
	"""`reclassify` within the caller's transaction, whose leads are locked.

	What turns out to be a person's is acted on as if it had just been recorded; what turns out not to be is taken from
	the score and from the message it reacted to.
	"""
	found = _load(host, names)
	changed = [one for one, before in found if before != classification]
	host.db.update(
		"tabNurture Activity", ("name", "classification"), [(one.name, classification) for one in changed]
	)
	is_human = classification == "human"
	if is_human:
		mark_reactions(host, changed)
		note_interests(host, changed)
	else:
		correct_reactions(host, changed)
		correct_interests(host, [one for one, before in found if before == "human"])
	parties = sorted({one.party for one, _ in found})
	last_seen = _last_seen(changed, activity_types(host)) if is_human else {}
	scored = rescore_parties(Scorer.load(host), parties, last_seen)
	events = [
		Event(one.party, one.activity_type, one.occurred_on, one.detail, one.name)
		for one in changed
		if is_human
	]
	result = act_on(host, events, scored)
	wake(host, parties, {one.activity_type for one in changed} if is_human else ())
	assign_personas(host, parties)
	return RecordResult(len(changed)).and_then(result).and_then(_refresh_segments(host, parties))


@dataclass(frozen=True, slots=True)
class _Recorded:
	name: str
	party: str
	activity_type: str
	occurred_on: datetime
	detail: str
	touch: str
	properties: str


def _load(host: Host, names: Sequence[str]) -> list[tuple[_Recorded, str]]:
	"""Recorded activities with how they are classified now. Primary key."""
	activity = doctype("Nurture Activity", "a")
	columns = (
		"name",
		"party",
		"activity_type",
		"detail",
		"touch",
		"classification",
		"properties",
		"occurred_on",
	)
	found = []
	for some in chunks(sorted(set(names))):
		query = Query.from_(activity).select(*(getattr(activity, column) for column in columns))
		for name, party, kind, detail, touch, before, properties, moment in host.db.rows(
			query.where(activity.name.isin(params(some)))
		):
			one = _Recorded(
				name, party, kind, as_datetime(moment), detail or "", touch or "", properties or ""
			)
			found.append((one, before))
	return found


def _insert_new(host: Host, activities: Sequence[ActivityIn]) -> dict[str, ActivityIn]:
	"""Insert what is not there yet and return it by id. Index (dedupe_key)."""
	by_name = {host.db.new_name(): one for one in activities}
	rows = [row_of(name, one) for name, one in by_name.items()]
	inside = insert_new(host.db, "tabNurture Activity", COLUMNS, rows)
	return {name: one for name, one in by_name.items() if name in inside}


def _without_markup(one: ActivityIn) -> ActivityIn:
	"""What people and other systems say is shown in the Desk, and compared with what rules say, as plain text."""
	said = {name: getattr(one, name) for name in TEXTS}
	plain = {name: without_markup(text)[: TEXTS[name]] for name, text in said.items() if text and "<" in text}
	return replace(one, **plain) if plain else one


def _note_crossings(host: Host, crossings: Sequence[Crossing]) -> list[Event]:
	"""A crossing is a dated fact like any other (LT-10), but earns nothing; returns them as events."""
	if not crossings:
		return []
	now = host.clock.now()
	notes = [ActivityIn(one.party, one.activity_type, now, "System") for one in crossings]
	names = insert_noted(host, notes)
	return [
		Event(note.party, note.activity_type, now, "", name) for name, note in zip(names, notes, strict=True)
	]
