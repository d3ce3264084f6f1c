"""Messages to a telephone: SMS and WhatsApp, with consent for the very channel (CH-05, CP-02)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nurture_app.engine.codes import TouchStatus
from nurture_app.engine.config import Settings
from nurture_app.engine.consent import Never, NotBefore
from nurture_app.engine.definition import Step
from nurture_app.engine.effects.message_person import MessagePerson
from nurture_app.engine.effects.note_use import note_assets
from nurture_app.engine.languages import speaks
from nurture_app.engine.mobile import COLUMNS, can_message, load_mobile_facts, number_of
from nurture_app.engine.outcome import Outcome, advance, pass_over, put_off
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, doctype
from nurture_app.engine.steps.base import CheckContext, StepType, check_content, load_messages, text_for

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch, Claimed


class MessageStep(StepType):
	"""What both have in common. A refusal of the gate is about this message: the sequence goes on without it."""

	fields = ("content", "only_countries")

	def check(self, step: Step, context: CheckContext) -> None:
		check_content(step, context)

	def load(self, host: Host, batch: Batch, members: Sequence[Claimed]) -> None:
		texts, leads = load_messages(host, batch, members, self.name, COLUMNS)
		batch.loaded[self.name] = {
			"texts": texts,
			"leads": leads,
			"facts": load_mobile_facts(host, list(leads.values()), self.name, batch.settings),
			"is_ready": self.is_ready(host, batch.settings),
			"translate": host.translate,
		}

	def is_ready(self, host: Host, settings: Settings) -> bool:
		"""Whether messages can leave; otherwise the step becomes a task (CH-20)."""
		raise NotImplementedError

	def decide(self, one: Claimed, step: Step, batch: Batch) -> Outcome:
		known = batch.loaded[self.name]
		lead, facts = known["leads"][one.party], known["facts"]
		topic = batch.choices_of(one).topic
		table = batch.timetable(one)
		verdict = can_message(
			lead, self.name, batch.facts, facts, batch.settings, table, batch.now, topic, one.enrolled_on
		)
		if isinstance(verdict, Never):
			return pass_over(one, step, batch, verdict.reason)
		if isinstance(verdict, NotBefore):
			return put_off(one, verdict)
		text = text_for(one, step, batch, known["texts"], self.name)
		if isinstance(text, Outcome):
			return text
		instead = batch.trials.instead(one, text.name, batch)
		if instead:
			return instead
		number = number_of(lead, self.name, batch.settings)
		speaks_to = str(lead.get("language") or "")
		language = speaks_to or text.language
		hint = "" if number in facts.written else batch.settings.sms_opt_out_hint
		if hint and language:
			hint = known["translate"](hint, language)
		outcome = advance(one, step, batch)
		if not speaks(text.language, speaks_to):
			outcome.extra["detail"] = f"{speaks_to} → {text.language}"
		outcome.effects.append(
			MessagePerson(self.name, number, text, lead, hint, by_hand=not known["is_ready"])
		)
		note_assets(outcome, text.name, text.assets)
		outcome.touch_status = TouchStatus.QUEUED
		outcome.noted |= {"address": number, "queued_on": batch.now, "content": text.name}
		outcome.noted["language"] = text.language or speaks_to
		outcome.noted |= batch.trials.noted(one, text.name)
		facts.recent.setdefault(number, []).append(batch.now)
		facts.written.add(number)
		return outcome


class SmsStep(MessageStep):
	name = channel = "SMS"

	def is_ready(self, host: Host, settings: Settings) -> bool:
		if not settings.sms_enabled:
			return False
		singles = doctype("Singles", "s")
		query = Query.from_(singles).select(singles["value"])
		query = query.where(
			(singles.doctype == P("SMS Settings")) & (singles["field"] == P("sms_gateway_url"))
		)
		return any(value for (value,) in host.db.rows(query))


class WhatsAppStep(MessageStep):
	name = channel = "WhatsApp"

	def is_ready(self, host: Host, settings: Settings) -> bool:
		return bool(
			settings.whatsapp_enabled and settings.whatsapp_phone_number_id and settings.whatsapp_token
		)
