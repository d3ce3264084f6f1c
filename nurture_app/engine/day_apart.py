"""Two mails of a sequence that are planned for different days do not leave on the same one, where the settings say so.

Who comes on a Saturday gets the mail of that day when the window opens on Monday. The mail planned for Monday waits for
the day after; its planned moment stays, so no later step moves with it.
"""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING

from nurture_app.engine.schedule import Timetable, slot_of
from nurture_app.engine.step_days import days_of_steps
from nurture_app.engine.timing import day_of_sequence, to_aware, to_due

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch, Claimed
	from nurture_app.engine.definition import SequenceDefinition, Step


def another_day(one: Claimed, step: Step, batch: Batch, table: Timetable) -> datetime | None:
	"""When the mail may leave if one of an earlier day left today, by the recipient's calendar; naive, host zone."""
	left = batch.facts.left.get(one.name)
	if not left or table.any_time:
		return None
	today = _day(batch.now, table)
	definition = batch.definitions[one.version]
	labels = [label for queued_on, label in left if _day(queued_on, table) == today]
	if not any(is_of_earlier_day(label, step, definition) for label in labels):
		return None
	return _following_day(step, batch.now, table)


def kept_apart(
	step: Step,
	due_on: datetime,
	before: tuple[datetime, str],
	definition: SequenceDefinition,
	table: Timetable,
) -> datetime:
	"""The moment for which `step` will be put off if it is due on `due_on`, after a mail that left when and of which step `before` says.

	All naive, host zone.
	"""
	left_on, label = before
	if _day(left_on, table) != _day(due_on, table) or not is_of_earlier_day(label, step, definition):
		return due_on
	return _following_day(step, due_on, table)


def _following_day(step: Step, moment: datetime, table: Timetable) -> datetime:
	tomorrow = day_of_sequence(to_aware(moment, table.host_zone), 2, time(), table.zone)
	return slot_of(step, to_due(tomorrow, table.host_zone), table)


def is_of_earlier_day(label: str, step: Step, definition: SequenceDefinition) -> bool:
	"""Whether the plan has at least a day between the step of that label and `step`.

	What is waited for in between may happen on the same day, and what answers it is then of that day.
	"""
	for time_outs in (True, False):
		days = days_of_steps(definition, time_outs=time_outs)
		here = days.get(step.label)
		if here is None or here - days.get(label, here) < 1:
			return False
	return True


def _day(moment: datetime, table: Timetable) -> object:
	return to_aware(moment, table.host_zone).astimezone(table.zone).date()
