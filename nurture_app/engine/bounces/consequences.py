"""What follows from a report, kind by kind (DH-08, TR-25, OX-14).

Hard: the address gets nothing more, and its sequences end. Soft: counted; the message is not repeated, the sequence goes
on; too many in a while count as hard. Block: not the person's fault, so nothing but a line in the ledger, which the
guard counts. Complaint: nothing more, and consent is withdrawn. Delayed mail and automatic answers: nothing.

Every report is one row of Nurture Bounce, unique by its key, so that the same report twice has one consequence.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from nurture_app.engine import activities, optout
from nurture_app.engine.bounces.matching import (
	SentMessage,
	find_message,
	last_message_to,
	lead_with,
	messages_with,
	moment_of,
)
from nurture_app.engine.bounces.report import FAILURES, Kind, Report
from nurture_app.engine.capture.plain import without_markup
from nurture_app.engine.codes import Reason, StrEnum, TouchStatus
from nurture_app.engine.config import activity_types, load_settings
from nurture_app.engine.people import lock_leads
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, doctype, params
from nurture_app.engine.touches import RANK

COLUMNS = (
	"name",
	"kind",
	"state",
	"address",
	"party_type",
	"party",
	"touch",
	"sequence",
	"step",
	"occurred_on",
	"source",
	"enhanced_code",
	"smtp_code",
	"diagnostic",
	"message_id",
	"dedupe_key",
)
ARRIVED = (TouchStatus.OPENED, TouchStatus.CLICKED, TouchStatus.REPLIED)
REASONS = {Kind.SOFT: Reason.SOFT_BOUNCED, Kind.BLOCK: Reason.BLOCKED, Kind.HARD: Reason.BOUNCED}
ACTIVITIES = {Kind.SOFT: "Soft Bounce", Kind.BLOCK: "Blocked"}


class State(StrEnum):
	"""What a row of the ledger asks of people."""

	TO_REPAIR = "To Repair"
	NOTED = "Noted"
	NO_PROOF = "No Proof"
	"""It came by mail and names nothing only a recipient of ours could know: anybody may have written it."""
	REPAIRED = "Repaired"
	LIFTED = "Lifted"


class Outcome(StrEnum):
	IGNORED = "ignored"
	"""Delayed, automatic answer, or about somebody we do not know: nothing is kept of strangers."""
	REPEATED = "repeated"
	NO_PROOF = "no_proof"
	NOTED = "noted"
	STOPPED = "stopped"
	DELIVERED = "delivered"


@dataclass(frozen=True, slots=True)
class Evidence:
	"""How a report reached us."""

	source: str
	"""Shown to people: Bounce Mailbox, Inbox, Mail Server, or a provider."""
	key: str
	"""The same for the same report, however often it comes."""
	is_trusted: bool = False
	"""It came from somebody who proved who they are, so an address alone is enough."""


def act_on(host: Host, report: Report, evidence: Evidence, message: SentMessage | None = None) -> Outcome:
	"""Take note of one report and do what follows from it, in one transaction. `message` if it is known already."""
	message, address, party = _about(host, report, evidence, message)
	# begins by locking: what is read before shows the ledger as it was before the wait
	with host.db.transaction():
		return _act(host, report, evidence, message, address, party)


def act_in(host: Host, report: Report, evidence: Evidence, message: SentMessage | None = None) -> Outcome:
	"""`act_on` within the caller's transaction."""
	return _act(host, report, evidence, *_about(host, report, evidence, message))


def _about(
	host: Host, report: Report, evidence: Evidence, message: SentMessage | None
) -> tuple[SentMessage | None, str, str]:
	"""The message a report is about, its address and its lead, as far as they are known."""
	if report.kind in (Kind.DELAYED, Kind.AUTO_REPLY):
		return None, "", ""
	message = message or find_message(host, report)
	if report.kind == Kind.DELIVERED:
		return message, "", ""
	if not message and evidence.is_trusted and report.address:
		message = last_message_to(host, report.address, moment_of(host, report))
	address = message.address if message else report.address
	return message, address, message.party if message else lead_with(host, address)


def _act(
	host: Host, report: Report, evidence: Evidence, message: SentMessage | None, address: str, party: str
) -> Outcome:
	if report.kind == Kind.DELIVERED:
		return Outcome.DELIVERED if message and mark_delivered(host, [message]) else Outcome.IGNORED
	if not address or not (message or party):
		return Outcome.IGNORED
	lock_leads(host, [party] if party else [])
	if report.kind == Kind.UNSUBSCRIBE:
		if not (message or evidence.is_trusted):
			return Outcome.NO_PROOF
		is_new = optout.suppress(host, address, evidence.source, "Unsubscribed", party)
		return Outcome.STOPPED if is_new else Outcome.REPEATED
	# anybody's words, shown in the Desk
	report = replace(report, diagnostic=without_markup(report.diagnostic))
	case = _Case(host, report, evidence, message, address, party, moment_of(host, report))
	return case.take_note()


def mark_delivered(host: Host, messages: list[SentMessage]) -> int:
	"""Say so on touches that nothing more telling has happened to; returns how many."""
	fresh = [one for one in messages if RANK.get(one.status, 99) < RANK[TouchStatus.DELIVERED]]
	rows = [(one.name, str(TouchStatus.DELIVERED)) for one in fresh]
	host.db.update("tabNurture Touch", ("name", "status"), rows)
	return len(rows)


def note_deliveries(host: Host, reports: list[Report]) -> int:
	"""Many deliveries at once, by their message ids: providers tell each one."""
	with host.db.transaction():
		return mark_delivered(host, messages_with(host, "message_id", [one.message_id for one in reports]))


def fingerprint(*parts: object) -> str:
	"""A key for `Evidence` from anything that tells a report from others."""
	return hashlib.sha256("|".join(str(part) for part in parts).encode("utf-8", "replace")).hexdigest()[:40]


@dataclass(frozen=True, slots=True)
class _Case:
	"""A report about somebody we know."""

	host: Host
	report: Report
	evidence: Evidence
	message: SentMessage | None
	address: str
	party: str
	moment: datetime

	def take_note(self) -> Outcome:
		is_proven = bool(self.message) or self.evidence.is_trusted
		name = self._write(State.NOTED if is_proven else State.NO_PROOF)
		if not name:
			return Outcome.REPEATED
		if not is_proven:
			return Outcome.NO_PROOF
		self._mark_touch()
		if self.report.kind == Kind.COMPLAINT:
			return self._stop("Complaint", self.evidence.source, name, State.NOTED)
		if self.report.kind == Kind.HARD:
			return self._stop("Bounced", self.evidence.source, name, State.TO_REPAIR)
		self._record(ACTIVITIES[self.report.kind])
		if self.report.kind == Kind.SOFT and (count := self._too_many_soft()):
			return self._stop("Bounced", f"{count} soft bounces", name, State.TO_REPAIR)
		return Outcome.NOTED

	def _write(self, state: State) -> str:
		"""The name of the new row in the ledger; empty when the report is there already."""
		report, message = self.report, self.message
		name = self.host.db.new_name()
		row = (
			name,
			str(report.kind),
			str(state),
			self.address,
			"Lead",
			self.party or None,
			message.name if message else None,
			(message.sequence or None) if message else None,
			message.step if message else "",
			self.moment,
			self.evidence.source[:140],
			report.enhanced_code,
			report.smtp_code,
			report.diagnostic,
			report.message_id[:255],
			self._key(),
		)
		return name if self.host.db.insert("tabNurture Bounce", COLUMNS, [row], ignore=True) else ""

	def _key(self) -> str:
		return f"{self.evidence.key}|{fingerprint(self.address, self.report.kind)[:16]}"[:140]

	def _mark_touch(self) -> None:
		message, kind = self.message, self.report.kind
		if not message:
			return
		reason = REASONS.get(kind, Reason.COMPLAINT)
		values: dict[str, object] = {"reason": str(reason)}
		values["reason_detail"] = self.report.diagnostic[:300] if kind in FAILURES else ""
		if kind == Kind.HARD or (kind in FAILURES and message.status not in ARRIVED):
			values |= {"status": str(TouchStatus.BOUNCED), "bounced_on": self.moment}
		self.host.db.update("tabNurture Touch", ("name", *values), [(message.name, *values.values())])

	def _record(self, activity_type: str) -> None:
		if not self.party or activity_type not in activity_types(self.host):
			return
		message = self.message
		found = activities.ActivityIn(
			party=self.party,
			activity_type=activity_type,
			occurred_on=self.moment,
			channel="Email",
			detail=self.report.diagnostic[:255],
			dedupe_key=f"{activity_type}|{self._key()}"[:140],
			touch=message.name if message else "",
			sequence=message.sequence if message else "",
			enrollment=message.enrollment if message else "",
		)
		activities.record_in(self.host, [found])

	def _too_many_soft(self) -> int:
		"""How many messages have come back softly, if that is as many as the settings bear; otherwise 0."""
		settings = load_settings(self.host.db)
		if settings.soft_bounce_limit <= 0:
			return 0
		since = self.host.clock.now() - timedelta(days=max(1, settings.soft_bounce_days))
		bounce = doctype("Nurture Bounce", "b")
		query = Query.from_(bounce).select(bounce.name, bounce.touch).where(bounce.address == P(self.address))
		query = query.where((bounce.kind == P(str(Kind.SOFT))) & (bounce.occurred_on >= P(since)))
		query = query.where(bounce.state.notin(params([str(State.LIFTED), str(State.NO_PROOF)])))
		# A message may come back through the mailbox and be told by the provider too.
		messages = {touch or name for name, touch in self.host.db.rows(query)}
		return len(messages) if len(messages) >= settings.soft_bounce_limit else 0

	def _stop(self, reason: str, source: str, name: str, state: State) -> Outcome:
		optout.suppress(self.host, self.address, source, reason, self.party)
		self.host.db.update("tabNurture Bounce", ("name", "state"), [(name, str(state))])
		return Outcome.STOPPED
