"""Every table that may hold something about a person: how the person's rows are found, erased and shown (CP-08).

A new DocType with a lead, an address or a visitor in it needs a line in `OURS`, or one in `EXCEPTIONS` that says why
not; a test looks at all of them. Nothing here touches the site: `hooks.py` reads it too.
"""

from __future__ import annotations

from typing import Any

from nurture_app.engine.visits.came_by import TOUCH_COLUMNS
from nurture_app.site.privacy.foreign_tables import FOREIGN
from nurture_app.site.privacy.personal import BLANK, KEEP, Personal

OURS: tuple[Personal, ...] = (
	Personal(
		"Nurture Consent",
		party="party",
		addresses=("address",),
		title="Consent",
		shown=(
			"channel",
			"purpose",
			"status",
			"given_on",
			"withdrawn_on",
			"source",
			"recorded_by",
			"wording",
			"proof",
			"address",
		),
	),
	Personal(
		"Nurture Consent Entry",
		party="party",
		addresses=("address",),
		title="What you said about consent",
		shown=(
			"occurred_on",
			"channel",
			"purpose",
			"status",
			"source",
			"recorded_by",
			"wording",
			"proof",
			"address",
		),
	),
	Personal(
		"Nurture Preference",
		addresses=("address",),
		hashes=("address_hash",),
		title="What you chose to get",
		shown=("frequency", "paused_until", "changed_on", "source", "address"),
	),
	Personal(
		"Nurture Activity",
		party="party",
		title="What you did",
		shown=(
			"occurred_on",
			"activity_type",
			"channel",
			"detail",
			"campaign",
			"classification",
			"properties",
		),
	),
	Personal(
		"Nurture Score Entry",
		party="party",
		title="Points and their reasons",
		shown=("occurred_on", "rule", "score_part", "points", "expires_on", "half_life_days", "detail"),
	),
	Personal(
		"Nurture Segment Member",
		party="party",
		title="Segments",
		shown=("segment", "entered_on", "left_on"),
	),
	Personal(
		"Nurture Trigger Log",
		party="party",
		title="Why series of messages began or did not",
		shown=("decided_on", "sequence", "what", "outcome", "reason"),
	),
	Personal(
		"Nurture Enrollment",
		party="party",
		addresses=("address",),
		title="Series of messages",
		shown=("sequence", "status", "enrolled_on", "ended_on", "reason", "address"),
	),
	Personal(
		"Nurture Touch",
		party="party",
		addresses=("address",),
		through=(("enrollment", "Nurture Enrollment"),),
		title="Messages to you",
		shown=(
			"queued_on",
			"sent_on",
			"sequence",
			"step",
			"channel",
			"status",
			"subject",
			"opened_on",
			"clicked_on",
			"replied_on",
			"bounced_on",
			"address",
		),
	),
	Personal(
		"Nurture Mail Hit",
		party="party",
		through=(("touch", "Nurture Touch"),),
		title="Openings and clicks as they came",
		shown=("hit_on", "kind", "user_agent", "verdict"),
	),
	Personal("Nurture Link", party="party"),
	Personal("Nurture Content Use", party="party", through=(("touch", "Nurture Touch"),)),
	Personal(
		"Nurture Form Submission",
		party="party",
		addresses=("address",),
		phones=("phone",),
		title="Forms you filled in",
		shown=(
			"creation",
			"form",
			"address",
			"first_name",
			"last_name",
			"company_name",
			"phone",
			"job_title",
			"country",
			"interest",
			"message",
			"answers",
			"consent",
			"wording",
			"topics",
			"page_url",
			"ip",
		),
	),
	Personal(
		"Nurture Bounce",
		party="party",
		addresses=("address",),
		through=(("touch", "Nurture Touch"),),
		texts=("diagnostic", "lift_reason"),
		title="Messages that came back",
		shown=("occurred_on", "kind", "address", "diagnostic", "source", "sequence", "state"),
	),
	Personal(
		"Nurture Public Link",
		party="party",
		addresses=("address",),
		title="Personal links",
		shown=("purpose", "creation", "expires_on", "used_on"),
	),
	Personal(
		"Nurture Visitor",
		party="party",
		title="Your browsers",
		shown=(
			"first_active_on",
			"last_active_on",
			"consented_on",
			"visits",
			"pages",
			"seconds",
			*TOUCH_COLUMNS,
		),
	),
	Personal(
		"Nurture Visit",
		party="party",
		through=(("visitor", "Nurture Visitor"),),
		title="Visits to our websites",
		shown=(
			"started_on",
			"last_active_on",
			"pages",
			"seconds",
			*TOUCH_COLUMNS,
		),
	),
	Personal(
		"Nurture Page View",
		party="party",
		through=(("visit", "Nurture Visit"), ("visitor", "Nurture Visitor")),
		title="Pages you looked at",
		shown=("occurred_on", "path", "title", "category", "seconds"),
	),
	Personal(
		"Nurture Incoming Event",
		party="party",
		title="Events not yet recorded",
		shown=("occurred_on", "activity_type", "channel", "detail", "campaign", "properties"),
	),
	Personal(
		"Nurture Audience Member",
		party="party",
		title="Audiences for advertisements",
		shown=("audience", "added_on", "removed_on", "reason"),
	),
	Personal(
		"Nurture Outgoing",
		party="party",
		phones=("number",),
		through=(("touch", "Nurture Touch"),),
		texts=("response", "reason_detail"),
		title="Text messages and calls to other systems",
		shown=("queued_on", "sent_on", "channel", "target", "number", "status", "payload"),
	),
	Personal(
		"Nurture Portal Message",
		party="party",
		addresses=("user",),
		title="Messages on the portal",
		shown=("shown_from", "shown_until", "text", "url", "closed_on", "outcome"),
	),
	Personal(
		"Nurture Insight",
		party="lead",
		texts=("said", "answer", "title"),
		title="What colleagues noted of conversations with you",
		shown=("heard_on", "kind", "said_by", "said", "heard_in", "competitor", "topic", "answer"),
	),
	Personal(
		"Nurture Refused Event",
		erase=KEEP,  # why a payload was refused is told without naming anybody
		texts=("payload", "reason"),
		names_too=True,
	),
	Personal(
		"Nurture Suppression",
		addresses=("address",),
		hashes=("address_hash",),
		phones=("address",),
		erase=BLANK,  # the hash stays, or the next import would bring the mail back
		blank=("address", "notes", "source"),
		title="Addresses that get nothing",
		shown=("address", "channel", "reason", "occurred_on", "source"),
	),
	Personal(
		"Nurture Audit Entry",
		party="lead",
		hashes=("subject_hash",),
		erase=BLANK,
		blank=("lead",),
		title="What was done with your data",
		shown=("occurred_on", "action", "done_by"),
	),
)
"""The app's own tables. What belongs to another row stands below it."""

EXCEPTIONS: dict[str, str] = {
	"Nurture Not Duplicate": "Says of two leads that they are different people; it goes with either of them.",
	"Nurture Webhook": "lead_fields names columns; it holds nobody's data.",
	"Nurture Settings": "capture_owner and email_account are the company's own.",
}
"""DocTypes of ours with a column that looks personal, and why they are not in `OURS`."""

PERSONAL = OURS + FOREIGN


def user_data_fields() -> list[dict[str, Any]]:
	"""What Frappe's own Personal Data Download and Deletion take of our tables."""
	return [
		{
			"doctype": entry.doctype,
			"filter_by": entry.addresses[0],
			"redact_fields": list(dict.fromkeys((*entry.addresses, *REDACTED.get(entry.doctype, ())))),
		}
		for entry in OURS
		if entry.addresses
	]


REDACTED: dict[str, tuple[str, ...]] = {
	"Nurture Enrollment": ("party_name",),
	"Nurture Touch": ("subject",),
	"Nurture Suppression": ("notes", "source"),
}
"""What Frappe's own deletion, which deletes no rows, empties besides the address."""
