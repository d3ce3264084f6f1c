"""Indexes of our own tables beyond those a single field declares, the same on a site and in the simulator.

Each line serves one kind of question; the order of the columns is the order in which it narrows the search.
"""

from __future__ import annotations

# None of a single column: those stand in the DocTypes (`search_index`), and Frappe drops what it does not find there.
INDEXES: dict[str, list[tuple[str, ...]]] = {
	"Nurture Enrollment": [
		("status", "due_on"),  # what is due: the runner's claim
		("sequence", "party"),  # was this person here before: re-entry
		("party", "status"),  # live enrollments of a person: exits, the panel on the Lead
	],
	"Nurture Touch": [
		("party", "sent_on"),  # frequency cap, history of a person
		("enrollment", "step"),  # what a branch asks about earlier steps
		("status", "queued_on"),  # what the delivery check has to look at
		("communication", "party"),  # the message a reply answers
	],
	"Nurture Activity": [
		("party", "activity_type", "occurred_on"),  # conditions and scores of a person
		("activity_type", "occurred_on"),  # reports, rescoring after a rule changed
	],
	"Nurture Score Entry": [("party", "rule"), ("rule", "party")],
	"Nurture Segment Member": [
		("segment", "left_on", "party"),  # who is a member, without looking at the rows
		("party", "segment"),
	],
	"Nurture Consent": [("party", "channel", "purpose")],
}
