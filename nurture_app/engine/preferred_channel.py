"""A mail by the channel its reader prefers, where there is a text for it and the person may be reached that way (PZ-08).

Who follows is settled once per batch, before anything is decided: the step of those people becomes an SMS, a WhatsApp
message or a piece of work for a colleague, and goes through that kind of step's own gate. Everybody else gets the mail.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.consent import Allow, load_consents
from nurture_app.engine.definition import MESSAGE_STEPS, SequenceDefinition, Step
from nurture_app.engine.hand_work import CALL, LINKEDIN, PROFILE
from nurture_app.engine.library.surveys import SURVEY_PROBLEMS
from nurture_app.engine.lines import check_line, line_fields
from nurture_app.engine.message_texts import load_texts
from nurture_app.engine.mobile import COLUMNS, DEAD, load_mobile_facts, may_ever_message
from nurture_app.engine.people import load_leads
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import chunks

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch, Claimed
	from nurture_app.engine.steps.base import CheckContext

PREFERRED = "nurture_preferred_channel"
MESSAGES = {"SMS": "sms_content", "WhatsApp": "whatsapp_content"}
"""By channel, the field of the step that names the text."""
BY_HAND = {"Phone": CALL, "LinkedIn": LINKEDIN}
WHOM = "{{ lead.lead_name | default('\u2013') }}"


def columns_for(step: Step) -> frozenset[str]:
	"""Columns of Lead that following the preferred channel reads."""
	if not step.follow_channel:
		return frozenset()
	return frozenset(
		{PREFERRED, "phone", "mobile_no", DEAD, PROFILE, "company_name", *line_fields(step.hand_text)}
	)


def step_instead(step: Step, channel: str) -> Step | None:
	"""`step` by `channel`; None where it has no text for it."""
	if channel in MESSAGES and (content := getattr(step, MESSAGES[channel])):
		return replace(step, step_type=channel, content=content)
	if channel in BY_HAND and step.hand_text.strip():
		return replace(
			step,
			step_type="Task",
			content="",
			task_kind=BY_HAND[channel],
			task_description=WHOM,
			task_text=step.hand_text,
		)
	return None


def by_preference(planned: Step | None, step: Step) -> str:
	"""For the ledger: "Email \u2192 SMS"."""
	way = step.task_kind if step.step_type == "Task" else step.step_type
	return f"{planned.step_type if planned else ''} \u2192 {way}"


def load_followed(host: Host, batch: Batch) -> dict[str, Step]:
	"""By enrollment, the step of those who get it by the channel they prefer.

	No query unless somebody prefers a channel for which the step has a text; then a fixed number for each channel.
	"""
	wishes: dict[str, list[tuple[Claimed, Step]]] = {}
	for one in batch.claimed:
		step = batch.step_of(one)
		if step and step.follow_channel:
			channel = (batch.leads.get(one.party) or {}).get(PREFERRED) or ""
			instead = step_instead(step, channel)
			if instead:
				wishes.setdefault(channel, []).append((one, instead))
	found: dict[str, Step] = {}
	for channel, members in wishes.items():
		reachable = _by_message if channel in MESSAGES else _by_colleague
		parties = reachable(host, batch, channel, members)
		found |= {one.name: step for one, step in members if one.party in parties}
	return found


def _by_message(host: Host, batch: Batch, channel: str, members: Sequence[tuple[Claimed, Step]]) -> set[str]:
	"""Those to whom a message may go by `channel` for good; caps and windows are the step's own affair."""
	from nurture_app.engine.steps import STEP_TYPES  # late: the step for e-mail asks this module

	texts = load_texts(host, {step.content for _one, step in members})
	fitting = [
		(one, step)
		for one, step in members
		if step.content in texts and texts[step.content].channel == channel
	]
	if not fitting or not STEP_TYPES[channel].is_ready(host, batch.settings):
		return set()
	leads = load_leads(host, {one.party for one, _step in fitting}, COLUMNS)
	facts = load_mobile_facts(host, list(leads.values()), channel, batch.settings)
	return {
		one.party
		for one, _step in fitting
		if isinstance(
			may_ever_message(
				leads[one.party], channel, batch.facts, facts, batch.settings, batch.choices_of(one).topic
			),
			Allow,
		)
	}


def _by_colleague(
	host: Host, batch: Batch, channel: str, members: Sequence[tuple[Claimed, Step]]
) -> set[str]:
	"""Those whom a colleague may reach; for a call there must be a number, and no withdrawn consent."""
	leads = {one.party: batch.leads[one.party] for one, _step in members}
	parties = {name for name, lead in leads.items() if lead.get("status") != "Do Not Contact"}
	if channel != "Phone":
		return parties
	parties = {name for name in parties if _has_number(leads[name])}
	withdrawn: set[str] = set()
	for some in chunks(sorted(parties)):
		withdrawn |= load_consents(host, some, channel, "Withdrawn")
	return parties - withdrawn


def _has_number(lead: Mapping[str, Any]) -> bool:
	return bool(lead.get("mobile_no") or lead.get("phone")) and not int(lead.get(DEAD) or 0)


def check_following(step: Step, context: CheckContext) -> None:
	"""Raises `follow_without_text`, `step_content_missing` and as `lines.check_line`."""
	if not step.follow_channel:
		return
	if not (step.contents[1:] or step.hand_text.strip()):
		raise NurtureError("follow_without_text", step=step.label)
	for name in step.contents[1:]:
		if context.contents is not None and name not in context.contents:
			raise NurtureError("step_content_missing", step=step.label, content=name)
	check_line(step.hand_text, context.catalog)


def check_texts(host: Host, definition: SequenceDefinition) -> None:
	"""Raise `content_other_channel` for a text that is not for the channel it is to go by, and as `survey_problem`."""
	from nurture_app.engine.steps import STEP_TYPES  # late: the step for e-mail asks this module

	wanted = [
		(step, step.content, STEP_TYPES[step.step_type].channel)
		for step in definition.steps
		if step.step_type in MESSAGE_STEPS and step.content
	]
	wanted += [
		(step, getattr(step, field), channel)
		for step in definition.steps
		if step.follow_channel
		for channel, field in MESSAGES.items()
		if getattr(step, field)
	]
	if not wanted:
		return
	texts = load_texts(host, {name for _step, name, _channel in wanted})
	for step, name, channel in wanted:
		known = texts[name].channel or "Email" if name in texts else channel
		if known != channel:
			raise NurtureError("content_other_channel", step=step.label, content=name, channel=known)
	for name, text in texts.items():
		if text.problem and text.problem.code in SURVEY_PROBLEMS:
			text.problem.params.setdefault("content", name)
			raise text.problem
