"""Bounces, complaints and unsubscribes as shares of the mails that left (KM-31).

A bounce counts for the mail it is about, on the day that mail was queued, once however many told it. An unsubscribe
counts for the last mail before it. So does being cleaned: a sequence ended without any reaction, and the person gets no
more marketing mail (RE-07).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import frappe
from frappe.query_builder.functions import Cast_, Count, Substring
from pypika import Order
from pypika.analytics import RowNumber

from nurture_app.engine.codes import AWAY, Reason

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
		found[_key(key)].sent += count
	for *key, kind, count in _bounced(start, end, by, sequence).run():
		if kind in KINDS and _key(key) in found:
			setattr(found[_key(key)], KINDS[kind], count)
	for name, query in (
		("unsubscribed", _unsubscribed(start, end, by, sequence)),
		("cleaned", _cleaned(start, end, by, sequence)),
	):
		for *key, count in query.run():
			if _key(key) in found:
				# NULL and an empty text are groups of their own to a database
				setattr(found[_key(key)], name, getattr(found[_key(key)], name) + count)
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
	# by sequence alone, MariaDB would go through the index of sequences and read every row
	groups = [*columns, touch.step] if by == "Sequence" else columns
	return query.select(*columns, Count(touch.name)).groupby(*groups)


def _bounced(start: datetime, end: datetime, by: str, sequence: str) -> Any:
	query, touch, columns = _select(start, end, by, sequence)
	bounce = frappe.qb.DocType("Nurture Bounce")
	query = query.inner_join(bounce).on((bounce.touch == touch.name) & (bounce.state != "No Proof"))
	return query.select(*columns, bounce.kind, Count(touch.name).distinct()).groupby(*columns, bounce.kind)


def _unsubscribed(start: datetime, end: datetime, by: str, sequence: str) -> Any:
	"""The last mail before each unsubscribe. Index (address) of the touches."""
	query, touch, columns = _select(start, None, by, "")
	suppression = frappe.qb.DocType("Nurture Suppression")
	query = query.inner_join(suppression).on(suppression.address == touch.address)
	query = query.where((suppression.reason == "Unsubscribed") & (suppression.channel == "Email"))
	query = query.where((suppression.occurred_on >= start) & (suppression.address != ""))
	query = query.where(touch.queued_on <= suppression.occurred_on)
	return _counted(query, suppression.name, touch, columns, end, sequence)


def _cleaned(start: datetime, end: datetime, by: str, sequence: str) -> Any:
	"""The last mail of each enrollment that ended without any reaction."""
	query, touch, columns = _select(start, None, by, sequence)
	enrollment = frappe.qb.DocType("Nurture Enrollment")
	query = query.inner_join(enrollment).on(enrollment.name == touch.enrollment)
	query = query.where(enrollment.reason == str(Reason.NO_REACTION))
	return _counted(query, enrollment.name, touch, columns, end, sequence)


def _counted(query: Any, of_what: Any, touch: Any, columns: list[Any], end: datetime, sequence: str) -> Any:
	"""How many last mails, one for each `of_what`, each group has, of those queued until `end`."""
	places = [f"group_{number}" for number in range(len(columns))]
	nth = RowNumber().over(of_what).orderby(touch.queued_on, order=Order.desc).orderby(touch.name)
	mails = query.select(
		touch.queued_on,
		touch.sequence.as_("its_sequence"),
		nth.as_("nth"),
		*(column.as_(place) for column, place in zip(columns, places, strict=True)),
	)
	mails = mails.as_("mails")
	last = frappe.qb.from_(mails).where((mails.nth == 1) & (mails.queued_on <= end))
	if sequence:
		last = last.where(mails.its_sequence == sequence)
	groups = [mails[place] for place in places]
	return last.select(*groups, Count("*")).groupby(*groups)
