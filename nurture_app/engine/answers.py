"""Answers that take one click in a mail: yes, not yet, stay for one topic (NS-07, RE-06, CD-17).

The link opens a page with one button, because mail scanners follow every link; what is pressed there is a reply.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from nurture_app.engine import activities
from nurture_app.engine.activities import ActivityIn
from nurture_app.engine.people import lock_leads
from nurture_app.engine.ports import Host, Links
from nurture_app.engine.sql import P, Query, doctype

ANSWERS = {"yes": "Yes", "not_yet": "Not yet", "stay": "Stay"}
"""By the name of the link in a text, `{{ links.yes }}`: what is noted."""
SURVEY = "survey"
"""The link to a form with several questions, `{{ links.survey }}` (CH-12)."""
ANSWERED, REPLIED = "Survey Answered", "Email Reply"


@dataclass(frozen=True, slots=True)
class Asked:
	"""The message that asked."""

	touch: str
	party: str
	address: str
	sequence: str
	enrollment: str
	step: str


def answer_links(placeholders: Collection[tuple[str, str]], links: Links, token: str) -> dict[str, str]:
	"""Those that a text names; none for most mails, so that they cost nothing."""
	return {key: links.answer(token, key) for key in (*ANSWERS, SURVEY) if ("links", key) in placeholders}


def find_asked(host: Host, token: str) -> Asked | None:
	"""Unique index (token)."""
	touch = doctype("Nurture Touch", "t")
	columns = ("name", "party", "address", "sequence", "enrollment", "step")
	query = Query.from_(touch).select(touch.token, *(touch[column] for column in columns))
	for found, *values in host.db.rows(query.where(touch.token == P(token))):
		if found == token and values[1]:  # the database may ignore case
			return Asked(*(value or "" for value in values))
	return None


def note_answer(host: Host, asked: Asked, key: str, more: str = "") -> bool:
	"""Record it: an answer that rules and waits know, and a reply to the sequence. The first of each message counts.

	`more` stands behind the answer, such as a topic. Says whether it was news.
	"""
	detail = ": ".join(filter(None, (ANSWERS[key], more)))[:255]
	now = host.clock.now()
	said = ActivityIn(
		party=asked.party,
		activity_type=ANSWERED,
		occurred_on=now,
		channel="Email",
		detail=detail,
		dedupe_key=f"answer|{asked.touch}",
		touch=asked.touch,
		sequence=asked.sequence,
		enrollment=asked.enrollment,
	)
	reply = replace(said, activity_type=REPLIED, dedupe_key=f"answer|{asked.touch}|reply")
	with host.db.transaction():
		lock_leads(host, {asked.party})
		return bool(activities.record_in(host, [said, reply]).new)
