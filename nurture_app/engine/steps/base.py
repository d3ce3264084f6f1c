"""What every step type says about itself: what it checks, what it needs to know, what it does."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from nurture_app.engine.codes import NurtureError, Reason
from nurture_app.engine.condition_scope import Known
from nurture_app.engine.definition import Step
from nurture_app.engine.message_texts import MessageText, load_texts
from nurture_app.engine.outcome import Outcome, hold
from nurture_app.engine.people import load_leads
from nurture_app.engine.ports import FieldInfo, Host

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch, Claimed

DELAY_UNITS = ("Minutes", "Hours", "Days", "Weeks", "Months")
LONGEST_DELAY = {"Minutes": 527_040, "Hours": 8_784, "Days": 1_100, "Weeks": 157, "Months": 36}


@dataclass(frozen=True, slots=True)
class CheckContext:
	"""What a step may name."""

	catalog: Mapping[str, FieldInfo]
	known: Known
	"""`steps` in it are the labels of the sequence itself."""
	contents: frozenset[str] | None
	"""Names of contents; None where they are not known."""


class StepType(ABC):
	"""One kind of step. Instances have no state."""

	name: ClassVar[str]
	"""The value of `Nurture Sequence Step.step_type`."""
	fields: ClassVar[tuple[str, ...]]
	"""Fields of `Nurture Sequence Step` that only such steps use; the form shows them for this type alone."""
	channel: ClassVar[str] = ""
	"""The channel of its touches."""

	@abstractmethod
	def check(self, step: Step, context: CheckContext) -> None:
		"""Raise `NurtureError` for what could not be carried out; the caller adds the step's name."""

	def load(self, host: Host, batch: Batch, members: Sequence[Claimed]) -> None:  # noqa: B027 (most need nothing)
		"""Read into `batch` what deciding about `members`, who all stand at such steps, takes; a fixed number of queries."""

	@abstractmethod
	def decide(self, one: Claimed, step: Step, batch: Batch) -> Outcome:
		"""What happens now to a claimed enrollment that stands at `step`. Pure."""

	def lead_columns(self, step: Step) -> frozenset[str]:
		"""Columns of Lead that carrying it out reads."""
		return frozenset()


def check_content(step: Step, context: CheckContext) -> None:
	"""Raises `step_without_content` or `step_content_missing`."""
	if not step.content:
		raise NurtureError("step_without_content", step=step.label)
	if context.contents is not None and step.content not in context.contents:
		raise NurtureError("step_content_missing", step=step.label, content=step.content)


def load_messages(
	host: Host, batch: Batch, members: Sequence[Claimed], channel: str, columns: Iterable[str] = ()
) -> tuple[dict[str, MessageText], dict[str, dict[str, Any]]]:
	"""The texts for `members`, and their leads with `columns` and with what texts for `channel` name."""
	texts = load_texts(host, {batch.step_of(one).content for one in members})
	named = set(columns).union(*(text.lead_fields for text in texts.values() if text.channel == channel))
	return texts, load_leads(host, {one.party for one in members}, named & set(host.catalog))


def text_for(
	one: Claimed, step: Step, batch: Batch, texts: Mapping[str, MessageText], channel: str
) -> MessageText | Outcome:
	"""What the step says to them by `channel`, out of `texts`, or the hold where that cannot be sent."""
	content = batch.content_for(one, step.content)
	text = texts.get(content.name) if content else None
	if text is None:
		return hold(one, Reason.CONTENT_MISSING, step.content)
	if text.channel != channel:
		return hold(one, Reason.STEP_ERROR, f"{text.name}: {text.channel or 'Email'}")
	return _held_for_assets(one, text, batch.recipient(one).country) or text


def _held_for_assets(one: Claimed, text: MessageText, country: str | None) -> Outcome | None:
	"""A text whose assets cannot be sent today, or not to this lead."""
	if text.problem:
		is_over = text.problem.code in ("asset_disabled", "asset_offer_early", "asset_offer_over")
		reason = Reason.ASSET_NOT_USABLE if is_over else Reason.TEMPLATE_ERROR
		return hold(one, reason, f"{text.name}: {text.problem}")
	for asset in text.assets:
		if asset.countries and (country or "") not in asset.countries:
			return hold(one, Reason.ASSET_NOT_FOR_LEAD, f"{text.name}: {asset.title}")
	return None


def check_choice(step: Step, value: str, known: Collection[str]) -> None:
	"""Raises `step_choice_unknown`."""
	if value not in known:
		raise NurtureError("step_choice_unknown", step=step.label, value=value, known=", ".join(known))


def check_span(step: Step, number: int, unit: str) -> None:
	"""A time that a step lets pass. Raises `delay_unit_unknown` or `step_delay_too_long`."""
	if unit not in DELAY_UNITS:
		raise NurtureError("delay_unit_unknown", step=step.label, unit=unit)
	if number > LONGEST_DELAY[unit]:
		raise NurtureError("step_delay_too_long", step=step.label, limit=f"{LONGEST_DELAY[unit]} {unit}")


def check_days(step: Step, days: int) -> None:
	"""A number of days that somebody typed. Raises `step_delay_negative` or `step_delay_too_long`."""
	if days < 0:
		raise NurtureError("step_delay_negative", step=step.label, delay=days)
	check_span(step, days, "Days")
