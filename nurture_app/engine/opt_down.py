"""A person chooses to get less, more or something else.

Less holds at once: sequences of a topic no longer wanted end, messages that wait in a queue are taken back and come
when they are wanted, and a batch that a worker has in hand is decided anew. More holds at once as well: what was put
off is looked at again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from nurture_app.engine import activities
from nurture_app.engine.addresses import address_hash, normalise
from nurture_app.engine.codes import EnrollmentStatus, NurtureError, Reason, TouchStatus
from nurture_app.engine.enrollments import ending, rows
from nurture_app.engine.live import topics_of
from nurture_app.engine.optout import lock_leads_of
from nurture_app.engine.ports import Host
from nurture_app.engine.preferences import (
	AS_IT_COMES,
	EVERYTHING,
	FREQUENCIES,
	Preference,
	load_preferences,
	strictest,
)
from nurture_app.engine.sql import P, Query, delete_by_name, doctype, locking, params

ACTIVITY = "Preferences Changed"
PUT_OFF = (Reason.PERSON_PAUSED, Reason.CHOSEN_FREQUENCY)


def choose(host: Host, address: str, choice: Preference, source: str, party: str = "") -> bool:
	"""Make `choice` what the owner of `address` gets from now on; says whether it differs from before (CD-02, TR-25).

	`source` says where they chose, `party` the lead it came through. Raises `address_invalid`, `frequency_unknown`.
	"""
	known = normalise(address)
	if not known:
		raise NurtureError("address_invalid", address=address)
	if choice.frequency not in FREQUENCIES:
		raise NurtureError("frequency_unknown", frequency=choice.frequency, known=", ".join(FREQUENCIES))
	with host.db.transaction():
		leads = lock_leads_of(host, known, party)
		name = _lock_preference(host, known)
		before = load_preferences(host, [known]).get(known, EVERYTHING)
		choice = replace(choice, topics=tuple(sorted(choice.topics)))
		if choice == before:
			return False
		name = _write(host, known, name, choice, source)
		less = is_less(before, choice, host)
		if less:
			_take_back(host, known, choice)
		if is_less(choice, before, host):
			_look_again(host, known)
		_note(host, leads, name, choice, less, source)
	return True


def is_less(before: Preference, after: Preference, host: Host) -> bool:
	"""Whether `after` keeps anything back that `before` let through."""
	now = host.clock.now()
	pauses = [one.pause_at(now) for one in (before, after)]
	longer = pauses[1] is not None and (pauses[0] is None or pauses[1] > pauses[0])
	return longer or after.gap > before.gap or bool(after.declined - before.declined)


def want_topics(
	host: Host, address: str, topics: Sequence[str], source: str, party: str = "", *, overrule: bool = False
) -> bool:
	"""Note topics ticked in a form, which anybody may have sent: what the person decided before stays, unless the
	person has confirmed (`overrule`)."""
	present = load_preferences(host, [normalise(address)]).get(normalise(address), EVERYTHING)
	decided = dict(present.topics)
	for topic in topics:
		if topic and (overrule or topic not in decided):
			decided[topic] = True
	if decided == dict(present.topics):
		return False
	return choose(host, address, replace(present, topics=tuple(sorted(decided.items()))), source, party)


def follow_address(host: Host, old: str, new: str) -> None:
	"""A person with a new address keeps what they chose, unless the new address has a choice of its own."""
	known = load_preferences(host, [address for address in (normalise(old), normalise(new)) if address])
	if normalise(old) in known and normalise(new) and normalise(new) not in known:
		choose(host, new, known[normalise(old)], "Change of address")


def join(host: Host, one: str, other: str, source: str) -> None:
	"""Two addresses turn out to be one person's: what either choice keeps back is kept back from both."""
	known = load_preferences(host, [one, other])
	if known:
		choice = strictest(known.get(one, EVERYTHING), known.get(other, EVERYTHING))
		for address in (one, other):
			choose(host, address, choice, source)


def _lock_preference(host: Host, address: str) -> str:
	"""The row of an address, locked; empty when there is none yet."""
	row = doctype("Nurture Preference", "p")
	query = Query.from_(row).select(row.name).where(row.address_hash == P(address_hash(address)))
	return next((name for (name,) in host.db.rows(locking(query, host.db.dialect))), "")


def _write(host: Host, address: str, name: str, choice: Preference, source: str) -> str:
	values = (address, choice.frequency, choice.paused_until, host.clock.now(), source[:140])
	columns = ("name", "address", "frequency", "paused_until", "changed_on", "source")
	if name:
		host.db.update("tabNurture Preference", columns, [(name, *values)])
		topic = doctype("Nurture Preference Topic", "t")
		rows = host.db.rows(Query.from_(topic).select(topic.name).where(topic.parent == P(name)))
		if rows:
			host.db.execute(delete_by_name("Nurture Preference Topic", [row[0] for row in rows]))
	else:
		name = host.db.new_name()
		host.db.insert(
			"tabNurture Preference", (*columns, "address_hash"), [(name, *values, address_hash(address))]
		)
	host.db.insert(
		"tabNurture Preference Topic",
		("name", "parent", "parenttype", "parentfield", "idx", "topic", "wanted"),
		[
			(host.db.new_name(), name, "Nurture Preference", "topics", place, topic, int(wanted))
			for place, (topic, wanted) in enumerate(choice.topics, 1)
		],
	)
	return name


def _take_back(host: Host, address: str, choice: Preference) -> None:
	"""End what is not wanted at all, and put off what waits in a queue. Locks as an opt-out does."""
	live = rows.load_live(host, "address", [address])
	topics = topics_of(host, {row["sequence"] for row in live})
	unwanted = {row["name"] for row in live if topics.get(row["sequence"]) in choice.declined}
	ending.end(host, [(name, EnrollmentStatus.EXITED, Reason.TOPIC_UNWANTED) for name in sorted(unwanted)])
	staying = {row["name"]: row for row in live if row["name"] not in unwanted}
	# a worker that has one of these in hand decided by the old choice: without its lease it writes nothing
	host.db.update(
		"tabNurture Enrollment",
		("name", "lease_until", "lease_token"),
		[(name, None, None) for name in sorted(staying)],
	)
	_take_back_queued(host, address, choice, staying)


def _take_back_queued(
	host: Host, address: str, choice: Preference, staying: Mapping[str, Mapping[str, Any]]
) -> None:
	"""What has not left goes back to being the next step of its enrollment; the gate says when it may go."""
	touch = doctype("Nurture Touch", "t")
	query = Query.from_(touch).select(
		touch.name, touch.enrollment, touch.sequence, touch.step, touch.visit, touch.due_on, touch.email_queue,
		touch.address,
	)  # fmt: skip
	query = query.where((touch.address == P(address)) & (touch.status == P(str(TouchStatus.QUEUED))))
	found = host.db.rows(locking(query, host.db.dialect))
	rows = [row for row in found if row[6] and row[7] == address]
	topics = topics_of(host, {row[2] for row in rows})
	visits = _visits(host, sorted(staying))
	fates = {}
	for row in rows:
		if topics.get(row[2]) in choice.declined:
			fates[row[6]] = (row, TouchStatus.SKIPPED, Reason.TOPIC_UNWANTED)
		elif visits.get(row[1]) == int(row[4] or 0) + 1:
			fates[row[6]] = (row, TouchStatus.PLANNED, "")
		elif choice.pause_at(host.clock.now()):  # the enrollment is past it, and cannot come back to it
			fates[row[6]] = (row, TouchStatus.SKIPPED, Reason.PERSON_PAUSED)
	caught = host.channels["Email"].cancel(sorted(fates)) if fates else []
	touches, steps = [], []
	for queue_row in caught:
		row, status, reason = fates[queue_row]
		touches.append((row[0], status, reason, None))
		if status == TouchStatus.PLANNED:
			steps.append((row[1], row[3], int(row[4] or 0), row[5] or host.clock.now(), host.clock.now()))
	host.db.update("tabNurture Touch", ("name", "status", "reason", "queued_on"), touches)
	host.db.update("tabNurture Enrollment", ("name", "step", "visit", "nominal_on", "due_on"), steps)


def _visits(host: Host, names: Sequence[str]) -> dict[str, int]:
	enrollment = doctype("Nurture Enrollment", "e")
	query = Query.from_(enrollment).select(enrollment.name, enrollment.visit)
	query = query.where(enrollment.name.isin(params(names) if names else [P("")]))
	return {name: int(visit or 0) for name, visit in host.db.rows(locking(query, host.db.dialect))}


def _look_again(host: Host, address: str) -> None:
	"""What was put off for an earlier choice is due now; the gate says whether it may go."""
	waiting = [
		(row["name"], host.clock.now())
		for row in rows.load_live(host, "address", [address])
		if row["reason"] in PUT_OFF and row["status"] == EnrollmentStatus.ACTIVE
	]
	host.db.update("tabNurture Enrollment", ("name", "due_on"), waiting)


def _note(host: Host, leads: Sequence[str], name: str, choice: Preference, less: bool, source: str) -> None:
	"""An activity for each lead of the address, so that rules, segments and sequences can react."""
	now = host.clock.now()
	pause = choice.pause_at(now)
	words = [choice.frequency if choice.frequency != AS_IT_COMES else ""]
	words += [f"paused until {pause.date()}" if pause else ""]
	words += [f"without {', '.join(sorted(choice.declined))}" if choice.declined else ""]
	detail = f"{'Less' if less else 'More'}: {'; '.join(filter(None, words)) or AS_IT_COMES}"
	properties = json.dumps(
		{
			"less": less,
			"frequency": choice.frequency,
			"paused_until": str(pause or ""),
			"declined": sorted(choice.declined),
			"source": source,
		},
		ensure_ascii=False,
	)
	activities.record_in(
		host,
		[
			activities.ActivityIn(
				lead,
				ACTIVITY,
				now,
				"Email",
				detail=detail[:255],
				dedupe_key=f"{ACTIVITY}|{name}|{now.isoformat()}|{lead}",
				properties=properties,
			)
			for lead in leads
		],
	)
