"""Every table that may hold something about a person: how the person's rows are found, erased and shown (CP-08).

A new DocType with a lead, an address or a visitor in it needs a line in `OURS`, or one in `EXCEPTIONS` that says why
not; a test looks at all of them. Nothing here touches the site: `hooks.py` reads it too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nurture_app.engine.visits.came_by import UTM_PARTS

DELETE = "delete"
"""The row goes, with its child rows and everything attached to it."""
BLANK = "blank"
"""The row stays, the columns in `blank` are emptied."""
KEEP = "keep"
"""The row stays as it is; only mentions in `texts` are blacked out."""


@dataclass(frozen=True, slots=True)
class Personal:
	"""One table. A row is a person's own when any of the columns below says so."""

	doctype: str
	party: str = ""
	"""Column with the name of a Lead."""
	addresses: tuple[str, ...] = ()
	"""Columns that hold one address and nothing else."""
	hashes: tuple[str, ...] = ()
	"""Columns with `engine.addresses.address_hash`."""
	phones: tuple[str, ...] = ()
	"""Columns that hold one telephone number and nothing else."""
	lists: tuple[str, ...] = ()
	"""Columns with a list of addresses or numbers: the row is the person's own when nobody else is on it."""
	through: tuple[tuple[str, str], ...] = ()
	"""(column, DocType): the row belongs to a person's own row of that DocType, which must stand further up."""
	attached: tuple[str, str] = ("", "")
	"""(column of the DocType, column of the name): a row attached to any document that is the person's own."""
	members: str = ""
	"""Child table of people: the row is the person's own when all of its rows there are."""
	erase: str = DELETE
	blank: tuple[str, ...] = ()
	texts: tuple[str, ...] = ()
	"""Columns in which anybody may be mentioned: address and telephone number are blacked out wherever they stand in
	rows that stay, and the name as well in the person's own rows."""
	names_too: bool = False
	"""Logs and the like: the full name is blacked out in all rows as well."""
	title: str = ""
	"""The heading in an export; empty: not shown, because it repeats what other tables show."""
	shown: tuple[str, ...] = ()
	"""Columns an export shows, in this order."""


CAME_BY = ("channel", "referrer", "landing_page", *(f"utm_{part}" for part in UTM_PARTS))
"""How a visitor came, as visitors and visits note it."""

TASK_TEXTS = tuple(
	f"nurture_{one}"
	for one in ("text", "observation", "question", "research", "answer", "next_step", "address")
)
"""Our fields of ToDo in which a person may be spoken of."""

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
			*CAME_BY,
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
			*CAME_BY,
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
	"Nurture Webhook": "lead_fields names columns; it holds nobody's data.",
	"Nurture Settings": "capture_owner and email_account are the company's own.",
}
"""DocTypes of ours with a column that looks personal, and why they are not in `OURS`."""

FOREIGN: tuple[Personal, ...] = (
	Personal(
		"Communication",
		attached=("reference_doctype", "reference_name"),
		addresses=("sender",),
		phones=("phone_no",),
		lists=("recipients",),
		texts=("subject", "recipients", "cc", "bcc", "content", "text_content", "sender_full_name"),
		title="Messages and calls",
		shown=(
			"communication_date",
			"communication_medium",
			"sent_or_received",
			"sender",
			"recipients",
			"subject",
			"content",
		),
	),
	Personal(
		"Communication Link",
		attached=("link_doctype", "link_name"),
		through=(("parent", "Communication"),),
		texts=("link_title",),
	),
	Personal("Email Queue Recipient", addresses=("recipient",), texts=("error",)),
	Personal(
		"Email Queue",
		attached=("reference_doctype", "reference_name"),
		through=(("communication", "Communication"),),
		members="Email Queue Recipient",
		texts=("message", "show_as_cc", "expose_recipients", "error", "unsubscribe_param"),
	),
	Personal("Unhandled Email", texts=("raw", "reason"), names_too=True),
	Personal("Email Unsubscribe", addresses=("email",), attached=("reference_doctype", "reference_name")),
	Personal(
		"Email Group Member",
		addresses=("email",),
		title="Mailing lists",
		shown=("email_group", "unsubscribed", "creation"),
	),
	Personal(
		"Opportunity",
		attached=("opportunity_from", "party_name"),
		addresses=("contact_email",),
		erase=BLANK,  # what was at stake stays; with whom does not
		blank=(
			"customer_name",
			"title",
			"contact_person",
			"contact_display",
			"contact_email",
			"contact_mobile",
			"customer_address",
			"address_display",
			"whatsapp",
			"phone",
			"phone_ext",
			"job_title",
			"website",
		),
		title="Opportunities",
		shown=("name", "status", "transaction_date", "opportunity_type", "sales_stage", "title"),
	),
	Personal(
		"Issue",
		party="lead",
		addresses=("raised_by",),
		erase=BLANK,
		blank=("lead", "raised_by", "contact", "description", "customer_name"),
		texts=("subject", "resolution_details"),
		title="Support",
		shown=("name", "opening_date", "status", "subject", "description"),
	),
	Personal(
		"Appointment",
		attached=("appointment_with", "party"),
		addresses=("customer_email",),
		title="Appointments",
		shown=("scheduled_time", "status", "customer_details"),
	),
	Personal("Email Campaign", attached=("email_campaign_for", "recipient")),
	Personal("Prospect Lead", party="lead", addresses=("email",)),
	Personal(
		"Call Log",
		phones=("from", "to"),
		erase=BLANK,
		blank=("from", "to", "recording_url"),
		texts=("summary",),
		title="Calls",
		shown=("start_time", "type", "duration", "summary"),
	),
	Personal("SMS Log", lists=("sent_to",), texts=("sent_to", "requested_numbers", "message")),
	Personal(
		"Event Participants",
		attached=("reference_doctype", "reference_docname"),
		addresses=("email",),
	),
	Personal("Event", members="Event Participants", texts=("subject", "description"), names_too=True),
	Personal(
		"CRM Note",
		attached=("parenttype", "parent"),
		texts=("note",),
		title="Notes",
		shown=("added_on", "note"),
	),
	Personal(
		"Comment",
		attached=("reference_doctype", "reference_name"),
		addresses=("comment_email",),
		texts=("subject", "content", "comment_by"),
		title="Comments",
		shown=("creation", "comment_type", "content"),
	),
	Personal(
		"ToDo",
		attached=("reference_type", "reference_name"),
		texts=("description", *TASK_TEXTS),
		title="Tasks about you",
		shown=("date", "status", "description", *TASK_TEXTS),
	),
	Personal("Version", attached=("ref_doctype", "docname"), texts=("data",), names_too=True),
	Personal(
		"Notification Log",
		attached=("document_type", "document_name"),
		texts=("subject", "email_content"),
		names_too=True,
	),
	Personal(
		"Deleted Document",
		attached=("deleted_doctype", "deleted_name"),
		texts=("deleted_name", "data"),
		names_too=True,
	),
	Personal(
		"Activity Log",
		attached=("reference_doctype", "reference_name"),
		texts=("subject", "content"),
		names_too=True,
	),
	Personal(
		"Error Log",
		attached=("reference_doctype", "reference_name"),
		texts=("method", "error"),
		names_too=True,
	),
	Personal("Tag Link", attached=("document_type", "document_name"), texts=("title",)),
	Personal("View Log", attached=("reference_doctype", "reference_name")),
	Personal("DocShare", attached=("share_doctype", "share_name")),
	Personal("Document Share Key", attached=("reference_doctype", "reference_docname")),
	Personal("Document Follow", attached=("ref_doctype", "ref_docname")),
	Personal("Reminder", attached=("reminder_doctype", "reminder_docname"), texts=("description",)),
	Personal("Energy Point Log", attached=("reference_doctype", "reference_name"), texts=("reason",)),
	Personal(
		"Integration Request",
		attached=("reference_doctype", "reference_docname"),
		texts=("data", "output", "error", "url", "request_description"),
		names_too=True,
	),
	Personal("Webhook Request Log", texts=("url", "data", "response", "error", "headers"), names_too=True),
	Personal(
		"Access Log", erase=KEEP, texts=("filters", "page", "columns", "reference_document"), names_too=True
	),
	Personal("Scheduled Job Log", erase=KEEP, texts=("details", "debug_log"), names_too=True),
	Personal("Data Import Log", erase=KEEP, texts=("exception", "messages"), names_too=True),
	Personal("Data Import", erase=KEEP, texts=("template_warnings",), names_too=True),
	Personal("Prepared Report", erase=KEEP, texts=("filters", "error_message"), names_too=True),
	Personal("Submission Queue", erase=KEEP, texts=("exception",), names_too=True),
	Personal("Console Log", erase=KEEP, texts=("script",), names_too=True),
	Personal("Route History", erase=KEEP, texts=("route",), names_too=True),
)
"""Tables of Frappe and ERPNext. A table or a column that a version does not have is passed over."""

PERSONAL = OURS + FOREIGN

LAWFUL: dict[str, str] = {
	"Customer": "a customer's master data, needed while documents about the business must be kept",
	"Quotation": "an offer: commercial and tax law set how long it must be kept",
	"Sales Order": "an order: commercial and tax law set how long it must be kept",
	"Delivery Note": "a delivery: commercial and tax law set how long it must be kept",
	"Sales Invoice": "an invoice: tax law sets how long it must be kept",
	"Payment Entry": "a payment: tax law sets how long it must be kept",
	"Payment Request": "a payment: tax law sets how long it must be kept",
	"Contract": "a contract: it is needed until claims from it have lapsed",
	"Supplier": "a supplier's master data, needed while documents about the business must be kept",
	"User": "a login with this address: erase it with Frappe's own Personal Data Deletion Request",
	"Employee": "a colleague's own record",
}
"""DocTypes an erasure never touches, nor the messages filed under them; and why."""


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
