"""People in sequences: who gets in, who is paused, who is out, and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from nurture_app.engine import conditions
from nurture_app.engine.codes import LIVE_STATUSES, EnrollmentStatus, NurtureError, Reason, TouchStatus
from nurture_app.engine.condition_scope import lead_scope
from nurture_app.engine.config import load_settings
from nurture_app.engine.consent import Allow, load_facts, may_ever_send
from nurture_app.engine.definition import SequenceDefinition
from nurture_app.engine.live import LiveSequence, live_sequences, load_definitions, topics_of
from nurture_app.engine.outgoing import parcels
from nurture_app.engine.people import load_holidays, load_leads, lock_leads, recipient_of
from nurture_app.engine.ports import Host
from nurture_app.engine.promotional import Rival, load_rivals, of_person, strongest, waiting_for
from nurture_app.engine.schedule import Timetable, plan_step
from nurture_app.engine.sql import P, Query, as_datetime, chunks, doctype, locking, params

COLUMNS = (
	"name",
	"sequence",
	"version",
	"party_type",
	"party",
	"party_name",
	"address",
	"status",
	"step",
	"due_on",
	"nominal_on",
	"enrolled_on",
	"enrolled_by",
	"anchor_on",
	"visit",
	"live_party_key",
	"live_address_key",
)
MOST_AT_ONCE = 500
ENDING = ("name", "status", "reason", "reason_detail", "ended_on", "due_on", "lease_until", "lease_token")
ENDING += ("live_party_key", "live_address_key")
SAVED_BY_TIME = {Reason.NO_ADDRESS, Reason.INVALID_ADDRESS, Reason.NO_CONSENT, Reason.NO_SENDER}
"""Holds that end by themselves once the data is right: the nightly pass tries them again."""
SAVED_BY_TIME |= {
	Reason.NO_POSTAL_ADDRESS,
	Reason.TEMPLATE_ERROR,
	Reason.CONTENT_MISSING,
	Reason.ASSET_NOT_USABLE,
	Reason.ASSET_NOT_FOR_LEAD,
	Reason.WINDOW_NEVER_OPENS,
}
SAVED_BY_TIME |= {Reason.STEP_ERROR}


@dataclass(frozen=True, slots=True)
class EnrollOutcome:
	"""`enrollment` is the new row, or empty with the `reason` for the refusal."""

	party: str
	enrollment: str
	reason: str
	detail: str = ""
	"""What the reason speaks of, such as the sequence that keeps the lead out."""


@dataclass(frozen=True, slots=True)
class Event:
	"""Something that may end or pause sequences. `occurred_on` is naive, in the host's zone."""

	party: str
	activity_type: str
	occurred_on: datetime
	detail: str = ""
	name: str = ""
	"""The activity, or whatever else tells this event from every other: it starts a sequence once."""
	cause: str = ""
	"""The enrollment whose step made it happen; empty for what people did."""


def enroll(host: Host, sequence: str, parties: Sequence[str], by: str = "") -> list[EnrollOutcome]:
	"""Put leads into an active sequence, in the order given (SE-06). Nobody gets in who does not match its condition."""
	live = next((one for one in live_sequences(host) if one.name == sequence), None)
	if live is None:
		return [EnrollOutcome(party, "", Reason.NOT_ACTIVE) for party in parties]
	outcomes = []
	for some in chunks(list(dict.fromkeys(parties)), MOST_AT_ONCE):
		with host.db.transaction():
			if live.definition.promotional:
				lock_leads(host, some)  # two at once would each not see the other
			outcomes += enroll_in(host, live, some, by)
	return outcomes


def enroll_in(
	host: Host, live: LiveSequence, parties: Sequence[str], by: str, over: str = ""
) -> list[EnrollOutcome]:
	"""`enroll` within the caller's transaction: a fixed number of queries, however many the leads are.

	Promotional enrollments that are weaker give way, and so do those in the sequence `over`.
	"""
	now = host.clock.now()
	outcomes, inserts, weaker = [], [], {}
	for one in judge(host, live, parties, over):
		name = "" if one.reason else host.db.new_name()
		if name:
			inserts.append(_new_row(name, live, one.row, one.address, one.plan, now, by))
			weaker[name] = one.weaker
		outcomes.append(EnrollOutcome(one.party, name, one.reason, one.detail))
	if inserts and host.db.insert("tabNurture Enrollment", COLUMNS, inserts, ignore=True) < len(inserts):
		outcomes = _without_lost_races(host, outcomes)
	_give_way(host, {one.enrollment: weaker[one.enrollment] for one in outcomes if one.enrollment})
	return outcomes


def _give_way(host: Host, weaker: Mapping[str, Sequence[Rival]]) -> None:
	"""Pause promotional enrollments, by the new one for whose sake, until that ends (SE-12)."""
	yields_to = {rival.name: name for name, rivals in weaker.items() for rival in rivals}
	if yields_to:
		rows = load_live(host, "name", yields_to)
		_pause(host, [(row, Reason.GAVE_WAY) for row in rows if row["status"] != EnrollmentStatus.PAUSED])
		# who was paused by hand stays so; who gave way to another before gives way to this one
		gave_way = [row for row in rows if row["status"] != EnrollmentStatus.PAUSED or row["yields_to"]]
		host.db.update(
			"tabNurture Enrollment",
			("name", "yields_to"),
			[(row["name"], yields_to[row["name"]]) for row in gave_way],
		)
		recall(host, {row["name"]: Reason.GAVE_WAY for row in gave_way})


def come_forward(host: Host, ended: Collection[str]) -> None:
	"""Promotional enrollments that gave way to those of `ended` go on, unless another one is in the way.

	Within the caller's transaction.
	"""
	waiting = waiting_for(host, ended) if ended else []
	if not waiting:
		return
	rivals = load_rivals(host, waiting)
	free, others = [], []
	for one in sorted(waiting, key=lambda rival: rival.name):
		in_the_way = [
			rival
			for rival in of_person(rivals, one.party, one.address)
			if rival.name != one.name and not rival.gave_way and rival.name not in ended
		]
		if in_the_way:
			others.append((one.name, max(in_the_way, key=lambda rival: rival.priority).name))
		else:
			free.append(one.name)
	host.db.update("tabNurture Enrollment", ("name", "yields_to"), others)
	go_on(host, free)


@dataclass(frozen=True, slots=True)
class Judged:
	"""Whether a lead may enter a sequence now: `reason` says why not; without one, `plan` is its first step's."""

	party: str
	reason: str
	row: Mapping[str, Any] = field(default_factory=dict)
	address: str = ""
	plan: Any = None
	detail: str = ""
	weaker: Sequence[Rival] = ()
	"""Promotional enrollments that give way."""


def judge(host: Host, live: LiveSequence, parties: Sequence[str], over: str = "") -> list[Judged]:
	"""What `enroll_in` would do with `parties`, without doing it: the preview and the deed are one piece of code."""
	settings = load_settings(host.db)
	definition = live.definition
	rows = load_leads(host, parties)
	recipients = {party: recipient_of(row) for party, row in rows.items()}
	matching = _matching(host, definition, list(rows))
	kept_out = _kept_out(rows, settings.block_disposable)
	facts = load_facts(host, recipients.values(), settings) if definition.sends_email else None
	topic = topics_of(host, [live.name]).get(live.name, "") if definition.sends_email else ""
	history = _load_history(host, live.name, recipients.values())
	lists = [settings.holiday_list, definition.holiday_list]
	holidays = load_holidays(host, lists, by_country=settings.holidays_by_country)
	rivals = load_rivals(host, recipients.values(), live.name) if definition.promotional else {}
	now = host.clock.now()
	judged = []
	for party in parties:
		reason = kept_out.get(party) or _refusal(
			party, recipients, matching, facts, history, definition, topic, now
		)
		if reason:
			judged.append(Judged(party, reason))
			continue
		recipient = recipients[party]
		table = Timetable.of(
			definition, settings, holidays, recipient.time_zone, host.clock.zone, recipient.country
		)
		try:
			plan = plan_step(definition.steps[0], now, now, table)
		except NurtureError as error:
			judged.append(Judged(party, error.code))
			continue
		others = of_person(rivals, party, recipient.address)
		if keeping := strongest(others, definition.priority, over):
			judged.append(Judged(party, Reason.IN_OTHER_PROMOTIONAL, detail=keeping.sequence))
			continue
		judged.append(Judged(party, "", rows[party], recipient.address, plan, weaker=others))
		history.enter(party, recipient.address)
	return judged


def _new_row(
	name: str, live: LiveSequence, row: Mapping[str, Any], address: str, plan: Any, now: datetime, by: str
) -> tuple:
	party = row["name"]
	return (
		name,
		live.name,
		live.version,
		"Lead",
		party,
		row["lead_name"] or "",
		address,
		EnrollmentStatus.ACTIVE,
		live.definition.steps[0].label,
		plan.due_on,
		plan.nominal_on,
		now,
		by,
		now,
		0,
		f"{live.name}|{party}",
		f"{live.name}|{address or party}",
	)


def _matching(host: Host, definition: SequenceDefinition, parties: Sequence[str]) -> set[str]:
	scope = lead_scope(host)
	criterion = conditions.parse(definition.condition, host.catalog).sql(scope)
	query = (
		Query.from_(scope.lead)
		.select(scope.lead.name)
		.where(scope.lead.name.isin(params(parties) or [P("")]))
	)
	return {name for (name,) in host.db.rows(query.where(criterion))}


class _History:
	"""Earlier and present enrollments in one sequence, by lead and by address."""

	def __init__(self) -> None:
		self.live: set[str] = set()
		self.ended_on: dict[str, datetime] = {}

	def enter(self, party: str, address: str) -> None:
		self.live.add(party)
		if address:
			self.live.add(address)


def _load_history(host: Host, sequence: str, recipients: Iterable[Any]) -> _History:
	"""Indexes (sequence, party) and (address). People are one person per address, whatever the number of leads."""
	history = _History()
	people = list(recipients)
	enrollment = doctype("Nurture Enrollment", "e")
	keys = (
		(enrollment.party, [one.party for one in people]),
		(enrollment.address, [one.address for one in people if one.address]),
	)
	for column, values in keys:
		if not values:
			continue
		query = Query.from_(enrollment).select(
			column, enrollment.status, enrollment.ended_on, enrollment.reason
		)
		query = query.where((enrollment.sequence == P(sequence)) & column.isin(params(values)))
		for key, status, ended_on, reason in host.db.rows(query):
			if status in LIVE_STATUSES:
				history.live.add(key)
			elif reason != Reason.TOO_LONG:  # put aside for want of a sign: a new one opens it again (CD-09)
				ended = as_datetime(ended_on) or host.clock.now()
				history.ended_on[key] = max(ended, history.ended_on.get(key, ended))
	return history


def _kept_out(rows: Mapping[str, Mapping[str, Any]], block_disposable: bool) -> dict[str, Reason]:
	"""Leads no sequence takes, whatever it is about (DH-06, DH-07)."""
	kept_out = {}
	for party, row in rows.items():
		if row["nurture_quarantined"]:
			kept_out[party] = Reason.QUARANTINED
		elif block_disposable and row["nurture_address_kind"] == "Disposable":
			kept_out[party] = Reason.DISPOSABLE_ADDRESS
	return kept_out


def _refusal(
	party: str,
	recipients: Mapping[str, Any],
	matching: set[str],
	facts: Any,
	history: _History,
	definition: SequenceDefinition,
	topic: str,
	now: datetime,
) -> str:
	recipient = recipients.get(party)
	if recipient is None:
		return Reason.PARTY_MISSING
	if party in history.live:
		return Reason.ALREADY_ENROLLED
	if recipient.address and recipient.address in history.live:
		return Reason.ADDRESS_ENROLLED
	if facts is not None:
		verdict = may_ever_send(recipient, facts, topic)
		if not isinstance(verdict, Allow):
			return verdict.reason
	ended = [history.ended_on[key] for key in (party, recipient.address) if key in history.ended_on]
	if ended and definition.reentry == "Never":
		return Reason.WAS_ENROLLED
	if (
		ended
		and definition.reentry == "After Days"
		and max(ended) + timedelta(days=definition.reentry_days) > now
	):
		return Reason.WAS_ENROLLED
	return "" if party in matching else Reason.NOT_MATCHING


def _without_lost_races(host: Host, outcomes: list[EnrollOutcome]) -> list[EnrollOutcome]:
	"""Another worker enrolled some of them at the same moment: the unique keys kept ours out."""
	enrollment = doctype("Nurture Enrollment", "e")
	names = [outcome.enrollment for outcome in outcomes if outcome.enrollment]
	query = Query.from_(enrollment).select(enrollment.name).where(enrollment.name.isin(params(names)))
	inside = {name for (name,) in host.db.rows(locking(query, host.db.dialect))}
	return [
		outcome
		if not outcome.enrollment or outcome.enrollment in inside
		else EnrollOutcome(outcome.party, "", Reason.ALREADY_ENROLLED)
		for outcome in outcomes
	]


def apply_events(host: Host, events: Iterable[Event]) -> int:
	"""End or pause the sequences that `events` concern (SE-09), within the caller's transaction; returns how many."""
	by_party: dict[str, list[Event]] = {}
	for event in events:
		by_party.setdefault(event.party, []).append(event)
	ended: list[tuple[str, str, str]] = []
	paused: list[tuple[Mapping[str, Any], str]] = []
	for parties in chunks(sorted(by_party)):
		rows = load_live(host, "party", parties)
		definitions = load_definitions(host, {row["version"] for row in rows})
		for row in rows:
			definition = definitions.get(row["version"])
			for event in sorted(by_party[row["party"]], key=lambda one: one.occurred_on):
				if definition is None or event.occurred_on < as_datetime(row["enrolled_on"]):
					continue
				status, reason = consequence(definition, event)
				if status in (EnrollmentStatus.EXITED, EnrollmentStatus.COMPLETED):
					ended.append((row["name"], status, reason))
					break
				if status == EnrollmentStatus.PAUSED and row["status"] != EnrollmentStatus.PAUSED:
					paused.append((row, reason))
	end(host, ended)
	_pause(host, paused)
	return len(ended) + len(paused)


ENDING_ACTIVITIES = (
	"Email Reply",
	"Unsubscribe",
	"Spam Complaint",
	"Became Customer",
	"Invoice Submitted",
	"Email Bounced",
)
"""Activity types that end enrollments of some sequences; goals come on top."""


def consequence(definition: SequenceDefinition, event: Event) -> tuple[str, str]:
	"""(status, reason) an event gives an enrollment of this sequence, or two empty texts."""
	kind = event.activity_type
	if definition.goal_activity and kind == definition.goal_activity:
		return EnrollmentStatus.COMPLETED, Reason.GOAL_REACHED
	if kind == "Unsubscribe":
		return EnrollmentStatus.EXITED, Reason.UNSUBSCRIBED
	if kind == "Spam Complaint":
		return EnrollmentStatus.EXITED, Reason.COMPLAINT
	if kind == "Email Reply" and definition.on_reply == "End":
		return EnrollmentStatus.EXITED, Reason.REPLIED
	if kind == "Email Reply" and definition.on_reply == "Pause":
		return EnrollmentStatus.PAUSED, Reason.REPLIED
	if kind in ("Became Customer", "Invoice Submitted") and definition.exit_on_conversion:
		return EnrollmentStatus.EXITED, Reason.CONVERTED
	if kind == "Email Bounced" and definition.exit_on_bounce:
		return EnrollmentStatus.EXITED, Reason.BOUNCED
	if kind == "Segment Left" and definition.exit_segment and event.detail == definition.exit_segment:
		return EnrollmentStatus.EXITED, Reason.LEFT_SEGMENT
	return "", ""


def end(host: Host, endings: Sequence[tuple[str, str, str]]) -> None:
	"""End enrollments given as (name, status, reason), within the caller's transaction, and recall what still waits."""
	now = host.clock.now()
	rows = [
		(name, status, reason, "", now, None, None, None, f"{name}", f"{name}")
		for name, status, reason in endings
	]
	if not rows:
		return
	host.db.update("tabNurture Enrollment", ENDING, rows)
	recall(host, {name: reason for name, _, reason in endings})
	come_forward(host, {name for name, _, _ in endings})


def recall(host: Host, reasons: Mapping[str, str]) -> int:
	"""Take back messages of these enrollments (name to reason) that wait in a queue; returns how many."""
	return _take_back(host, "enrollment", reasons)


def _take_back(host: Host, column: str, reasons: Mapping[str, str]) -> int:
	"""Cancel what waits for the keys of `reasons` in `column` of the ledger. Indexes (enrollment, step), (address), (party, sent_on)."""
	touch = doctype("Nurture Touch", "t")
	key = getattr(touch, column)
	cancelled = 0
	for keys in chunks(sorted(reasons)):
		query = Query.from_(touch).select(touch.name, touch.channel, touch.email_queue, key)
		query = query.where(key.isin(params(keys)) & (touch.status == P(str(TouchStatus.QUEUED))))
		waiting = host.db.rows(locking(query, host.db.dialect))
		by_queue_row = {row[2]: row for row in waiting if row[2]}
		if not by_queue_row:
			continue
		mails = sorted(name for name, row in by_queue_row.items() if row[1] == "Email")
		caught = list(host.channels["Email"].cancel(mails)) if mails else []
		for reason, others in _by_reason(by_queue_row, mails, reasons).items():
			caught += parcels.cancel(host, others, reason)
		taken_back = [by_queue_row[row] for row in caught]
		host.db.update(
			"tabNurture Touch",
			("name", "status", "reason", "queued_on"),
			[(name, TouchStatus.SKIPPED, reasons[value], None) for name, _, _, value in taken_back],
		)
		cancelled += len(taken_back)
	return cancelled


def take_back_from(host: Host, address: str, reason: str) -> int:
	"""Take back what waits for an address or a telephone number, within the caller's transaction."""
	return _take_back(host, "address", {address: reason})


def _by_reason(
	rows: Mapping[str, tuple], mails: Collection[str], reasons: Mapping[str, str]
) -> dict[str, list[str]]:
	"""What is not a mail, by the reason for which it is taken back."""
	found: dict[str, list[str]] = {}
	for name, row in rows.items():
		if name not in mails:
			found.setdefault(reasons[row[3]], []).append(name)
	return found


def pause(host: Host, names: Sequence[str], by: str = "") -> int:
	"""Hold enrollments until `resume`; nothing is skipped. Returns how many were active or held."""
	with host.db.transaction():
		rows = [row for row in load_live(host, "name", names) if row["status"] != EnrollmentStatus.PAUSED]
		_pause(host, [(row, Reason.PAUSED_BY_USER) for row in rows], by)
	return len(rows)


def _pause(host: Host, rows: Sequence[tuple[Mapping[str, Any], str]], by: str = "") -> None:
	"""Pause live enrollments given with the reason; one that was held has stood still since then."""
	now = host.clock.now()
	columns = ("name", "status", "reason", "reason_detail", "stopped_on", "lease_until", "lease_token")
	host.db.update(
		"tabNurture Enrollment",
		columns,
		[
			(
				row["name"],
				EnrollmentStatus.PAUSED,
				reason,
				by,
				as_datetime(row["stopped_on"]) or now,
				None,
				None,
			)
			for row, reason in rows
		],
	)


def resume(host: Host, names: Sequence[str]) -> int:
	"""Let paused and held enrollments go on; the days of their sequence move by the time they stood still."""
	with host.db.transaction():
		rows = [row for row in load_live(host, "name", names) if row["status"] != EnrollmentStatus.ACTIVE]
		# that one goes on when it is released, not before
		return _resume(host, [row for row in rows if row["reason"] != Reason.WAITS_FOR_APPROVAL])


def go_on(host: Host, names: Collection[str]) -> int:
	"""Let enrollments go on whatever they wait for, within the caller's transaction."""
	return _resume(host, load_live(host, "name", names))


def _resume(host: Host, rows: Sequence[Mapping[str, Any]]) -> int:
	settings = load_settings(host.db)
	definitions = load_definitions(host, {row["version"] for row in rows})
	leads = load_leads(host, {row["party"] for row in rows})
	lists = [settings.holiday_list, *(one.holiday_list for one in definitions.values())]
	holidays = load_holidays(host, lists, by_country=settings.holidays_by_country)
	now = host.clock.now()
	paused = _paused_sequences(host, {row["sequence"] for row in rows})
	updates = []
	for row in rows:
		definition = definitions[row["version"]]
		lead = leads.get(row["party"]) or {}
		table = Timetable.of(
			definition,
			settings,
			holidays,
			lead.get("nurture_time_zone"),
			host.clock.zone,
			lead.get("country"),
		)
		# what its sequence stands still counts when that goes on
		until = paused.get(row["sequence"], now)
		if row["status"] == EnrollmentStatus.HELD:
			# it was due when it was held, and stands still until it can go: at night that is the next morning
			until = _opening(table, definition, row, until)
		stood_still = max(until - (as_datetime(row["stopped_on"]) or until), timedelta())
		nominal = as_datetime(row["nominal_on"]) + stood_still
		due = _opening(table, definition, row, max(nominal, until))
		anchor = as_datetime(row["anchor_on"]) + stood_still
		updates.append((row["name"], EnrollmentStatus.ACTIVE, "", "", None, None, anchor, nominal, due))
	columns = ("name", "status", "reason", "reason_detail", "yields_to", "stopped_on")
	columns += ("anchor_on", "nominal_on", "due_on")
	host.db.update("tabNurture Enrollment", columns, updates)
	return len(updates)


def _opening(
	table: Timetable, definition: SequenceDefinition, row: Mapping[str, Any], moment: datetime
) -> datetime:
	"""When the step of an enrollment may be carried out, at `moment` at the earliest."""
	step = definition.step(row["step"])
	try:
		return table.opening(moment) if step and step.is_message else moment
	except NurtureError:
		return moment  # the tick will hold it with the reason


def _paused_sequences(host: Host, names: Collection[str]) -> dict[str, datetime]:
	"""Since when those of `names` that are paused have been."""
	sequence = doctype("Nurture Sequence", "s")
	query = Query.from_(sequence).select(sequence.name, sequence.paused_on)
	query = query.where(
		sequence.name.isin(params(sorted(names)) or [P("")]) & (sequence.status == P("Paused"))
	)
	return {name: as_datetime(since) for name, since in host.db.rows(query) if since}


def stop(host: Host, names: Sequence[str], reason: str = Reason.STOPPED, by: str = "") -> int:
	"""End enrollments for good; returns how many were live."""
	with host.db.transaction():
		live = [row["name"] for row in load_live(host, "name", names)]
		end(host, [(name, EnrollmentStatus.EXITED, reason) for name in live])
		if by:
			host.db.update("tabNurture Enrollment", ("name", "reason_detail"), [(name, by) for name in live])
	return len(live)


def end_for_person(host: Host, address: str, parties: Collection[str], reason: str) -> int:
	"""End everything that still runs for an address or for leads, within the caller's transaction.

	The locking reads wait for a tick that is recording a message to this person, so that what it queued is then seen
	and taken back, be it the last message of an enrollment that has just been completed.
	"""
	rows = load_live(host, "address", [address]) + load_live(host, "party", parties)
	names = sorted({row["name"] for row in rows})
	end(host, [(name, EnrollmentStatus.EXITED, reason) for name in names])
	_take_back(host, "address", {address: reason})
	_take_back(host, "party", dict.fromkeys(parties, reason))
	return len(names)


def release_held(host: Host) -> int:
	"""Try held enrollments again whose cause may be gone; those still not right are held again with their reason."""
	enrollment = doctype("Nurture Enrollment", "e")
	query = Query.from_(enrollment).select(enrollment.name)
	query = query.where(
		(enrollment.status == P(str(EnrollmentStatus.HELD)))
		& enrollment.reason.isin(params([str(reason) for reason in sorted(SAVED_BY_TIME)]))
	)
	names = [name for (name,) in host.db.rows(query)]
	return sum(resume(host, some) for some in chunks(names, MOST_AT_ONCE))


LIVE_COLUMNS = (
	"name",
	"sequence",
	"version",
	"party",
	"status",
	"step",
	"enrolled_on",
	"anchor_on",
	"nominal_on",
)
LIVE_COLUMNS += ("stopped_on", "reason", "address", "yields_to")


def load_live(host: Host, column: str, values: Collection[str]) -> list[dict[str, Any]]:
	"""Live enrollments by name, party, address or sequence, locked against the tick."""
	enrollment = doctype("Nurture Enrollment", "e")
	found = []
	for some in chunks(sorted(set(values))):
		query = Query.from_(enrollment).select(*(getattr(enrollment, name) for name in LIVE_COLUMNS))
		query = query.where(getattr(enrollment, column).isin(params(some)))
		query = query.where(enrollment.status.isin(params([str(status) for status in LIVE_STATUSES])))
		rows = host.db.rows(locking(query.orderby(enrollment.name), host.db.dialect))
		found += [dict(zip(LIVE_COLUMNS, row, strict=True)) for row in rows]
	return found
