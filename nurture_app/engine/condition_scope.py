"""What a condition is evaluated against, and which names it may use."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pypika import Table

from nurture_app.engine.condition_names import KnownChannels, steps_ever
from nurture_app.engine.config import activity_types, load_activity_types
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import Ago, P, Query, doctype


@dataclass(frozen=True, slots=True)
class Scope:
	"""The tables of the surrounding query, the moment it is asked for, and the host's dialect."""

	lead: Table
	now: datetime
	"""Naive, in the host's zone."""
	dialect: str
	engagement_types: tuple[str, ...] = ()
	enrollment: Table | None = None
	is_prepared: bool = False
	"""The query is written once and asked later, see `engine.prepared`: only the day of `now` is certain."""

	def ago(self, days: float) -> P:
		"""The moment so many days before now."""
		return P(Ago(days) if self.is_prepared else self.now - timedelta(days=days))


@dataclass(frozen=True, slots=True)
class Known:
	"""Names a condition may refer to. None means: do not check."""

	activity_types: frozenset[str] | None = None
	segments: frozenset[str] | None = None
	steps: frozenset[str] | None = None
	sequences: frozenset[str] | None = field(default=None)
	assets: frozenset[str] | None = None
	channels: Container[str] | None = None
	steps_of: Callable[[str], frozenset[str]] | None = None
	"""By sequence, the steps it has or had; asked only for what a condition names."""


@dataclass(frozen=True, slots=True)
class Happened:
	"""All that has happened to some leads: activities of these types, each of which counts as engagement.

	It lets rules and segments be left out that cannot see it.
	"""

	activity_types: frozenset[str]

	def includes(self, activity_type: str) -> bool:
		return activity_type == "Any" or activity_type in self.activity_types


def lead_scope(host: Host, *, enrollment: Table | None = None) -> Scope:
	"""A scope over `tabLead AS lead`, now."""
	kinds = activity_types(host)
	return Scope(
		lead=doctype("Lead", "lead"),
		now=host.clock.now(),
		dialect=host.db.dialect,
		engagement_types=tuple(sorted(name for name, kind in kinds.items() if kind.is_engagement)),
		enrollment=enrollment,
	)


def load_known(host: Host) -> Known:
	"""The activity types, segments, sequences with their steps, assets and channels that exist now."""
	return Known(
		activity_types=frozenset(load_activity_types(host.db)),
		segments=names_in(host, "Nurture Segment"),
		sequences=names_in(host, "Nurture Sequence"),
		assets=names_in(host, "Nurture Asset"),
		channels=KnownChannels(host),
		steps_of=lambda sequence: steps_ever(host, sequence),
	)


def names_in(host: Host, doctype_name: str) -> frozenset[str]:
	"""The ids of all records of a DocType."""
	table = doctype(doctype_name, "t")
	return frozenset(name for (name,) in host.db.rows(Query.from_(table).select(table.name)))
