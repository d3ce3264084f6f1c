"""A link on the lead that is given by conditions: the first that holds, unless somebody chose by hand.

One SELECT with a CASE for all that may be given, however many leads; only what differs is written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pypika import Case

from nurture_app.engine.condition_scope import Scope
from nurture_app.engine.people import out_of_quarantine
from nurture_app.engine.ports import Host, Row
from nurture_app.engine.prepared import Questions
from nurture_app.engine.sql import P, Query, Raw, chunks, params

NOBODY = ""


@dataclass(frozen=True, slots=True)
class Choice:
	"""What may be given, and to whom."""

	name: str
	condition: Any
	"""Parsed."""


@dataclass(frozen=True, slots=True)
class Change:
	"""What a lead is given instead of what it had; an empty text is nothing."""

	lead: str
	before: str
	after: str


@dataclass(frozen=True, slots=True)
class Given:
	"""The field of the Lead that is given."""

	field: str
	since: str = ""
	"""The field that tells when it was, if any."""
	final_status: str = ""
	"""Leads with this status keep what they have, if any status is named."""

	@property
	def by_hand(self) -> str:
		"""The field that says somebody chose it."""
		return f"{self.field}_by_hand"


def give(
	host: Host, given: Given, choices: Sequence[Choice], questions: Questions, parties: Collection[str] | None
) -> list[Change]:
	"""Bring leads up to date within the caller's transaction; returns what changed. None means every lead.

	What was chosen by hand stays; what holds no more is taken away, but from a few leads not by an empty list of
	`choices`: what the last one left is taken away by the pass over everybody.
	"""
	if parties is not None and not choices:
		return []

	def build(scope: Scope, some: Sequence[Any] | None) -> Any:
		return _fitting_query(scope, given, choices, some)

	groups = [None] if parties is None else chunks(sorted(set(parties)))
	return [
		change
		for names in groups
		for change in _write(host, given, questions.ask(host, given.field, names, build))
	]


def _fitting_query(
	scope: Scope, given: Given, choices: Sequence[Choice], parties: Sequence[Any] | None
) -> Any:
	"""(lead, what fits, what it has so far)."""
	present = getattr(scope.lead, given.field)
	fitting: Any = P(NOBODY)
	if choices:
		fitting = Case()
		for choice in choices:
			fitting = fitting.when(choice.condition.sql(scope), P(choice.name))
		fitting = fitting.else_(P(NOBODY))
	query = Query.from_(scope.lead).select(scope.lead.name, fitting, present)
	query = query.where(out_of_quarantine(scope.lead) & (getattr(scope.lead, given.by_hand) == P(0)))
	if given.final_status:
		query = query.where(scope.lead.status != P(given.final_status))
	if parties is not None:
		query = query.where(scope.lead.name.isin(params(parties)))
	elif not choices:
		query = query.where(Raw("COALESCE({}, {}) <> {}", present, NOBODY, NOBODY))
	return query


def _write(host: Host, given: Given, rows: Iterable[Row]) -> list[Change]:
	"""What differs of the rows of `_fitting_query`."""
	changes = [
		Change(name, before or NOBODY, found) for name, found, before in rows if found != (before or NOBODY)
	]
	columns, more = ("name", given.field), ()
	if given.since:
		columns, more = (*columns, given.since), (host.clock.now(),)
	for some in chunks(changes):
		host.db.update("tabLead", columns, [(one.lead, one.after or None, *more) for one in some])
	return changes
