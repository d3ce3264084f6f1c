"""One filled-in form, chat, event or row of another system, as it comes in and after it was checked (CT-06).

What is wrong with the person's own words is refused by name, so that they can mend it. What only does not fit this
site (a country it spells differently, a field of another form) is kept aside and costs nobody a lead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from nurture_app.engine.addresses import MAX_LENGTH, normalise
from nurture_app.engine.capture.domains import Domains
from nurture_app.engine.capture.plain import folded, one_line, paragraphs
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.ports import FieldInfo
from nurture_app.engine.visits.came_by import UTM_PARTS

NOTHING: Mapping[str, str] = MappingProxyType({})


PERSON = (
	"first_name",
	"last_name",
	"company_name",
	"phone",
	"job_title",
	"country",
	"language",
	"time_zone",
)
"""Attributes of a submission that fill fields of the Lead."""

FIELD_OF = {"time_zone": "nurture_time_zone"}
"""Where an attribute's name is not the Lead's."""

LONGEST_LINE = 140
"""Characters of a one-line field, as Frappe stores it."""

LONGEST_TEXT = 5000
LONGEST_ANSWER = 1000
MOST_FIELDS = 50
MOST_TOPICS = 50

SOURCES = (
	"Website Visit",
	"Website Form",
	"Content Download",
	"Newsletter",
	"Survey",
	"Chat",
	"Event",
	"Social",
	"Advertising",
	"Search",
	"Referral",
	"Cold Outreach Reply",
	"Product",
	"Email",
	"Phone",
	"Import",
	"Other System",
)
"""Where leads come from, as reports count them (CT-24, CT-33). A site may use words of its own beside them."""

SOURCE_OF_ACTIVITY = {
	"Content Download": "Content Download",
	"Survey Answered": "Survey",
	"Chat Started": "Chat",
	"Webinar Registered": "Event",
	"Webinar Attended": "Event",
	"Product Usage": "Product",
	"Email Reply": "Cold Outreach Reply",
	"Call": "Phone",
	"Page View": "Website Visit",
	"Pricing Page View": "Website Visit",
}
OWN_FIELDS = frozenset(
	{"nurture_time_zone", "nurture_referrer", "nurture_team_size", "nurture_use_case", "nurture_preferences"}
)
"""Fields of ours on Lead that a person may fill in."""

NOT_FOR_STRANGERS = frozenset(
	{
		"name",
		"owner",
		"creation",
		"modified",
		"email_id",
		"naming_series",
		"status",
		"lead_owner",
		"lead_name",
		"title",
		"customer",
		"company",
		"image",
		"disabled",
		"unsubscribed",
		"blog_subscriber",
		"qualification_status",
		"qualified_by",
		"qualified_on",
	}
)
"""Fields of Lead that sales or ERPNext decides about."""


@dataclass(frozen=True, slots=True)
class Submission:
	"""What came in. `occurred_on` is in the host's zone if naive; None means now. `event_id` makes a repetition harmless."""

	address: str
	first_name: str = ""
	last_name: str = ""
	company_name: str = ""
	phone: str = ""
	job_title: str = ""
	country: str = ""
	language: str = ""
	time_zone: str = ""
	fields: Mapping[str, str] = field(default_factory=dict)
	"""Further fields of Lead by name."""
	form: str = ""
	source: str = ""
	interest: str = ""
	activity_type: str = "Form Submitted"
	detail: str = ""
	occurred_on: datetime | None = None
	consent: bool = False
	"""The person ticked the box themselves. Without it nothing is recorded about consent (CP-04)."""
	wording: str = ""
	"""The words beside that box."""
	topics: tuple[str, ...] = ()
	visitor: str = ""
	"""The visitor's cookie."""
	utm: Mapping[str, str] = field(default_factory=dict)
	"""source, medium, campaign, term, content."""
	page_url: str = ""
	ip: str = ""
	event_id: str = ""
	asset: str = ""
	message: str = ""
	answers: Mapping[str, str] = field(default_factory=dict)
	"""To questions that no field of Lead holds, by the question."""
	named: Mapping[str, str] = field(default_factory=dict)
	"""Answers by the name of their question, for those who look for one of them."""
	lead: str = ""
	"""The lead, where it is known beforehand; otherwise the address tells it."""
	touch: str = ""
	"""The message that asked, with the sequence and enrollment it belongs to."""
	sequence: str = ""
	enrollment: str = ""
	source_doctype: str = ""
	source_name: str = ""


@dataclass(frozen=True, slots=True)
class Captured:
	"""The lead that came of it, whether it is a new one, and the activity on it."""

	lead: str
	is_new: bool
	activity: str


@dataclass(frozen=True, slots=True)
class Checked:
	"""A submission whose texts are clean and whose address is a key."""

	submission: Submission
	address: str
	values: Mapping[str, str]
	"""What the person said, by field of Lead; nothing empty."""
	utm: Mapping[str, str]
	source: str


def check(
	submission: Submission, catalog: Mapping[str, FieldInfo], domains: Domains, block_disposable: bool
) -> Checked:
	"""Clean a submission, or raise `NurtureError` saying what is wrong with which field."""
	address = normalise(submission.address)
	if not address and not submission.lead:
		raise NurtureError("address_invalid", address=one_line(submission.address)[:MAX_LENGTH])
	if address and block_disposable and domains.is_disposable(address):
		raise NurtureError("address_disposable", address=address)
	return Checked(
		submission,
		address,
		_values(submission, catalog),
		{
			key: one_line(submission.utm.get(key))[:LONGEST_LINE]
			for key in UTM_PARTS
			if submission.utm.get(key)
		},
		source_of(submission),
	)


def source_of(submission: Submission) -> str:
	"""Where a lead of this submission comes from: what was said, or what follows from what was done."""
	said = one_line(submission.source)[:LONGEST_LINE]
	return said or SOURCE_OF_ACTIVITY.get(submission.activity_type, "Website Form")


def may_be_filled(fieldname: str) -> bool:
	"""Whether a stranger may fill a field of Lead."""
	if fieldname.startswith("nurture_"):
		return fieldname in OWN_FIELDS
	return fieldname not in NOT_FOR_STRANGERS


def _values(submission: Submission, catalog: Mapping[str, FieldInfo]) -> dict[str, str]:
	if len(submission.fields) > MOST_FIELDS:
		raise NurtureError("capture_too_many_fields", limit=MOST_FIELDS)
	if len(submission.topics) > MOST_TOPICS:
		raise NurtureError("capture_too_many_topics", limit=MOST_TOPICS)
	said = {FIELD_OF.get(name, name): getattr(submission, name) for name in PERSON}
	for name, value in submission.fields.items():
		if name not in catalog or not may_be_filled(name):
			raise NurtureError("capture_field_unknown", field=str(name)[:LONGEST_LINE])
		if value not in (None, ""):
			said[name] = value
	return {name: text for name, value in said.items() if (text := _text(name, value, catalog.get(name)))}


def _text(name: str, value: object, info: FieldInfo | None) -> str:
	if isinstance(value, dict | list | tuple | set):
		raise NurtureError("capture_not_a_text", field=name)
	raw = "" if value is None else str(value)
	is_line = name in PERSON or "\n" not in raw.strip()
	if info and info.options:
		text = folded(raw)
	else:
		text = one_line(raw) if is_line else paragraphs(raw)
	limit = LONGEST_LINE if is_line else LONGEST_TEXT
	if len(text) > limit:
		raise NurtureError("capture_too_long", field=name, length=len(text), limit=limit)
	return text
