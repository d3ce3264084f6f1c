"""Answers to what a person just did: they leave at once, outside the send window too (CD-10).

Only the first mail of a sequence may be one, only where the sequence begins with a request of the person's own, and only
if it asks for nothing. And it is one only while the request is fresh: after that, or when a colleague put the lead into
the sequence, it waits for the window like any other mail. Consent, choices of the person and the frequency cap hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.config import activity_types
from nurture_app.engine.definition import SequenceDefinition, Step
from nurture_app.engine.ports import Host
from nurture_app.engine.schedule import Timetable
from nurture_app.engine.sql import P, Query, chunks, doctype, looked_at, params

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch, Claimed
	from nurture_app.engine.library.sequence_checks import Mail

FRESH = timedelta(hours=1)
"""How long after a request an answer is still one. Later, at night, it would be a mail at night."""
ASKED = "people who just asked"
"""In `Batch.loaded`: the leads among the batch that made a request within `FRESH`."""


def answers_at_once(definition: SequenceDefinition) -> bool:
	return any(step.at_once for step in definition.steps)


def load_asked(host: Host, members: Iterable[Claimed], now: datetime) -> frozenset[str]:
	"""Leads among `members` that asked for something a moment ago. Index (activity_type, occurred_on, party)."""
	kinds = _requests(host)
	if not kinds:
		return frozenset()
	activity = doctype("Nurture Activity", "a")
	found: set[str] = set()
	for parties in chunks(sorted({one.party for one in members})):
		query = Query.from_(activity).select(activity.party).distinct()
		query = query.where(looked_at(activity.party).isin(params(parties)))
		query = query.where(activity.activity_type.isin(params(kinds)))
		query = query.where((activity.occurred_on > P(now - FRESH)) & (activity.occurred_on <= P(now)))
		query = query.where(activity.classification == P("human"))
		found |= {party for (party,) in host.db.rows(query)}
	return frozenset(found)


def timetable_of(one: Claimed, step: Step, batch: Batch) -> Timetable:
	"""That of the person; for an answer every moment is right."""
	table = batch.timetable(one)
	if step.at_once and one.party in batch.loaded.get(ASKED, ()):
		return replace(table, any_time=True)
	return table


def check_place(definition: SequenceDefinition) -> None:
	"""Raises `at_once_not_mail`, `at_once_not_first` or `at_once_not_asked`; what needs the database asks `check_requests`."""
	answers = [step for step in definition.steps if step.at_once]
	for step in answers:
		if step.step_type != "Email":
			raise NurtureError("at_once_not_mail", step=step.label)
	if not answers:
		return
	straight = _reached_at_once(definition)
	for step in answers:
		if step.label not in straight:
			raise NurtureError("at_once_not_first", step=step.label)
	counted = definition.trigger_type == "Activity" and definition.trigger_count > 1
	if definition.trigger_type not in ("Activity", "New Lead") or counted:
		raise NurtureError("at_once_not_asked", step=answers[0].label, trigger=definition.trigger_type)


def check_requests(host: Host, definition: SequenceDefinition) -> None:
	"""Raises `at_once_not_asked` when what starts the sequence is no request."""
	if definition.trigger_type != "Activity" or definition.trigger_activity in _requests(host):
		return
	for step in definition.steps:
		if step.at_once:
			raise NurtureError("at_once_not_asked", step=step.label, trigger=definition.trigger_activity)


def check_modest(mails: Sequence[Mail]) -> None:
	"""Raises `at_once_promotes` when an answer, in any language, asks for a sale or offers something that promotes."""
	for mail in mails:
		if mail.step.at_once and mail.is_promotional:
			raise NurtureError("at_once_promotes", step=mail.step.label, content=mail.content.name)


def _reached_at_once(definition: SequenceDefinition) -> set[str]:
	"""Steps before which nothing lets time pass and nothing is sent."""
	found: set[str] = set()
	waiting = [definition.steps[0]] if definition.steps else []
	while waiting:
		step = waiting.pop()
		if step.label in found or _takes_time(step):
			continue
		found.add(step.label)
		if not step.is_message:
			waiting += [following for way in step.ways_at_once if (following := definition.step(way))]
	return found


def _takes_time(step: Step) -> bool:
	if step.step_type in ("Approval", "Wait Until"):
		return True
	if step.at_weekday:
		return True
	if step.timing == "On Day":
		return step.day > 1 or bool(step.at_time)
	return bool(step.delay)


def _requests(host: Host) -> list[str]:
	return sorted(name for name, kind in activity_types(host).items() if kind.is_request)
