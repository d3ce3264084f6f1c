"""Mails in the Email Queue wait while what they belong to stands still: all sending, their sequence, or the person in it.

Steps stop by themselves. A mail that a step queued before would leave all the same, so it is put off until whoever stopped
it goes on, and leaves then, in the send window of its reader.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from pypika import Table

from nurture_app.engine.codes import EnrollmentStatus, NurtureError, Reason, TouchStatus
from nurture_app.engine.config import Settings, load_settings
from nurture_app.engine.instant_replies import FRESH
from nurture_app.engine.live import load_definitions
from nurture_app.engine.people import load_holidays, load_leads
from nurture_app.engine.ports import Host
from nurture_app.engine.schedule import LATE, SPACING, Timetable
from nurture_app.engine.sql import P, Query, as_datetime, chunks, doctype, params
from nurture_app.engine.standstill import PAUSED, joined, stands_still

WAITS = datetime(9998, 12, 30)
"""As `send_after` of such a mail; neither `home.NOT_YET`, which an administrator's word ends, nor `email.NEVER`."""


def settle(host: Host) -> tuple[int, int]:
	"""Put off what must wait, and let go what need not any more; how many of each.

	Called where something is stopped or goes on, and by each tick. Two queries where nothing is to be changed. Indexes
	(status, queued_on) of the touches and primary key of the queue; the other way (status, send_after) and (email_queue).
	"""
	settings = load_settings(host.db)
	with host.db.transaction():
		put_off = _put_off(host, settings)
		return put_off, 0 if settings.hold_all_sending else _let_go(host, settings)


def holds(host: Host, queue_row: str) -> bool:
	"""Whether a mail that is about to leave must wait. Index (email_queue) of the touches."""
	touch = doctype("Nurture Touch", "t")
	query, enrollment, sequence = joined(Query.from_(touch), touch)
	query = query.select(touch.name).where(touch.email_queue == P(queue_row))
	if not load_settings(host.db).hold_all_sending:
		query = query.where(stands_still(enrollment, sequence))
	return bool(host.db.rows(query))


def keep(host: Host) -> None:
	"""Nightly: what waits counts as changed, or Frappe's Log Settings delete it when it has waited for their days (30).

	Recipients have their own time of change and are deleted by it. Index (status, send_after) of the queue.
	"""
	queue, recipient = doctype("Email Queue", "q"), doctype("Email Queue Recipient", "r")
	waits = (queue.status == P("Not Sent")) & (queue.send_after == P(WAITS))
	query = Query.from_(queue).join(recipient).on(recipient.parent == queue.name).where(waits)
	rows = host.db.rows(query.select(queue.name, recipient.name))
	now = host.clock.now()
	with host.db.transaction():
		for table, names in (
			("Email Queue", {mail for mail, _ in rows}),
			("Email Queue Recipient", {one for _, one in rows}),
		):
			host.db.update(f"tab{table}", ("name", "modified"), [(name, now) for name in sorted(names)])


def why_they_wait(host: Host, touches: Collection[str]) -> dict[str, str]:
	"""By name, of those of `touches` whose mail is put off: a `Reason`, or `Paused` for the person's own pause. Primary keys."""
	if not touches:
		return {}
	touch, queue = doctype("Nurture Touch", "t"), doctype("Email Queue", "q")
	query, enrollment, sequence = _waiting(touch, queue)
	query = query.select(touch.name, sequence.status, enrollment.status)
	query = query.where(touch.name.isin(params(touches)) & (queue.send_after == P(WAITS)))
	on_hold = load_settings(host.db).hold_all_sending

	def why(of_sequence: str | None, of_person: str) -> str:
		if on_hold:
			return Reason.SENDING_ON_HOLD
		if of_sequence == PAUSED:
			return Reason.SEQUENCE_PAUSED
		paused = str(EnrollmentStatus.PAUSED)
		return paused if of_person == paused else Reason.WINDOW_NEVER_OPENS

	return {name: why(*statuses) for name, *statuses in host.db.rows(query)}


def _put_off(host: Host, settings: Settings) -> int:
	touch, queue = doctype("Nurture Touch", "t"), doctype("Email Queue", "q")
	query, enrollment, sequence = _waiting(touch, queue)
	query = query.select(queue.name).where(queue.send_after.isnull())
	if not settings.hold_all_sending:
		query = query.where(stands_still(enrollment, sequence))
	queued = touch.status == P(str(TouchStatus.QUEUED))
	names = [name for (name,) in host.db.rows(query.where(queued))]
	return _move(host, names, None, WAITS)


def _move(host: Host, names: Sequence[str], before: datetime | None, after: datetime | None) -> int:
	"""Change `send_after` of mails, save those that left or were taken back since they were read. Primary key."""
	queue = Table("tabEmail Queue")
	query = Query.update(queue).set(queue.send_after, P(after)).where(queue.status == P("Not Sent"))
	query = query.where(queue.send_after.isnull() if before is None else queue.send_after == P(before))
	return sum(host.db.execute(query.where(queue.name.isin(params(some)))) for some in chunks(sorted(names)))


def _let_go(host: Host, settings: Settings) -> int:
	touch, queue = doctype("Nurture Touch", "t"), doctype("Email Queue", "q")
	columns = ("name", "version", "party", "status", "due_on")
	query, enrollment, sequence = _waiting(touch, queue)
	of_touch = ("touch", "at", "made_on", "queued_on")
	query = query.select(queue.name, touch.name, touch.step, touch.creation, touch.queued_on)
	query = query.select(*(enrollment[one] for one in columns))
	query = query.where((queue.send_after == P(WAITS)) & stands_still(enrollment, sequence).negate())
	rows = [dict(zip(("queue", *of_touch, *columns), row, strict=True)) for row in host.db.rows(query)]
	if not rows:
		return 0
	now = host.clock.now()
	leaves_on = _openings(host, settings, rows, now)
	leaving: dict[datetime | None, list[str]] = {}
	for row in rows:
		if moment := leaves_on.get(row["queue"]):
			leaving.setdefault(moment if moment > now else None, []).append(row["queue"])
	_keep_a_distance(host, rows, leaves_on)
	# it counts for the day on which it leaves: for limits and caps, and in all figures
	gone = [(row["touch"], leaves_on[row["queue"]]) for row in rows if row["queue"] in leaves_on]
	host.db.update("tabNurture Touch", ("name", "queued_on"), gone)
	return sum(_move(host, names, WAITS, moment) for moment, names in leaving.items())


def _openings(
	host: Host, settings: Settings, rows: Sequence[Mapping[str, Any]], now: datetime
) -> dict[str, datetime]:
	"""By queue row, when a mail may leave, `now` or later; without those whose window never opens."""
	definitions = load_definitions(host, {row["version"] for row in rows})
	leads = load_leads(host, {row["party"] for row in rows})
	holidays = load_holidays(host, settings, definitions.values())
	known: dict[tuple, datetime | None] = {}

	def opening(row: Mapping[str, Any]) -> datetime | None:
		definition, lead = definitions.get(row["version"]), leads.get(row["party"]) or {}
		step = definition.step(row["at"]) if definition else None
		is_answer = step and step.at_once and now - as_datetime(row["made_on"]) <= FRESH
		if definition is None or is_answer:
			return now
		zone, country = lead.get("nurture_time_zone"), lead.get("country")
		key = (row["version"], zone, country)
		if key not in known:
			table = Timetable.of(definition, settings, holidays, zone, host.clock.zone, country)
			try:
				known[key] = table.opening(now)
			except NurtureError:
				known[key] = None
		return known[key]

	return {row["queue"]: moment for row in rows if (moment := opening(row))}


def _keep_a_distance(
	host: Host, rows: Sequence[Mapping[str, Any]], leaves_on: Mapping[str, datetime]
) -> None:
	"""The next step does not follow on the heels of a mail that waited for long."""
	due: dict[str, datetime] = {}
	for row in rows:
		moment, next_on = leaves_on.get(row["queue"]), as_datetime(row["due_on"])
		if moment is None or row["status"] != EnrollmentStatus.ACTIVE or not next_on:
			continue
		has_waited = moment - (as_datetime(row["queued_on"]) or moment) > LATE
		if has_waited and next_on < moment + SPACING:
			due[row["name"]] = moment + SPACING
	host.db.update("tabNurture Enrollment", ("name", "due_on"), list(due.items()))


def _waiting(touch: Any, queue: Any) -> tuple[Any, Any, Any]:
	"""Mails of sequences that have not left, as `joined`; also those that were turned away and are to be tried anew."""
	query = Query.from_(touch).join(queue).on(queue.name == touch.email_queue)
	query, enrollment, sequence = joined(query, touch)
	return query.where((touch.channel == P("Email")) & (queue.status == P("Not Sent"))), enrollment, sequence
