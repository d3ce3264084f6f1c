"""When the next step of an enrollment is due.

Every step has a planned moment (`nominal`), counted from Day 1 or from the planned moment of the step before, and a
due moment: the planned one moved into the send window if the step is a message. Because counting goes from planned
moment to planned moment, a step that the window moves does not move any later step.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.config import Settings
from nurture_app.engine.countries import country_key
from nurture_app.engine.definition import SequenceDefinition, Step
from nurture_app.engine.timing import (
	DAYS_OF_WEEK,
	SendWindow,
	add_delay,
	after_open_time,
	day_of_sequence,
	next_opening,
	to_aware,
	to_due,
	weekday_from,
	zone_or_none,
)

LATE = timedelta(hours=6)
"""A step done this much after it was due was kept back by more than a busy queue."""
SPACING = timedelta(days=1)
"""After a late message the next one waits at least this long (or its own shorter distance)."""


@dataclass(frozen=True, slots=True)
class Plan:
	"""Both naive, in the host's zone."""

	nominal_on: datetime
	due_on: datetime


class OfCountry(NamedTuple):
	"""The key of a country's holidays among those of lists."""

	country: str
	"""Its ISO code, or what it is called where that is not known."""

	@classmethod
	def called(cls, name: str) -> OfCountry:
		return cls(country_key(name))


@dataclass(frozen=True, slots=True)
class Timetable:
	"""The times that hold for one person in one sequence."""

	window: SendWindow
	holidays: Container[date]
	zone: ZoneInfo
	"""The recipient's."""
	host_zone: ZoneInfo
	any_time: bool = False
	"""Neither hours nor holidays count: for an answer to what the person just did."""

	@classmethod
	def of(
		cls,
		definition: SequenceDefinition,
		settings: Settings,
		holidays: Mapping[str | OfCountry, Container[date]],
		time_zone: str | None,
		host_zone: ZoneInfo,
		country: str | None = "",
	) -> Timetable:
		"""For a lead whose `nurture_time_zone` is `time_zone`; an unknown one falls back to the settings, then the site.

		`holidays` as `people.load_holidays` reads them: those of the lead's country go before the sequence's and ours.
		"""
		zone = zone_or_none(time_zone) or zone_or_none(settings.default_time_zone) or host_zone
		window, holiday_list = settings.window, settings.holiday_list
		if definition.window:
			window, holiday_list = definition.window, definition.holiday_list
		# asked only where holidays go by country: some names are slow to tell
		by_country = country and any(isinstance(key, OfCountry) for key in holidays)
		days = holidays.get(OfCountry.called(country)) if by_country else None
		return cls(window, holidays.get(holiday_list, ()) if days is None else days, zone, host_zone)

	def opening(self, moment: datetime) -> datetime:
		"""The first moment at or after `moment` (naive, host) in which a message may go; naive, host zone."""
		if self.any_time:
			return moment
		return _opening(self, moment, moment.fold)

	def after(self, moment: datetime, amount: int, unit: str) -> datetime:
		"""The moment that a delay from `moment` ends, counted on the recipient's clock; both naive, host zone."""
		ends = add_delay(to_aware(moment, self.host_zone), amount, unit, self.zone)
		return to_due(ends, self.host_zone)

	def open_for(self, moment: datetime, wait: timedelta) -> datetime | None:
		"""The moment at which the window has been open for `wait` since `moment`, both naive, host zone; None as `after_open_time`."""
		ends = after_open_time(to_aware(moment, self.host_zone), wait, self.window, self.zone, self.holidays)
		return to_due(ends, self.host_zone) if ends else None


@lru_cache(maxsize=4096)
def _opening(table: Timetable, moment: datetime, fold: int) -> datetime:
	"""Remembered, because a batch asks it of the same moment for everybody in a time zone.

	`fold` is the moment's own, which two equal datetimes may differ in.
	"""
	now = to_aware(moment, table.host_zone)
	opens = next_opening(now, table.window, table.zone, table.holidays)
	if opens is None:
		raise NurtureError("window_never_opens")
	return moment if opens.timestamp() == now.timestamp() else to_due(opens, table.host_zone)


def plan_step(step: Step, anchor_on: datetime, previous_nominal: datetime, table: Timetable) -> Plan:
	"""When `step` is planned and due. `anchor_on` is Day 1, `previous_nominal` the planned moment before; naive, host zone."""
	if step.timing == "On Day":
		moment = day_of_sequence(to_aware(anchor_on, table.host_zone), step.day, _time_of(step), table.zone)
		nominal = to_due(moment, table.host_zone)
	else:
		nominal = table.after(previous_nominal, step.delay, step.delay_unit)
	# a day that lies before the step already done (a branch led back) means: now
	nominal = max(nominal, previous_nominal)
	return Plan(nominal, slot_of(step, nominal, table) if step.waits_for_window else nominal)


def slot_of(step: Step, moment: datetime, table: Timetable) -> datetime:
	"""When a message planned for `moment` may leave: in the send window, and not before its weekday; naive, host zone.

	No later step moves with it.
	"""
	if step.at_weekday:
		local = to_aware(moment, table.host_zone).astimezone(table.zone)
		moment = to_due(weekday_from(local, step.at_weekday, _time_of(step)), table.host_zone)
	return table.opening(moment)


def _time_of(step: Step) -> time | None:
	return time.fromisoformat(step.at_time) if step.at_time else None


def plan_following(
	step: Step, following: Step, anchor_on: datetime, nominal: datetime, done_on: datetime, table: Timetable
) -> Plan:
	"""The plan of `following` once `step`, planned for `nominal`, was done at `done_on`; naive, host zone."""
	# when it was due is asked only of a step that may have been late: a window costs more than all the rest
	late = done_on - nominal > LATE
	due = slot_of(step, nominal, table) if late and step.is_message else nominal
	return plan_after(following, anchor_on, Plan(nominal, due), done_on, table)


def plan_after(
	step: Step,
	anchor_on: datetime,
	previous: Plan,
	done_on: datetime,
	table: Timetable,
) -> Plan:
	"""The plan of `step` once the step before, planned as `previous`, was done at `done_on`.

	When that one was late (the scheduler slept, a cap held it back), the next does not follow on its heels.
	"""
	plan = plan_step(step, anchor_on, previous.nominal_on, table)
	if done_on - previous.due_on <= LATE:
		return plan
	distance = min(plan.nominal_on - previous.nominal_on, SPACING)
	earliest = done_on + distance
	if plan.due_on >= earliest:
		return plan
	return Plan(plan.nominal_on, slot_of(step, earliest, table) if step.waits_for_window else earliest)


def check_weekdays(definition: SequenceDefinition, window: SendWindow) -> None:
	"""Raise `step_weekday_closed` for a message that waits for a day on which none may leave. For activation."""
	for step in definition.steps:
		day = step.at_weekday if step.waits_for_window else ""
		if day and DAYS_OF_WEEK.index(day) not in window.weekdays:
			raise NurtureError("step_weekday_closed", step=step.label, day=day)
