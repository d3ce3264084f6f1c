"""Names that conditions may use and that no single table lists: channels, and the steps a sequence has or had."""

from __future__ import annotations

from dataclasses import dataclass

from nurture_app.engine.definition import readable
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, doctype

CHANNELS = ("Website", "Email", "Phone", "SMS", "WhatsApp", "Chat", "Event", "Product", "Sales", "System")
CHANNELS += ("LinkedIn", "Video", "Post", "Social")  # of work by hand (`hand_work.CHANNELS`)
"""By which activities come that the app records, and those an activity type can usually come by."""


@dataclass(frozen=True, slots=True)
class KnownChannels:
	"""The channels of activities: our own, and whatever other systems have sent some by already."""

	host: Host

	def __contains__(self, name: object) -> bool:
		"""As databases compare texts, capitals aside. One query for a channel that is not ours."""
		if str(name).strip().casefold() in {one.casefold() for one in CHANNELS}:
			return True
		activity = doctype("Nurture Activity", "a")
		query = Query.from_(activity).select(activity.name).where(activity.channel == P(str(name)))
		return bool(self.host.db.rows(query.limit(1)))


def steps_ever(host: Host, sequence: str) -> frozenset[str]:
	"""The labels of the steps that a sequence has now, and had in any of its versions. Two queries."""
	step, version = doctype("Nurture Sequence Step", "s"), doctype("Nurture Sequence Version", "v")
	now = Query.from_(step).select(step.step_label).where(step.parent == P(sequence)).orderby(step.idx)
	pinned = Query.from_(version).select(version.definition).where(version.sequence == P(sequence))
	found = {label for (label,) in host.db.rows(now)}
	for (text,) in host.db.rows(pinned):
		if definition := readable(text):
			found.update(one.label for one in definition.steps)
	return frozenset(found)
