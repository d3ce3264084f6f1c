"""People whose sequence stands still, and how it goes on: nothing is skipped."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from nurture_app.engine.codes import WAITING_FOR_RELEASE, EnrollmentStatus, NurtureError, Reason
from nurture_app.engine.config import load_settings
from nurture_app.engine.definition import SequenceDefinition
from nurture_app.engine.enrollments.rows import MOST_AT_ONCE, load_live
from nurture_app.engine.live import load_definitions
from nurture_app.engine.people import load_holidays, load_leads
from nurture_app.engine.ports import Host
from nurture_app.engine.schedule import Timetable
from nurture_app.engine.sql import P, Query, as_datetime, chunks, doctype, params

SAVED_BY_TIME = {
	Reason.NO_ADDRESS,
	Reason.INVALID_ADDRESS,
	Reason.NO_CONSENT,
	Reason.NO_SENDER,
	Reason.NO_POSTAL_ADDRESS,
	Reason.TEMPLATE_ERROR,
	Reason.CONTENT_MISSING,
	Reason.ASSET_NOT_USABLE,
	Reason.ASSET_NOT_FOR_LEAD,
	Reason.WINDOW_NEVER_OPENS,
	Reason.STEP_ERROR,
	Reason.RECORD_REFUSED,
	Reason.RECORD_GONE,
	Reason.CHANNEL_OFF,
}
"""Holds that end by themselves once the data is right: the nightly pass tries them again."""


def pause(host: Host, names: Sequence[str], by: str = "") -> int:
	"""Hold enrollments until `resume`; nothing is skipped. Returns how many were active or held."""
	with host.db.transaction():
		rows = [row for row in load_live(host, "name", names) if row["status"] != EnrollmentStatus.PAUSED]
		hold_still(host, [(row, Reason.PAUSED_BY_USER) for row in rows], by)
	return len(rows)


def hold_still(host: Host, rows: Sequence[tuple[Mapping[str, Any], str]], by: str = "") -> None:
	"""Pause live enrollments given with the reason; one that was held has stood still since then."""
	now = host.clock.now()
	columns = ("name", "status", "reason", "reason_detail", "stopped_on", "lease_until", "lease_token")
	host.db.update(
		"tabNurture Enrollment",
		columns,
		[
			(
				row["name"],
				EnrollmentStatus.PAUSED,
				reason,
				by,
				as_datetime(row["stopped_on"]) or now,
				None,
				None,
			)
			for row, reason in rows
		],
	)


def resume(host: Host, names: Sequence[str]) -> int:
	"""Let paused and held enrollments go on; the days of their sequence move by the time they stood still."""
	with host.db.transaction():
		rows = [row for row in load_live(host, "name", names) if row["status"] != EnrollmentStatus.ACTIVE]
		# that one goes on when it is released, not before
		return _resume(host, [row for row in rows if row["reason"] not in WAITING_FOR_RELEASE])


def go_on(host: Host, names: Collection[str]) -> int:
	"""Let enrollments go on whatever they wait for, within the caller's transaction."""
	return _resume(host, load_live(host, "name", names))


def _resume(host: Host, rows: Sequence[Mapping[str, Any]]) -> int:
	settings = load_settings(host.db)
	definitions = load_definitions(host, {row["version"] for row in rows})
	leads = load_leads(host, {row["party"] for row in rows})
	holidays = load_holidays(host, settings, definitions.values())
	now = host.clock.now()
	paused = _paused_sequences(host, {row["sequence"] for row in rows})
	updates = []
	for row in rows:
		if not (definition := definitions.get(row["version"])):
			continue  # it cannot be read: whoever is in it stays held
		lead = leads.get(row["party"]) or {}
		table = Timetable.of(
			definition,
			settings,
			holidays,
			lead.get("nurture_time_zone"),
			host.clock.zone,
			lead.get("country"),
		)
		# what its sequence stands still counts when that goes on
		until = paused.get(row["sequence"], now)
		if row["status"] == EnrollmentStatus.HELD:
			# it was due when it was held, and stands still until it can go: at night that is the next morning
			until = _opening(table, definition, row, until)
		stood_still = max(until - (as_datetime(row["stopped_on"]) or until), timedelta())
		nominal = as_datetime(row["nominal_on"]) + stood_still
		due = _opening(table, definition, row, max(nominal, until))
		anchor = as_datetime(row["anchor_on"]) + stood_still
		updates.append((row["name"], EnrollmentStatus.ACTIVE, "", "", None, None, anchor, nominal, due))
	columns = ("name", "status", "reason", "reason_detail", "yields_to", "stopped_on")
	columns += ("anchor_on", "nominal_on", "due_on")
	host.db.update("tabNurture Enrollment", columns, updates)
	return len(updates)


def _opening(
	table: Timetable, definition: SequenceDefinition, row: Mapping[str, Any], moment: datetime
) -> datetime:
	"""When the step of an enrollment may be carried out, at `moment` at the earliest."""
	step = definition.step(row["step"])
	try:
		return table.opening(moment) if step and step.is_message else moment
	except NurtureError:
		return moment  # the tick will hold it with the reason


def _paused_sequences(host: Host, names: Collection[str]) -> dict[str, datetime]:
	"""Since when those of `names` that are paused have been."""
	sequence = doctype("Nurture Sequence", "s")
	query = Query.from_(sequence).select(sequence.name, sequence.paused_on)
	query = query.where(
		sequence.name.isin(params(sorted(names)) or [P("")]) & (sequence.status == P("Paused"))
	)
	return {name: as_datetime(since) for name, since in host.db.rows(query) if since}


def release_held(host: Host) -> int:
	"""Try held enrollments again whose cause may be gone; those still not right are held again with their reason."""
	enrollment = doctype("Nurture Enrollment", "e")
	query = Query.from_(enrollment).select(enrollment.name)
	query = query.where(
		(enrollment.status == P(str(EnrollmentStatus.HELD)))
		& enrollment.reason.isin(params([str(reason) for reason in sorted(SAVED_BY_TIME)]))
	)
	names = [name for (name,) in host.db.rows(query)]
	return sum(resume(host, some) for some in chunks(names, MOST_AT_ONCE))
