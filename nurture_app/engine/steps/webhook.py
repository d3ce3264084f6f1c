"""A call to another system, through the queue of what leaves by HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nurture_app.engine.codes import NurtureError, Reason, TouchStatus
from nurture_app.engine.definition import Step
from nurture_app.engine.effects.hand_out import HandOut
from nurture_app.engine.outcome import Outcome, advance, hold
from nurture_app.engine.outgoing.webhooks import load_webhooks, payload_of
from nurture_app.engine.people import load_leads
from nurture_app.engine.ports import Host
from nurture_app.engine.steps.base import CheckContext, StepType

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch, Claimed


class WebhookStep(StepType):
	name = "Webhook"
	fields = ("webhook",)
	channel = "Webhook"

	def check(self, step: Step, context: CheckContext) -> None:
		if not step.webhook:
			raise NurtureError("step_without_webhook", step=step.label)

	def load(self, host: Host, batch: Batch, members: Sequence[Claimed]) -> None:
		webhooks = load_webhooks(host, {batch.step_of(one).webhook for one in members})
		columns = {column for one in webhooks.values() for column in one.fields} & set(host.catalog)
		batch.loaded["webhooks"] = webhooks
		batch.loaded["webhook leads"] = load_leads(host, {one.party for one in members}, columns)

	def decide(self, one: Claimed, step: Step, batch: Batch) -> Outcome:
		webhook = batch.loaded["webhooks"].get(step.webhook)
		if webhook is None or not webhook.enabled:
			return hold(one, Reason.CHANNEL_OFF, step.webhook)
		lead = batch.loaded["webhook leads"][one.party]
		outcome = advance(one, step, batch)
		payload = payload_of(
			lead, webhook.fields, one.sequence, one.step, one.name, batch.now, batch.host_zone
		)
		outcome.effects.append(HandOut("Webhook", step.webhook, payload))
		outcome.touch_status = TouchStatus.QUEUED
		return outcome
