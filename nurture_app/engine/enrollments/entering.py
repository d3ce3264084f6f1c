"""People who enter a sequence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nurture_app.engine.addresses import address_hash
from nurture_app.engine.codes import EnrollmentStatus, Reason
from nurture_app.engine.enrollments.ending import recall
from nurture_app.engine.enrollments.judging import judge
from nurture_app.engine.enrollments.pausing import hold_still
from nurture_app.engine.enrollments.rows import MOST_AT_ONCE, load_live
from nurture_app.engine.instant_replies import answers_at_once
from nurture_app.engine.live import LiveSequence, live_sequences
from nurture_app.engine.people import lock_leads
from nurture_app.engine.ports import Host
from nurture_app.engine.promotional import Rival
from nurture_app.engine.sql import Query, chunks, doctype, locking, params

COLUMNS = (
	"name",
	"sequence",
	"version",
	"party_type",
	"party",
	"party_name",
	"address",
	"status",
	"step",
	"due_on",
	"nominal_on",
	"enrolled_on",
	"enrolled_by",
	"anchor_on",
	"visit",
	"live_party_key",
	"live_address_key",
)


@dataclass(frozen=True, slots=True)
class EnrollOutcome:
	"""`enrollment` is the new row, or empty with the `reason` for the refusal."""

	party: str
	enrollment: str
	reason: str
	detail: str = ""
	"""What the reason speaks of, such as the sequence that keeps the lead out."""


def enroll(host: Host, sequence: str, parties: Sequence[str], by: str = "") -> list[EnrollOutcome]:
	"""Put leads into an active sequence, in the order given (SE-06). Nobody gets in who does not match its condition."""
	live = next((one for one in live_sequences(host) if one.name == sequence), None)
	if live is None:
		return [EnrollOutcome(party, "", Reason.NOT_ACTIVE) for party in parties]
	outcomes = []
	for some in chunks(list(dict.fromkeys(parties)), MOST_AT_ONCE):
		with host.db.transaction():
			if live.definition.promotional:
				lock_leads(host, some)  # two at once would each not see the other
			outcomes += enroll_in(host, live, some, by)
	return outcomes


def enroll_in(
	host: Host, live: LiveSequence, parties: Sequence[str], by: str, over: str = ""
) -> list[EnrollOutcome]:
	"""`enroll` within the caller's transaction: a fixed number of queries, however many the leads are.

	Promotional enrollments that are weaker give way, and so do those in the sequence `over`.
	"""
	now = host.clock.now()
	outcomes, inserts, weaker = [], [], {}
	for one in judge(host, live, parties, over):
		name = "" if one.reason else host.db.new_name()
		if name:
			inserts.append(_new_row(name, live, one.row, one.address, one.plan, now, by))
			weaker[name] = one.weaker
		outcomes.append(EnrollOutcome(one.party, name, one.reason, one.detail))
	if inserts and host.db.insert("tabNurture Enrollment", COLUMNS, inserts, ignore=True) < len(inserts):
		outcomes = _without_lost_races(host, outcomes)
	if inserts and answers_at_once(live.definition):
		host.wake()
	_give_way(host, {one.enrollment: weaker[one.enrollment] for one in outcomes if one.enrollment})
	return outcomes


def _give_way(host: Host, weaker: Mapping[str, Sequence[Rival]]) -> None:
	"""Pause promotional enrollments, by the new one for whose sake, until that ends (SE-12)."""
	yields_to = {rival.name: name for name, rivals in weaker.items() for rival in rivals}
	if yields_to:
		rows = load_live(host, "name", yields_to)
		hold_still(host, [(row, Reason.GAVE_WAY) for row in rows if row["status"] != EnrollmentStatus.PAUSED])
		# who was paused by hand stays so; who gave way to another before gives way to this one
		gave_way = [row for row in rows if row["status"] != EnrollmentStatus.PAUSED or row["yields_to"]]
		host.db.update(
			"tabNurture Enrollment",
			("name", "yields_to"),
			[(row["name"], yields_to[row["name"]]) for row in gave_way],
		)
		recall(host, {row["name"]: Reason.GAVE_WAY for row in gave_way})


def _new_row(
	name: str, live: LiveSequence, row: Mapping[str, Any], address: str, plan: Any, now: datetime, by: str
) -> tuple:
	party = row["name"]
	return (
		name,
		live.name,
		live.version,
		"Lead",
		party,
		row["lead_name"] or "",
		address,
		EnrollmentStatus.ACTIVE,
		live.definition.steps[0].label,
		plan.due_on,
		plan.nominal_on,
		now,
		by,
		now,
		0,
		f"{live.name}|{party}",
		f"{live.name}|{_person(address) or party}",
	)


def _person(address: str) -> str:
	"""An address as part of a unique key: two that differ in an accent are one to databases, and their hashes are not."""
	return address if address.isascii() else address_hash(address)


def _without_lost_races(host: Host, outcomes: list[EnrollOutcome]) -> list[EnrollOutcome]:
	"""Another worker enrolled some of them at the same moment: the unique keys kept ours out."""
	enrollment = doctype("Nurture Enrollment", "e")
	names = [outcome.enrollment for outcome in outcomes if outcome.enrollment]
	query = Query.from_(enrollment).select(enrollment.name).where(enrollment.name.isin(params(names)))
	inside = {name for (name,) in host.db.rows(locking(query, host.db.dialect))}
	return [
		outcome
		if not outcome.enrollment or outcome.enrollment in inside
		else EnrollOutcome(outcome.party, "", Reason.ALREADY_ENROLLED)
		for outcome in outcomes
	]
