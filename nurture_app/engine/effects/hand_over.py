"""The lead goes to a colleague, with what makes it worth a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from nurture_app.engine.activities import ActivityIn
from nurture_app.engine.codes import EnrollmentStatus, Reason
from nurture_app.engine.effects.base import Effect
from nurture_app.engine.effects.tell import event_of, tell
from nurture_app.engine.enrollments.ending import end
from nurture_app.engine.handovers import CHANNEL, HANDED, SOURCE
from nurture_app.engine.lines import render_line
from nurture_app.engine.ports import Delivery, Handover, Host
from nurture_app.engine.promotional import load_rivals, of_person
from nurture_app.engine.score_reasons import strongest_reasons
from nurture_app.engine.signals import latest_signals

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch
	from nurture_app.engine.effects.base import Found
	from nurture_app.engine.outcome import Outcome

REASONS_TOLD = 3
ACTIVITIES_TOLD = 3
DAYS_TOLD = 30
"""What lies further back does not make a lead hot."""


@dataclass(frozen=True, slots=True)
class HandOver(Effect):
	changes_leads: ClassVar[bool] = True

	to: str
	"""`Lead Owner`, `User` or `Assignment Rule`."""
	user: str
	note: str
	"""A template until it is prepared, plain text after that; may be empty."""

	def prepare(self, outcome: Outcome, batch: Batch, values: Mapping[str, Mapping[str, Any]]) -> HandOver:
		return replace(self, note=render_line(self.note, values)) if self.note else self

	@classmethod
	def apply(cls, host: Host, batch: Batch, found: Found) -> list[Delivery]:
		parties = sorted({outcome.claimed.party for outcome, _ in found})
		reasons = strongest_reasons(host, parties, REASONS_TOLD)
		signals = latest_signals(host, parties, ACTIVITIES_TOLD, DAYS_TOLD)
		deliveries = host.channels[CHANNEL].deliver(
			[
				Handover(
					touch=outcome.touch,
					party=outcome.claimed.party,
					to=effect.to,
					user=effect.user,
					owner=batch.leads[outcome.claimed.party].get("lead_owner") or "",
					note=effect.note,
					reasons=tuple(reasons.get(outcome.claimed.party, ())),
					activities=tuple(signals.get(outcome.claimed.party, ())),
				)
				for outcome, effect in found
			]
		)
		_note(host, deliveries)
		taken = {one.touch: one.assigned_to for one in deliveries if one.assigned_to}
		_own(host, batch, found, taken)
		handed = [outcome for outcome, _ in found if outcome.touch in taken]
		_end_promotional(host, batch, handed)
		tell(host, [_event(host, one, taken[one.touch]) for one in handed])
		return []


def _event(host: Host, one: Outcome, user: str) -> ActivityIn:
	return replace(event_of(host, one, HANDED, user), source_doctype=SOURCE, source_name=one.touch)


def _note(host: Host, deliveries: Sequence[Delivery]) -> None:
	rows = [(one.touch, one.status, one.reason, one.assigned_to, one.queue_row) for one in deliveries]
	host.db.update("tabNurture Touch", ("name", "status", "reason", "reason_detail", "email_queue"), rows)


def _own(host: Host, batch: Batch, found: Found, taken: Mapping[str, str]) -> None:
	"""Whoever took a lead that nobody owned owns it."""
	owners = {
		outcome.claimed.party: taken[outcome.touch]
		for outcome, _ in found
		if outcome.touch in taken and not batch.leads[outcome.claimed.party].get("lead_owner")
	}
	host.db.update("tabLead", ("name", "lead_owner"), sorted(owners.items()))


def _end_promotional(host: Host, batch: Batch, handed: Sequence[Outcome]) -> None:
	"""Somebody talks to the person from now on: no other sequence advertises meanwhile."""
	rivals = load_rivals(host, [batch.recipient(outcome.claimed) for outcome in handed])
	ours = {outcome.claimed.name for outcome in handed}
	names = {
		rival.name
		for outcome in handed
		for rival in of_person(rivals, outcome.claimed.party, outcome.claimed.address)
		if rival.name not in ours
	}
	end(host, [(name, EnrollmentStatus.EXITED, Reason.HANDED_OVER) for name in sorted(names)])
