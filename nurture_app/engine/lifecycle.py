"""A sequence's own life: activated, paused, resumed, retired."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from nurture_app.engine import trigger_types
from nurture_app.engine.codes import LIVE_STATUSES, NurtureError, Reason, TouchStatus
from nurture_app.engine.condition_names import steps_ever
from nurture_app.engine.condition_scope import load_known, names_in
from nurture_app.engine.config import load_settings
from nurture_app.engine.definition import (
	STEP_COLUMNS,
	SequenceDefinition,
	checksum,
	definition_from_rows,
	readable,
	to_json,
)
from nurture_app.engine.enrollments.ending import recall, stop
from nurture_app.engine.goal import GOAL_FIELDS, as_date, check_goal, length_in_days, proposed_date
from nurture_app.engine.library.contents import check_contents, load_contents
from nurture_app.engine.library.refusals import check_manners
from nurture_app.engine.ports import Host
from nurture_app.engine.preferred_channel import check_texts
from nurture_app.engine.schedule import check_weekdays
from nurture_app.engine.sequence_chains import check_chains
from nurture_app.engine.sequences import check, check_complete
from nurture_app.engine.sql import P, Query, as_datetime, chunks, doctype, params
from nurture_app.engine.timing import check_window
from nurture_app.engine.waiting import awaited_by

VERSION_COLUMNS = ("name", "sequence", "version", "activated_on", "checksum", "waits_for", "definition")


def load_definition(host: Host, name: str) -> SequenceDefinition:
	"""A sequence as it is edited now, from its own rows. Raises `sequence_unknown`."""
	ending = doctype("Nurture Sequence Exit", "x")
	query = Query.from_(ending).select(ending.activity_type).where(ending.parent == P(name))
	exits = [{"activity_type": kind} for (kind,) in host.db.rows(query.orderby(ending.idx))]
	sequence = _row(host, name) | {"exits": exits}
	steps = doctype("Nurture Sequence Step", "s")
	columns = STEP_COLUMNS
	query = (
		Query.from_(steps)
		.select(*(getattr(steps, column) for column in columns))
		.where(steps.parent == P(name))
	)
	rows = [dict(zip(columns, row, strict=True)) for row in host.db.rows(query.orderby(steps.idx))]
	return definition_from_rows(sequence, rows)


def check_definition(host: Host, definition: SequenceDefinition) -> None:
	"""`sequences.check` against the contents, activity types, segments, other sequences and fields of this host."""
	# one that is saved for the first time may name itself
	known = load_known(host)
	own = frozenset(one.label for one in definition.steps)
	known = replace(
		known,
		sequences=known.sequences | {definition.title},
		steps_of=lambda name: steps_ever(host, name) | (own if name == definition.title else frozenset()),
	)
	check(definition, host.catalog, known, names_in(host, "Nurture Content"))


def activate(host: Host, name: str) -> str:
	"""Let new people in, under a version pinned now; returns its name. Activating the same definition again reuses it.

	Raises `NurtureError` for anything that could not run, and without a goal (GL-01). Activating a paused sequence with changes also resumes it.
	"""
	definition = load_definition(host, name)
	check_definition(host, definition)
	check_complete(definition)
	check_goal(_row(host, name), host.clock.now().date())
	check_chains(host, name, definition)
	# a text saved before its placeholders were checked, or changed behind the form, must not be found out at send time
	check_contents(host, {name for step in definition.steps for name in step.contents})
	check_texts(host, definition)
	_check_offers(host, definition)
	check_manners(host, definition, _row(host, name))
	window = definition.window or load_settings(host.db).window
	check_window(window)
	check_weekdays(definition, window)
	with host.db.transaction():
		row = _row(host, name)
		if row["status"] == "Paused":
			_shift_standstill(host, name, row)
		version = _pin(host, name, definition)
		now = host.clock.now()
		since = as_datetime(row["activated_on"]) if row["status"] in ("Active", "Paused") else None
		host.db.update(
			"tabNurture Sequence",
			("name", "status", "current_version", "activated_on", "paused_on"),
			[(name, "Active", version, since or now, None)],
		)
		_let_go(host, row)
	return version


def date_goal(host: Host, name: str) -> date:
	"""The day by which the goal should be met; proposed from the sequence's length and written where there is none."""
	row = _row(host, name)
	if given := as_date(row["goal_date"]):
		return given
	length = int(row["expected_days"] or 0) or length_in_days(load_definition(host, name))
	proposed = proposed_date(host.clock.now().date(), length)
	with host.db.transaction():
		host.db.update("tabNurture Sequence", ("name", "goal_date"), [(name, proposed)])
	return proposed


def _check_offers(host: Host, definition: SequenceDefinition) -> None:
	"""Whoever is offered an appointment must be able to book it (CT-23)."""
	offers = [step for step in definition.steps if step.step_type == "Appointment Offer"]
	if not offers:
		return
	if not load_settings(host.db).booking_url.strip():
		raise NurtureError("booking_url_missing", step=offers[0].label)
	contents = load_contents(host, {step.content for step in offers})
	for step in offers:
		compiled = contents[step.content].compiled
		if compiled is None or ("links", "booking") not in compiled.placeholders:
			raise NurtureError("offer_without_link", step=step.label, content=step.content)


def pause(host: Host, name: str) -> None:
	"""Nobody enters and nothing is sent until `resume`; nothing is skipped."""
	with host.db.transaction():
		_require(host, name, "Active")
		host.db.update(
			"tabNurture Sequence", ("name", "status", "paused_on"), [(name, "Paused", host.clock.now())]
		)


def resume(host: Host, name: str) -> None:
	"""Go on where `pause` stopped: every planned day moves by the length of the pause."""
	with host.db.transaction():
		row = _require(host, name, "Paused")
		_shift_standstill(host, name, row)
		host.db.update("tabNurture Sequence", ("name", "status", "paused_on"), [(name, "Active", None)])
		_let_go(host, row)


def hold(host: Host, name: str, reason: str) -> bool:
	"""`pause` by the guard, with a reason people read (OX-14); False when the sequence was not active any more."""
	with host.db.transaction():
		if _row(host, name)["status"] != "Active":
			return False
		columns = ("name", "status", "paused_on", "hold_reason")
		host.db.update("tabNurture Sequence", columns, [(name, "Paused", host.clock.now(), reason)])
	return True


def retire(host: Host, name: str) -> int:
	"""End the sequence for everybody in it; returns how many. It can be activated again later.

	What a pause keeps in a queue does not leave any more, also for those who have had their last step. Index (status, queued_on).
	"""
	enrollment = doctype("Nurture Enrollment", "e")
	query = Query.from_(enrollment).select(enrollment.name).where(enrollment.sequence == P(name))
	live = query.where(enrollment.status.isin(params([str(status) for status in LIVE_STATUSES])))
	was_paused = _row(host, name)["status"] == "Paused"
	ended = 0
	with host.db.transaction():
		host.db.update("tabNurture Sequence", ("name", "status", "paused_on"), [(name, "Retired", None)])
	for names in chunks([one for (one,) in host.db.rows(live)], 500):
		ended += stop(host, names, Reason.STOPPED)
	if was_paused:
		_take_back(host, name)
	return ended


def _take_back(host: Host, name: str) -> None:
	touch = doctype("Nurture Touch", "t")
	query = Query.from_(touch).select(touch.enrollment).distinct()
	query = query.where((touch.status == P(str(TouchStatus.QUEUED))) & (touch.sequence == P(name)))
	for some in chunks([one for (one,) in host.db.rows(query)], 500):
		with host.db.transaction():
			recall(host, dict.fromkeys(some, Reason.STOPPED))


def _pin(host: Host, name: str, definition: SequenceDefinition) -> str:
	table = doctype("Nurture Sequence Version", "v")
	query = (
		Query.from_(table)
		.select(table.name, table.version, table.definition)
		.where(table.sequence == P(name))
	)
	versions = sorted(host.db.rows(query), key=lambda row: -int(row[1] or 0))
	if versions and readable(versions[0][2]) == definition:
		return versions[0][0]
	number = int(versions[0][1] or 0) + 1 if versions else 1
	version = host.db.new_name()
	awaited = "\n".join(awaited_by(definition)) or None
	row = (version, name, number, host.clock.now(), checksum(definition), awaited, to_json(definition))
	host.db.insert("tabNurture Sequence Version", VERSION_COLUMNS, [row])
	return version


def _shift_standstill(host: Host, name: str, row: Mapping[str, Any]) -> None:
	"""Move the days of who is on the way; who was stopped meanwhile has stood still since the sequence did."""
	paused_on = as_datetime(row["paused_on"]) or host.clock.now()
	stood_still = host.clock.now() - paused_on
	enrollment = doctype("Nurture Enrollment", "e")
	stopped = Query.from_(enrollment).select(enrollment.name).where(enrollment.sequence == P(name))
	stopped = stopped.where(enrollment.status.isin(params(["Paused", "Held"])))
	later = host.db.rows(stopped.where(enrollment.stopped_on > P(paused_on)))
	host.db.update("tabNurture Enrollment", ("name", "stopped_on"), [(one, paused_on) for (one,) in later])
	columns = ("name", "anchor_on", "nominal_on", "due_on")
	query = Query.from_(enrollment).select(*(getattr(enrollment, column) for column in columns))
	query = query.where((enrollment.sequence == P(name)) & (enrollment.status == P("Active")))
	rows = [
		(one, *(as_datetime(moment) + stood_still if moment else None for moment in moments))
		for one, *moments in host.db.rows(query)
	]
	host.db.update("tabNurture Enrollment", columns, rows)


def _let_go(host: Host, row: Mapping[str, Any]) -> None:
	"""Whoever starts a held sequence again has seen its figures: the guard counts anew from here."""
	if row["hold_reason"]:
		columns = ("name", "hold_reason", "guard_from")
		host.db.update("tabNurture Sequence", columns, [(row["name"], None, host.clock.now())])


def _require(host: Host, name: str, status: str) -> dict[str, Any]:
	row = _row(host, name)
	if row["status"] != status:
		raise NurtureError("sequence_not_in_status", sequence=name, status=row["status"], needed=status)
	return row


SEQUENCE_COLUMNS = (
	"name",
	"title",
	"status",
	"activated_on",
	"paused_on",
	"hold_reason",
	"trigger_type",
	*trigger_types.FIELDS,
	"promotional",
	"for_high_touch",
	"max_days",
	"reaction_tag",
	"condition",
	"reentry",
	"reentry_days",
	"priority",
	*GOAL_FIELDS,
	"expected_days",
	"on_reply",
	"exit_on_conversion",
	"exit_on_bounce",
	"exit_segment",
	"use_default_window",
	"window_start",
	"window_end",
	*(
		f"window_{day}"
		for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
	),
	"holiday_list",
	"journey_stage",
	"early_ask_reason",
	"promotion_reason",
)


def _row(host: Host, name: str) -> dict[str, Any]:
	table = doctype("Nurture Sequence", "s")
	query = (
		Query.from_(table)
		.select(*(getattr(table, column) for column in SEQUENCE_COLUMNS))
		.where(table.name == P(name))
	)
	for row in host.db.rows(query):
		return dict(zip(SEQUENCE_COLUMNS, row, strict=True))
	raise NurtureError("sequence_unknown", sequence=name)
