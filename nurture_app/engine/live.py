"""Active sequences with the version new people enter."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from nurture_app.engine.definition import SequenceDefinition, from_json
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, as_datetime, chunks, doctype, params


@dataclass(frozen=True, slots=True)
class LiveSequence:
	"""A sequence that runs. `activated_on` is naive, in the host's zone."""

	name: str
	version: str
	definition: SequenceDefinition
	activated_on: datetime


def live_sequences(host: Host) -> Sequence[LiveSequence]:
	"""Every active sequence, higher priority first; remembered."""
	return host.memory.remembered("live sequences", lambda: _load_live_sequences(host))


def _load_live_sequences(host: Host) -> list[LiveSequence]:
	sequence = doctype("Nurture Sequence", "s")
	version = doctype("Nurture Sequence Version", "v")
	query = (
		Query.from_(sequence)
		.join(version)
		.on(version.name == sequence.current_version)
		.select(sequence.name, version.name, version.definition, sequence.activated_on)
		.where(sequence.status == P("Active"))
	)
	live = [
		LiveSequence(name, version_name, from_json(text), as_datetime(activated_on))
		for name, version_name, text, activated_on in host.db.rows(query)
	]
	return sorted(live, key=lambda one: (-one.definition.priority, one.name))


def load_definitions(host: Host, versions: Collection[str]) -> dict[str, SequenceDefinition]:
	"""Definitions of pinned versions by their names."""
	version = doctype("Nurture Sequence Version", "v")
	found = {}
	for names in chunks(sorted(set(versions))):
		query = Query.from_(version).select(version.name, version.definition)
		for name, text in host.db.rows(query.where(version.name.isin(params(names)))):
			found[name] = from_json(text)
	return found
