"""Somebody who did everything the app and Frappe keep traces of, through the doors such people use."""

from __future__ import annotations

import random
import zlib
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

import frappe
from frappe.desk.form.assign_to import add as assign
from frappe.email.queue import flush
from frappe.email.receive import InboundMail
from frappe.utils import add_to_date, now_datetime

from nurture_app.engine.activities import ActivityIn, record
from nurture_app.engine.enrollments.entering import enroll
from nurture_app.site import active, nurture_jobs
from nurture_app.site.host import site_host
from nurture_app.site.public.links import make_link
from nurture_app.site.testing.factories import (
	make_mail_account,
	make_rule,
	make_sequence,
	request,
	settle_settings,
)
from nurture_app.site.testing.mail_server import MailServer
from nurture_app.site.testing.senders import BROWSER, event, make_source, post_events, post_hits
from nurture_app.site.testing.site_case import SiteCase

ACCOUNT = "Nurture Privacy Test"
OUR_MAILBOX = "robin@company.example"
SEQUENCE = "Privacy Test Sequence"
RULE = "Privacy Test: demo request"


@dataclass(frozen=True, slots=True)
class RichPerson:
	"""What to look for afterwards."""

	first_name: str
	last_name: str
	address: str
	phone: str
	mobile: str
	lead: str
	unsubscribe_token: str

	@property
	def full_name(self) -> str:
		return f"{self.first_name} {self.last_name}"

	@property
	def needles(self) -> tuple[str, ...]:
		name, host = self.address.split("@")
		return (
			self.first_name,
			self.last_name,
			self.address,
			name,
			self.phone,
			self.mobile,
			f"{name}%40{host}",
		)


class PrivacyCase(SiteCase):
	"""With a mail account, a mail server, a sequence and a rule, under which a rich person can live."""

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		cls.server = MailServer()
		cls.server.__enter__()
		cls.addClassCleanup(cls.server.__exit__)
		_remove_account()
		make_mail_account(ACCOUNT, OUR_MAILBOX, cls.server.port)
		settle_settings(email_account=ACCOUNT, window_start="00:00:00", window_end="23:59:59")
		make_rule(RULE, "Demo Request", 60)
		make_sequence(SEQUENCE)
		flags = frappe.flags.testing_email, frappe.conf.get("mute_emails")
		frappe.flags.testing_email, frappe.conf.mute_emails = True, 0
		cls.addClassCleanup(_restore, flags)
		active.forget()
		frappe.db.commit()  # nosemgrep: a test site

	@classmethod
	def tearDownClass(cls) -> None:
		settle_settings(email_account=None)
		_remove_account()
		frappe.delete_doc("Lead Scoring Rule", RULE, force=True, ignore_missing=True)
		frappe.db.commit()  # nosemgrep: a test site
		super().tearDownClass()


def make_rich_person(first_name: str, last_name: str, **lead: Any) -> RichPerson:
	"""Lead, mails out and in, activities, scores, sequence, links, notes, files, tasks, searches. Committed.

	The names get an ending of their own, so that what an earlier run left is not found.
	"""
	ending = "".join(random.choices("bdfgklmnprstvz", k=6))
	first_name, last_name = first_name + ending[:3], last_name + ending
	name = f"{first_name}.{last_name}".lower()
	digits = f"{zlib.crc32(name.encode()):010}"
	address, phone, mobile = f"{name}@site.example", f"+49 30 {digits[:7]}", f"+49-17{digits}"
	doc = frappe.get_doc(
		{
			"doctype": "Lead",
			"first_name": first_name,
			"last_name": last_name,
			"email_id": address.title(),
			"phone": phone,
			"mobile_no": mobile,
			"company_name": "Sample Works",
			"image": "/files/none.png",
			"city": "Sampleton",
			"nurture_email_consent": "Given",
			**lead,
		}
	).insert(ignore_permissions=True)
	frappe.db.commit()  # nosemgrep: each request commits
	person = RichPerson(first_name, last_name, address, phone, mobile, doc.name, _send_mail(doc.name))
	_receive_mail(person)
	_acts(person)
	_colleagues_work(doc, person)
	_traces_in_logs(doc, person)
	_online(person)
	frappe.db.commit()  # nosemgrep: each request commits
	return person


def _send_mail(lead: str) -> str:
	(outcome,) = enroll(site_host(commit=False), SEQUENCE, [lead])
	assert outcome.enrollment, outcome.reason
	frappe.db.commit()  # nosemgrep: jobs see committed data
	nurture_jobs.run_tick()
	flush()
	nurture_jobs.run_tick()
	return frappe.db.get_value("Nurture Touch", {"party": lead, "status": "Sent"}, "token")


def _receive_mail(person: RichPerson) -> None:
	"""An answer with an attachment and a copy to somebody else, and a fresh mail, through Frappe's inbound code."""
	message_id = frappe.db.get_value("Nurture Touch", {"token": person.unsubscribe_token}, "message_id")
	account = frappe.get_doc("Email Account", ACCOUNT)
	for number, subject in enumerate((f"Re: Hello {person.first_name}", "Another question")):
		mail = EmailMessage()
		mail["From"] = f"{person.full_name} <{person.address}>"
		mail["To"], mail["Cc"] = OUR_MAILBOX, "colleague@other.example"
		mail["Subject"], mail["Message-ID"] = subject, f"<rich-{number}-{person.lead}@mail.example>"
		if not number:
			mail["In-Reply-To"] = f"<{message_id}>"
		mail.set_content(f"Yes!\n{person.full_name}\n{person.phone}")
		mail.add_attachment(
			f"cv of {person.full_name}".encode(), "text", "plain", filename=f"{person.last_name}.txt"
		)
		InboundMail(mail.as_bytes(), account, uid=f"{number}{person.lead}").process()


def _acts(person: RichPerson) -> None:
	host = site_host(commit=True)
	now = now_datetime()
	record(
		host,
		[
			ActivityIn(person.lead, "Demo Request", now, "Website", detail=f"asked by {person.full_name}"),
			ActivityIn(person.lead, "Pricing Page View", now, "Website", detail="/pricing"),
		],
	)
	make_link("privacy-test", address=person.address, party=person.lead)


def _online(person: RichPerson) -> None:
	"""Looks at pages, opens the mail, fills in a form, chooses, and is named by other systems; one mail comes back."""
	from nurture_app.site.public.test_forms import KEY, make_form

	settle_settings(email_account=ACCOUNT, track_website=1, window_start="00:00:00", window_end="23:59:59")
	make_form()
	website, shop = make_source("Privacy Website", "Browser"), make_source("Privacy Shop", "Server")
	visitor = frappe.generate_hash(length=20)
	views = [
		{
			"t": "view",
			"i": frappe.generate_hash(length=16),
			"p": f"/hello/{person.last_name}",
			"n": person.full_name,
		}
	]
	post_hits(website, {"v": visitor, "c": 1, "e": views})
	nurture_jobs.run_tick()
	said = {
		"email_id": person.address,
		"first_name": person.first_name,
		"message": f"I am {person.full_name}",
	}
	request("POST", f"/n/form/{KEY}", data={**said, "visitor": visitor})
	seen = event(
		1, person.address, id=frappe.generate_hash(length=12), detail=f"export for {person.full_name}"
	)
	unknown = {**seen, "id": frappe.generate_hash(length=12), "type": "No Such Type"}
	post_events(shop.flags.key, [seen, unknown])
	tracking = frappe.db.get_value("Nurture Touch", {"token": person.unsubscribe_token}, "tracking_token")
	links = site_host(commit=False).links
	if tracking:
		request("GET", urlsplit(links.opening(tracking)).path, headers={"User-Agent": BROWSER})
	chosen = {"action": "save", "frequency": "Monthly", "pause": "keep"}
	request("POST", urlsplit(links.preferences(person.unsubscribe_token)).path, data=chosen)
	nurture_jobs.run_tick()
	frappe.get_doc(
		{
			"doctype": "Nurture Bounce",
			"kind": "Soft",
			"address": person.address,
			"party_type": "Lead",
			"party": person.lead,
			"occurred_on": now_datetime(),
			"diagnostic": f"452 4.2.2 <{person.address}> mailbox full",
			"dedupe_key": frappe.generate_hash(),
		}
	).insert(ignore_permissions=True)


def _colleagues_work(doc: Any, person: RichPerson) -> None:
	doc.reload()
	doc.add_comment("Comment", f"Spoke with {person.full_name} on {person.phone}")
	doc.add_tag(f"privacy-{person.last_name.lower()}")
	assign(
		{
			"assign_to": ["Administrator"],
			"doctype": "Lead",
			"name": doc.name,
			"description": f"Call {person.full_name}",
		}
	)
	frappe.get_doc(
		{
			"doctype": "File",
			"file_name": f"{person.last_name}-notes.txt",
			"content": f"notes about {person.full_name}",
			"attached_to_doctype": "Lead",
			"attached_to_name": doc.name,
		}
	).insert(ignore_permissions=True)
	frappe.get_doc(
		{
			"doctype": "Contact",
			"first_name": person.first_name,
			"last_name": person.last_name,
			"email_ids": [{"email_id": person.address, "is_primary": 1}],
			"phone_nos": [{"phone": person.mobile, "is_primary_mobile_no": 1}],
			"links": [{"link_doctype": "Lead", "link_name": doc.name}],
		}
	).insert(ignore_permissions=True)
	frappe.get_doc(
		{
			"doctype": "Address",
			"address_title": person.full_name,
			"address_type": "Personal",
			"address_line1": f"{person.last_name} Street 1",
			"city": "Sampleton",
			"country": "Germany",
			"email_id": person.address,
			"links": [{"link_doctype": "Lead", "link_name": doc.name}],
		}
	).insert(ignore_permissions=True)
	frappe.get_doc(
		{
			"doctype": "Event",
			"subject": f"Call with {person.full_name} {person.address}",
			"event_category": "Meeting",
			"starts_on": add_to_date(now_datetime(), days=3),
			"event_participants": [{"reference_doctype": "Lead", "reference_docname": doc.name}],
		}
	).insert(ignore_permissions=True)
	frappe.get_doc(
		{
			"doctype": "Nurture Insight",
			"kind": "Objection",
			"said": f"{person.first_name} finds it dear, {person.phone}",
			"answer": f"{person.full_name} gets a figure of their own",
			"lead": doc.name,
		}
	).insert(ignore_permissions=True)
	doc.reload()
	doc.append("notes", {"note": f"{person.full_name} likes tea"})
	doc.save()


def _traces_in_logs(doc: Any, person: RichPerson) -> None:
	frappe.log_error(
		title=f"import of {person.address}", message=f"Traceback: {person.full_name} {person.mobile}"
	)
	frappe.get_doc(
		{
			"doctype": "Version",
			"ref_doctype": "Lead",
			"docname": doc.name,
			"data": frappe.as_json({"changed": [["last_name", "x", person.last_name]]}),
		}
	).insert(ignore_permissions=True)
	frappe.get_doc(
		{
			"doctype": "Notification Log",
			"subject": f"New message from {person.full_name}",
			"for_user": "Administrator",
			"document_type": "Lead",
			"document_name": doc.name,
			"type": "Alert",
		}
	).insert(ignore_permissions=True)
	frappe.get_doc({"doctype": "Email Group", "title": "Privacy Test Group"}).insert(ignore_if_duplicate=True)
	frappe.get_doc(
		{"doctype": "Email Group Member", "email_group": "Privacy Test Group", "email": person.address}
	).insert(ignore_permissions=True)
	frappe.get_doc(
		{
			"doctype": "Communication",
			"communication_type": "Communication",
			"communication_medium": "Email",
			"sent_or_received": "Sent",
			"subject": "Minutes",
			"sender": OUR_MAILBOX,
			"recipients": f"somebody@other.example, {person.address}",
			"content": f"<p>Present: {person.address}</p>",
		}
	).insert(ignore_permissions=True)
	frappe.db.sql(
		"REPLACE INTO `__UserSettings` (`user`, `doctype`, `data`) VALUES ('Administrator', 'Nurture Touch', %s)",
		frappe.as_json({"filters": [["Nurture Touch", "address", "=", person.address]]}),
	)


def _remove_account() -> None:
	frappe.delete_doc("Email Account", ACCOUNT, force=True, ignore_missing=True)


def _restore(flags: tuple) -> None:
	frappe.db.rollback()
	frappe.flags.testing_email, frappe.conf.mute_emails = flags
