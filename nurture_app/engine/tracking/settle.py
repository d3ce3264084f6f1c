"""From raw hits to what people did: verdicts, activities, and both corrected when more becomes known.

Hits are judged some minutes after they came, together with all others of the same mail. Each activity stands for the
first hit of its kind and classification, and follows the verdict on that hit ever after.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pypika import functions as fn

from nurture_app.engine.activities import ActivityIn, reclassify_in, record_in
from nurture_app.engine.config import load_settings
from nurture_app.engine.people import lock_leads
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, as_datetime, chunks, doctype, params
from nurture_app.engine.tracking.classify import HUMAN, UNKNOWN, Hit, HitReason, Verdict, judge

AT_ONCE = 200
"""Mails in one transaction."""
CROWD = 10
"""Recipients in a minute from one origin: more than share an office and read at once. Our choice."""
CROWD_WITHIN = timedelta(seconds=60)

SOURCE = "Nurture Mail Hit"
OPEN, CLICK = "Email Open", "Email Click"


@dataclass(slots=True)
class SettleResult:
	"""How many hits got their first verdict, by classification, and how many activities changed theirs."""

	human: int = 0
	machine: int = 0
	unknown: int = 0
	reclassified: int = 0


@dataclass(frozen=True, slots=True)
class _Stored:
	"""A hit as it lies in the table."""

	hit: Hit
	touch: str
	party: str
	url: str
	verdict: str
	reason: str
	settled: bool

	@property
	def what(self) -> tuple[str, str]:
		"""The activity it makes: kind and detail."""
		return (CLICK, self.url[:255]) if self.hit.is_click else (OPEN, "")


@dataclass(frozen=True, slots=True)
class _Touch:
	name: str
	party: str
	sequence: str
	enrollment: str
	step: str
	sent_on: datetime | None


@dataclass(frozen=True, slots=True)
class Known:
	"""An activity that was recorded for a hit."""

	name: str
	what: tuple[str, str]
	classification: str
	hit: str


@dataclass(slots=True)
class _Plan:
	"""What a batch changes."""

	new: list[ActivityIn] = field(default_factory=list)
	changes: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
	"""Names of activities by their new classification."""
	verdicts: list[tuple[str, str, str, int]] = field(default_factory=list)
	"""(hit, verdict, reason, settled)."""


def settle(host: Host) -> SettleResult:
	"""Judge what is old enough, and record or correct what came of it. Doing it again changes nothing."""
	settings = load_settings(host.db)
	before = host.clock.now() - timedelta(minutes=settings.settle_minutes)
	result = SettleResult()
	while touches := _due(host, before):
		_settle_or_note(host, touches, before, result)
	return result


def _due(host: Host, before: datetime) -> dict[str, str]:
	"""Mails with hits to be judged, with their leads. Index (settled, hit_on)."""
	hit = doctype(SOURCE, "h")
	query = Query.from_(hit).select(hit.touch, fn.Max(hit.party))
	query = query.where((hit.settled == P(0)) & (hit.hit_on < P(before))).groupby(hit.touch)
	return {touch: party or "" for touch, party in host.db.rows(query.limit(AT_ONCE))}


def _settle_or_note(host: Host, touches: Mapping[str, str], before: datetime, result: SettleResult) -> None:
	"""What cannot be settled is looked for by halves and noted as such, so that it keeps nobody else waiting."""
	try:
		_settle_batch(host, touches, before, result)
		return
	except host.db.retryable:
		raise
	except Exception:
		if len(touches) == 1:
			_note_failure(host, next(iter(touches)), before)
			return
	names = list(touches)
	middle = len(names) // 2
	for half in (names[:middle], names[middle:]):
		_settle_or_note(host, {name: touches[name] for name in half}, before, result)


def _settle_batch(host: Host, parties: Mapping[str, str], before: datetime, result: SettleResult) -> None:
	with host.db.transaction():
		lock_leads(host, parties.values())
		touches = _load_touches(host, list(parties))
		stored = _load_hits(host, list(parties))
		crowded = _crowded(host, [one for some in stored.values() for one in some])
		known = _load_activities(host, list(parties))
		plan = _Plan()
		for name, hits in stored.items():
			_judge_touch(plan, touches.get(name), hits, known.get(name, []), crowded, before, result)
		record_in(host, plan.new)
		for classification, names in sorted(plan.changes.items()):
			reclassify_in(host, names, classification)
			result.reclassified += len(names)
		host.db.update(f"tab{SOURCE}", ("name", "verdict", "reason", "settled"), plan.verdicts)


def _judge_touch(
	plan: _Plan,
	touch: _Touch | None,
	hits: Sequence[_Stored],
	known: Sequence[Known],
	crowded: frozenset[str],
	before: datetime,
	result: SettleResult,
) -> None:
	verdicts = judge([one.hit for one in hits], touch.sent_on if touch else None, crowded)
	ripe = [one for one in hits if one.settled or one.hit.moment < before]
	for one in ripe:
		verdict = verdicts[one.hit.name]
		if not one.settled:
			counter = verdict.classification
			setattr(result, counter, getattr(result, counter) + 1)
		if (one.verdict, one.reason, one.settled) != (verdict.classification, verdict.reason, True):
			plan.verdicts.append((one.hit.name, verdict.classification, str(verdict.reason), 1))
	if touch is None or not touch.party:
		return
	changes, missing = reconcile(ripe, verdicts, known)
	for name, classification in changes:
		plan.changes[classification].append(name)
	plan.new += [_activity(touch, one, verdicts[one.hit.name].classification) for one in missing]


def reconcile(
	hits: Iterable[_Stored], verdicts: Mapping[str, Verdict], known: Sequence[Known]
) -> tuple[list[tuple[str, str]], list[_Stored]]:
	"""What makes the activities of a mail fit the verdicts: (activity, new classification), and hits that need one.

	Each classification has one activity per kind and link; a person's is never there twice.
	"""
	hits = [one for one in hits if not one.hit.is_trap]
	changes: list[tuple[str, str]] = []
	present: dict[tuple[str, str], list[str]] = defaultdict(list)
	turning_human: list[Known] = []
	for one in known:
		verdict = verdicts.get(one.hit)  # None: the hit was forgotten, and what it led to stays
		wanted = verdict.classification if verdict else one.classification
		if wanted == HUMAN != one.classification:
			turning_human.append(one)
			continue
		if wanted != one.classification:
			changes.append((one.name, wanted))
		present[one.what].append(wanted)
	for one in turning_human:
		if HUMAN not in present[one.what]:
			changes.append((one.name, HUMAN))
		present[one.what].append(HUMAN)
	missing = []
	for one in sorted(hits, key=lambda item: item.hit.moment):
		classification = verdicts[one.hit.name].classification
		if classification not in present[one.what]:
			present[one.what].append(classification)
			missing.append(one)
	return changes, missing


def _activity(touch: _Touch, stored: _Stored, classification: str) -> ActivityIn:
	kind, detail = stored.what
	return ActivityIn(
		party=touch.party,
		activity_type=kind,
		occurred_on=stored.hit.moment,
		channel="Email",
		detail=detail or touch.step,
		classification=classification,
		dedupe_key=f"mail hit|{stored.hit.name}",
		touch=touch.name,
		sequence=touch.sequence,
		enrollment=touch.enrollment,
		source_doctype=SOURCE,
		source_name=stored.hit.name,
	)


def _note_failure(host: Host, touch: str, before: datetime) -> None:
	hit = doctype(SOURCE, "h")
	query = Query.from_(hit).select(hit.name).where((hit.touch == P(touch)) & (hit.settled == P(0)))
	with host.db.transaction():
		rows = host.db.rows(query.where(hit.hit_on < P(before)))
		host.db.update(
			f"tab{SOURCE}",
			("name", "verdict", "reason", "settled"),
			[(name, UNKNOWN, str(HitReason.NOT_JUDGED), 1) for (name,) in rows],
		)


# --- what is known ----------------------------------------------------------------------------------------------------


def _load_touches(host: Host, names: Sequence[str]) -> dict[str, _Touch]:
	"""Primary keys. A touch whose lead is gone has no party."""
	touch, lead = doctype("Nurture Touch", "t"), doctype("Lead", "lead")
	query = Query.from_(touch).left_join(lead).on(lead.name == touch.party)
	query = query.select(
		touch.name, lead.name, touch.sequence, touch.enrollment, touch.step, touch.sent_on, touch.queued_on
	)
	found = {}
	for name, *texts, sent_on, queued_on in host.db.rows(query.where(touch.name.isin(params(names)))):
		sent = as_datetime(sent_on) or as_datetime(queued_on)
		found[name] = _Touch(name, *(text or "" for text in texts), sent)
	return found


def _load_hits(host: Host, touches: Sequence[str]) -> dict[str, list[_Stored]]:
	"""All hits of some mails. Index (touch)."""
	hit, link = doctype(SOURCE, "h"), doctype("Nurture Link", "l")
	columns = ("name", "touch", "party", "kind", "link", "user_agent", "origin", "method", "purpose")
	columns += ("verdict", "reason", "settled", "hit_on")
	query = Query.from_(hit).left_join(link).on(link.name == hit.link)
	query = query.select(*(getattr(hit, column) for column in columns), link.name, link.url)
	found: dict[str, list[_Stored]] = defaultdict(list)
	for row in host.db.rows(query.where(hit.touch.isin(params(touches)))):
		values = dict(zip(columns, (value or "" for value in row), strict=False))
		is_click = values["kind"] == "Click"
		one = Hit(
			name=values["name"],
			is_click=is_click,
			moment=as_datetime(row[-3]),
			link=values["link"],
			is_trap=is_click and bool(row[-2]) and not row[-1],
			user_agent=values["user_agent"],
			origin=values["origin"],
			method=values["method"],
			purpose=values["purpose"],
		)
		found[values["touch"]].append(
			_Stored(
				one,
				values["touch"],
				values["party"],
				row[-1] or "",
				values["verdict"],
				values["reason"],
				bool(int(values["settled"] or 0)),
			)
		)
	return found


def _load_activities(host: Host, touches: Sequence[str]) -> dict[str, list[Known]]:
	"""What was recorded for hits of some mails, by mail. Index (touch)."""
	activity = doctype("Nurture Activity", "a")
	columns = ("touch", "name", "activity_type", "detail", "classification", "source_name")
	query = Query.from_(activity).select(*(getattr(activity, column) for column in columns))
	query = query.where(activity.touch.isin(params(touches)) & (activity.source_doctype == P(SOURCE)))
	found: dict[str, list[Known]] = defaultdict(list)
	for touch, name, kind, detail, classification, hit in host.db.rows(query.orderby(activity.occurred_on)):
		what = (kind, detail or "") if kind == CLICK else (kind, "")
		found[touch].append(Known(name, what, classification, hit or ""))
	return found


def _crowded(host: Host, stored: Sequence[_Stored]) -> frozenset[str]:
	"""Hits whose origin came for many recipients within a minute. Index (origin, hit_on)."""
	settled = frozenset(one.hit.name for one in stored if one.settled and one.reason == HitReason.CROWD)
	asked = [one.hit for one in stored if one.hit.origin and not one.settled and not one.hit.is_by_proxy]
	if not asked:
		return settled
	first, last = min(one.moment for one in asked), max(one.moment for one in asked)
	hit = doctype(SOURCE, "h")
	by_origin: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
	for origins in chunks(sorted({one.origin for one in asked})):
		query = Query.from_(hit).select(hit.origin, hit.hit_on, hit.party)
		query = query.where(hit.origin.isin(params(origins)) & (hit.hit_on >= P(first - CROWD_WITHIN)))
		for origin, moment, party in host.db.rows(query.where(hit.hit_on <= P(last + CROWD_WITHIN))):
			by_origin[origin].append((as_datetime(moment), party or ""))
	for visits in by_origin.values():
		visits.sort()
	return settled | {one.name for one in asked if _is_crowd(one.moment, by_origin[one.origin])}


def _is_crowd(moment: datetime, visits: Sequence[tuple[datetime, str]]) -> bool:
	"""Whether one minute around `moment` holds visits for many recipients."""
	begin = bisect_left(visits, (moment - CROWD_WITHIN / 2, ""))
	end = bisect_right(visits, (moment + CROWD_WITHIN / 2, "\U0010ffff"))
	return len({party for _, party in visits[begin:end]}) >= CROWD
