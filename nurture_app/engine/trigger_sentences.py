"""What starts a sequence, as one sentence for people."""

from __future__ import annotations

from collections.abc import Callable

from nurture_app.engine.definition import SequenceDefinition
from nurture_app.engine.trigger_types import COUNTED, field_and_value

Translate = Callable[[str], str]
SENTENCES = {
	"Manual": "Nobody enters by itself: leads are enrolled by hand, one by one, from a list or by segment.",
	"New Lead": "Every new lead enters as soon as it fits.",
	"Activity": "A lead that fits enters when this happens: {activity}.",
	"Account Activity": "A lead that fits enters when this happens, counted over all leads of its company: {activity}.",
	"Segment Entered": "A lead that fits enters when it comes into the segment {segment}.",
	"Segment Left": "A lead that fits enters when it leaves the segment {segment}.",
	"Stage Reached": "A lead that fits enters when it reaches {stage}.",
	"Stage Lost": "A lead that fits enters when it falls below {stage}.",
	"Score Above": "A lead that fits enters when its score rises to {count} points.",
	"Score Below": "A lead that fits enters when its score falls below {count} points.",
	"Account Score Above": "All leads of a company that fit enter when their scores together reach {count} points.",
	"Tag Added": "A lead that fits enters when it gets the tag {detail}.",
	"Field Changed": "A lead that fits enters when its field {field} changes.",
	"Silent For": "A lead that fits enters when it has done nothing for {days} days.",
	"No Answer After": "A lead that fits enters when it has not answered within {time} after this happened: {activity}.",
	"Not Contacted After": "A lead that fits enters when nobody has spoken with it within {time} after this happened: {activity}.",
	"Days Before Date": "A lead that fits enters {days} days before the date in {detail}.",
	"Days After Date": "A lead that fits enters {days} days after the date in {detail}.",
}
"""By trigger type."""
WITH_DETAIL = "{activity} with {detail}"
NTH_TIME = "{activity}, time number {count}"
WITHIN = "{activity}, {count} times within {days} days"
AWAITED = "A lead that fits enters when within {time} after {activity} this has not happened: {detail}."
DAYS = "{days} days"
HOURS = "{hours} hours"
WORKING_HOURS = "{hours} hours of work"
DAYS_AND_HOURS = "{days} days and {hours} hours"
FIELD_TO = "A lead that fits enters when its field {field} becomes {value}."


def entry_sentence(definition: SequenceDefinition, translate: Translate = str) -> str:
	"""Who gets in, and when; the condition is told elsewhere."""
	kind, detail = definition.trigger_type, definition.trigger_detail
	field, value = field_and_value(detail)
	pattern = SENTENCES.get(kind, "")
	activity = translate(definition.trigger_activity)
	if kind in COUNTED:
		activity = _activity(definition, activity, translate)
	elif kind == "No Answer After" and detail:
		pattern = AWAITED
	elif kind == "Field Changed" and value:
		pattern = FIELD_TO
	return translate(pattern).format(
		activity=activity,
		segment=definition.trigger_segment,
		stage=definition.trigger_stage,
		detail=translate(detail) if kind == "No Answer After" else detail,
		count=definition.trigger_count,
		days=definition.trigger_days,
		time=_time(definition, translate),
		field=field,
		value=value,
	)


def _time(definition: SequenceDefinition, translate: Translate) -> str:
	if definition.trigger_working_hours and definition.trigger_type == "Not Contacted After":
		pattern = WORKING_HOURS
	elif definition.trigger_days and definition.trigger_hours:
		pattern = DAYS_AND_HOURS
	else:
		pattern = HOURS if definition.trigger_hours else DAYS
	return translate(pattern).format(days=definition.trigger_days, hours=definition.trigger_hours)


def _activity(definition: SequenceDefinition, activity: str, translate: Translate) -> str:
	if definition.trigger_detail:
		activity = translate(WITH_DETAIL).format(
			activity=activity, detail=f"\u201c{definition.trigger_detail}\u201d"
		)
	if definition.trigger_count > 1:
		pattern = WITHIN if definition.trigger_days else NTH_TIME
		activity = translate(pattern).format(
			activity=activity, count=definition.trigger_count, days=definition.trigger_days
		)
	return activity
