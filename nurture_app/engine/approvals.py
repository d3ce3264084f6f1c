"""What waits for a colleague's word: released, refused, reminded of."""

from __future__ import annotations

from typing import Any

from nurture_app.engine.codes import EnrollmentStatus, NurtureError, Reason, TouchStatus
from nurture_app.engine.enrollments.pausing import go_on
from nurture_app.engine.live import load_definitions
from nurture_app.engine.ports import ApprovalRequest, Host
from nurture_app.engine.sql import P, Query, as_datetime, doctype, locking


def release(host: Host, enrollment: str, by: str) -> str:
	"""Let it go on from here; returns what the request left in a queue. Raises `approval_not_waiting`."""
	return _decide(host, enrollment, TouchStatus.DONE, Reason.RELEASED, by)


def refuse(host: Host, enrollment: str, by: str) -> str:
	"""Send it the way of what is refused, or end it; returns what the request left in a queue.

	Raises `approval_not_waiting`.
	"""
	return _decide(host, enrollment, TouchStatus.SKIPPED, Reason.NOT_RELEASED, by)


def _decide(host: Host, enrollment: str, status: str, reason: str, by: str) -> str:
	"""Who decided and when stands in the ledger; the days of the sequence move by the time it waited."""
	with host.db.transaction():
		row, touch = doctype("Nurture Enrollment", "e"), doctype("Nurture Touch", "t")
		query = Query.from_(row).select(row.step, row.visit).where(row.name == P(enrollment))
		query = query.where(
			(row.status == P(str(EnrollmentStatus.HELD))) & (row.reason == P(str(Reason.WAITS_FOR_APPROVAL)))
		)
		waiting = host.db.rows(locking(query, host.db.dialect))
		if not waiting:
			raise NurtureError("approval_not_waiting", enrollment=enrollment)
		((step, visit),) = waiting
		key = f"{enrollment}|{step}|{int(visit or 0)}"
		found = Query.from_(touch).select(touch.name, touch.email_queue).where(touch.touch_key == P(key))
		((name, queue_row),) = host.db.rows(found)
		detail = f"{by}, {host.clock.now():%Y-%m-%d %H:%M}"
		host.db.update(
			"tabNurture Touch",
			("name", "status", "reason", "reason_detail"),
			[(name, status, reason, detail)],
		)
		go_on(host, [enrollment])
	return queue_row or ""


def remind(host: Host) -> int:
	"""Ask again for what has waited as many days as its step says, or twice as many, and so on. Run nightly."""
	row, touch = doctype("Nurture Enrollment", "e"), doctype("Nurture Touch", "t")
	query = Query.from_(row).join(touch).on(touch.enrollment == row.name)
	query = query.select(
		row.name,
		row.sequence,
		row.version,
		row.party,
		row.step,
		row.stopped_on,
		row.reason_detail,
		touch.name,
	)
	query = query.where((touch.step == row.step) & (touch.visit == row.visit))
	query = query.where(
		(row.status == P(str(EnrollmentStatus.HELD))) & (row.reason == P(str(Reason.WAITS_FOR_APPROVAL)))
	)
	rows = host.db.rows(query)
	definitions = load_definitions(host, {one[2] for one in rows}) if rows else {}
	requests = [
		ApprovalRequest(name_of_touch, party, name, sequence, step, approver or "", is_reminder=True)
		for name, sequence, version, party, step, since, approver, name_of_touch in rows
		if _is_day(host, definitions.get(version), step, since)
	]
	if requests:
		with host.db.transaction():
			host.channels["Approval"].deliver(requests)
	return len(requests)


def _is_day(host: Host, definition: Any, label: str, since: Any) -> bool:
	step = definition.step(label) if definition else None
	if step is None or not step.approve_days or not since:
		return False
	days = (host.clock.now() - as_datetime(since)).days
	return days > 0 and days % step.approve_days == 0
