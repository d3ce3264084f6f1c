"""Whether the trigger of a sequence is set up so that it can work; each error names the field."""

from __future__ import annotations

from collections.abc import Mapping

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.condition_scope import Known
from nurture_app.engine.definition import SequenceDefinition
from nurture_app.engine.known_names import check_activity_types, check_segments
from nurture_app.engine.ports import FieldInfo
from nurture_app.engine.scoring import WRITTEN_BY_SCORING
from nurture_app.engine.trigger_dates import LINKED_DATES
from nurture_app.engine.trigger_types import (
	COUNTED,
	LARGEST_COUNT,
	LONGEST_DAYS,
	LONGEST_HOURS,
	TRIGGER_TYPES,
	TriggerType,
	field_and_value,
)

LABELS = {
	"trigger_activity": "Activity",
	"trigger_segment": "Segment",
	"trigger_stage": "Stage",
	"trigger_hours": "Hours",
	"trigger_working_hours": "Count Hours of Work Only",
}
DETAIL_LABELS = {
	"Tag Added": "Tag",
	"Field Changed": "Field",
	"No Answer After": "Answer",
	"Days Before Date": "Date Field",
	"Days After Date": "Date Field",
}
LIMITS = {
	"trigger_count": LARGEST_COUNT,
	"trigger_days": LONGEST_DAYS,
	"trigger_hours": LONGEST_HOURS,
}
COUNT_LABELS = {
	"Score Above": "Points",
	"Score Below": "Points",
	"Account Score Above": "Points",
}


def label_of(field: str, trigger_type: str) -> str:
	"""What the form calls a field of the trigger."""
	if field == "trigger_detail":
		return DETAIL_LABELS.get(trigger_type, "Only with This Detail")
	if field == "trigger_count":
		return COUNT_LABELS.get(trigger_type, "How Often")
	if field == "trigger_days":
		return "Within Days" if trigger_type in COUNTED else "Days"
	return LABELS[field]


def check_trigger(definition: SequenceDefinition, catalog: Mapping[str, FieldInfo], known: Known) -> None:
	"""Raise `NurtureError` for the first thing that cannot work."""
	kind = TRIGGER_TYPES.get(definition.trigger_type)
	if kind is None:
		raise NurtureError("trigger_unknown", trigger=definition.trigger_type, known=", ".join(TRIGGER_TYPES))
	_check_filled(kind, definition)
	_check_numbers(kind, definition)
	if "trigger_activity" in kind.fields:
		check_activity_types([definition.trigger_activity], known.activity_types)
	if "trigger_segment" in kind.fields:
		check_segments([definition.trigger_segment], known.segments)
	if kind.name == "Segment Left" and definition.exit_segment == definition.trigger_segment:
		raise NurtureError("trigger_exit_never", segment=definition.trigger_segment)
	if kind.name == "No Answer After" and definition.trigger_detail:
		check_activity_types([definition.trigger_detail], known.activity_types)
		if definition.trigger_detail == definition.trigger_activity:
			raise NurtureError("trigger_answer_is_event", activity=definition.trigger_activity)
	if kind.name == "Field Changed":
		_check_field(definition.trigger_detail, catalog)
	if kind.name in ("Days Before Date", "Days After Date"):
		_check_date(definition.trigger_detail, catalog)


def _check_filled(kind: TriggerType, definition: SequenceDefinition) -> None:
	for field in kind.needs:
		value = getattr(definition, field)
		if isinstance(value, str) and not value.strip():
			raise NurtureError("trigger_incomplete", trigger=kind.name, field=label_of(field, kind.name))


def _check_numbers(kind: TriggerType, definition: SequenceDefinition) -> None:
	for field, limit in LIMITS.items():
		value = getattr(definition, field)
		lowest = 1 if field in kind.needs or field == "trigger_count" else 0
		if field in kind.fields and not lowest <= value <= limit:
			label = label_of(field, kind.name)
			raise NurtureError("number_out_of_range", field=label, value=value, lowest=lowest, limit=limit)
	if "trigger_hours" in kind.fields and not definition.trigger_days and not definition.trigger_hours:
		raise NurtureError("trigger_without_time", trigger=kind.name)
	if kind.name == "Not Contacted After" and definition.trigger_working_hours and definition.trigger_days:
		raise NurtureError("trigger_working_days")
	if kind.name in COUNTED and definition.trigger_days and definition.trigger_count < 2:
		raise NurtureError("trigger_days_alone", days=definition.trigger_days)


def _check_field(text: str, catalog: Mapping[str, FieldInfo]) -> None:
	field, value = field_and_value(text)
	info = catalog.get(field)
	if info is None:
		raise NurtureError("trigger_field_unknown", field=field)
	if field in WRITTEN_BY_SCORING:
		raise NurtureError("trigger_field_of_scoring", field=field)
	if value and info.options and value.casefold() not in {one.casefold() for one in info.options}:
		known = ", ".join(one for one in info.options if one)
		raise NurtureError("trigger_field_value", field=field, value=value, known=known)


def _check_date(field: str, catalog: Mapping[str, FieldInfo]) -> None:
	if field in LINKED_DATES:
		return
	info = catalog.get(field)
	if info is None or info.kind not in ("date", "datetime"):
		dates = sorted(name for name, info in catalog.items() if info.kind in ("date", "datetime"))
		raise NurtureError("trigger_no_date", field=field, known=", ".join([*dates, *LINKED_DATES]))
