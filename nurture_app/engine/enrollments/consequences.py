"""What an event does to the sequences its lead is in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from nurture_app.engine.codes import EnrollmentStatus, Reason
from nurture_app.engine.definition import SequenceDefinition
from nurture_app.engine.enrollments.ending import end
from nurture_app.engine.enrollments.pausing import hold_still
from nurture_app.engine.enrollments.rows import load_live
from nurture_app.engine.live import definitions_of, live_sequences
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, as_datetime, chunks, doctype, params
from nurture_app.engine.touch_tiers import HIGH_TOUCH, keeps_away


@dataclass(frozen=True, slots=True)
class Event:
	"""Something that may end or pause sequences. `occurred_on` is naive, in the host's zone."""

	party: str
	activity_type: str
	occurred_on: datetime
	detail: str = ""
	name: str = ""
	"""The activity, or whatever else tells this event from every other: it starts a sequence once."""
	cause: str = ""
	"""The enrollment whose step made it happen; empty for what people did."""


@dataclass(frozen=True, slots=True)
class Reacted:
	"""Somebody who replied or reached the goal in a sequence that tags such people (RE-08)."""

	party: str
	sequence: str
	enrollment: str
	tag: str


@dataclass(frozen=True, slots=True)
class Applied:
	ended: int
	"""Enrollments that ended or stand still."""
	reacted: tuple[Reacted, ...] = ()


def apply_events(host: Host, events: Iterable[Event]) -> Applied:
	"""End or pause the sequences that `events` concern (SE-09), within the caller's transaction."""
	by_party: dict[str, list[Event]] = {}
	for event in events:
		by_party.setdefault(event.party, []).append(event)
	ended: list[tuple[str, str, str]] = []
	ended_by: dict[str, str] = {}
	paused: dict[str, tuple[Mapping[str, Any], str]] = {}
	reacted: dict[Reacted, None] = {}
	for parties in chunks(sorted(by_party)):
		rows = load_live(host, "party", parties)
		definitions = definitions_of(host, {row["version"] for row in rows})
		for row in rows:
			definition = definitions.get(row["version"])
			for event in sorted(by_party[row["party"]], key=lambda one: one.occurred_on):
				if definition is None or event.occurred_on < as_datetime(row["enrolled_on"]):
					continue
				status, reason = consequence(definition, event)
				if definition.reaction_tag and reason in REACTIONS:
					one = Reacted(row["party"], row["sequence"], row["name"], definition.reaction_tag)
					reacted[one] = None
				if status in (EnrollmentStatus.EXITED, EnrollmentStatus.COMPLETED):
					paused.pop(row["name"], None)  # a reply that paused it and brought it to its goal
					ended.append((row["name"], status, reason))
					if reason == Reason.EXIT_ACTIVITY:
						ended_by[row["name"]] = event.activity_type
					break
				if status == EnrollmentStatus.PAUSED and row["status"] != EnrollmentStatus.PAUSED:
					paused[row["name"]] = (row, reason)
	end(host, ended, ended_by)
	hold_still(host, list(paused.values()))
	note_late_goals(host, by_party)
	return Applied(len(ended) + len(paused), tuple(reacted))


def note_late_goals(host: Host, events: Mapping[str, Sequence[Event]]) -> None:
	"""Whoever left on the way to the goal, as by a reply or a demonstration asked for, may still reach it and then counts.

	`events` by lead. Index (party, status); asked only where some goal may have been reached in this way.
	"""
	goals = {one.definition.goal_activity for one in live_sequences(host)}
	parties = [party for party, some in events.items() if any(one.activity_type in goals for one in some)]
	if not parties:
		return
	enrollment = doctype("Nurture Enrollment", "e")
	query = Query.from_(enrollment).select(
		enrollment.name, enrollment.party, enrollment.version, enrollment.enrolled_on
	)
	query = query.where(enrollment.status == P(str(EnrollmentStatus.EXITED)))
	query = query.where(enrollment.reason.isin(params([str(reason) for reason in ON_THE_WAY])))
	query = query.where(enrollment.ended_on > P(host.clock.now() - LATE_GOAL))
	rows = [
		row
		for some in chunks(sorted(parties))
		for row in host.db.rows(query.where(enrollment.party.isin(params(some))))
	]
	definitions = definitions_of(host, {version for _, _, version, _ in rows})
	reached = [
		(name, EnrollmentStatus.COMPLETED, Reason.GOAL_REACHED)
		for name, party, version, enrolled_on in rows
		if version in definitions
		and any(
			one.activity_type == definitions[version].goal_activity
			and one.occurred_on > as_datetime(enrolled_on)
			for one in events[party]
		)
	]
	host.db.update("tabNurture Enrollment", ("name", "status", "reason"), reached)


ON_THE_WAY = (Reason.EXIT_ACTIVITY, Reason.REPLIED)
LATE_GOAL = timedelta(days=90)
"""So long after leaving the goal still counts."""
ENDING_ACTIVITIES = (
	"Email Reply",
	"Unsubscribe",
	"Spam Complaint",
	"Became Customer",
	"Invoice Submitted",
	"Email Bounced",
)
"""Activity types that end enrollments of some sequences; goals and exits of their own come on top."""


REACTIONS = (Reason.GOAL_REACHED, Reason.REPLIED)
"""Reasons that speak of a person who is there."""


def consequence(definition: SequenceDefinition, event: Event) -> tuple[str, str]:
	"""(status, reason) an event gives an enrollment of this sequence, or two empty texts."""
	kind = event.activity_type
	if definition.goal_activity and kind == definition.goal_activity:
		return EnrollmentStatus.COMPLETED, Reason.GOAL_REACHED
	if kind == "Unsubscribe":
		return EnrollmentStatus.EXITED, Reason.UNSUBSCRIBED
	if kind == "Spam Complaint":
		return EnrollmentStatus.EXITED, Reason.COMPLAINT
	if kind == "Email Reply" and definition.on_reply == "End":
		return EnrollmentStatus.EXITED, Reason.REPLIED
	if kind == "Email Reply" and definition.on_reply == "Pause":
		return EnrollmentStatus.PAUSED, Reason.REPLIED
	if kind in ("Became Customer", "Invoice Submitted") and definition.exit_on_conversion:
		return EnrollmentStatus.EXITED, Reason.CONVERTED
	if kind == "Email Bounced" and definition.exit_on_bounce:
		return EnrollmentStatus.EXITED, Reason.BOUNCED
	if kind == HIGH_TOUCH and keeps_away(definition):
		return EnrollmentStatus.EXITED, Reason.HIGH_TOUCH
	if kind in definition.exit_activities:
		return EnrollmentStatus.EXITED, Reason.EXIT_ACTIVITY
	if kind == "Segment Left" and definition.exit_segment and event.detail == definition.exit_segment:
		return EnrollmentStatus.EXITED, Reason.LEFT_SEGMENT
	return "", ""
