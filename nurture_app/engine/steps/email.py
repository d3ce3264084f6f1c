"""A mail to the lead, if the gate lets it through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nurture_app.engine import account_offers, daily_limits, instant_replies
from nurture_app.engine.codes import EnrollmentStatus, NurtureError, Reason, TouchStatus
from nurture_app.engine.consent import Hold, Never, NotBefore, can_send
from nurture_app.engine.day_apart import another_day
from nurture_app.engine.definition import MAIL_STEPS, Step
from nurture_app.engine.effects.note_use import note_uses
from nurture_app.engine.languages import speaks
from nurture_app.engine.library.sent_subjects import REENGAGEMENT, SENT_SUBJECTS, load_sent_subjects
from nurture_app.engine.outcome import Outcome, advance, hold, put_off
from nurture_app.engine.ports import Host
from nurture_app.engine.preferred_channel import check_following, columns_for
from nurture_app.engine.steps.base import CheckContext, StepType, check_content

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch, Claimed


class EmailStep(StepType):
	name = "Email"
	fields = (
		"content",
		"only_countries",
		"sender_from",
		"sender_user",
		"follow_channel",
		"sms_content",
		"whatsapp_content",
		"hand_text",
		"at_once",
	)
	channel = "Email"

	def check(self, step: Step, context: CheckContext) -> None:
		check_content(step, context)
		if step.sender_from == "User" and not step.sender_user:
			raise NurtureError("step_without_sender", step=step.label)
		check_following(step, context)

	def lead_columns(self, step: Step) -> frozenset[str]:
		return columns_for(step)

	def load(self, host: Host, batch: Batch, members: Sequence[Claimed]) -> None:
		if daily_limits.MAILS not in batch.loaded:  # mails and appointment offers count together
			left = daily_limits.load_mails_left(host, batch.settings, batch.now)
			batch.loaded[daily_limits.MAILS] = left
		if batch.settings.account_offer_days and account_offers.OFFERS not in batch.loaded:
			mails = [one for one in batch.claimed if _is_mail(batch.step_of(one))]
			batch.loaded[account_offers.OFFERS] = account_offers.load_offers(host, batch, mails)
		answers = [one for one in members if batch.step_of(one).at_once]
		if answers:
			asked = instant_replies.load_asked(host, answers, batch.now)
			batch.loaded[instant_replies.ASKED] = asked
		again = [one for one in members if batch.step_of(one).role == REENGAGEMENT]
		if again:
			batch.loaded[SENT_SUBJECTS] = load_sent_subjects(host, again)

	def decide(self, one: Claimed, step: Step, batch: Batch) -> Outcome:
		recipient = batch.recipient(one)
		table = instant_replies.timetable_of(one, step, batch)
		topic = batch.choices_of(one).topic
		verdict = can_send(recipient, batch.facts, batch.settings, table, batch.now, topic, one.enrolled_on)
		if isinstance(verdict, Never):
			outcome = Outcome(one, EnrollmentStatus.EXITED, one.step, reason=verdict.reason)
			outcome.touch_status = TouchStatus.SKIPPED
			return outcome
		if isinstance(verdict, Hold):
			return hold(one, verdict.reason)
		if isinstance(verdict, NotBefore):
			return put_off(one, verdict)
		if opens := another_day(one, step, batch, table):
			return put_off(one, NotBefore(opens, Reason.SAME_DAY))
		content = batch.content_for(one, step.content)
		if content is None:
			return hold(one, Reason.CONTENT_MISSING, step.content)
		if content.compiled is None:
			return hold(one, content.hold_reason, f"{content.name}: {content.problem}")
		for key, asset in content.limited.items():
			if not batch.picks[one.party][key]:
				return hold(one, Reason.ASSET_NOT_FOR_LEAD, f"{content.name}: {asset.title}")
		if not batch.sender.address:
			return hold(one, Reason.NO_SENDER)
		if not batch.settings.postal_address.strip():
			return hold(one, Reason.NO_POSTAL_ADDRESS)
		instead = batch.trials.instead(one, content.name, batch)
		if instead:
			return instead
		offers = batch.loaded.get(account_offers.OFFERS)
		if offers and (free_on := offers.free_on(one.party, content.name)):
			return put_off(one, NotBefore(table.opening(free_on), Reason.COLLEAGUE_HAS_OFFER))
		left = batch.loaded.get(daily_limits.MAILS)
		if left is not None and not left.take():
			opens = table.opening(daily_limits.tomorrow(batch.now))
			return put_off(one, NotBefore(opens, Reason.DAILY_LIMIT))
		outcome = advance(one, step, batch)
		outcome.noted |= batch.trials.noted(one, content.name)
		if offers:
			offers.note(one.party, content.name, batch.now)
		outcome.sends = True
		outcome.content = content.name
		if not speaks(content.language, recipient.language):
			outcome.extra["detail"] = f"{recipient.language} → {content.language}"
		note_uses(outcome, content, batch)
		outcome.touch_status = TouchStatus.QUEUED
		batch.facts.remember_sent(recipient.address, batch.now)
		return outcome


def _is_mail(step: Step | None) -> bool:
	return bool(step and step.step_type in MAIL_STEPS)
