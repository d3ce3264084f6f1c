"""Into an audience for ads, or out of it (CH-03, CH-23)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nurture_app.engine import daily_limits
from nurture_app.engine.audiences import LEAD_COLUMNS, Audience, load_audiences, load_places_left
from nurture_app.engine.codes import NurtureError, Reason
from nurture_app.engine.consent import Allow, NotBefore, may_ever_send
from nurture_app.engine.definition import Step
from nurture_app.engine.effects.change_audience import ChangeAudience
from nurture_app.engine.effects.give_task import GiveTask
from nurture_app.engine.outcome import Outcome, carry_out, hold, pass_over, put_off
from nurture_app.engine.ports import Host
from nurture_app.engine.steps.base import CheckContext, StepType

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch, Claimed


PLACES = "places left today"


class AudienceStep(StepType):
	name = "Audience"
	fields = ("audience", "audience_action")
	channel = "Audience"

	def check(self, step: Step, context: CheckContext) -> None:
		if not step.audience:
			raise NurtureError("step_without_audience", step=step.label)

	def load(self, host: Host, batch: Batch, members: Sequence[Claimed]) -> None:
		found = load_audiences(host, {batch.step_of(one).audience for one in members})
		batch.loaded["audiences"] = found
		batch.loaded[PLACES] = load_places_left(host, found.values(), batch.now)

	def decide(self, one: Claimed, step: Step, batch: Batch) -> Outcome:
		audience = batch.loaded["audiences"].get(step.audience)
		is_added = step.audience_action != "Remove"
		if audience is None or (is_added and not audience.enabled and audience.fallback == "Wait"):
			return hold(one, Reason.CHANNEL_OFF, step.audience)
		if is_added and not audience.enabled:
			return _without_it(one, step, batch, audience)
		about = f"{step.audience_action}: {step.audience}"
		verdict = may_ever_send(batch.recipient(one), batch.facts)
		if is_added and not isinstance(verdict, Allow):
			return pass_over(one, step, batch, verdict.reason, about)
		change = ChangeAudience(audience, step.audience_action, batch.leads[one.party])
		outcome = carry_out(one, step, batch, change, detail=about)
		places = batch.loaded[PLACES].get(audience.name) if is_added else None
		if places and not places.take():
			return put_off(one, NotBefore(daily_limits.tomorrow(batch.now), Reason.DAILY_LIMIT))
		return outcome

	def lead_columns(self, step: Step) -> frozenset[str]:
		return frozenset(LEAD_COLUMNS)


def _without_it(one: Claimed, step: Step, batch: Batch, audience: Audience) -> Outcome:
	"""The audience is off, and its owner said what to do then (CH-20)."""
	if audience.fallback != "Task":
		return pass_over(one, step, batch, Reason.CHANNEL_OFF)
	about = f"{batch.definitions[one.version].title} · {step.label}"
	task = GiveTask(audience.name, "", due_days=1, kind="Audience", step=about)
	outcome = carry_out(one, step, batch, task)
	outcome.noted["reason"] = Reason.CHANNEL_OFF
	return outcome
