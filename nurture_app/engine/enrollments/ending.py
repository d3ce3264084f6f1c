"""People who leave a sequence, and what waits for them in a queue being taken back."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from nurture_app.engine.codes import EnrollmentStatus, Reason, TouchStatus
from nurture_app.engine.enrollments.pausing import go_on
from nurture_app.engine.enrollments.rows import load_live
from nurture_app.engine.outgoing import parcels
from nurture_app.engine.ports import Host
from nurture_app.engine.promotional import load_rivals, of_person, waiting_for
from nurture_app.engine.sql import P, Query, chunks, doctype, locking, params

ENDING = ("name", "status", "reason", "reason_detail", "ended_on", "due_on", "lease_until", "lease_token")
ENDING += ("live_party_key", "live_address_key")


def end(
	host: Host, endings: Sequence[tuple[str, str, str]], details: Mapping[str, str] = MappingProxyType({})
) -> None:
	"""End enrollments given as (name, status, reason), within the caller's transaction, and recall what still waits.

	`details` says by name what the reason speaks of.
	"""
	now = host.clock.now()
	rows = [
		(name, status, reason, details.get(name, ""), now, None, None, None, f"{name}", f"{name}")
		for name, status, reason in endings
	]
	if not rows:
		return
	host.db.update("tabNurture Enrollment", ENDING, rows)
	reasons = {name: reason for name, _, reason in endings}
	recall(host, reasons)
	_withdraw_requests(host, reasons)
	come_forward(host, reasons)


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
	# leads first, as everywhere: two transactions that end and pause somebody must not wait for each other
	rows = load_live(host, "party", parties) + load_live(host, "address", [address])
	names = sorted({row["name"] for row in rows})
	end(host, [(name, EnrollmentStatus.EXITED, reason) for name in names])
	_take_back(host, "address", {address: reason})
	take_back_of(host, parties, reason)
	return len(names)


def recall(host: Host, reasons: Mapping[str, str]) -> int:
	"""Take back messages of these enrollments (name to reason) that wait in a queue; returns how many."""
	return _take_back(host, "enrollment", reasons)


def take_back_from(host: Host, address: str, reason: str) -> int:
	"""Take back what waits for an address or a telephone number, within the caller's transaction."""
	return _take_back(host, "address", {address: reason})


def take_back_of(host: Host, parties: Collection[str], reason: str) -> int:
	"""Take back what waits for these leads, be it of a sequence that is over, within the caller's transaction."""
	return _take_back(host, "party", dict.fromkeys(parties, reason))


def _withdraw_requests(host: Host, reasons: Mapping[str, str]) -> None:
	"""Nobody is asked to release a step of what is over. Index (enrollment, step)."""
	touch = doctype("Nurture Touch", "t")
	query = Query.from_(touch).select(touch.name, touch.email_queue, touch.enrollment)
	query = query.where(touch.status == P(str(TouchStatus.HELD)))
	query = query.where(touch.reason == P(str(Reason.WAITS_FOR_APPROVAL)))
	asked = [
		row
		for some in chunks(sorted(reasons))
		for row in host.db.rows(query.where(touch.enrollment.isin(params(some))))
	]
	if asked:
		host.channels["Approval"].cancel([queue_row for _, queue_row, _ in asked if queue_row])
		host.db.update(
			"tabNurture Touch",
			("name", "status", "reason"),
			[(name, TouchStatus.SKIPPED, reasons[enrollment]) for name, _, enrollment in asked],
		)


def _take_back(host: Host, column: str, reasons: Mapping[str, str]) -> int:
	"""Cancel what waits for the keys of `reasons` in `column` of the ledger. Indexes (enrollment, step), (address), (party, sent_on)."""
	touch = doctype("Nurture Touch", "t")
	key = getattr(touch, column)
	cancelled = 0
	for keys in chunks(sorted(reasons)):
		query = Query.from_(touch).select(touch.name, touch.channel, touch.email_queue, key)
		query = query.where(key.isin(params(keys)) & (touch.status == P(str(TouchStatus.QUEUED))))
		# databases take some different addresses for one
		waiting = [row for row in host.db.rows(locking(query, host.db.dialect)) if row[3] in reasons]
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


def _by_reason(
	rows: Mapping[str, tuple], mails: Collection[str], reasons: Mapping[str, str]
) -> dict[str, list[str]]:
	"""What is not a mail, by the reason for which it is taken back."""
	found: dict[str, list[str]] = {}
	for name, row in rows.items():
		if name not in mails:
			found.setdefault(reasons[row[3]], []).append(name)
	return found


def come_forward(host: Host, ended: Collection[str]) -> None:
	"""Enrollments that stand still for the sake of those of `ended` go on; a promotional one unless another is in the way.

	Within the caller's transaction.
	"""
	waiting = waiting_for(host, ended) if ended else []
	if not waiting:
		return
	rivals = load_rivals(host, waiting)
	free, others = [], []
	for one in sorted(waiting, key=lambda rival: rival.name):
		promotional = of_person(rivals, one.party, one.address)
		in_the_way = [
			rival
			for rival in promotional
			if rival.name != one.name and not rival.gave_way and rival.name not in ended
		]
		if in_the_way and any(rival.name == one.name for rival in promotional):
			others.append((one.name, max(in_the_way, key=lambda rival: rival.priority).name))
		else:
			free.append(one.name)
	host.db.update("tabNurture Enrollment", ("name", "yields_to"), others)
	go_on(host, free)
