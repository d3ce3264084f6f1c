"""Openings and clicks from the received mail to the score: sent by Frappe over SMTP, followed through the web application."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from unittest.mock import patch
from urllib.parse import urlsplit

import frappe
from frappe.email.queue import flush

from nurture_app.engine.enrollments.entering import enroll
from nurture_app.site import mail_hits, nurture_jobs
from nurture_app.site.host import site_host
from nurture_app.site.links import SiteLinks, signed_url, site_url
from nurture_app.site.public.mail_tracking import PIXEL
from nurture_app.site.testing.factories import (
	make_lead,
	make_mail_account,
	make_rule,
	make_sequence,
	request,
	settle_settings,
)
from nurture_app.site.testing.mail_server import MailServer
from nurture_app.site.testing.site_case import SiteCase

SENT = datetime(2026, 3, 4, 10, 0)
"""A Wednesday, in the site's zone."""
ACCOUNT = "Nurture Tracking Test"
CONTENT = "Tracking Test Text"
GUIDE, PRICES = "https://shop.example/guide?a=1&b=2", "https://shop.example/prices#monthly"
PERSONAL = "https://shop.example/hello/{}?n=Gr%C3%BC%C3%9Fe"
BODY = (
	'<p>Grüße, {{ lead.first_name }}. Read <a href="https://shop.example/guide?a=1&amp;b=2">our guide</a>, look at'
	f' <a href="{PRICES}">prices</a> or <a href="https://shop.example/hello/{{{{ lead.first_name }}}}?n=Grüße">this</a>,'
	' write to <a href="mailto:tracking@company.example">Robin</a>.</p><p>'
	+ "A long line of text. " * 80
	+ "</p>"
)
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Mobile/15E148 Safari/604.1"
SCANNER_IP, HOME_IP = "8.8.8.8", "9.9.9.9"


class Addresses(HTMLParser):
	"""All addresses in a mail, as a scanner finds them."""

	def __init__(self, html: str):
		super().__init__()
		self.links: list[str] = []
		self.pictures: list[str] = []
		self.hidden: list[str] = []
		self.feed(html)

	def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
		values = dict(attrs)
		if tag == "a":
			(self.hidden if "aria-hidden" in values else self.links).append(values["href"])
		elif tag == "img":
			self.pictures.append(values["src"])


def fetch(url: str, method: str = "GET", agent: str = CHROME, ip: str = HOME_IP, **more):
	parts = urlsplit(url)
	path = parts.path + (f"?{parts.query}" if parts.query else "")
	headers = {"User-Agent": agent, "X-Forwarded-For": ip, **more.pop("headers", {})}
	return request(method, path, headers=headers, **more)


class TestMailTracking(SiteCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		cls.server = MailServer()
		cls.server.__enter__()
		cls.addClassCleanup(cls.server.__exit__)
		make_mail_account(ACCOUNT, "tracking@company.example", cls.server.port)
		frappe.delete_doc("Nurture Content", CONTENT, force=True, ignore_missing=True)
		frappe.get_doc(
			{
				"doctype": "Nurture Content",
				"title": CONTENT,
				"subject": "Grüße, {{ lead.first_name }}",
				"body": BODY,
			}
		).insert(ignore_permissions=True)
		make_rule("Tracking Test Click", "Email Click", 10)
		make_rule("Tracking Test Open", "Email Open", 5)
		frappe.db.commit()  # nosemgrep: a test site

	@classmethod
	def tearDownClass(cls) -> None:
		settle_settings(email_account=None)
		for doctype, name in (
			("Email Account", ACCOUNT),
			("Lead Scoring Rule", "Tracking Test Click"),
			("Lead Scoring Rule", "Tracking Test Open"),
		):
			frappe.delete_doc(doctype, name, force=True, ignore_missing=True)
		frappe.db.commit()  # nosemgrep: a test site
		super().tearDownClass()

	def setUp(self) -> None:
		flags = frappe.flags.testing_email, frappe.conf.get("mute_emails")
		frappe.flags.testing_email, frappe.conf.mute_emails = True, 0
		self.addCleanup(self._restore, flags)
		for doctype in (
			"Email Queue",
			"Email Queue Recipient",
			"Nurture Mail Hit",
			"Nurture Link",
			"Nurture Activity",
		):
			frappe.db.delete(doctype)
		frappe.cache.delete_keys(mail_hits.HITS.key)
		self.server.take()
		with self.at(SENT - timedelta(days=1)):
			settle_settings(email_account=ACCOUNT, track_opens=1, track_clicks=1, settle_minutes=10)
			step = {
				"step_label": "Mail",
				"step_type": "Email",
				"content": CONTENT,
				"timing": "On Day",
				"day": 1,
			}
			make_sequence("Tracking Test", [step])
			self.lead = make_lead(f"reader{frappe.generate_hash(length=6)}", nurture_email_consent="Given")
		frappe.db.commit()  # nosemgrep: a test site

	@staticmethod
	def _restore(flags: tuple) -> None:
		frappe.flags.testing_email, frappe.conf.mute_emails = flags

	def send(self, lead=None) -> EmailMessage:
		return message_from_bytes(self.send_bytes(lead), policy=policy.default)

	def send_bytes(self, lead=None) -> bytes:
		"""The mail as it arrived at the server."""
		with self.at(SENT):
			enroll(site_host(commit=True), "Tracking Test", [(lead or self.lead).name])
			nurture_jobs.run_tick()
			flush()
			frappe.db.commit()  # nosemgrep: end of a job
		(raw,) = self.server.take_bytes()
		return raw

	def tick(self, after: timedelta) -> None:
		with self.at(SENT + after):
			nurture_jobs.run_tick()

	def score(self) -> int:
		return frappe.db.get_value("Lead", self.lead.name, "nurture_score") or 0

	def activities(self) -> list[tuple]:
		rows = frappe.get_all(
			"Nurture Activity",
			{"party": self.lead.name, "source_doctype": "Nurture Mail Hit"},
			["activity_type", "detail", "classification"],
			order_by="activity_type asc, detail asc, classification asc",
		)
		return [tuple(row.values()) for row in rows]

	def touch(self):
		return frappe.get_doc("Nurture Touch", {"party": self.lead.name})

	# --- people and scanners -----------------------------------------------------------------------------------------

	def test_a_scanner_scores_nothing_and_unsubscribes_nobody_and_a_person_who_then_clicks_scores(
		self,
	) -> None:
		mail = self.send()
		found = Addresses(html_of(mail))
		everything = [*found.pictures, *found.links, *found.hidden]
		everything += re.findall(r"https?://[^\s)>]+", text_of(mail))
		with self.at(SENT + timedelta(seconds=30)):
			for url in everything:
				if url.startswith(site_url()):
					for method in ("HEAD", "GET"):
						answer = fetch(url, method, ip=SCANNER_IP)
						self.assertLess(answer.status_code, 500, url)
		self.tick(timedelta(minutes=15))
		self.assertEqual(self.score(), 0)
		self.assertEqual({row[2] for row in self.activities()}, {"machine"})
		self.assertFalse(frappe.db.exists("Nurture Suppression", {"address": self.lead.email_id}))
		touch = self.touch()
		self.assertEqual((touch.status, touch.opened_on, touch.clicked_on), ("Sent", None, None))

		clicked_on = SENT + timedelta(hours=2)
		with self.at(clicked_on):
			answer = fetch(found.links[0], agent=PHONE)
		self.assertEqual((answer.status_code, answer.headers["Location"]), (302, GUIDE))
		self.tick(timedelta(hours=2, minutes=15))
		self.assertEqual(self.score(), 10)
		self.assertIn(("Email Click", GUIDE, "human"), self.activities())
		touch = self.touch()
		self.assertEqual((touch.status, touch.clicked_on), ("Clicked", clicked_on))
		self.assertEqual(frappe.db.count("Nurture Mail Hit", {"touch": touch.name, "settled": 0}), 0)

	def test_opening_and_clicking_is_seen_on_the_touch_with_the_reason_in_words(self) -> None:
		from nurture_app.site.api.mail_hits import of_touch

		found = Addresses(html_of(self.send()))
		with self.at(SENT + timedelta(hours=1)):
			self.assertEqual(fetch(found.pictures[0]).data, PIXEL)
			fetch(found.links[1])
		with self.at(SENT + timedelta(hours=1, minutes=1)):
			fetch(found.links[0], agent="curl/8.1")
		self.tick(timedelta(hours=2))
		shown = of_touch(self.touch().name)
		self.assertEqual(shown["counts"], {"human": 2, "machine": 1, "unknown": 0, "waiting": 0})
		self.assertEqual(
			sorted((hit["what"], hit["url"], hit["verdict"], hit["program"]) for hit in shown["hits"]),
			[
				("Clicked", GUIDE, "machine", "Robot"),
				("Clicked", PRICES, "human", "Browser"),
				("Opened", "", "human", "Browser"),
			],
		)
		self.assertIn("Calls itself a robot or a mail scanner.", {hit["reason"] for hit in shown["hits"]})
		self.assertEqual(self.score(), 15)

	def test_looking_at_the_mail_in_the_desk_tells_nothing(self) -> None:
		self.send()
		shown = frappe.db.get_value("Communication", self.touch().communication, "content")
		self.assertIn("shop.example/guide", shown)
		self.assertNotRegex(shown, "/n/[oc]/")
		self.assertNotIn(self.touch().token, shown)

	# --- the mail as it arrives ---------------------------------------------------------------------------------------

	def test_the_mail_survives_the_way_through_frappe_and_smtp(self) -> None:
		raw = self.send_bytes()
		for line in raw.splitlines():
			self.assertLessEqual(len(line), 998)
		mail = message_from_bytes(raw, policy=policy.default)
		touch = self.touch()
		unsubscribe = f"{site_url()}/u/{touch.token}"
		expected = {
			"From": "Robin Example <tracking@company.example>",
			"To": self.lead.email_id,
			"Reply-To": "tracking@company.example",
			"Subject": f"Grüße, {self.lead.first_name}",
			"Message-ID": f"<{touch.message_id}>",
			"List-Unsubscribe": f"<{unsubscribe}>",
			"List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
			"Precedence": "bulk",
			"MIME-Version": "1.0",
		}
		for header, value in expected.items():
			self.assertEqual([str(one) for one in mail.get_all(header)], [value], header)
		self.assertEqual(mail.get_content_type(), "multipart/alternative")
		self.assertEqual([part.get_content_type() for part in mail.iter_parts()], ["text/plain", "text/html"])
		html, text = html_of(mail), text_of(mail)
		found = Addresses(html)
		self.assertEqual((len(found.pictures), len(found.hidden)), (1, 1))
		personal = PERSONAL.format(self.lead.first_name)
		self.assertEqual(
			[fetch(link).headers.get("Location") for link in found.links if "/n/c/" in link],
			[GUIDE, PRICES, personal],
		)
		in_text = re.findall(r"https?://[^\s)]+/n/c/[^\s)]+", text)
		self.assertEqual([fetch(link).headers.get("Location") for link in in_text], [GUIDE, PRICES, personal])
		self.assertEqual(
			[link for link in found.links if "/n/" not in link],
			["mailto:tracking@company.example", unsubscribe],
		)
		self.assertNotIn(found.hidden[0], text)
		self.assertEqual(fetch(found.hidden[0]).status_code, 200)
		answer = fetch(unsubscribe, "POST", data={"List-Unsubscribe": "One-Click"})
		self.assertEqual(answer.status_code, 200)
		frappe.db.rollback()
		self.assertTrue(frappe.db.exists("Nurture Suppression", {"address": self.lead.email_id}))

	# --- switched off ---------------------------------------------------------------------------------------------------

	def test_a_person_who_wants_no_tracking_gets_the_mail_as_it_was_written(self) -> None:
		with self.at(SENT - timedelta(hours=1)):
			self.lead.reload().nurture_no_tracking = 1
			self.lead.save()
			frappe.db.commit()  # nosemgrep: a test site
		mail = self.send()
		self.assertNotRegex(html_of(mail) + text_of(mail), "/n/[oc]/")
		self.assertIn(f'href="{PRICES}"', html_of(mail))
		self.assertIsNone(self.touch().tracking_token)

	def test_switching_off_later_forgets_what_comes_from_then_on(self) -> None:
		found = Addresses(html_of(self.send()))
		with self.at(SENT + timedelta(hours=1)):
			settle_settings(email_account=ACCOUNT, track_clicks=0)
			frappe.db.commit()  # nosemgrep: a test site
			self.assertEqual(fetch(found.links[0]).headers["Location"], GUIDE)
			fetch(found.pictures[0])
		self.tick(timedelta(hours=2))
		self.assertEqual(frappe.get_all("Nurture Mail Hit", pluck="kind"), ["Open"])

	def test_a_colleague_is_not_counted(self) -> None:
		found = Addresses(html_of(self.send()))
		with patch("nurture_app.site.public.mail_tracking._is_colleague", return_value=True):
			self.assertEqual(fetch(found.pictures[0]).data, PIXEL)
			self.assertEqual(fetch(found.links[0]).headers["Location"], GUIDE)
		self.assertEqual(frappe.cache.llen(mail_hits.HITS.key), 0)

	# --- attacks --------------------------------------------------------------------------------------------------------

	def test_forged_pictures_are_the_same_picture_and_leave_no_trace(self) -> None:
		self.send()
		token = self.touch().tracking_token
		click = SiteLinks().click(token, "x" * 20)
		forged = [
			"",
			"x",
			"x" * 38,
			token,
			token + "A" * 16,
			click.split("/n/c/")[1].split("/")[0],
			"x" * 5000,
		]
		forged += [
			"%00" * 38,
			"%ff%fe",
			"../" * 5,
			"é" * 38,
			"'%20or%201=1",
			signed_url("u", token).rsplit("/", 1)[1],
		]
		for one in forged:
			for method in ("GET", "HEAD"):
				answer = fetch(f"/n/o/{one}", method)
				self.assertEqual((answer.status_code, answer.mimetype), (200, "image/gif"), one)
				self.assertEqual(answer.data, PIXEL if method == "GET" else b"")
		self.assertEqual(frappe.cache.llen(mail_hits.HITS.key), 0)

	def test_a_redirect_leads_nowhere_but_to_the_link_it_was_made_for(self) -> None:
		found = Addresses(html_of(self.send()))
		first, second = found.links[0], found.links[1]
		signed, link = first.rsplit("/", 2)[1:]
		other = second.rsplit("/", 1)[1]
		stranger = make_lead(f"stranger{frappe.generate_hash(length=6)}", nurture_email_consent="Given")
		frappe.db.commit()  # nosemgrep: a test site
		theirs = Addresses(html_of(self.send(stranger))).links[2]  # a link with the stranger's own name in it
		their_link = theirs.rsplit("/", 1)[1]
		frappe.get_doc(
			{"doctype": "Nurture Link", "name": "f" * 20, "content": CONTENT, "url": "javascript:alert(1)"}
		).db_insert()
		frappe.db.commit()  # nosemgrep: a test site
		frappe.cache.delete_value(mail_hits.HITS.key)
		script = SiteLinks().click(self.touch().tracking_token, "f" * 20)
		refused = [
			f"/n/c/{signed}/{other}",
			f"/n/c/{signed}/{their_link}",
			f"/n/c/{signed}",
			f"/n/c/{signed}/",
			f"/n/c//{link}",
			f"/n/c/{signed}/{link}/more",
			f"/n/c/{signed}/{link.upper()}",
			f"/n/c/{signed[:-1]}A/{link}",
			f"/n/c/{signed}/https://evil.example",
			f"/n/c/{signed}/%2F%2Fevil.example",
			f"/n/c/{signed}/{link}%0d%0aSet-Cookie:a=b",
			"/n/c?url=https://evil.example",
			"/n/c/",
			"/n/c/" + "x" * 5000,
			urlsplit(script).path,
		]
		for path in refused:
			for method in ("GET", "HEAD"):
				answer = fetch(path, method)
				self.assertEqual((answer.status_code, answer.headers.get("Location")), (404, None), path)
		self.assertEqual(frappe.cache.llen(mail_hits.HITS.key), 0)
		answer = fetch(f"{first}?url=https://evil.example&next=//evil.example")
		self.assertEqual(answer.headers["Location"], GUIDE)

	def test_only_asking_is_taken_and_nothing_is_written(self) -> None:
		found = Addresses(html_of(self.send()))
		before = self.rows()
		for url in (found.pictures[0], found.links[0], found.hidden[0]):
			for method in ("POST", "PUT", "DELETE", "PATCH"):
				self.assertIn(fetch(url, method, data=b"\xff{").status_code, (400, 404, 405), method)
			for method in ("GET", "HEAD"):
				self.assertLess(
					fetch(url, method, headers={"Cookie": "sid=x", "Content-Type": "a/b"}).status_code, 400
				)
		self.assertEqual(self.rows(), before)

	def test_a_link_in_an_old_mail_still_leads_on_when_its_reader_is_gone(self) -> None:
		found = Addresses(html_of(self.send()))
		frappe.delete_doc("Lead", self.lead.name, force=True, ignore_permissions=True)
		frappe.db.commit()  # nosemgrep: a test site
		self.assertEqual(fetch(found.links[0]).headers["Location"], GUIDE)
		self.assertEqual(fetch(found.links[2]).status_code, 404)  # it had the reader's name in it
		self.tick(timedelta(hours=2))
		self.assertEqual(frappe.db.count("Nurture Mail Hit"), 0)

	def rows(self) -> list[int]:
		frappe.db.rollback()
		return [
			frappe.db.count(doctype)
			for doctype in (
				"Nurture Mail Hit",
				"Nurture Link",
				"Nurture Activity",
				"Nurture Touch",
				"Error Log",
			)
		]

	# --- from Redis to the table ----------------------------------------------------------------------------------------

	def test_the_list_in_redis_has_an_end(self) -> None:
		found = Addresses(html_of(self.send()))
		with patch.object(mail_hits, "HITS", replace(mail_hits.HITS, most=3)):
			for _ in range(6):
				self.assertEqual(fetch(found.pictures[0]).status_code, 200)
		self.assertEqual(frappe.cache.llen(mail_hits.HITS.key), 3)

	def test_without_redis_the_reader_gets_there(self) -> None:
		found = Addresses(html_of(self.send()))
		with patch("nurture_app.site.mail_hits._origin", side_effect=ConnectionError):
			self.assertEqual(fetch(found.pictures[0]).data, PIXEL)
			self.assertEqual(fetch(found.links[0]).headers["Location"], GUIDE)

	def test_a_job_that_breaks_off_loses_and_doubles_nothing(self) -> None:
		found = Addresses(html_of(self.send()))
		for _ in range(3):
			fetch(found.pictures[0])
		host = site_host(commit=True)
		with (
			patch.object(frappe.cache, "ltrim", side_effect=ConnectionError),
			self.assertRaises(ConnectionError),
		):
			mail_hits.collect(host)
		fetch(found.links[0])
		mail_hits.collect(host)
		mail_hits.collect(host)
		self.assertEqual(
			sorted(frappe.get_all("Nurture Mail Hit", pluck="kind")), ["Click", "Open", "Open", "Open"]
		)
		self.assertEqual(frappe.cache.llen(mail_hits.HITS.key), 0)

	def test_one_mail_fills_neither_the_table_nor_the_tick(self) -> None:
		found = Addresses(html_of(self.send()))
		for _ in range(8):
			fetch(found.pictures[0])
		with patch.object(mail_hits, "MOST_PER_TOUCH", 5):
			self.assertEqual(mail_hits.collect(site_host(commit=True)), 5)
			fetch(found.pictures[0])
			self.assertEqual(mail_hits.collect(site_host(commit=True)), 0)

	def test_no_address_of_the_net_is_kept(self) -> None:
		found = Addresses(html_of(self.send()))
		fetch(found.pictures[0], ip=HOME_IP)
		fetch(found.pictures[0], ip="2001:4860:4860::8888")
		fetch(found.pictures[0], ip="2001:4860:4860::1234")
		fetch(found.pictures[0], ip="192.168.1.7")
		waiting = b"".join(frappe.cache.lrange(mail_hits.HITS.key, 0, -1)).decode()
		for address in (HOME_IP, "2001:4860", "192.168"):
			self.assertNotIn(address, waiting)
		mail_hits.collect(site_host(commit=True))
		origins = frappe.get_all("Nurture Mail Hit", pluck="origin", order_by="hit_on asc")
		self.assertEqual(len({*origins}), 3)
		self.assertEqual(origins[1], origins[2])
		self.assertEqual(origins[3] or "", "")

	def test_raw_hits_are_forgotten_in_time(self) -> None:
		found = Addresses(html_of(self.send()))
		with self.at(SENT + timedelta(hours=1)):
			fetch(found.links[0])
		self.tick(timedelta(hours=2))
		frappe.db.set_single_value("Nurture Settings", "hit_days", 30)
		with self.at(SENT + timedelta(days=29)):
			mail_hits.forget_old()
		self.assertEqual(frappe.db.count("Nurture Mail Hit"), 1)
		with self.at(SENT + timedelta(days=32)):
			mail_hits.forget_old()
		self.assertEqual(frappe.db.count("Nurture Mail Hit"), 0)
		self.assertEqual(self.score(), 10)


def html_of(mail: EmailMessage) -> str:
	return mail.get_body(("html",)).get_content()


def text_of(mail: EmailMessage) -> str:
	return mail.get_body(("plain",)).get_content()
