"""People who have answered nothing for as long as the settings allow: put aside until they give a sign (CD-09).

A lead is put aside by `nurture_archived_on`. Any new sign, noted in `nurture_last_activity_on`, takes it back by itself: who
may enter a sequence is judged by both, so that nothing needs to be written in the moment of the sign. A sign is new when it
is younger than a month before: the last one known in that moment was older, and answers are often fetched hours later.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from nurture_app.engine.codes import HANDED_OVER, LIVE_STATUSES, EnrollmentStatus, Reason
from nurture_app.engine.config import load_settings
from nurture_app.engine.enrollments.ending import end
from nurture_app.engine.people import lock_leads
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, as_datetime, chunks, days_between, doctype, exists, params

COLUMNS = ("nurture_archived_on", "nurture_last_activity_on")
"""Of Lead: what `is_silent` reads."""
MONTH = timedelta(days=30)
"""The shortest silence there is."""
GONE = ("Converted", "Do Not Contact")
SOME = 500


def is_silent(row: Mapping[str, Any]) -> bool:
	"""Whether the lead was put aside and has not given a sign since."""
	archived_on, sign_on = (as_datetime(row[column]) for column in COLUMNS)
	return archived_on is not None and (sign_on is None or sign_on <= archived_on - MONTH)


def put_silent_aside(host: Host) -> int:
	"""Put aside who has been written to for `silence_months` without any sign; returns how many. Run nightly.

	The time begins with the first message after their last sign: who was never written to is silent to nobody. Their
	promotional sequences end. Leads who gave a sign since they were put aside are taken back. Months are of thirty days.
	"""
	months = load_settings(host.db).silence_months
	_take_back(host)
	if not months:
		return 0
	since, put_aside = host.clock.now() - months * MONTH, 0
	for some in chunks(_silent_since(host, since), SOME):
		with host.db.transaction():
			lock_leads(host, some)
			# asked again: somebody may have answered since then
			silent = _silent_since(host, since, some)
			host.db.update("tabLead", ("name", COLUMNS[0]), [(name, host.clock.now()) for name in silent])
			over = _promotional(host, silent) if silent else []
			end(host, [(one, EnrollmentStatus.EXITED, Reason.ARCHIVED) for one in over])
		put_aside += len(silent)
	return put_aside


def _silent_since(host: Host, moment: datetime, leads: Collection[str] | None = None) -> list[str]:
	"""Of these leads, or of all. Index (party, sent_on) of the touches."""
	lead, touch = doctype("Lead", "lead"), doctype("Nurture Touch", "t")
	sign = lead.nurture_last_activity_on
	unanswered = (
		Query.from_(touch)
		.select(touch.name)
		.where((touch.party == lead.name) & (touch.queued_on <= P(moment)))
	)
	unanswered = unanswered.where(touch.status.isin(params([str(status) for status in HANDED_OVER])))
	unanswered = unanswered.where(touch.channel.isin(params(["Email", "SMS", "WhatsApp"])))
	unanswered = unanswered.where(sign.isnull() | (touch.queued_on > sign))
	query = Query.from_(lead).select(lead.name).where(lead.nurture_archived_on.isnull())
	query = query.where(lead.status.notin(params(GONE)) & (sign.isnull() | (sign <= P(moment))))
	query = query.where(lead.name.isin(params(leads))) if leads is not None else query
	return [name for (name,) in host.db.rows(query.where(exists(unanswered)))]


def _take_back(host: Host) -> None:
	lead = doctype("Lead", "lead")
	query = Query.from_(lead).select(lead.name).where(lead.nurture_archived_on.isnotnull())
	elapsed = days_between(lead.nurture_last_activity_on, lead.nurture_archived_on, host.db.dialect)
	query = query.where(lead.nurture_last_activity_on.isnotnull() & (elapsed < P(MONTH.days)))
	for some in chunks([name for (name,) in host.db.rows(query)], SOME):
		with host.db.transaction():
			host.db.update("tabLead", ("name", COLUMNS[0]), [(name, None) for name in some])


def _promotional(host: Host, parties: Any) -> list[str]:
	"""Live enrollments of these leads in promotional sequences. Index (party, status)."""
	enrollment, sequence = doctype("Nurture Enrollment", "e"), doctype("Nurture Sequence", "s")
	query = Query.from_(enrollment).join(sequence).on(sequence.name == enrollment.sequence)
	query = query.select(enrollment.name).where(sequence.promotional == P(1))
	query = query.where(enrollment.party.isin(params(parties)))
	live = enrollment.status.isin(params([str(status) for status in LIVE_STATUSES]))
	return [name for (name,) in host.db.rows(query.where(live))]
