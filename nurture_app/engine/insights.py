"""What colleagues hear from people, as a record: its kinds, and who is usually quoted in each (SM-10, SM-22, PZ-18, CT-29, AT-12)."""

from __future__ import annotations

RESONATES = "Phrase That Resonates"
COMPETITOR = "Competitor"
OBJECTION = "Objection"
BLOCKER = "Blocker"
HOW_THEY_HEARD = "How They Heard of Us"
KINDS = (
	RESONATES,
	"Customer's Words",
	OBJECTION,
	BLOCKER,
	COMPETITOR,
	"Product Feedback",
	"Interview Answer",
	HOW_THEY_HEARD,
	"Why They Bought",
	"Why They Did Not Buy",
)
IN_THE_WAY = (OBJECTION, BLOCKER)
"""Kinds that have an answer."""
CUSTOMER, COLLEAGUE = "Customer", "Colleague"
SAID_BY = (CUSTOMER, COLLEAGUE)
HEARD_IN = ("Call", "Meeting", "Mail", "Interview", "Survey", "Chat", "Other")
LONGEST = 2000
"""Characters of the words, and of the answer to them."""
LONGEST_TITLE = 80


def usually_said_by(kind: str) -> str:
	"""What resonates is what we say; everything else is quoted from them."""
	return COLLEAGUE if kind == RESONATES else CUSTOMER


def title_of(said: str) -> str:
	"""The first words, on one line of at most `LONGEST_TITLE` characters."""
	line = " ".join(said.split())
	if len(line) <= LONGEST_TITLE:
		return line
	return line[: LONGEST_TITLE - 1].rsplit(" ", 1)[0].rstrip() + "…"
