"""What can start a sequence: one table for the form, the check, the engine and the docs (TR-01 to TR-26).

Most triggers wait for one kind of event, an activity type, whose detail they may narrow. The others wait for a score,
or for time to pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from nurture_app.engine.definition import SequenceDefinition

LARGEST_COUNT = 100_000
LONGEST_DAYS = 3650
LONGEST_HOURS = 1000


@dataclass(frozen=True, slots=True)
class TriggerType:
	"""`needs` and `may` are the fields of `Nurture Sequence` it must have and can have; all others stay empty."""

	name: str
	needs: tuple[str, ...] = ()
	may: tuple[str, ...] = ()
	event: str = ""
	"""The activity type it waits for; `{}` is filled with its stage."""

	@property
	def fields(self) -> tuple[str, ...]:
		return self.needs + self.may


_NARROWED = ("trigger_detail", "trigger_count", "trigger_days")
TRIGGER_TYPES = {
	one.name: one
	for one in (
		TriggerType("Manual"),
		TriggerType("New Lead"),
		TriggerType("Activity", needs=("trigger_activity",), may=_NARROWED),
		TriggerType("Account Activity", needs=("trigger_activity",), may=_NARROWED),
		TriggerType("Segment Entered", needs=("trigger_segment",), event="Segment Entered"),
		TriggerType("Segment Left", needs=("trigger_segment",), event="Segment Left"),
		TriggerType("Stage Reached", needs=("trigger_stage",), event="{} Reached"),
		TriggerType("Stage Lost", needs=("trigger_stage",), event="{} Lost"),
		TriggerType("Score Above", needs=("trigger_count",)),
		TriggerType("Score Below", needs=("trigger_count",)),
		TriggerType("Account Score Above", needs=("trigger_count",)),
		TriggerType("Tag Added", needs=("trigger_detail",), event="Tag Added"),
		TriggerType("Field Changed", needs=("trigger_detail",), event="Field Changed"),
		TriggerType("Silent For", needs=("trigger_days",)),
		TriggerType(
			"No Answer After",
			needs=("trigger_activity",),
			may=("trigger_detail", "trigger_days", "trigger_hours"),
		),
		TriggerType(
			"Not Contacted After",
			needs=("trigger_activity",),
			may=("trigger_days", "trigger_hours", "trigger_working_hours"),
		),
		TriggerType("Days Before Date", needs=("trigger_detail", "trigger_days")),
		TriggerType("Days After Date", needs=("trigger_detail", "trigger_days")),
	)
}
COUNTED = ("Activity", "Account Activity")
"""Triggers that may wait for the Nth time, of a lead or of all leads of a company."""
FIELDS = (
	"trigger_activity",
	"trigger_segment",
	"trigger_stage",
	"trigger_detail",
	"trigger_count",
	"trigger_days",
	"trigger_hours",
	"trigger_working_hours",
)


def event_waited_for(definition: SequenceDefinition) -> str:
	"""The activity type whose happening starts the sequence; empty when it waits for something else."""
	if definition.trigger_type in COUNTED:
		return definition.trigger_activity
	kind = TRIGGER_TYPES.get(definition.trigger_type)
	return kind.event.format(definition.trigger_stage) if kind else ""


def detail_waited_for(definition: SequenceDefinition) -> str:
	"""The pattern that the detail of that event has to fit; empty for any."""
	if definition.trigger_type in ("Segment Entered", "Segment Left"):
		return definition.trigger_segment
	if definition.trigger_type == "Field Changed":
		field, value = field_and_value(definition.trigger_detail)
		return f"{field} = {value or '*'}"
	return definition.trigger_detail


def field_and_value(text: str) -> tuple[str, str]:
	"""Of a Field Changed trigger: the field, and the value it has to get, or empty for any."""
	field, _, value = text.partition("=")
	return field.strip(), value.strip()


def fields_waited_for(definitions: Iterable[SequenceDefinition]) -> set[str]:
	"""The fields of Lead whose change starts one of these sequences."""
	return {
		field_and_value(one.trigger_detail)[0] for one in definitions if one.trigger_type == "Field Changed"
	}


def fits(pattern: str, detail: str) -> bool:
	"""Whether a detail fits a pattern: the whole of it, capitals aside; `*` stands for anything."""
	if not pattern:
		return True
	parts = (re.escape(part) for part in pattern.strip().split("*"))
	return re.fullmatch(".*".join(parts), detail.strip(), re.IGNORECASE | re.DOTALL) is not None
