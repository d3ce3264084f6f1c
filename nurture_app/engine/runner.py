"""The tick: claim due enrollments, decide, render, and record and queue in one transaction.

Any number of workers may run it at once. A lease says whose an enrollment is for a while; the row lock at recording
says it still is; the unique touch key says a step is never sent twice.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pypika import Table

from nurture_app.engine.batch import CLAIMED_COLUMNS, Batch, Claimed, load_batch
from nurture_app.engine.codes import EnrollmentStatus, NurtureError, Reason, TouchStatus
from nurture_app.engine.config import load_settings
from nurture_app.engine.content import render_marked
from nurture_app.engine.decide import decide
from nurture_app.engine.effects import EFFECTS, LAST_EFFECTS, Effect
from nurture_app.engine.enrollments.ending import come_forward, recall
from nurture_app.engine.library.sent_subjects import check_subject
from nurture_app.engine.outcome import Outcome, hold
from nurture_app.engine.people import lock_leads
from nurture_app.engine.ports import Delivery, Host, Message
from nurture_app.engine.senders import owner_of, sender_of
from nurture_app.engine.sql import P, Query, as_datetime, as_text, chunks, doctype, locking, params
from nurture_app.engine.steps import STEP_TYPES
from nurture_app.engine.tracking.marks import host_of, without_marks
from nurture_app.engine.tracking.rewrite import Rewriter, Tracked, store_links
from nurture_app.engine.tracking.switches import what_to_track
from nurture_app.engine.words import Words

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


BATCH_SIZE = 500
"""Where the settings name none."""


@dataclass(slots=True)
class TickResult:
	"""How many enrollments a tick dealt with."""

	claimed: int = 0
	queued: int = 0
	held: int = 0
	deferred: int = 0
	ended: int = 0
	failed: int = 0

	def add(self, other: TickResult) -> None:
		for counter in self.__slots__:
			setattr(self, counter, getattr(self, counter) + getattr(other, counter))


def tick(host: Host, worker: str) -> TickResult:
	"""One batch: up to `batch_size` due enrollments. Call again until nothing is claimed. `worker` names the caller."""
	settings = load_settings(host.db)
	if settings.hold_all_sending:
		return TickResult()
	claimed = claim(host, worker, settings.batch_size or BATCH_SIZE, settings.lease_minutes or 15)
	if not claimed:
		return TickResult()
	batch = load_batch(host, claimed, settings)
	outcomes = [decide(one, batch) for one in batch.claimed]
	messages = render_all(host, batch, outcomes)
	return record_or_hold(host, batch, outcomes, messages, claimed[0].lease_token)


def is_much_due(host: Host) -> bool:
	"""Whether more is due than one batch takes. Index (status, lease_until, due_on), read no further than that."""
	limit = load_settings(host.db).batch_size or BATCH_SIZE
	enrollment = doctype("Nurture Enrollment", "e")
	query = Query.from_(enrollment).select(enrollment.name).where(_is_free(enrollment, host.clock.now()))
	return bool(host.db.rows(query.limit(1).offset(limit)))


@dataclass(frozen=True, slots=True)
class Leased(Claimed):
	"""A claimed enrollment with the token of its lease."""

	lease_token: str = ""


def claim(host: Host, worker: str, limit: int, lease_minutes: int) -> list[Leased]:
	"""Lease up to `limit` due enrollments of active sequences, oldest first.

	A person is never in two workers' hands at once, so that frequency caps see all their messages: enrollments whose
	address another lease holds are given back, by both when they came at the same moment.
	"""
	now = host.clock.now()
	active = active_sequences(host)
	if not active:
		return []
	token = f"{worker}-{host.db.new_name()}"[:40]
	with host.db.transaction():
		rows = _due(host, now, limit, active)
		if len(rows) < limit:
			rows += _due(host, now, limit - len(rows), active, expired=True)
		claimed = [_leased(row, token) for row in rows]
		if not claimed:
			return []
		until = now + timedelta(minutes=lease_minutes)
		_lease(host, [one.name for one in claimed], until, token)
	contested = _contested(host, claimed, token, now)
	if contested:
		with host.db.transaction():
			_give_back(host, contested, token)
	return [one for one in claimed if one.name not in contested]


def _lease(host: Host, names: Sequence[str], until: datetime, token: str) -> None:
	table = Table("tabNurture Enrollment")
	query = Query.update(table).set(table.lease_until, P(until)).set(table.lease_token, P(token))
	for some in chunks(names):
		host.db.execute(query.where(table.name.isin(params(some))))


def _leased(row: tuple, token: str) -> Leased:
	return Leased(*row[:6], *(as_datetime(moment) for moment in row[6:10]), int(row[10] or 0), token)


def active_sequences(host: Host) -> set[str]:
	sequence = doctype("Nurture Sequence", "s")
	query = Query.from_(sequence).select(sequence.name).where(sequence.status == P("Active"))
	return {name for (name,) in host.db.rows(query)}


def _due(
	host: Host, now: datetime, limit: int, sequences: Collection[str], *, expired: bool = False
) -> list[tuple]:
	"""Lock up to `limit` of what is due and free, or (`expired`) leased by a worker that has not come back.

	Index (status, lease_until, due_on), in order. What others have leased is not even looked at: all rows that are
	looked at are locked, and two workers would wait for each other. The sequences are named and not asked for in a
	subquery: joined, all that is due would be sorted and locked. Enrollments of paused sequences wait.
	"""
	enrollment = doctype("Nurture Enrollment", "e")
	columns = [getattr(enrollment, column) for column in CLAIMED_COLUMNS]
	columns[6:10] = [as_text(moment, host.db.dialect) for moment in columns[6:10]]
	query = Query.from_(enrollment).select(*columns)
	query = query.where(_is_free(enrollment, now, expired=expired))
	query = query.where(enrollment.sequence.isin(params(sorted(sequences))))
	query = query.orderby(enrollment.due_on).limit(limit)
	return host.db.rows(locking(query, host.db.dialect, skip_locked=True))


def _is_free(enrollment: Table, now: datetime, *, expired: bool = False) -> Any:
	unleased = enrollment.lease_until < P(now) if expired else enrollment.lease_until.isnull()
	return (enrollment.status == P(str(EnrollmentStatus.ACTIVE))) & unleased & (enrollment.due_on <= P(now))


def _contested(host: Host, claimed: Sequence[Claimed], token: str, now: datetime) -> set[str]:
	"""Enrollments whose address another worker has leased. Index (address).

	Asked after our own lease is committed: of two workers the later one sees the other, so never both go on.
	"""
	addresses = sorted({one.address for one in claimed if one.address})
	if not addresses:
		return set()
	enrollment = doctype("Nurture Enrollment", "e")
	query = (
		Query.from_(enrollment).select(enrollment.address).where(enrollment.address.isin(params(addresses)))
	)
	query = query.where((enrollment.lease_until >= P(now)) & (enrollment.lease_token != P(token)))
	taken = {address for (address,) in host.db.rows(query)}
	return {one.name for one in claimed if one.address in taken}


def _give_back(host: Host, names: set[str], token: str) -> None:
	table = Table("tabNurture Enrollment")
	query = Query.update(table).set(table.lease_until, None).set(table.lease_token, None)
	host.db.execute(query.where(table.name.isin(params(sorted(names))) & (table.lease_token == P(token))))


def render_all(host: Host, batch: Batch, outcomes: list[Outcome]) -> dict[str, Message]:
	"""Messages by enrollment. An outcome whose text cannot be rendered becomes a hold in place."""
	messages = {}
	rewriter = Rewriter(host.links)
	sender = {"name": batch.sender.name, "email": batch.sender.address}
	company = {
		"name": batch.settings.company_name or batch.sender.name,
		"postal_address": batch.settings.postal_address,
	}
	words = Words(host.translate, company["name"])
	for place, outcome in enumerate(outcomes):
		one = outcome.claimed
		try:
			known = batch.touches.get(one.touch_key)
			outcome.touch = known[0] if known else host.db.new_name()
			if outcome.sends:
				messages[one.name] = _message(host, batch, outcome, company, words, rewriter)
			if any(effect.is_prepared for effect in outcome.effects):
				lead = batch.leads[one.party]
				owner = owner_of(lead, batch.colleagues)
				values = {"lead": lead, "company": company, "sender": sender, "owner": owner}
				values["words"] = words.of(lead)
				outcome.effects = [effect.prepare(outcome, batch, values) for effect in outcome.effects]
		except NurtureError as error:
			outcomes[place] = hold(one, Reason.TEMPLATE_ERROR, f"{outcome.content or one.step}: {error}")
		except Exception as error:  # one message must not keep its whole batch from going
			outcomes[place] = hold(one, Reason.TEMPLATE_ERROR, f"{type(error).__name__}: {error}")
	return messages


def _message(
	host: Host,
	batch: Batch,
	outcome: Outcome,
	company: dict,
	words: Words,
	rewriter: Rewriter,
) -> Message:
	one = outcome.claimed
	content = batch.contents[outcome.content]
	known = batch.touches.get(one.touch_key)
	lead = batch.leads[one.party]
	sender = sender_of(batch.step_of(one), lead, batch.sender, batch.colleagues)
	if sender.note:
		outcome.extra["detail"] = "; ".join(filter(None, (outcome.extra.get("detail"), sender.note)))
	token = known[2] if known and known[2] else host.links.new_token()
	unsubscribe, preferences = host.links.unsubscribe(token), host.links.preferences(token)
	values = {
		"lead": lead,
		"sender": {"name": sender.name, "email": sender.reply_to},
		"company": company,
		"words": words.of(lead, content.language),
		"owner": owner_of(lead, batch.colleagues),
		"links": {
			"unsubscribe": unsubscribe,
			"preferences": preferences,
			"booking": batch.settings.booking_url,
		},
		"block": batch.picks.get(one.party, {}),
		"files": {key: host.links.asset(token, key) for key in content.expanded.files},
	}
	rendered = render_marked(content.compiled, values)
	rendered = batch.trials.retitled(one, content.name, rendered, values)
	check_subject(batch, one, rendered.subject)
	outcome.extra["token"] = token
	plain_html, plain_text = without_marks(rendered.html), without_marks(rendered.text)
	opens, clicks = what_to_track(batch.settings, batch.choices_of(one).is_tracked, lead)
	tracked, tracking_token = Tracked(plain_html, plain_text), ""
	if opens or clicks:
		tracking_token = (known[3] if known else "") or host.links.new_token()
		tracked = rewriter.rewrite(
			rendered.html,
			rendered.text,
			token=tracking_token,
			content=content.name,
			party=one.party,
			hosts=content.compiled.link_hosts.union(map(host_of, values["files"].values())),
			keep=[link for link in values["links"].values() if link],
			opens=opens,
			clicks=clicks,
		)
	return Message(
		touch=outcome.touch,
		channel="Email",
		party=one.party,
		address=batch.recipient(one).address,
		subject=rendered.subject,
		html=tracked.html,
		text=tracked.text,
		sender_name=sender.name,
		sender_address=sender.address,
		reply_to=sender.reply_to,
		account=sender.account,
		message_id=host.links.message_id(host.links.new_token()),
		unsubscribe_url=unsubscribe,
		preferences_url=preferences,
		shown_html=plain_html if tracking_token else "",
		tracking_token=tracking_token,
		links=tracked.links,
		party_owner=lead.get("owner") or "",
	)


def record_or_hold(
	host: Host, batch: Batch, outcomes: Sequence[Outcome], messages: dict[str, Message], token: str
) -> TickResult:
	"""`record`; what cannot be written is looked for by halves and held, so that it keeps nobody else waiting.

	Errors that another transaction caused are the host's to try again (`Database.retryable`).
	"""
	try:
		return record(host, batch, outcomes, messages, token)
	except getattr(host.db, "retryable", ()):
		raise
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
		_count(result, outcome)
	return result


def _recall(host: Host, outcomes: Sequence[Outcome]) -> None:
	"""Take back what earlier steps queued and has not left, for those whose sequence ended otherwise than by its last step."""
	recall(host, {one.claimed.name: one.reason for one in outcomes if one.ends and not one.done})


def _promotional_ends(batch: Batch, outcomes: Sequence[Outcome]) -> set[str]:
	"""Enrollments after which another promotional sequence may have its turn."""
	return {
		one.claimed.name
		for one in outcomes
		if one.ends and (definition := batch.definitions.get(one.claimed.version)) and definition.promotional
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


def _count(result: TickResult, outcome: Outcome) -> None:
	if outcome.extra.get("failed"):
		result.failed += 1
	elif outcome.sends:
		result.queued += 1
	if outcome.status == EnrollmentStatus.HELD:
		result.held += 1
	elif outcome.ends:
		result.ended += 1
	elif not outcome.done:
		result.deferred += 1
