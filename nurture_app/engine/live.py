"""Active sequences with the version new people enter."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from nurture_app.engine.definition import SequenceDefinition, readable
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
	return host.memory.remembered("live sequences", lambda: load_live_sequences(host))


def load_live_sequences(host: Host) -> list[LiveSequence]:
	"""`live_sequences`, read now; those that cannot be read are left out, and the host's checks name them."""
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
		LiveSequence(name, version_name, definition, as_datetime(activated_on))
		for name, version_name, text, activated_on in host.db.rows(query)
		if (definition := readable(text))
	]
	return sorted(live, key=lambda one: (-one.definition.priority, one.name))


@dataclass(frozen=True, slots=True)
class Choices:
	"""What holds for everybody in a sequence as it is set now, whatever version they are in."""

	topic: str = ""
	"""What it is about, for those who chose topics; may be empty."""
	is_tracked: bool = True
	"""Whether openings and clicks of its mails are."""


def load_choices(host: Host, names: Collection[str]) -> dict[str, Choices]:
	"""By sequence. Primary key."""
	sequence = doctype("Nurture Sequence", "s")
	found = {}
	for some in chunks(sorted(set(names))):
		query = Query.from_(sequence).select(sequence.name, sequence.topic, sequence.track_reactions)
		for name, topic, tracked in host.db.rows(query.where(sequence.name.isin(params(some)))):
			found[name] = Choices(topic or "", tracked is None or bool(int(tracked)))
	return found


def topics_of(host: Host, names: Collection[str]) -> dict[str, str]:
	"""The topic of each sequence that has one."""
	return {name: choices.topic for name, choices in load_choices(host, names).items() if choices.topic}


def definitions_of(host: Host, versions: Collection[str]) -> dict[str, SequenceDefinition]:
	"""`load_definitions` that reads only versions which new people do not enter any more."""
	found = {one.version: one.definition for one in live_sequences(host) if one.version in versions}
	return found | load_definitions(host, set(versions) - set(found))


def load_definitions(host: Host, versions: Collection[str]) -> dict[str, SequenceDefinition]:
	"""Definitions of pinned versions by their names; those that cannot be read are left out, and whoever is in them is held."""
	version = doctype("Nurture Sequence Version", "v")
	found = {}
	for names in chunks(sorted(set(versions))):
		query = Query.from_(version).select(version.name, version.definition)
		for name, text in host.db.rows(query.where(version.name.isin(params(names)))):
			if definition := readable(text):
				found[name] = definition
	return found
