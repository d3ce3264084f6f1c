"""How often a lead was in touch with us, and how that compares with what is usual (CD-08). Context, never a target."""

from __future__ import annotations

from dataclasses import dataclass

from pypika import functions as fn

from nurture_app.engine.codes import HANDED_OVER, TouchStatus
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, doctype, params

FIRST_MEETING = 8
"""Touches until a first meeting, as often quoted."""
RULE_OF_SEVEN = 7
ALL = (1, 50)
WARM, COLD = (5, 12), (20, 50)
"""Touches until a purchase, by how well people know us."""
TALKS = ("Call", "Meeting", "Appointment Attended")
BY_HAND = "By Hand"


@dataclass(frozen=True, slots=True)
class TouchCounts:
	by_channel: dict[str, int]
	"""Messages of sequences by channel, tasks that were given for the lead as "Task", and under `BY_HAND` what colleagues
	wrote or said besides."""

	@property
	def total(self) -> int:
		return sum(self.by_channel.values())

	@property
	def automated(self) -> int:
		return sum(count for channel, count in self.by_channel.items() if channel not in (BY_HAND, "Task"))


def touch_counts(host: Host, party: str) -> TouchCounts:
	"""Three queries. Indexes (party, sent_on) of the touches, (party, activity_type, ...) of the activities, and
	(reference_doctype, reference_name) of the communications."""
	touch = doctype("Nurture Touch", "t")
	statuses = [str(status) for status in (*HANDED_OVER, TouchStatus.DONE)]
	query = Query.from_(touch).select(touch.channel, fn.Count(touch.name)).groupby(touch.channel)
	query = query.where((touch.party == P(party)) & touch.status.isin(params(statuses)))
	query = query.where(touch.channel.isin(params(["Email", "SMS", "WhatsApp", "Task"])))
	found = {channel: int(count) for channel, count in host.db.rows(query)}
	by_hand = _written(host, party) + _talks(host, party)
	return TouchCounts(found | ({BY_HAND: by_hand} if by_hand else {}))


def usual_range(stage: str) -> tuple[int, int]:
	"""For a lead in this stage of its score: who is below Nurture is taken for cold."""
	return WARM if stage else COLD


def _written(host: Host, party: str) -> int:
	mail = doctype("Communication", "c")
	query = Query.from_(mail).select(fn.Count(mail.name))
	query = query.where((mail.reference_doctype == P("Lead")) & (mail.reference_name == P(party)))
	query = query.where(
		(mail.sent_or_received == P("Sent")) & (mail.communication_type == P("Communication"))
	)
	return int(host.db.rows(query)[0][0] or 0)


def _talks(host: Host, party: str) -> int:
	talk = doctype("Nurture Activity", "a")
	query = Query.from_(talk).select(fn.Count(talk.name))
	query = query.where((talk.party == P(party)) & talk.activity_type.isin(params(TALKS)))
	return int(host.db.rows(query)[0][0] or 0)
