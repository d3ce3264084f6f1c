"""Tables of Frappe and ERPNext in the registry, and those that an erasure leaves alone (CP-08)."""

from __future__ import annotations

from nurture_app.site.privacy.personal import BLANK, KEEP, Personal

TASK_TEXTS = tuple(
	f"nurture_{one}"
	for one in ("text", "observation", "question", "research", "answer", "next_step", "address")
)
"""Our fields of ToDo in which a person may be spoken of."""

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
