"""What colleagues do by hand for a sequence: what must be filled in before it counts, and what is recorded then.

A task is *Given* in the ledger until the colleague has done it. Doing it is an activity (`Task Done`, whose detail is
the step), so that sequences can wait for it, scores can count it and segments can ask for it (CH-02, PZ-06, PZ-10).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus

from nurture_app.engine import activities
from nurture_app.engine.activities import ActivityIn
from nurture_app.engine.codes import NurtureError, Reason, TouchStatus
from nurture_app.engine.people import lock_leads
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, doctype, locking

CALL, LINKEDIN, VIDEO, NOTE, POST = "Call", "LinkedIn", "Personal Video", "Handwritten Note", "Social Post"
INFLUENCER = "Influencer Content"
"""Somebody with an audience of their own shows the product: arranged by hand, and no message of ours (CH-19)."""
REACHED = "Reached"
OUTCOMES = (REACHED, "Not Reached", "Call Back Later", "Wrong Number")
"""What a call came to (CH-07)."""

OBSERVATION, QUESTION, RESEARCH = "observation", "question", "research"
VIDEO_LINK, POSTED_LINK, OUTCOME = "video_url", "posted_url", "outcome"
PERSONAL = (OBSERVATION, QUESTION)
NEEDS = {
	CALL: (OUTCOME,),
	LINKEDIN: PERSONAL,
	VIDEO: (*PERSONAL, VIDEO_LINK),
	NOTE: PERSONAL,
	POST: (POSTED_LINK,),
	INFLUENCER: (POSTED_LINK,),
}
"""By kind of task: what its colleague must fill in. Other kinds need nothing."""
LABELS = {
	OBSERVATION: "Observation",
	QUESTION: "One Question",
	RESEARCH: "Research Note",
	VIDEO_LINK: "Link to the Video",
	POSTED_LINK: "Link to the Post",
	OUTCOME: "Outcome",
}
LONGEST_VIDEO = 90
"""Seconds, where the format Personal Video does not say (CM-24)."""

PROFILE = "nurture_linkedin"
"""The field of the lead with its profile."""
SEARCH = "https://www.linkedin.com/search/results/people/?keywords={words}"

DONE = "Task Done"
CHANNELS = {
	CALL: "Phone",
	LINKEDIN: "LinkedIn",
	VIDEO: "Video",
	NOTE: "Post",
	POST: "Social",
	INFLUENCER: "Social",
}


def needs_of(kind: str, with_research: bool) -> tuple[str, ...]:
	"""What a task of this kind needs before it counts as done."""
	return (*NEEDS.get(kind, ()), *((RESEARCH,) if with_research else ()))


def check_done(needs: Collection[str], values: Mapping[str, Any], longest_video: int = LONGEST_VIDEO) -> None:
	"""Whether a task may count as done. `values` by the names in `LABELS`, and `video_seconds`.

	Raises `task_needs` naming everything that is missing, `video_without_length` and `video_too_long`.
	"""
	missing = [LABELS[need] for need in needs if not str(values.get(need) or "").strip()]
	if missing:
		raise NurtureError("task_needs", missing=missing)
	if VIDEO_LINK in needs:
		seconds = int(values.get("video_seconds") or 0)
		if seconds <= 0:
			raise NurtureError("video_without_length")
		if longest_video and seconds > longest_video:
			raise NurtureError("video_too_long", seconds=seconds, limit=longest_video)


def profile_of(kind: str, lead: Mapping[str, Any]) -> str:
	"""Where to find the person: their profile, or a search for them; empty for work that is not done there."""
	if kind != LINKEDIN:
		return ""
	profile = str(lead.get(PROFILE) or "").strip()
	if profile.startswith(("https://", "http://")):
		return profile
	words = " ".join(filter(None, (lead.get("lead_name"), lead.get("company_name"))))
	return SEARCH.format(words=quote_plus(words)) if words else ""


@dataclass(frozen=True, slots=True)
class Given:
	"""A task of the ledger."""

	touch: str
	party: str
	sequence: str
	enrollment: str
	step: str
	status: str


def note_done(host: Host, touch: str, task: str, kind: str, outcome: str = "") -> bool:
	"""The colleague has done it: the ledger says so, and a call that reached somebody is one (CH-07).

	`task` is the host's name of the task, which the ledger must know; False for one it does not.
	"""
	given = _given(host, touch, task)
	if given is None:
		return False
	with host.db.transaction():
		lock_leads(host, {given.party})
		_set_status(host, given, TouchStatus.GIVEN, TouchStatus.DONE)
		happened = [_activity(host, given, DONE, kind, given.step)]
		if kind == CALL and outcome == REACHED:
			happened.append(_activity(host, given, "Call", kind, given.step))
		activities.record_in(host, happened)
	return True


def note_answer(host: Host, touch: str, task: str, kind: str, text: str) -> bool:
	"""The person answered, on whatever way: it counts as a reply to the sequence. Once for each task."""
	given = _given(host, touch, task)
	if given is None:
		return False
	with host.db.transaction():
		lock_leads(host, {given.party})
		answer = _activity(host, given, "Email Reply", kind, f"{kind}: {text}"[:255], touch=given.touch)
		return bool(activities.record_in(host, [answer]).new)


def note_undone(host: Host, touch: str, task: str, *, is_cancelled: bool) -> None:
	"""The colleague dropped it, or took it up again."""
	given = _given(host, touch, task)
	if given is None:
		return
	with host.db.transaction():
		if is_cancelled:
			_set_status(host, given, TouchStatus.GIVEN, TouchStatus.SKIPPED, Reason.CANCELLED)
		else:
			_set_status(host, given, TouchStatus.DONE, TouchStatus.GIVEN)
			_set_status(host, given, TouchStatus.SKIPPED, TouchStatus.GIVEN)


def _given(host: Host, touch: str, task: str) -> Given | None:
	"""Primary key. The ledger names the task as well: nobody gives points by writing a touch into a task of their own."""
	table = doctype("Nurture Touch", "t")
	columns = ("name", "party", "sequence", "enrollment", "step", "status")
	query = Query.from_(table).select(*(table[column] for column in columns))
	query = query.where((table.name == P(touch)) & (table.email_queue == P(task)))
	found = host.db.rows(query)
	return Given(*(value or "" for value in found[0])) if found else None


def _set_status(host: Host, given: Given, before: TouchStatus, after: TouchStatus, reason: str = "") -> None:
	table = doctype("Nurture Touch", "t")
	query = Query.from_(table).select(table.name)
	query = query.where((table.name == P(given.touch)) & (table.status == P(str(before))))
	if host.db.rows(locking(query, host.db.dialect)):
		host.db.update("tabNurture Touch", ("name", "status", "reason"), [(given.touch, after, reason)])


def _activity(host: Host, given: Given, what: str, kind: str, detail: str, touch: str = "") -> ActivityIn:
	moment: datetime = host.clock.now()
	return ActivityIn(
		party=given.party,
		activity_type=what,
		occurred_on=moment,
		channel=CHANNELS.get(kind, kind if kind in ("SMS", "WhatsApp") else ""),
		detail=detail,
		dedupe_key=f"{what}|task|{given.touch}",
		touch=touch,
		sequence=given.sequence,
		enrollment=given.enrollment,
	)
