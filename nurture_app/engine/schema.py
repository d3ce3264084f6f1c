"""Indexes of our own tables beyond those a single field declares, the same on a site and in the simulator.

Each line serves one kind of question; the order of the columns is the order in which it narrows the search.
"""

from __future__ import annotations

from collections.abc import Sequence

# None of a single column: those stand in the DocTypes (`search_index`), and Frappe drops what it does not find there.
# None there either for a column that begins one of these: each index is paid for at every insert.
INDEXES: dict[str, list[tuple[str, ...]]] = {
	"Nurture Enrollment": [
		("status", "lease_until", "due_on"),  # what is due and in nobody's hands: the runner's claim
		# was this person here before: re-entry; how many are in it, ended how and why, without the rows
		("sequence", "party", "status", "reason"),
		("party", "status"),  # live enrollments of a person: exits, the panel on the Lead
	],
	"Nurture Touch": [
		("party", "sent_on"),  # frequency cap, history of a person
		("enrollment", "step"),  # what a branch asks about earlier steps
		# what the delivery check has to look at; how many left when, of which step, without the rows
		("status", "queued_on", "channel", "sequence", "step"),
		("communication", "party"),  # the message a reply answers
	],
	"Nurture Activity": [
		(
			"party",
			"activity_type",
			"occurred_on",
			"classification",
		),  # conditions on a person, without the rows
		("activity_type", "occurred_on", "party"),  # reports, rescoring after a rule changed
	],
	"Nurture Score Entry": [
		# what a person has from which rule; so long that all scores are summed without looking at the rows
		("party", "rule", "activity", "score_part", "points", "occurred_on", "expires_on", "half_life_days"),
		("rule", "party"),
	],
	"Nurture Segment Member": [
		("segment", "left_on", "party"),  # who is a member, without looking at the rows
		("party", "segment"),
	],
	"Nurture Consent": [("party", "channel", "purpose", "status")],  # the gate, without looking at the rows
	"Nurture Consent Entry": [("party", "channel", "occurred_on")],  # the history of a consent
	"Nurture Bounce": [
		("address", "kind", "occurred_on"),  # soft bounces of an address; what a manager lifts
		("sequence", "touch", "kind"),  # rates: the guard, the report
	],
	"Nurture Mail Hit": [
		("settled", "hit_on"),  # what is to be judged, and what may be forgotten
		("origin", "hit_on"),  # whom else the same origin looked after
	],
	"Nurture Visit": [
		("visitor", "started_on"),  # the visit a page view belongs to
		("party", "started_on"),  # the panel on the Lead
	],
	"Nurture Content Use": [
		("party", "asset"),  # what a lead has had
		("asset", "touch"),  # results of an asset, without the rows
		("block", "variant", "touch"),  # results of a block's variants
	],
	"Nurture Trigger Log": [("party", "sequence", "decided_on")],  # the panel on the Lead; how often of late
	"Nurture Audience Member": [
		("audience", "removed_on"),
		("party", "audience"),
	],  # who is in; whose a row is
	"Nurture Outgoing": [
		("status", "next_try_on"),  # what is to be sent next
		("party", "queued_on"),  # what went to a person
		("channel", "sent_on"),  # what a channel has sent today
	],
	"Nurture Portal Message": [("user", "closed_on")],  # what a person is shown
	"Nurture Page View": [("recorded", "party")],  # what is not on its lead's timeline yet
}


def index_name(columns: Sequence[str]) -> str:
	"""As Frappe names an index, cut where MariaDB (64) and PostgreSQL (63) would."""
	return "_".join(columns)[:57] + "_index"
