"""Why a condition holds for one lead: of its alternatives, those that do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pypika import Case

from nurture_app.engine.condition_scope import lead_scope
from nurture_app.engine.conditions import All, AnyOf
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query


def as_it_holds(host: Host, condition: Any, party: str) -> Any:
	"""A parsed condition that holds for the lead `party`, without the alternatives that do not; one query at most.

	Alternatives under a "not" stay, and so do all of a group none of which holds, as when the lead has changed since.
	"""
	alternatives = list(_alternatives(condition))
	if not alternatives:
		return condition
	scope = lead_scope(host)
	cases = [Case().when(part.sql(scope), 1).else_(0) for part in alternatives]
	rows = host.db.rows(Query.from_(scope.lead).select(*cases).where(scope.lead.name == P(party)))
	answers = [bool(int(value)) for value in rows[0]] if rows else [False] * len(alternatives)
	return _without(condition, {id(part): holds for part, holds in zip(alternatives, answers, strict=True)})


def _alternatives(condition: Any) -> Iterator[Any]:
	if isinstance(condition, AnyOf):
		yield from condition.parts
	if isinstance(condition, All | AnyOf):
		for part in condition.parts:
			yield from _alternatives(part)


def _without(condition: Any, holds: Mapping[int, bool]) -> Any:
	if isinstance(condition, AnyOf):
		kept = [part for part in condition.parts if holds[id(part)]] or condition.parts
		return AnyOf(tuple(_without(part, holds) for part in kept))
	if isinstance(condition, All):
		return All(tuple(_without(part, holds) for part in condition.parts))
	return condition
