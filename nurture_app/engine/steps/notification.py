"""Tell colleagues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.definition import Step
from nurture_app.engine.effects.send_notice import SendNotice
from nurture_app.engine.lines import check_line, line_fields
from nurture_app.engine.outcome import Outcome, carry_out
from nurture_app.engine.steps.base import CheckContext, StepType, check_choice

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch, Claimed

WHOM = {"Lead Owner": "", "User": "notify_user", "Role": "notify_role"}
"""With the field that says which."""


class NotificationStep(StepType):
	name = "Notification"
	fields = ("notify_text", "notify_who", "notify_user", "notify_role", "notify_by_email")
	channel = "Notification"

	def check(self, step: Step, context: CheckContext) -> None:
		if not step.notify_text.strip():
			raise NurtureError("notification_without_text", step=step.label)
		check_line(step.notify_text, context.catalog)
		check_choice(step, step.notify_who, WHOM)
		field = WHOM[step.notify_who]
		if field and not getattr(step, field):
			raise NurtureError("notification_to_nobody", step=step.label, who=step.notify_who)

	def decide(self, one: Claimed, step: Step, batch: Batch) -> Outcome:
		user = step.notify_user if step.notify_who == "User" else ""
		role = step.notify_role if step.notify_who == "Role" else ""
		notice = SendNotice(step.notify_text, user, role, bool(step.notify_by_email))
		return carry_out(one, step, batch, notice)

	def lead_columns(self, step: Step) -> frozenset[str]:
		return frozenset(line_fields(step.notify_text))
