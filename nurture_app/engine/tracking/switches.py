"""Whether a mail is tracked: asked of the site, the sequence and the person, and off when any of them says so."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from nurture_app.engine.config import Settings
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, chunks, doctype, params

NO_TRACKING = "nurture_no_tracking"
"""The field of the Lead with which a person is left out."""


def what_to_track(
	settings: Settings, sequence_is_untracked: bool, lead: Mapping[str, Any]
) -> tuple[bool, bool]:
	"""Whether to track openings, and clicks, of a mail to `lead`."""
	if sequence_is_untracked or int(lead.get(NO_TRACKING) or 0):
		return False, False
	return settings.track_opens, settings.track_clicks


def untracked_sequences(host: Host, names: Collection[str]) -> frozenset[str]:
	"""Those of `names` that are not tracked, as they are set now: no version pins that. Primary key."""
	sequence = doctype("Nurture Sequence", "s")
	found: set[str] = set()
	for some in chunks(sorted(names)):
		query = Query.from_(sequence).select(sequence.name).where(sequence.track_reactions == P(0))
		found.update(name for (name,) in host.db.rows(query.where(sequence.name.isin(params(some)))))
	return frozenset(found)
