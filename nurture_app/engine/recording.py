"""The last stage of a tick: ledger, queue and new due times, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nurture_app.engine.batch import Batch
from nurture_app.engine.claiming import active_sequences
from nurture_app.engine.codes import EnrollmentStatus, Reason, TouchStatus
from nurture_app.engine.effects import EFFECTS, LAST_EFFECTS, Effect
from nurture_app.engine.enrollments.ending import come_forward, recall
from nurture_app.engine.outcome import Outcome, TickResult, hold
from nurture_app.engine.people import lock_leads
from nurture_app.engine.ports import Delivery, Host, Message
from nurture_app.engine.sql import P, Query, chunks, doctype, locking, params
from nurture_app.engine.steps import STEP_TYPES
from nurture_app.engine.tracking.rewrite import store_links

ENROLLMENT_COLUMNS = (
	"name",
	"status",
	"step",
	"due_on",
	"nominal_on",
	"reason",
	"reason_detail",
	"visit",
	"last_step_on",
	"stopped_on",
	"ended_on",
	"lease_until",
	"lease_token",
)


TOUCH_COLUMNS = (
	"name",
	"enrollment",
	"sequence",
	"step",
	"visit",
	"party_type",
	"party",
	"address",
	"channel",
	"status",
	"reason",
	"reason_detail",
	"due_on",
	"queued_on",
	"sent_on",
	"subject",
	"content",
	"content_revision",
	"language",
	"email_queue",
	"communication",
	"message_id",
	"token",
	"tracking_token",
	"touch_key",
	"experiment",
	"variant",
)


ATTEMPTS = 3
"""Transactions that get into each other's way seldom do so twice."""


def record_or_hold(
	host: Host,
	batch: Batch,
	outcomes: Sequence[Outcome],
	messages: dict[str, Message],
	token: str,
	attempts: int = ATTEMPTS,
) -> TickResult:
	"""`record`; what cannot be written is looked for by halves and held, so that it keeps nobody else waiting.

	When another transaction was in the way (`Database.retryable`), it is written again at once, as its lease lasts for
	many minutes more. After so many `attempts` the error is the host's.
	"""
	try:
		return record(host, batch, outcomes, messages, token)
	except host.db.retryable:
		if attempts <= 1:
			raise
		return record_or_hold(host, batch, outcomes, messages, token, attempts - 1)
	except Exception as error:
		if len(outcomes) == 1:
			held = hold(outcomes[0].claimed, Reason.STEP_ERROR, f"{type(error).__name__}: {error}")
			return record(host, batch, [held], {}, token)
	result = TickResult()
	middle = len(outcomes) // 2
	for half in (outcomes[:middle], outcomes[middle:]):
		result.add(record_or_hold(host, batch, half, messages, token))
	return result


def record(
	host: Host, batch: Batch, outcomes: Sequence[Outcome], messages: dict[str, Message], token: str
) -> TickResult:
	"""Write ledger, queue and new due times in one transaction: a crash leaves all of it or nothing."""
	result = TickResult(claimed=len(outcomes))
	changing = {one.claimed.party for one in outcomes if any(effect.changes_leads for effect in one.effects)}
	with host.db.transaction():
		lock_leads(host, changing)  # before the enrollments, as everybody does who records an activity
		ours, active = _still_ours(host, outcomes, token), active_sequences(host)
		mine = [one for one in outcomes if one.claimed.name in ours and one.claimed.sequence in active]
		deliveries = _deliver(host, mine, messages)
		deliveries.update(_apply(host, batch, mine, EFFECTS))
		_write_touches(host, batch, mine, messages, deliveries)
		store_links(host, [link for one in mine if one.sends for link in messages[one.claimed.name].links])
		_write_enrollments(host, batch, mine)
		_recall(host, mine)
		come_forward(host, _promotional_ends(batch, mine))
		_apply(host, batch, mine, LAST_EFFECTS)
	for outcome in mine:
		result.count(outcome)
	return result


def _recall(host: Host, outcomes: Sequence[Outcome]) -> None:
	"""Take back what earlier steps queued and has not left, for those whose sequence ended otherwise than by its last step."""
	recall(host, {one.claimed.name: one.reason for one in outcomes if one.ends and not one.done})


def _promotional_ends(batch: Batch, outcomes: Sequence[Outcome]) -> set[str]:
	"""Enrollments after which another sequence may have its turn."""
	return {
		one.claimed.name
		for one in outcomes
		if one.ends
		and (definition := batch.definitions.get(one.claimed.version))
		and definition.keeps_others_waiting
	}


def _still_ours(host: Host, outcomes: Sequence[Outcome], token: str) -> set[str]:
	"""Lock the rows of our lease: one that ended meanwhile (an opt-out, a reply, an expired lease) is not among them.

	By name: read through an index of the tokens, the places of other workers' tokens would be locked with them.
	"""
	enrollment = doctype("Nurture Enrollment", "e")
	ours: set[str] = set()
	for some in chunks(sorted(one.claimed.name for one in outcomes)):
		query = Query.from_(enrollment).select(enrollment.name).where(enrollment.name.isin(params(some)))
		query = query.where(
			(enrollment.lease_token == P(token)) & (enrollment.status == P(str(EnrollmentStatus.ACTIVE)))
		)
		query = query.where(enrollment.lease_until >= P(host.clock.now()))
		ours.update(
			name for (name,) in host.db.rows(locking(query.orderby(enrollment.name), host.db.dialect))
		)
	return ours


def _deliver(host: Host, outcomes: Sequence[Outcome], messages: dict[str, Message]) -> dict[str, Delivery]:
	"""Hand mails to their channel; deliveries by touch."""
	mails = [messages[one.claimed.name] for one in outcomes if one.sends]
	return {one.touch: one for one in host.channels["Email"].deliver(mails)} if mails else {}


def _apply(
	host: Host, batch: Batch, outcomes: Sequence[Outcome], kinds: Sequence[type[Effect]]
) -> dict[str, Delivery]:
	"""Write the effects of `kinds`, kind by kind; deliveries by touch."""
	found: dict[type[Effect], list[tuple[Outcome, Effect]]] = {}
	for outcome in outcomes:
		for effect in outcome.effects:
			found.setdefault(type(effect), []).append((outcome, effect))
	deliveries: dict[str, Delivery] = {}
	for kind in kinds:
		if kind in found:
			deliveries.update({one.touch: one for one in kind.apply(host, batch, found[kind])})
	return deliveries


def _write_touches(
	host: Host,
	batch: Batch,
	outcomes: Sequence[Outcome],
	messages: dict[str, Message],
	deliveries: dict[str, Any],
) -> None:
	fresh, known = [], []
	for outcome in outcomes:
		if not outcome.touch_status:
			continue
		message = messages.get(outcome.claimed.name) if outcome.sends else None
		row = _touch_row(host, batch, outcome, message, deliveries)
		if outcome.noted:
			row = tuple(
				outcome.noted.get(column, value) for column, value in zip(TOUCH_COLUMNS, row, strict=True)
			)
		(known if outcome.claimed.touch_key in batch.touches else fresh).append(row)
	host.db.insert("tabNurture Touch", TOUCH_COLUMNS, fresh)
	host.db.update("tabNurture Touch", TOUCH_COLUMNS, known)


def _touch_row(
	host: Host, batch: Batch, outcome: Outcome, message: Message | None, deliveries: dict[str, Any]
) -> tuple:
	one = outcome.claimed
	step = batch.step_of(one)
	known = batch.touches.get(one.touch_key)
	name = outcome.touch or (known[0] if known else host.db.new_name())
	delivery = deliveries.get(name)
	status = delivery.status if delivery else outcome.touch_status
	if delivery and delivery.status == TouchStatus.FAILED:
		outcome.extra["failed"] = "1"
	content = batch.contents.get(outcome.content) if message else None
	lead = batch.leads.get(one.party) or {}
	return (
		name,
		one.name,
		one.sequence,
		one.step,
		one.visit,
		"Lead",
		one.party,
		message.address if message else one.address,
		STEP_TYPES[step.step_type].channel if step and step.step_type in STEP_TYPES else "",
		status,
		(delivery.reason if delivery else outcome.reason) or "",
		outcome.detail or outcome.extra.get("detail", ""),
		one.due_on,
		batch.now if message else None,
		batch.now if status == TouchStatus.SENT else None,
		message.subject[:255] if message else "",
		content.name if content else (step.content if step else "") or None,
		content.revision if content else 0,
		(content.language if content else "") or lead.get("language") or "",
		delivery.queue_row if delivery else "",
		(delivery.communication if delivery else "") or None,
		message.message_id if message else "",
		outcome.extra.get("token") or (known[2] if known else "") or host.links.new_token(),
		(message.tracking_token if message else (known[3] if known else "")) or None,
		one.touch_key,
		None,
		None,
	)


def _write_enrollments(host: Host, batch: Batch, outcomes: Sequence[Outcome]) -> None:
	rows, over = [], []
	for outcome in outcomes:
		one = outcome.claimed
		ended = outcome.ends
		if ended:
			over.append((one.name, one.name, one.name))
		rows.append(
			(
				one.name,
				outcome.status,
				outcome.step,
				None if ended else outcome.due_on,
				None if ended else outcome.nominal_on,
				outcome.reason,
				outcome.detail,
				one.visit + (1 if outcome.done else 0),
				batch.now if outcome.done else None,
				batch.now if outcome.status == EnrollmentStatus.HELD else None,
				batch.now if ended else None,
				None,
				None,
			)
		)
	done = [row for row in rows if row[8] is not None]
	host.db.update("tabNurture Enrollment", ENROLLMENT_COLUMNS, done)
	without_last = [index for index, column in enumerate(ENROLLMENT_COLUMNS) if column != "last_step_on"]
	host.db.update(
		"tabNurture Enrollment",
		tuple(ENROLLMENT_COLUMNS[index] for index in without_last),
		[tuple(row[index] for index in without_last) for row in rows if row[8] is None],
	)
	host.db.update("tabNurture Enrollment", ("name", "live_party_key", "live_address_key"), over)
