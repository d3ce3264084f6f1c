"""What a run proves: days kept, ways taken, nobody over the cap, nobody written to after saying no.

Everything is read from the send ledger when the run is over and compared with what the sequences say; nothing here
looks at how the engine came to its decisions.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from nurture_app.engine.config import Settings, load_settings
from nurture_app.engine.day_apart import is_of_earlier_day
from nurture_app.engine.definition import MAIL_STEPS, MESSAGE_STEPS, TWO_WAY_STEPS, SequenceDefinition, Step
from nurture_app.engine.live import load_definitions
from nurture_app.engine.people import load_holidays
from nurture_app.engine.ports import Host
from nurture_app.engine.schedule import LATE, SPACING, Timetable, plan_step
from nurture_app.engine.sql import Query, as_datetime, doctype
from nurture_app.engine.timing import to_aware, to_naive
from nurture_app.simulator.world import MARK

YES, NO = "yes", "no"


@dataclass(frozen=True, slots=True)
class StepDays:
	"""How a message kept its day: numbers of people."""

	sequence: str
	step: str
	planned: str
	"""`Day 3`, or `4 Days after the step before`."""
	sent: int
	on_the_day: int
	by_window: int
	"""Moved to the next opening of the send window: hours, weekend, holiday; or to the one after it, if a mail of an earlier day was."""
	by_cap: int
	"""Later, because the person had had as many messages as the cap allows, or right after one that was."""
	unexplained: int


@dataclass(frozen=True, slots=True)
class Way:
	"""How many took one way out of a step that has several."""

	sequence: str
	step: str
	way: str
	people: int


@dataclass(frozen=True, slots=True)
class Promises:
	"""The four promises and what they rest on."""

	days: Sequence[StepDays]
	ways: Sequence[Way]
	cap_messages: int
	cap_days: int
	most_messages: int
	"""The most messages any one person had within `cap_days`."""
	opted_out: int
	"""Addresses that said no, or whose mail came back, within the run or before it."""
	after_opt_out: int
	"""Messages that left to them afterwards."""

	@property
	def unexplained(self) -> int:
		return sum(one.unexplained for one in self.days)

	@property
	def ways_not_taken(self) -> list[Way]:
		return [way for way in self.ways if not way.people]

	@property
	def within_cap(self) -> bool:
		return not self.cap_messages or self.most_messages <= self.cap_messages

	def summary(self) -> dict[str, Any]:
		"""The numbers of `summary.json`."""
		return {
			"messages_on_their_day": sum(one.on_the_day for one in self.days),
			"messages_moved_by_window": sum(one.by_window for one in self.days),
			"messages_moved_by_cap": sum(one.by_cap for one in self.days),
			"messages_on_another_day": self.unexplained,
			"ways_taken": len(self.ways) - len(self.ways_not_taken),
			"ways": len(self.ways),
			"most_messages_per_person": self.most_messages,
			"cap": f"{self.cap_messages} in {self.cap_days} days",
			"opted_out": self.opted_out,
			"messages_after_opt_out": self.after_opt_out,
		}


class _Touch(NamedTuple):
	enrollment: str
	step: str
	visit: int
	address: str
	detail: str
	sent_on: datetime | None
	due_on: datetime | None


class _Enrollment(NamedTuple):
	name: str
	sequence: str
	version: str
	anchor_on: datetime
	time_zone: str


def read_promises(host: Host, zone: ZoneInfo) -> Promises:
	"""Ask the ledger of a finished run; `zone` is the simulation's."""
	settings = load_settings(host.db)
	touches, enrollments = _load_touches(host), _load_enrollments(host)
	definitions = load_definitions(host, {one.version for one in enrollments})
	sent = _sent_by_address(touches)
	days, ways = _follow(host, enrollments, touches, definitions, settings, zone, sent)
	span = timedelta(days=settings.cap_days)
	opted_out, afterwards = _after_opt_out(host, sent)
	return Promises(
		days=days,
		ways=ways,
		cap_messages=settings.cap_messages,
		cap_days=settings.cap_days,
		most_messages=max((_most_within(moments, span) for moments in sent.values()), default=0),
		opted_out=opted_out,
		after_opt_out=afterwards,
	)


# --- days and ways ------------------------------------------------------------------------------------------------------


def _follow(
	host: Host,
	enrollments: Sequence[_Enrollment],
	touches: Sequence[_Touch],
	definitions: Mapping[str, SequenceDefinition],
	settings: Settings,
	zone: ZoneInfo,
	sent: Mapping[str, Sequence[datetime]],
) -> tuple[list[StepDays], list[Way]]:
	"""Walk every enrollment through its sequence with its own ledger in hand."""
	holidays = load_holidays(host, settings, definitions.values(), by_country=False)
	rows: dict[str, list[_Touch]] = defaultdict(list)
	for touch in touches:
		rows[touch.enrollment].append(touch)
	kept: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
	taken: Counter[tuple[str, str, str]] = Counter()
	for one in enrollments:
		definition = definitions[one.version]
		table = Timetable.of(definition, settings, holidays, one.time_zone, zone)
		for step, what in _walk(one, definition, rows[one.name], table, settings, sent):
			if step.step_type in MESSAGE_STEPS:
				kept[one.sequence, step.label][what] += 1
			else:
				taken[one.sequence, step.label, what] += 1
	days, ways = [], []
	for sequence, definition in sorted(
		{one.sequence: definitions[one.version] for one in enrollments}.items()
	):
		for step in definition.steps:
			if step.is_message:
				count = kept[sequence, step.label]
				parts = (count[part] for part in ("day", "window", "cap", "unexplained"))
				days.append(StepDays(sequence, step.label, _planned(step), count.total(), *parts))
			ways += [
				Way(sequence, step.label, way, taken[sequence, step.label, way]) for way in ways_out_of(step)
			]
	return days, ways


def ways_out_of(step: Step) -> list[str]:
	"""The names of the ways of a step that has several."""
	if step.step_type == "Split":
		return [way["name"] for way in step.split_ways or ()]
	return [YES, NO] if step.step_type in TWO_WAY_STEPS else []


def _walk(
	one: _Enrollment,
	definition: SequenceDefinition,
	rows: Sequence[_Touch],
	table: Timetable,
	settings: Settings,
	sent: Mapping[str, Sequence[datetime]],
) -> Iterator[tuple[Step, str]]:
	"""(step, how it kept its day) for messages sent, (step, way taken) for branches; up to where the ledger ends."""
	waiting: dict[str, list[_Touch]] = defaultdict(list)
	for row in sorted(rows, key=lambda row: row.visit):
		waiting[row.step].append(row)
	step: Step | None = definition.steps[0]
	nominal = one.anchor_on
	earliest: datetime | None = None  # after a late message the next one keeps its distance
	mail: tuple[str, datetime] | None = None  # step of the last one, and when it was sent
	for _ in range(len(rows) + len(definition.steps)):
		if step is None or step.step_type == "End":
			return
		nominal = plan_step(step, one.anchor_on, nominal, table).nominal_on
		row = waiting[step.label].pop(0) if waiting[step.label] else None
		way = step.next
		if step.is_message:
			if row is None or row.sent_on is None:
				return
			is_answer = step.at_once and nominal <= row.sent_on < table.opening(nominal)
			opens = table.opening(nominal)
			if (
				settings.days_apart
				and mail
				and is_of_earlier_day(mail[0], step, definition)
				and _day(opens, table) == _day(mail[1], table)
			):
				opens = table.opening(_next_midnight(opens, table))
			what = "day" if is_answer else _judge(row, nominal, opens, table, settings, sent, earliest)
			late = row.sent_on - table.opening(nominal) > LATE
			earliest = row.sent_on + SPACING if late else None
			if step.step_type in MAIL_STEPS:
				mail = step.label, row.sent_on
			yield step, what
		elif ways_out_of(step):
			if row is None:
				return
			name, way = _way_taken(step, row.detail)
			if step.step_type == "Wait Until":
				nominal = _waited_until(step, name, row, nominal, table)
			yield step, name
		step = definition.step(way)


def _judge(
	row: _Touch,
	nominal: datetime,
	opening: datetime,
	table: Timetable,
	settings: Settings,
	sent: Mapping[str, Sequence[datetime]],
	earliest: datetime | None,
) -> str:
	if opening <= row.sent_on <= opening + LATE:
		return "day" if opening.date() == nominal.date() else "window"
	# Who arrives in the last minutes of a window is looked at when it has closed.
	seen_on = opening + MARK
	if table.opening(seen_on) > seen_on and row.sent_on == table.opening(seen_on):
		return "window"
	followed = earliest is not None and row.sent_on <= table.opening(earliest) + LATE
	if row.sent_on > opening and (followed or _cap_was_full(row, opening, settings, sent)):
		return "cap"
	return "unexplained"


def _day(moment: datetime, table: Timetable) -> date:
	"""By the recipient's calendar."""
	return to_aware(moment, table.host_zone).astimezone(table.zone).date()


def _next_midnight(moment: datetime, table: Timetable) -> datetime:
	midnight = datetime.combine(_day(moment, table) + timedelta(days=1), time())
	return to_naive(to_aware(midnight, table.zone), table.host_zone)


def _cap_was_full(
	row: _Touch, moment: datetime, settings: Settings, sent: Mapping[str, Sequence[datetime]]
) -> bool:
	"""Whether the person had had all the cap allows when the message could have gone."""
	if not settings.cap_messages or not settings.cap_days:
		return False
	since = moment - timedelta(days=settings.cap_days)
	earlier = [one for one in sent[row.address] if since < one < row.sent_on]
	return len(earlier) >= settings.cap_messages


def _way_taken(step: Step, detail: str) -> tuple[str, str]:
	"""(name of the way, label of the step it leads to)."""
	if step.step_type == "Split":
		(way,) = [way for way in step.split_ways if way["name"] == detail]
		return detail, way.get("to") or step.next
	return (YES, step.on_true) if detail == "true" else (NO, step.on_false)


def _waited_until(step: Step, way: str, row: _Touch, nominal: datetime, table: Timetable) -> datetime:
	"""The moment from which the next step is counted: what was waited for, or the end of the wait."""
	if way == YES and row.due_on:
		return max(row.due_on, nominal)
	return table.after(nominal, step.timeout, step.timeout_unit)


def _planned(step: Step) -> str:
	if step.timing == "On Day":
		return f"Day {step.day}"
	return f"{step.delay} {step.delay_unit} after the step before" if step.delay else "with the step before"


# --- cap and opt-out ----------------------------------------------------------------------------------------------------


def _sent_by_address(touches: Sequence[_Touch]) -> dict[str, list[datetime]]:
	sent: dict[str, list[datetime]] = defaultdict(list)
	for touch in touches:
		if touch.sent_on:
			sent[touch.address].append(touch.sent_on)
	for moments in sent.values():
		moments.sort()
	return sent


def _most_within(moments: Sequence[datetime], span: timedelta) -> int:
	return max(number - bisect_right(moments, moment - span) for number, moment in enumerate(moments, 1))


def _after_opt_out(host: Host, sent: Mapping[str, Sequence[datetime]]) -> tuple[int, int]:
	"""(addresses on the suppression list, messages sent to them since)."""
	table = doctype("Nurture Suppression", "s")
	query = Query.from_(table).select(table.address, table.occurred_on)
	since = {address: as_datetime(moment) for address, moment in host.db.rows(query)}
	return len(since), sum(moment > since[address] for address in since for moment in sent.get(address, ()))


# --- the tables ---------------------------------------------------------------------------------------------------------


def _load_touches(host: Host) -> list[_Touch]:
	touch = doctype("Nurture Touch", "t")
	columns = ("enrollment", "step", "visit", "address", "reason_detail", "sent_on", "due_on")
	query = Query.from_(touch).select(*(getattr(touch, column) for column in columns))
	return [
		_Touch(enrollment, step, int(visit), address or "", detail or "", *map(as_datetime, moments))
		for enrollment, step, visit, address, detail, *moments in host.db.rows(query)
	]


def _load_enrollments(host: Host) -> list[_Enrollment]:
	enrollment, lead = doctype("Nurture Enrollment", "e"), doctype("Lead", "lead")
	query = Query.from_(enrollment).left_join(lead).on(lead.name == enrollment.party)
	query = query.select(enrollment.name, enrollment.sequence, enrollment.version, enrollment.anchor_on)
	return [
		_Enrollment(name, sequence, version, as_datetime(anchor_on), time_zone or "")
		for name, sequence, version, anchor_on, time_zone in host.db.rows(
			query.select(lead.nurture_time_zone).orderby(enrollment.name)
		)
	]
