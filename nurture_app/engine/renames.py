"""What is pinned names colleagues, roles, kinds of deals and holiday lists by their names: those follow when one gets another."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from nurture_app.engine.codes import WAITING_FOR_RELEASE
from nurture_app.engine.definition import SequenceDefinition, checksum, readable, to_json
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, doctype, params


def follow_rename(
	host: Host, fields: Collection[str], old: str, new: str, *, of_sequence: Collection[str] = ()
) -> int:
	"""Write `new` for `old` where one of `fields` of a pinned step names it, or one of the fields `of_sequence`, and for who
	is to approve something; how many versions were changed.

	The version stays the same one: nothing about the steps has changed. Reads every version, which are few; one query, one
	update each.
	"""
	version = doctype("Nurture Sequence Version", "v")
	changed = []
	for name, text in host.db.rows(Query.from_(version).select(version.name, version.definition)):
		before = readable(text)
		if before is None:
			continue
		after = _renamed(before, fields, of_sequence, old, new)
		if after != before:
			changed.append((name, to_json(after), checksum(after)))
	if changed:
		host.db.update("tabNurture Sequence Version", ("name", "definition", "checksum"), changed)
	if "approve_by" in fields:
		_hand_approvals_over(host, old, new)
	return len(changed)


def _renamed(
	definition: SequenceDefinition, fields: Collection[str], of_sequence: Collection[str], old: str, new: str
) -> SequenceDefinition:
	steps = tuple(
		replace(step, **{field: new for field in fields if getattr(step, field) == old})
		for step in definition.steps
	)
	# not every field of a sequence is pinned
	changed = {field: new for field in of_sequence if getattr(definition, field, None) == old}
	return replace(definition, steps=steps, **changed)


def _hand_approvals_over(host: Host, old: str, new: str) -> None:
	enrollment = doctype("Nurture Enrollment", "e")
	query = Query.from_(enrollment).select(enrollment.name).where(enrollment.status == P("Held"))
	waiting = params([str(reason) for reason in WAITING_FOR_RELEASE])
	waits = enrollment.reason.isin(waiting) & (enrollment.reason_detail == P(old))
	rows = [(name, new) for (name,) in host.db.rows(query.where(waits))]
	if rows:
		host.db.update("tabNurture Enrollment", ("name", "reason_detail"), rows)
