"""The unsubscribe link through the whole web application, as mail providers, scanners and strangers use it."""

from __future__ import annotations

import re

import frappe
from frappe.utils import now_datetime

from nurture_app.engine.enrollments.entering import enroll
from nurture_app.site.host import site_host
from nurture_app.site.links import LONGEST
from nurture_app.site.public import limits
from nurture_app.site.public.unsubscribe import MISSES, MISSES_PER_MINUTE, masked
from nurture_app.site.testing.factories import make_lead, make_sequence, request, settle_settings
from nurture_app.site.testing.site_case import SiteCase

JUNK = (
	"/u/",
	"/u",
	"/u//",
	"/u/short",
	"/u/" + "x" * 5000,
	"/u/%00%00%00%00%00%00%00%00%00%00%00%00%00%00%00%00%00%00%00%00%00%00",
	"/u/%ff%fe%fd",
	"/u/..%2f..%2f..%2fetc%2fpasswd0000",
	"/u/'%20or%201=1--xxxxxxxxxxxx",
	"/u/{{7*7}}xxxxxxxxxxxxxxxx",
	"/u/<script>alert(1)</script>",
	"/u/" + "é" * 22,
	"/u/aaaaaaaaaaaaaaaaaaaaaa/extra",
	"/u/aaaaaaaaaaaaaaaaaaaaaa?lang=xx&_=1",
	"/u/aaaaaaaaaaaaaaaaaaaaaa.html",
	"/u/aaaaaaaaaaaaaaaaaaaaaa.png",
)


class TestUnsubscribePage(SiteCase):
	def setUp(self) -> None:
		settle_settings()
		self.token = site_host(commit=False).links.new_token()
		self.lead = make_lead(f"leaves{frappe.generate_hash(length=6)}", nurture_email_consent="Given")
		make_sequence("Unsubscribe Test")
		enroll(site_host(commit=False), "Unsubscribe Test", [self.lead.name])
		frappe.get_doc(
			{
				"doctype": "Nurture Touch",
				"party": self.lead.name,
				"address": self.lead.email_id,
				"channel": "Email",
				"status": "Sent",
				"sent_on": now_datetime(),
				"token": self.token,
				"touch_key": self.token,
			}
		).insert(ignore_permissions=True)
		frappe.db.commit()  # nosemgrep: the request has its own connection
		self.forget_misses()

	def forget_misses(self) -> None:
		limits.forget(MISSES)

	def is_out(self) -> bool:
		frappe.db.rollback()
		return bool(frappe.db.exists("Nurture Suppression", {"address": self.lead.email_id}))

	def test_looking_changes_nothing(self) -> None:
		for method in ("GET", "HEAD"):
			answer = request(method, f"/u/{self.token}")
			self.assertEqual(answer.status_code, 200)
			self.assertFalse(self.is_out(), method)

	def test_the_page_shows_whom_and_a_button_and_stays_private(self) -> None:
		answer = request("GET", f"/u/{self.token}")
		page = answer.get_data(as_text=True)
		self.assertIn(masked(self.lead.email_id), page)
		self.assertNotIn(self.lead.email_id, page)
		self.assertIn('<form method="post">', page)
		self.assertEqual(answer.headers["Referrer-Policy"], "no-referrer")
		self.assertIn("noindex", answer.headers["X-Robots-Tag"])
		self.assertIn("no-store", answer.headers["Cache-Control"])
		self.assertNotRegex(page, r"https?://")

	def test_one_click_of_a_mail_provider(self) -> None:
		answer = request("POST", f"/u/{self.token}", data={"List-Unsubscribe": "One-Click"})
		self.assertEqual(answer.status_code, 200)
		self.assertTrue(self.is_out())
		row = frappe.get_doc("Nurture Suppression", {"address": self.lead.email_id})
		self.assertEqual((row.reason, row.source), ("Unsubscribed", "Unsubscribe link"))
		self.assertEqual(
			frappe.db.get_value("Nurture Enrollment", {"party": self.lead.name}, ["status", "reason"]),
			("Exited", "unsubscribed"),
		)
		self.assertEqual(frappe.db.get_value("Lead", self.lead.name, "nurture_email_consent"), "Withdrawn")

	def test_one_click_as_multipart_and_with_an_empty_body(self) -> None:
		from io import BytesIO

		answer = request(
			"POST", f"/u/{self.token}", data={"List-Unsubscribe": "One-Click", "x": (BytesIO(b"x"), "x.txt")}
		)
		self.assertEqual(answer.status_code, 200)
		self.assertTrue(self.is_out())
		self.assertEqual(request("POST", f"/u/{self.token}").status_code, 200, "a second time is no mistake")

	def test_unknown_tokens_get_the_same_answer_and_do_nothing(self) -> None:
		unknown = "A" * 22
		known_answer = request("POST", f"/u/{self.token}")
		answer = request("POST", f"/u/{unknown}")
		# whoever has a link that works also gets the way to the preferences
		way = re.compile(r"<p><a href=.*</a></p>")
		self.assertEqual(
			(answer.status_code, answer.get_data(as_text=True).strip()),
			(known_answer.status_code, way.sub("", known_answer.get_data(as_text=True)).strip()),
		)
		swapped = self.token.swapcase()
		if swapped != self.token:
			frappe.db.delete("Nurture Suppression", {"address": self.lead.email_id})
			frappe.db.commit()  # nosemgrep: the request has its own connection
			request("POST", f"/u/{swapped}")
			self.assertFalse(self.is_out(), "the database ignores case, the page does not")

	def test_junk_never_breaks_it(self) -> None:
		for path in JUNK:
			for method in ("GET", "POST", "HEAD"):
				with self.subTest(f"{method} {path[:40]}"):
					self.assertLess(request(method, path).status_code, 500)
		for body in (b"\xff\xfe", b"[1, 2", b"{}"):
			with self.subTest(body):
				for content_type in (
					"text/plain",
					"application/json",
					"multipart/form-data",
					"x/y; charset=bad",
				):
					answer = request("POST", f"/u/{self.token}", data=body, content_type=content_type)
					self.assertLess(answer.status_code, 500, content_type)

	def test_guessing_is_slowed_down_and_known_links_still_work(self) -> None:
		for _ in range(MISSES_PER_MINUTE):
			request("POST", "/u/" + "B" * 22)
		self.assertEqual(request("POST", "/u/" + "B" * 22).status_code, 429)
		self.assertEqual(request("POST", f"/u/{self.token}").status_code, 200)
		self.assertTrue(self.is_out())

	def test_links_fit_into_mail_headers(self) -> None:
		links = site_host(commit=False).links
		for address in (links.unsubscribe(self.token), links.message_id(self.token)):
			self.assertLessEqual(len(address), LONGEST)
		self.assertIn(frappe.local.site, links.message_id(self.token))
		self.assertRegex(links.unsubscribe(self.token), rf"^https?://.+/u/{re.escape(self.token)}$")

	def test_a_site_name_that_is_too_long_is_a_clear_error(self) -> None:
		from nurture_app.engine.codes import NurtureError
		from nurture_app.site.sentences import error_sentence

		old, frappe.conf.host_name = frappe.conf.host_name, "https://" + "x" * 60 + ".example"
		try:
			with self.assertRaises(NurtureError) as caught:
				site_host(commit=False).links.unsubscribe(self.token)
		finally:
			frappe.conf.host_name = old
		self.assertEqual(caught.exception.code, "links_too_long")
		self.assertIn("host_name", error_sentence(caught.exception))
