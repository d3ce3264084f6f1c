"""A message on the portal, for people with a login: as a mail for the gate and its caps (CH-09)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nurture_app.engine.codes import Reason, TouchStatus
from nurture_app.engine.consent import Hold, Never, NotBefore, can_send
from nurture_app.engine.definition import Step
from nurture_app.engine.effects.note_use import note_assets
from nurture_app.engine.effects.show_on_portal import ShowOnPortal
from nurture_app.engine.outcome import Outcome, advance, hold, pass_over, put_off
from nurture_app.engine.portal import load_logins
from nurture_app.engine.ports import Host
from nurture_app.engine.steps.base import CheckContext, StepType, check_content, load_messages, text_for

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch, Claimed


class PortalMessageStep(StepType):
	"""A refusal of the gate is about this message: the sequence goes on without it."""

	name, channel = "Portal Message", "Portal"
	fields = ("content", "only_countries")

	def check(self, step: Step, context: CheckContext) -> None:
		check_content(step, context)

	def load(self, host: Host, batch: Batch, members: Sequence[Claimed]) -> None:
		texts, leads = load_messages(host, batch, members, self.channel)
		batch.loaded[self.name] = {
			"texts": texts,
			"leads": leads,
			"logins": load_logins(host, {batch.recipient(one).address for one in members}),
		}

	def decide(self, one: Claimed, step: Step, batch: Batch) -> Outcome:
		known, recipient = batch.loaded[self.name], batch.recipient(one)
		if not batch.settings.portal_enabled:
			return hold(one, Reason.CHANNEL_OFF)
		topic, table = batch.choices_of(one).topic, batch.timetable(one)
		verdict = can_send(recipient, batch.facts, batch.settings, table, batch.now, topic, one.enrolled_on)
		if isinstance(verdict, NotBefore):
			return put_off(one, verdict)
		if isinstance(verdict, Never | Hold):
			return pass_over(one, step, batch, verdict.reason)
		if recipient.address not in known["logins"]:
			return pass_over(one, step, batch, Reason.NO_LOGIN)
		text = text_for(one, step, batch, known["texts"], self.channel)
		if isinstance(text, Outcome):
			return text
		outcome = advance(one, step, batch)
		outcome.effects.append(ShowOnPortal(recipient.address, text, known["leads"][one.party]))
		note_assets(outcome, text.name, text.assets)
		outcome.touch_status = TouchStatus.SENT
		outcome.noted |= {"address": recipient.address, "queued_on": batch.now, "content": text.name}
		batch.facts.remember_sent(recipient.address, batch.now)
		return outcome
