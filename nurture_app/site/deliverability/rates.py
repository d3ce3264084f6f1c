"""Bounces, complaints and unsubscribes as shares of the mails that left (KM-31).

A bounce counts for the mail it is about, on the day that mail was queued, once however many told it. An unsubscribe
counts for the last mail before it. So does being cleaned: a sequence ended without any reaction, and the person gets no
more marketing mail (RE-07).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import frappe
from frappe.query_builder.functions import Cast_, Count, Substring

from nurture_app.engine.codes import AWAY, Reason
from nurture_app.engine.sql import chunks

GROUPS = {"Step": ("sequence", "step"), "Sequence": ("sequence",), "Sender": ("sender",), "Month": ("month",)}
KINDS = {"Hard": "hard", "Soft": "soft", "Block": "blocked", "Complaint": "complaints"}
COUNTED = (*KINDS.values(), "unsubscribed", "cleaned")
Key = tuple[str, ...]


@dataclass(slots=True)
class Rate:
	"""Counts of messages."""

	sequence: str = ""
	step: str = ""
	sender: str = ""
	month: str = ""
	"""Like `2026-03`."""
	sent: int = 0
	hard: int = 0
	soft: int = 0
	blocked: int = 0
	complaints: int = 0
	unsubscribed: int = 0
	cleaned: int = 0
	"""People who reacted to nothing and are suppressed since."""

	def percent(self, name: str) -> float:
		return round(100 * getattr(self, name) / self.sent, 2) if self.sent else 0.0


def rates(start: datetime, end: datetime, by: str, sequence: str = "") -> list[Rate]:
	"""Mails queued between `start` and `end` (site time zone), `by` a key of `GROUPS`.

	The most mails first, months in their order.
	"""
	found: dict[Key, Rate] = defaultdict(Rate)
	for *key, count in _mails(start, end, by, sequence).run():
		found[_key(key)].sent = count
	for *key, kind, count in _bounced(start, end, by, sequence).run():
		if kind in KINDS and _key(key) in found:
			setattr(found[_key(key)], KINDS[kind], count)
	for key in _unsubscribed(start, end, by, sequence):
		if key in found:
			found[key].unsubscribed += 1
	for key in _cleaned(start, end, by, sequence):
		if key in found:
			found[key].cleaned += 1
	for key, rate in found.items():
		for name, value in zip(GROUPS[by], key, strict=True):
			setattr(rate, name, value)
	return sorted(
		found.values(), key=lambda rate: (rate.month, -rate.sent, rate.sequence, rate.step, rate.sender)
	)


def _key(values: Any) -> Key:
	return tuple(value or "" for value in values)


def _select(start: datetime, end: datetime | None, by: str, sequence: str) -> tuple[Any, Any, list[Any]]:
	"""A query on the mails that left, its table, and the columns of the group. Index (status, queued_on)."""
	touch = frappe.qb.DocType("Nurture Touch")
	query = frappe.qb.from_(touch)
	columns = [touch[name] for name in GROUPS[by] if name in ("sequence", "step")]
	if by == "Month":
		columns = [Substring(Cast_(touch.queued_on, "varchar"), 1, len("2026-03"))]
	elif by == "Sender":
		communication = frappe.qb.DocType("Communication")
		query = query.left_join(communication).on(communication.name == touch.communication)
		columns = [communication.sender]
	query = query.where((touch.channel == "Email") & touch.status.isin([str(status) for status in AWAY]))
	query = query.where(touch.queued_on >= start)
	if end:
		query = query.where(touch.queued_on <= end)
	if sequence:
		query = query.where(touch.sequence == sequence)
	return query, touch, columns


def _mails(start: datetime, end: datetime, by: str, sequence: str) -> Any:
	query, touch, columns = _select(start, end, by, sequence)
	return query.select(*columns, Count(touch.name)).groupby(*columns)


def _bounced(start: datetime, end: datetime, by: str, sequence: str) -> Any:
	query, touch, columns = _select(start, end, by, sequence)
	bounce = frappe.qb.DocType("Nurture Bounce")
	query = query.inner_join(bounce).on((bounce.touch == touch.name) & (bounce.state != "No Proof"))
	return query.select(*columns, bounce.kind, Count(touch.name).distinct()).groupby(*columns, bounce.kind)


def _unsubscribed(start: datetime, end: datetime, by: str, sequence: str) -> Iterator[Key]:
	"""The group of the last mail before each unsubscribe."""
	filters = {
		"reason": "Unsubscribed",
		"channel": "Email",
		"occurred_on": [">=", start],
		"address": ["is", "set"],
	}
	columns = ["address", "occurred_on"]
	moments = dict(frappe.get_all("Nurture Suppression", filters, columns, as_list=True, order_by=None))
	for addresses in chunks(sorted(moments), 500):
		query, touch, group = _select(start, None, by, "")
		query = query.where(touch.address.isin(addresses)).select(
			touch.address, touch.queued_on, touch.sequence, *group
		)
		last: dict[str, tuple] = {}
		for address, queued_on, *rest in query.orderby(touch.queued_on).run():
			if queued_on <= moments[address]:
				last[address] = (queued_on, *rest)
		for queued_on, its_sequence, *key in last.values():
			if queued_on <= end and sequence in ("", its_sequence):
				yield _key(key)


def _cleaned(start: datetime, end: datetime, by: str, sequence: str) -> Iterator[Key]:
	"""The group of the last mail of each enrollment that ended without any reaction."""
	query, touch, group = _select(start, None, by, sequence)
	enrollment = frappe.qb.DocType("Nurture Enrollment")
	query = query.inner_join(enrollment).on(enrollment.name == touch.enrollment)
	query = query.where(enrollment.reason == str(Reason.NO_REACTION))
	query = query.select(enrollment.name, touch.queued_on, *group).orderby(touch.queued_on)
	last = {name: (queued_on, key) for name, queued_on, *key in query.run()}
	yield from (_key(key) for queued_on, key in last.values() if queued_on <= end)
