"""What strangers write goes into tables that the Desk shows unescaped: the timeline, reports, the report view of lists."""

from __future__ import annotations

import re
from dataclasses import replace

import frappe

from nurture_app.engine.bounces.consequences import Evidence, act_on
from nurture_app.engine.bounces.report import Kind, Report
from nurture_app.site import mail_hits, nurture_jobs
from nurture_app.site.deliverability import mailbox
from nurture_app.site.host import site_host
from nurture_app.site.links import OPEN, signed_url
from nurture_app.site.testing.factories import make_lead, make_touch, request, settle_settings
from nurture_app.site.testing.leftovers import in_tables
from nurture_app.site.testing.senders import event, make_source, post_events, post_hits
from nurture_app.site.testing.site_case import SiteCase

NEEDLE = "nurturestrangerzz"
MARKUP = f"<<img src=x onerror={NEEDLE}()> a < b"
ALIVE = re.compile(rf"<[a-z/!?][^>]*{NEEDLE}", re.IGNORECASE)
ESCAPED = ("tabError Log", "tabNurture Incoming Event", "__global_search")
"""Code and logs, which the Desk shows as text."""


class TestStrangersWords(SiteCase):
	def setUp(self) -> None:
		settle_settings(track_website=1, track_opens=1, sms_key="k" * 32)
		self.lead = make_lead(f"strange{frappe.generate_hash(length=6)}")
		frappe.db.commit()  # nosemgrep: requests have their own connection

	def tearDown(self) -> None:
		settle_settings(track_website=0)
		frappe.db.commit()  # nosemgrep: a test site

	def assert_harmless(self, *tables: str) -> None:
		"""It stands in `tables`, and nowhere as markup."""
		frappe.db.rollback()
		found = list(in_tables([NEEDLE], ESCAPED))
		places = {one.place.partition(".")[0] for one in found}
		self.assertLessEqual(set(tables), places, "nothing was tried")
		alive = [f"{one.place}: {one.excerpt}" for one in found if ALIVE.search(one.excerpt)]
		self.assertEqual(alive, [])

	def test_a_text_message_on_the_timeline(self) -> None:
		make_touch(self.lead, address="+4915123456789", channel="SMS")
		body = {"from": "+4915123456789", "text": MARKUP, "id": frappe.generate_hash(length=8)}
		self.assertEqual(request("POST", f"/n/sms/{'k' * 32}", data=body).status_code, 200)
		self.assert_harmless("tabCommunication", "tabNurture Activity")

	def test_what_a_browser_reports(self) -> None:
		visitor, website = "abcdefabcdefabcdef77", make_source("Strange Website", "Browser")
		view = {
			"t": "view",
			"i": "w" * 16,
			"p": f"/{MARKUP}",
			"n": MARKUP,
			"r": f"https://x.example/{MARKUP}",
		}
		view["u"] = {"campaign": MARKUP, "content": MARKUP}
		self.assertEqual(post_hits(website, {"v": visitor, "c": 1, "e": [view]}).status_code, 204)
		nurture_jobs.run_incoming()
		server = make_source("Strange Server", "Server")
		said = {
			"person": {"email": self.lead.email_id, "visitor": visitor},
			"detail": MARKUP,
			"campaign": MARKUP,
		}
		answer = post_events(server.flags.key, [event(1, "", **said)])
		self.assertEqual(answer.json["accepted"], 1, answer.json)
		nurture_jobs.run_incoming()
		self.assert_harmless(
			"tabNurture Page View", "tabNurture Visit", "tabNurture Visitor", "tabNurture Activity", "tabLead"
		)

	def test_the_program_that_opens_a_mail(self) -> None:
		token = frappe.generate_hash(length=22)
		make_touch(self.lead, tracking_token=token)
		frappe.db.commit()  # nosemgrep: requests have their own connection
		path = "/n/" + signed_url(OPEN, token).split("/n/")[1]
		request("GET", path, headers={"User-Agent": f"Mozilla/5.0 {MARKUP}"})
		mail_hits.collect(site_host(commit=True))
		self.assert_harmless("tabNurture Mail Hit")

	def test_a_mail_in_the_bounce_mailbox(self) -> None:
		raw = f"From: {MARKUP} <x@y.example>\r\nSubject: {MARKUP}\r\n\r\nNo report.".encode()
		mailbox._take(raw, mailbox.Reading())
		self.assert_harmless("tabNurture Bounce")

	def test_a_mail_server_that_refuses(self) -> None:
		report = Report(Kind.SOFT, diagnostic=f"450 <{self.lead.email_id}> {MARKUP}")
		touch = make_touch(self.lead, message_id=f"{frappe.generate_hash(length=22)}@site.example")
		found = frappe.db.get_value("Nurture Touch", {"token": touch}, ["name", "message_id"], as_dict=True)
		evidence = Evidence("Inbox", frappe.generate_hash(length=10), is_trusted=True)
		act_on(site_host(commit=True), replace(report, message_id=found.message_id), evidence)
		self.assert_harmless("tabNurture Bounce")
