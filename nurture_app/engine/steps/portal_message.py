"""A message on the portal, for people with a login: as a mail for the gate and its caps (CH-09)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from nurture_app.engine.codes import Reason, TouchStatus
from nurture_app.engine.consent import Allow, Hold, Never, NotBefore, can_send, load_facts, may_ever_send
from nurture_app.engine.definition import Step
from nurture_app.engine.effects.note_use import note_assets
from nurture_app.engine.effects.show_on_portal import ShowOnPortal
from nurture_app.engine.outcome import Outcome, advance, hold, pass_over, put_off
from nurture_app.engine.portal_readers import load_readers
from nurture_app.engine.ports import Host
from nurture_app.engine.steps.base import CheckContext, StepType, check_content, load_messages, text_for

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch, Claimed


class PortalMessageStep(StepType):
	"""A refusal of the gate is about this message: the sequence goes on without it."""

	name, channel = "Portal Message", "Portal"
	fields = ("content", "portal_contacts", "only_countries")

	def check(self, step: Step, context: CheckContext) -> None:
		check_content(step, context)

	def load(self, host: Host, batch: Batch, members: Sequence[Claimed]) -> None:
		texts, leads = load_messages(host, batch, members, self.channel)
		wide = {one.party for one in members if batch.step_of(one).portal_contacts}
		addresses = {one.party: batch.recipient(one).address for one in members}
		readers = load_readers(host, addresses, wide)
		people = [replace(batch.recipient(one), email=user) for one in members for user in readers[one.party]]
		batch.loaded[self.name] = {
			"texts": texts,
			"leads": leads,
			"readers": readers,
			"facts": load_facts(host, people, batch.settings, {}),
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
		readers = [user for user in known["readers"][one.party] if self._may_read(one, user, batch, topic)]
		if not readers:
			return pass_over(one, step, batch, Reason.NO_LOGIN)
		text = text_for(one, step, batch, known["texts"], self.channel)
		if isinstance(text, Outcome):
			return text
		outcome = advance(one, step, batch)
		outcome.effects.append(ShowOnPortal(tuple(readers), text, known["leads"][one.party]))
		note_assets(outcome, text.name, text.assets)
		outcome.touch_status = TouchStatus.SENT
		outcome.noted |= {"address": recipient.address, "queued_on": batch.now, "content": text.name}
		batch.facts.remember_sent(recipient.address, batch.now)
		return outcome

	def _may_read(self, one: Claimed, user: str, batch: Batch, topic: str) -> bool:
		"""Whoever said no with the address of their own login is told nothing, whatever holds for the lead."""
		reader = replace(batch.recipient(one), email=user)
		return isinstance(may_ever_send(reader, batch.loaded[self.name]["facts"], topic), Allow)
