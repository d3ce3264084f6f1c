"""The first stage of a tick: due enrollments are leased to a worker for a while."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pypika import Table

from nurture_app.engine.batch import CLAIMED_COLUMNS, Claimed
from nurture_app.engine.codes import EnrollmentStatus
from nurture_app.engine.config import Settings, load_settings
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, as_datetime, as_text, chunks, doctype, locking, params

BATCH_SIZE = 500
"""Where the settings name none."""


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


def batch_size(settings: Settings) -> int:
	"""How many enrollments a worker takes at once."""
	return settings.batch_size or BATCH_SIZE


def may_be_shared(host: Host) -> bool:
	"""Whether more is due than one batch takes. Index (status, lease_until, due_on), read no further than that.

	Not where people count together, by a daily limit of mails or one offer per company: workers that write at the same
	time do not see what the other writes.
	"""
	settings = load_settings(host.db)
	if settings.email_daily_limit or settings.account_offer_days:
		return False
	limit = batch_size(settings)
	enrollment = doctype("Nurture Enrollment", "e")
	query = Query.from_(enrollment).select(enrollment.name).where(_is_free(enrollment, host.clock.now()))
	return bool(host.db.rows(query.limit(1).offset(limit)))
