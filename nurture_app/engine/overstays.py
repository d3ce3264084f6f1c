"""People who have been in a sequence for as long as it allows without a sign of theirs (SE-17, CD-09)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from nurture_app.engine.codes import LIVE_STATUSES, EnrollmentStatus, Reason
from nurture_app.engine.definition import SequenceDefinition
from nurture_app.engine.enrollments.ending import end
from nurture_app.engine.enrollments.rows import MOST_AT_ONCE
from nurture_app.engine.live import load_definitions
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, as_datetime, chunks, doctype, params
from nurture_app.engine.timing import so_many_days


def is_over(definition: SequenceDefinition, enrolled_on: datetime, last_sign_on: Any, now: datetime) -> bool:
	"""Whether the longest time has passed since the enrollment and since the person last gave a sign."""
	if not definition.max_days:
		return False
	since = max(enrolled_on, as_datetime(last_sign_on) or enrolled_on)
	return now - since >= so_many_days(definition.max_days)


def end_overstays(host: Host) -> int:
	"""End them, those who wait, are held or are paused included; returns how many. Run nightly."""
	enrollment = doctype("Nurture Enrollment", "e")
	live = enrollment.status.isin(params([str(status) for status in LIVE_STATUSES]))
	versions = [
		version
		for (version,) in host.db.rows(
			Query.from_(enrollment).select(enrollment.version).distinct().where(live)
		)
		if version
	]
	lead = doctype("Lead", "lead")
	ended = 0
	for version, definition in load_definitions(host, versions).items():
		if not definition.max_days:
			continue
		before = host.clock.now() - so_many_days(definition.max_days)
		query = Query.from_(enrollment).join(lead).on(lead.name == enrollment.party).select(enrollment.name)
		query = query.where(live & (enrollment.version == P(version)) & (enrollment.enrolled_on <= P(before)))
		silent = lead.nurture_last_activity_on.isnull() | (lead.nurture_last_activity_on <= P(before))
		for some in chunks([name for (name,) in host.db.rows(query.where(silent))], MOST_AT_ONCE):
			with host.db.transaction():
				end(host, [(name, EnrollmentStatus.EXITED, Reason.TOO_LONG) for name in some])
			ended += len(some)
	return ended
