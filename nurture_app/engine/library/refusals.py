"""What keeps a sequence from being activated until somebody writes down why it is right (CD-07, CD-12, CP-15, MG-02, MG-42),
and what an answer at once must not be (CD-10)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.config import load_settings
from nurture_app.engine.definition import SequenceDefinition
from nurture_app.engine.instant_replies import check_modest, check_requests
from nurture_app.engine.journey import stands_for
from nurture_app.engine.library.checks import unfounded_hurry
from nurture_app.engine.library.sequence_checks import (
	Mail,
	asks_early,
	mails_of,
	mails_of_steps,
	promotes_more,
)
from nurture_app.engine.live import live_sequences
from nurture_app.engine.ports import Host

TRUSTED = ("Evaluation", "Decision")
"""Buyer stages in which people know us and expect to be asked. A sequence that names none is not one of them."""


def check_manners(host: Host, definition: SequenceDefinition, row: Mapping[str, Any]) -> None:
	"""`row` has `journey_stage`, `early_ask_reason` and `promotion_reason` of the sequence.

	Raises `scarcity_unexplained`, `early_ask_unexplained`, `promotion_unexplained`, or as `instant_replies` says.
	"""
	mails = mails_of(host, definition, versions=True)
	_check_hurry(mails)
	check_requests(host, definition)
	check_modest(mails)
	own = [mail for mail in mails if not mail.is_version]
	if stands_for(host, row["journey_stage"] or "") not in TRUSTED and not _given(row["early_ask_reason"]):
		for found in asks_early(own):
			raise NurtureError("early_ask_unexplained", **found.params)
	if not _given(row["promotion_reason"]):
		for found in promotes_more(own, load_settings(host.db).promotional_percent):
			raise NurtureError("promotion_unexplained", **found.params)


def check_answers_with(host: Host, contents: Collection[str]) -> None:
	"""Refuse texts that running sequences send as an answer at once, and that promote. Raises `at_once_promotes`."""
	steps = [step for live in live_sequences(host) for step in live.definition.steps]
	answers = [step for step in steps if step.at_once and step.content in contents]
	if answers:
		check_modest(mails_of_steps(host, answers, versions=True))


def _check_hurry(mails: Sequence[Mail]) -> None:
	for mail in mails:
		words = unfounded_hurry(mail.draft) if mail.draft else ""
		if words:
			raise NurtureError(
				"scarcity_unexplained", words=words, step=mail.step.label, content=mail.content.name
			)


def _given(reason: Any) -> bool:
	return bool(str(reason or "").strip())
