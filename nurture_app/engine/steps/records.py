"""Documents of ERPNext that a sequence makes: an Opportunity, or an entry in somebody's calendar."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.definition import Step
from nurture_app.engine.effects.make_record import MakeRecord
from nurture_app.engine.lines import check_line, line_fields
from nurture_app.engine.outcome import Outcome, carry_out
from nurture_app.engine.steps.base import CheckContext, StepType, check_days

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch, Claimed

LONGEST_EVENT = 10_080
"""Minutes: a week."""
USUAL_BEGINNING = time(10)


class OpportunityStep(StepType):
	"""One for a lead that has none open. It is an *Opportunity Created*, as one that somebody makes is."""

	name = "Opportunity"
	fields = ("record_text", "record_user", "opportunity_type", "sales_stage")

	def check(self, step: Step, context: CheckContext) -> None:
		_check_title(step, context)

	def decide(self, one: Claimed, step: Step, batch: Batch) -> Outcome:
		values = {"opportunity_type": step.opportunity_type, "sales_stage": step.sales_stage}
		effect = MakeRecord(self.name, step.record_text, step.record_user, values, "Opportunity Created")
		return carry_out(one, step, batch, effect)

	def lead_columns(self, step: Step) -> frozenset[str]:
		return frozenset(line_fields(step.record_text))


class EventStep(StepType):
	"""Our own plan, and so no *Meeting* of the lead's until somebody notes one."""

	name = "Event"
	fields = ("record_text", "record_user", "event_category", "event_days", "event_time", "event_minutes")

	def check(self, step: Step, context: CheckContext) -> None:
		_check_title(step, context)
		check_days(step, step.event_days)
		if not 1 <= step.event_minutes <= LONGEST_EVENT:
			raise NurtureError("event_without_length", step=step.label)

	def decide(self, one: Claimed, step: Step, batch: Batch) -> Outcome:
		begins = time.fromisoformat(step.event_time) if step.event_time else USUAL_BEGINNING
		day = batch.now.date() + timedelta(days=step.event_days)
		starts_on = batch.timetable(one).opening(max(datetime.combine(day, begins), batch.now))
		values = {
			"event_category": step.event_category,
			"starts_on": starts_on,
			"ends_on": starts_on + timedelta(minutes=step.event_minutes),
		}
		effect = MakeRecord(self.name, step.record_text, step.record_user, values)
		return carry_out(one, step, batch, effect, detail=starts_on.isoformat(" ", "minutes"))

	def lead_columns(self, step: Step) -> frozenset[str]:
		return frozenset(line_fields(step.record_text))


def _check_title(step: Step, context: CheckContext) -> None:
	if not step.record_text.strip():
		raise NurtureError("record_without_title", step=step.label)
	check_line(step.record_text, context.catalog)
