"""What waits for a colleague's word: released, refused, reminded of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from nurture_app.engine.codes import (
	WAITING_FOR_RELEASE,
	EnrollmentStatus,
	NurtureError,
	Reason,
	TouchStatus,
)
from nurture_app.engine.enrollments.pausing import go_on
from nurture_app.engine.live import load_definitions
from nurture_app.engine.ports import ApprovalRequest, Host
from nurture_app.engine.sql import P, Query, as_datetime, chunks, doctype, locking, params

REMINDERS = 3
"""After so many nobody is asked again: who has not answered by then will not, and somebody else should know."""


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
		query = query.where(_is_held_for(row, WAITING_FOR_RELEASE))
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
	"""Ask again for what has waited as many days as its step says, or twice or three times as many. Run nightly.

	What nobody has answered then stays held, is asked for no more, and whoever is responsible hears of it once. Returns
	how many were asked again.
	"""
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
	query = query.where(_is_held_for(row, [Reason.WAITS_FOR_APPROVAL]))
	rows = host.db.rows(query)
	definitions = load_definitions(host, {one[2] for one in rows}) if rows else {}
	again: list[ApprovalRequest] = []
	over: list[ApprovalRequest] = []
	for name, sequence, version, party, step, since, approver, name_of_touch in rows:
		request = ApprovalRequest(name_of_touch, party, name, sequence, step, approver or "")
		days, every = _days(host, definitions.get(version), step, since)
		if every and days >= every * (REMINDERS + 1):
			over.append(replace(request, is_over=True))
		elif every and days > 0 and days % every == 0:
			again.append(replace(request, is_reminder=True))
	if again:
		with host.db.transaction():
			host.channels["Approval"].deliver(again)
	for some in chunks(over):
		_ask_no_more(host, some)
	return len(again)


def _ask_no_more(host: Host, requests: Sequence[ApprovalRequest]) -> None:
	"""Those that still wait are told in the transaction that says so, so that it happens once."""
	row = doctype("Nurture Enrollment", "e")
	with host.db.transaction():
		query = Query.from_(row).select(row.name)
		query = query.where(row.name.isin(params([one.enrollment for one in requests])))
		query = query.where(_is_held_for(row, [Reason.WAITS_FOR_APPROVAL]))
		waiting = {name for (name,) in host.db.rows(locking(query, host.db.dialect))}
		over = [one for one in requests if one.enrollment in waiting]
		if over:
			rows = [(one.enrollment, Reason.NOBODY_DECIDED) for one in over]
			host.db.update("tabNurture Enrollment", ("name", "reason"), rows)
			host.channels["Approval"].deliver(over)


def _is_held_for(row: Any, reasons: Sequence[Reason]) -> Any:
	"""The criterion on the table of enrollments."""
	held = row.status == P(str(EnrollmentStatus.HELD))
	return held & row.reason.isin(params([str(reason) for reason in reasons]))


def _days(host: Host, definition: Any, label: str, since: Any) -> tuple[int, int]:
	"""How long it has waited, and after how many days each its step reminds; 0: never."""
	step = definition.step(label) if definition else None
	if step is None or not since:
		return 0, 0
	return (host.clock.now() - as_datetime(since)).days, step.approve_days
