"""What type of lead somebody is: the first type in whose segment they are, unless somebody chose by hand (LT-01).

Segments know who entered and left when, so types need no condition, no history and no pass of their own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from nurture_app.engine import conditions
from nurture_app.engine.condition_fields import FieldLeaf
from nurture_app.engine.condition_leaves import AgeLeaf, SegmentLeaf
from nurture_app.engine.first_that_holds import Choice, Given, give
from nurture_app.engine.ports import Host
from nurture_app.engine.prepared import Questions
from nurture_app.engine.sql import P, Query, doctype

TYPE = Given("nurture_type", since="nurture_type_since")


@dataclass(frozen=True, slots=True)
class LeadTypes:
	"""The enabled ones, the one that wins first."""

	choices: Sequence[Choice]
	segments: frozenset[str]
	questions: Questions


def assign(host: Host, parties: Collection[str] | None = None) -> int:
	"""Give leads their types within the caller's transaction; returns how many changed. None means every lead."""
	types = enabled_types(host)
	return give(host, TYPE, types.choices, types.questions, parties)


def follow_moves(host: Host, moves: Iterable[tuple[str, Collection[str]]]) -> int:
	"""`assign` to those who entered or left a segment that a type goes by; `moves` are segments with leads."""
	segments = enabled_types(host).segments
	moved = {party for segment, parties in moves if segment in segments for party in parties}
	return assign(host, moved) if moved else 0


def asks_for_type(condition: Any) -> bool:
	"""Whether a parsed condition looks at the type of the lead."""
	leaves = [leaf for leaf in conditions.leaves(condition) if isinstance(leaf, FieldLeaf | AgeLeaf)]
	return any(leaf.field.fieldname.startswith(TYPE.field) for leaf in leaves)


def enabled_types(host: Host) -> LeadTypes:
	"""Remembered. Two with one position are ordered by name."""
	return host.memory.remembered("lead types", lambda: _load(host))


def _load(host: Host) -> LeadTypes:
	table = doctype("Nurture Lead Type", "t")
	query = Query.from_(table).select(table.name, table.segment).where(table.enabled == P(1))
	rows = host.db.rows(query.orderby(table.position).orderby(table.name))
	choices = [Choice(name, SegmentLeaf(segment)) for name, segment in rows]
	return LeadTypes(choices, frozenset(segment for _, segment in rows), Questions())
