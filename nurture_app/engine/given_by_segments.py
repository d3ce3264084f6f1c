"""What a lead is called because of the segments it is in: its type (LT-01) and its touch tier (HL-01).

Records name a segment each; the first whose segment a lead is in stands on the lead, unless somebody chose by hand.
Segments know who entered and left when, so this needs no condition, no history and no pass of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from nurture_app.engine import conditions
from nurture_app.engine.condition_fields import FieldLeaf
from nurture_app.engine.condition_leaves import AgeLeaf, SegmentLeaf
from nurture_app.engine.first_that_holds import Change, Choice, Given, give
from nurture_app.engine.ports import Host
from nurture_app.engine.prepared import Questions
from nurture_app.engine.sql import P, Query, doctype

CUSTOMER = "Converted"
"""The status of leads that became customers."""
EVERYBODY: list[Any] = []
"""The condition of a record without a segment: whoever none before it fits."""


@dataclass(frozen=True, slots=True)
class Kind:
	"""Records of one DocType, and the field of the Lead that names one of them."""

	given: Given
	doctype: str


TYPES = Kind(Given("nurture_type", since="nurture_type_since"), "Nurture Lead Type")
TIERS = Kind(
	Given("nurture_tier", since="nurture_tier_since", final_status=CUSTOMER),
	"Nurture Touch Tier",
)
"""Customers keep the tier in which they were won, so that it is told what each tier brought (HL-14)."""
KINDS = (TYPES, TIERS)


@dataclass(frozen=True, slots=True)
class Offered:
	"""The enabled records of a kind, the one that wins first."""

	choices: Sequence[Choice]
	segments: frozenset[str]
	questions: Questions


def assign(host: Host, kind: Kind, parties: Collection[str] | None = None) -> list[Change]:
	"""Give leads theirs within the caller's transaction; returns what changed. None means every lead."""
	offered = enabled(host, kind)
	return give(host, kind.given, offered.choices, offered.questions, parties)


def follow_moves(host: Host, kind: Kind, moves: Iterable[tuple[str, Collection[str]]]) -> list[Change]:
	"""`assign` to those who entered or left a segment that records go by; `moves` are segments with leads."""
	segments = enabled(host, kind).segments
	moved = {party for segment, parties in moves if segment in segments for party in parties}
	return assign(host, kind, moved) if moved else []


def segments_asked(host: Host, condition: Any) -> frozenset[str]:
	"""The segments that records go by whose kind a parsed condition asks for: it builds on them."""
	return frozenset().union(*(enabled(host, kind).segments for kind in kinds_asked(condition)))


def kinds_asked(condition: Any) -> list[Kind]:
	"""Whether a parsed condition looks at the type or at the tier of the lead."""
	leaves = [leaf for leaf in conditions.leaves(condition) if isinstance(leaf, FieldLeaf | AgeLeaf)]
	fields = {leaf.field.fieldname for leaf in leaves}
	return [kind for kind in KINDS if any(field.startswith(kind.given.field) for field in fields)]


def enabled(host: Host, kind: Kind) -> Offered:
	"""Remembered. Two with one position are ordered by name."""
	return host.memory.remembered(kind.doctype, lambda: _load(host, kind))


def _load(host: Host, kind: Kind) -> Offered:
	table = doctype(kind.doctype, "t")
	query = Query.from_(table).select(table.name, table.segment).where(table.enabled == P(1))
	rows = host.db.rows(query.orderby(table.position).orderby(table.name))
	everybody = conditions.parse(EVERYBODY, host.catalog)
	choices = [Choice(name, SegmentLeaf(segment) if segment else everybody) for name, segment in rows]
	return Offered(choices, frozenset(segment for _, segment in rows if segment), Questions())
