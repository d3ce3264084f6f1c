"""One promotional sequence at a time for a person (SE-12): which one keeps a place, and which gives way."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from nurture_app.engine.codes import LIVE_STATUSES, EnrollmentStatus
from nurture_app.engine.live import load_definitions
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, chunks, doctype, params


@dataclass(frozen=True, slots=True)
class Rival:
	"""A live enrollment in a promotional sequence."""

	name: str
	sequence: str
	party: str
	address: str
	priority: int
	status: str
	yields_to: str

	@property
	def gave_way(self) -> bool:
		"""It stands still for the sake of another one."""
		return self.status == EnrollmentStatus.PAUSED and bool(self.yields_to)


def load_rivals(host: Host, people: Iterable[Any], sequence: str = "") -> dict[str, list[Rival]]:
	"""By lead and by address of `people`: promotional enrollments in sequences other than `sequence`.

	Indexes (party, status) and (address). What an enrollment is was pinned with its version.
	"""
	people = list(people)
	enrollment = doctype("Nurture Enrollment", "e")
	keys = (
		(enrollment.party, sorted({one.party for one in people})),
		(enrollment.address, sorted({one.address for one in people if one.address})),
	)
	rows: dict[str, tuple] = {}
	for column, values in keys:
		for some in chunks(values):
			query = Query.from_(enrollment).select(
				enrollment.name,
				enrollment.sequence,
				enrollment.party,
				enrollment.address,
				enrollment.status,
				enrollment.yields_to,
				enrollment.version,
			)
			query = query.where(column.isin(params(some)) & (enrollment.sequence != P(sequence)))
			query = query.where(enrollment.status.isin(params([str(status) for status in LIVE_STATUSES])))
			rows.update({row[0]: row for row in host.db.rows(query)})
	definitions = load_definitions(host, {row[6] for row in rows.values() if row[6]}) if rows else {}
	found: dict[str, list[Rival]] = {}
	for name, other, party, address, status, yields_to, version in rows.values():
		definition = definitions.get(version)
		if definition is None or not definition.promotional:
			continue
		rival = Rival(name, other, party, address or "", definition.priority, status, yields_to or "")
		for key in {party, address or party}:
			found.setdefault(key, []).append(rival)
	return found


def of_person(rivals: dict[str, list[Rival]], party: str, address: str) -> list[Rival]:
	"""Those of one person, each once."""
	return list({one.name: one for key in (party, address) for one in rivals.get(key, ())}.values())


def strongest(rivals: Sequence[Rival], priority: int, over: str = "") -> Rival | None:
	"""The one that keeps a sequence of `priority` out; what stands in `over` itself lets it in."""
	keeping = [one for one in rivals if one.priority >= priority and one.sequence != over]
	return max(keeping, key=lambda one: (one.priority, one.sequence), default=None)


def waiting_for(host: Host, ended: Collection[str]) -> list[Rival]:
	"""Enrollments that gave way to those of `ended`. Index (yields_to)."""
	enrollment = doctype("Nurture Enrollment", "e")
	found = []
	for some in chunks(sorted(ended)):
		query = Query.from_(enrollment).select(
			enrollment.name, enrollment.sequence, enrollment.party, enrollment.address, enrollment.yields_to
		)
		query = query.where(enrollment.yields_to.isin(params(some)))
		query = query.where(enrollment.status == P(str(EnrollmentStatus.PAUSED)))
		found += [
			Rival(name, sequence, party, address or "", 0, EnrollmentStatus.PAUSED, yields_to)
			for name, sequence, party, address, yields_to in host.db.rows(query)
		]
	return found
