"""Generated leads with a past: who they are, what they agreed to, and what they did in the last year.

Lead number n is the same person in every data set, whatever its size, so that runs compare. About ten activities per
lead, unevenly spread as in life: a quarter never did anything, a few did a hundred things.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import frappe

from nurture_app.engine.activities import COLUMNS as ACTIVITY_COLUMNS
from nurture_app.site.database import FrappeDatabase

FIRST_NAMES = (
	"Ada",
	"Grace",
	"Alan",
	"Edsger",
	"Barbara",
	"Donald",
	"Zoë",
	"José",
	"Mary",
	"Søren",
	"Li",
	"Priya",
)
LAST_NAMES = (
	"Lovelace",
	"Hopper",
	"Turing",
	"Dijkstra",
	"Liskov",
	"Müller",
	"García",
	"Okafor",
	"Nguyen",
	"Smith",
)
COMPANY_WORDS = ("North", "Blue", "Iron", "Bright", "Cedar", "Summit", "Harbor", "Vector", "Quiet", "Delta")
COMPANY_KINDS = ("Software", "Logistics", "Foods", "Consulting", "Metals", "Health", "Energy", "Media")
INDUSTRIES = (
	"Software",
	"Consulting",
	"Manufacturing",
	"Health Care",
	"Banking",
	"Retail & Wholesale",
	"Education",
	"",
)
JOB_TITLES = (
	"CEO",
	"Head of Operations",
	"Sales Director",
	"Buyer",
	"Analyst",
	"Engineer",
	"Office Manager",
	"Student",
	"",
)
SIZES = ("1-10", "11-50", "51-200", "201-500", "501-1000", "1000+")
STATUSES = ("Lead",) * 12 + ("Open",) * 4 + ("Replied",) * 2 + ("Interested", "Converted", "Do Not Contact")
TIME_ZONES = ("", "", "America/New_York", "America/Los_Angeles", "Europe/Berlin", "Asia/Kolkata")
MAIL_DOMAINS = ("gmail.com", "outlook.com")

# (activity type, channel, share in percent)
ACTIVITIES = (
	("Page View", "Website", 44),
	("Email Open", "Email", 20),
	("Email Click", "Email", 7),
	("Content Download", "Website", 7),
	("Pricing Page View", "Website", 5),
	("Form Submitted", "Website", 4),
	("Webinar Registered", "Event", 3),
	("Webinar Attended", "Event", 2),
	("Product Usage", "Product", 2),
	("Chat Started", "Chat", 2),
	("Call", "Phone", 1),
	("Email Reply", "Email", 1),
	("Meeting", "Sales", 1),
	("Demo Request", "Website", 1),
)
KINDS = [(kind, channel) for kind, channel, _ in ACTIVITIES]
SHARES = [share for *_, share in ACTIVITIES]
SEED = 20260101
LEAD_COLUMNS = (
	"name",
	"creation",
	"modified",
	"owner",
	"naming_series",
	"first_name",
	"last_name",
	"lead_name",
	"title",
	"email_id",
	"company_name",
	"job_title",
	"industry",
	"no_of_employees",
	"status",
	"territory",
	"mobile_no",
	"website",
	"lead_owner",
	"language",
	"image",
	"unsubscribed",
	"nurture_email_consent",
	"nurture_time_zone",
)
CONSENT_COLUMNS = (
	"name",
	"party_type",
	"party",
	"address",
	"channel",
	"purpose",
	"status",
	"given_on",
	"source",
	"recorded_by",
	"consent_key",
)
EMPTIED = (
	"Lead",
	"Nurture Activity",
	"Nurture Consent",
	"Nurture Enrollment",
	"Nurture Score Entry",
	"Nurture Segment Member",
	"Nurture Suppression",
	"Nurture Touch",
	"Email Queue",
	"Email Queue Recipient",
	"Email Campaign",
	"Communication",
	"Communication Link",
	"Contact",
	"Contact Email",
	"Dynamic Link",
)


def lead_name(number: int) -> str:
	return f"CRM-LEAD-2026-{number:06}"


def count_leads() -> int:
	return frappe.db.sql("SELECT COUNT(*) FROM `tabLead`")[0][0]


def empty() -> None:
	"""Forget all leads and everything about them."""
	for doctype in EMPTIED:
		frappe.db.sql_ddl(f"TRUNCATE TABLE `tab{doctype}`")


def fill(upto: int) -> None:
	"""Add the leads up to number `upto` to those that are there, with consents and activities; committed."""
	numbers = range(count_leads() + 1, upto + 1)
	db, now = FrappeDatabase(commit=True), frappe.utils.now_datetime()
	for first in range(numbers.start, numbers.stop, 5000):
		people = [_Person(number, now) for number in range(first, min(first + 5000, numbers.stop))]
		with db.transaction():
			db.insert("tabLead", LEAD_COLUMNS, [one.lead() for one in people])
			db.insert("tabNurture Consent", CONSENT_COLUMNS, _without_none(one.consent(db) for one in people))
			db.insert(
				"tabNurture Activity", ACTIVITY_COLUMNS, (row for one in people for row in one.activities(db))
			)
	for doctype in ("Lead", "Nurture Activity", "Nurture Consent"):
		frappe.db.sql(f"ANALYZE TABLE `tab{doctype}`")


class _Person:
	def __init__(self, number: int, now: datetime):
		self.random = random.Random(SEED + number)
		pick = self.random.choice
		self.number, self.now = number, now
		self.name = lead_name(number)
		self.first, self.last = pick(FIRST_NAMES), pick(LAST_NAMES)
		self.company = f"{pick(COMPANY_WORDS)} {pick(COMPANY_KINDS)}" if self.random.random() < 0.9 else ""
		domain = self.company.replace(" ", "-").lower() + ".example" if self.company else pick(MAIL_DOMAINS)
		self.address = (
			f"{self.first}.{self.last}.{number}@{domain}".lower().encode("ascii", "ignore").decode()
		)
		self.agreed = self.random.random() < 0.7
		self.created = now - timedelta(days=self.random.uniform(0, 730))

	def lead(self) -> tuple:
		pick = self.random.choice
		full_name = f"{self.first} {self.last}"
		return (
			self.name,
			self.created,
			self.created,
			"Administrator",
			"CRM-LEAD-.YYYY.-",
			self.first,
			self.last,
			full_name,
			self.company or full_name,
			self.address,
			self.company or None,
			pick(JOB_TITLES) or None,
			pick(INDUSTRIES) or None,
			pick(SIZES),
			pick(STATUSES),
			pick(("United States", "Rest Of The World")),
			f"+1 555 {self.number:07}",
			f"https://{self.address.partition('@')[2]}" if self.company else None,
			"Administrator",
			"en",
			# with a picture, ERPNext does not ask gravatar.com at each save
			"/assets/frappe/images/frappe-framework-logo.svg",
			int(self.random.random() < 0.02),
			"Given" if self.agreed else "",
			pick(TIME_ZONES),
		)

	def consent(self, db: FrappeDatabase) -> tuple | None:
		if not self.agreed:
			return None
		key = f"{self.name}|Email|Marketing"
		source = ("Email", "Marketing", "Given", self.created, "Web Form", "Administrator", key)
		return (db.new_name(), "Lead", self.name, self.address, *source)

	def activities(self, db: FrappeDatabase) -> Iterator[tuple]:
		"""In the order of `activities.COLUMNS`. Openings and clicks are partly those of mail scanners."""
		if self.random.random() < 0.25:
			return
		span = min(365.0, (self.now - self.created).total_seconds() / 86400)
		for kind, channel in self.random.choices(
			KINDS, SHARES, k=min(200, 1 + int(self.random.expovariate(1 / 12.5)))
		):
			name = db.new_name()
			# recent things are more frequent than old ones
			moment = self.now - timedelta(days=span * self.random.random() ** 1.5)
			machine = kind in ("Email Open", "Email Click") and self.random.random() < 0.3
			detail = (
				f"/{self.random.choice(('pricing', 'features', 'blog', 'docs'))}"
				if channel == "Website"
				else ""
			)
			classification = "machine" if machine else "human"
			sequence = "Five-Email Nurture" if channel == "Email" else ""
			yield (
				*(name, kind, moment, "Lead", self.name, channel, detail, classification),
				*("", sequence, "", "", "", "", "", name),
			)


def _without_none(rows: Iterable[tuple | None]) -> list[tuple]:
	return [row for row in rows if row]
