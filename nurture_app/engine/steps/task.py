"""A piece of work for a colleague."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nurture_app.engine.codes import NurtureError, Reason
from nurture_app.engine.definition import Step
from nurture_app.engine.effects.give_task import GiveTask
from nurture_app.engine.hand_work import CALL, LINKEDIN, PROFILE, needs_of, profile_of
from nurture_app.engine.lines import check_line, line_fields
from nurture_app.engine.mobile import DEAD
from nurture_app.engine.outcome import Outcome, carry_out, pass_over
from nurture_app.engine.steps.base import CheckContext, StepType, check_days

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch, Claimed


COLUMNS = {CALL: ("mobile_no", "phone", DEAD), LINKEDIN: (PROFILE, "company_name")}
"""What a kind of task reads of the lead."""


class TaskStep(StepType):
	name = "Task"
	fields = (
		"task_kind",
		"task_description",
		"task_text",
		"task_research",
		"task_early_reason",
		"task_assign_to",
		"task_due_days",
	)
	channel = "Task"

	def check(self, step: Step, context: CheckContext) -> None:
		if not step.task_description.strip():
			raise NurtureError("task_without_description", step=step.label)
		check_line(step.task_description, context.catalog)
		check_line(step.task_text, context.catalog)
		check_days(step, step.task_due_days)

	def decide(self, one: Claimed, step: Step, batch: Batch) -> Outcome:
		lead = batch.leads[one.party]
		if step.task_kind == CALL and int(lead.get(DEAD) or 0):
			return pass_over(one, step, batch, Reason.NUMBER_DEAD)
		number = lead.get("mobile_no") or lead.get("phone") or "" if step.task_kind == CALL else ""
		task = GiveTask(
			step.task_description,
			step.task_assign_to,
			step.task_due_days,
			step.task_kind,
			number,
			said=step.task_text,
			needs=needs_of(step.task_kind, bool(step.task_research)),
			profile=profile_of(step.task_kind, lead),
			step=f"{batch.definitions[one.version].title} · {step.label}",
		)
		return carry_out(one, step, batch, task)

	def lead_columns(self, step: Step) -> frozenset[str]:
		texts = line_fields(step.task_description) | line_fields(step.task_text)
		return frozenset(texts.union(COLUMNS.get(step.task_kind, ())))
