"""Webhooks of steps against a real server on this machine: its answers, its silence, its redirects."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from hashlib import sha256
from unittest.mock import patch

import frappe
from frappe.utils import add_to_date, now_datetime

from nurture_app.engine import runner
from nurture_app.engine.enrollments import entering
from nurture_app.engine.outgoing import sender
from nurture_app.site import nurture_jobs
from nurture_app.site.channels.calls import SiteCaller
from nurture_app.site.host import site_host
from nurture_app.site.testing.factories import make_lead, make_sequence, settle_settings
from nurture_app.site.testing.other_side import OtherSide, other_side
from nurture_app.site.testing.site_case import SiteCase

HOOK = "Tested Webhook"
SECRET = "a secret of the test"


class WebhookCase(SiteCase):
	def setUp(self) -> None:
		settle_settings()
		frappe.db.delete("Nurture Outgoing")
		self.side: OtherSide = self.enterContext(other_side())
		self.hook = make_webhook(f"{self.side.url}/hook")
		self.lead = make_lead(f"hook{frappe.generate_hash(length=8)}", company_name="Engines Ltd")
		steps = [
			{"step_label": "Tell", "step_type": "Webhook", "webhook": HOOK, "timing": "On Day", "day": 1}
		]
		self.sequence = make_sequence("Tested Webhook Sequence", steps)
		self.host = site_host(commit=True)

	def tearDown(self) -> None:
		frappe.db.rollback()

	def queue(self) -> None:
		entering.enroll(self.host, self.sequence, [self.lead.name], by="Administrator")
		while runner.tick(self.host, "test").claimed:
			pass

	def send(self) -> sender.Sent:
		return sender.work(self.host, SiteCaller())

	def row(self):
		(row,) = frappe.get_all("Nurture Outgoing", fields=["*"])
		return row

	def touch_status(self) -> str:
		return frappe.db.get_value("Nurture Touch", {"party": self.lead.name, "channel": "Webhook"}, "status")

	def once_more(self) -> sender.Sent:
		"""The wait is over."""
		frappe.db.set_value("Nurture Outgoing", self.row().name, "next_try_on", now_datetime())
		frappe.db.commit()  # nosemgrep: a test site
		return self.send()


def make_webhook(url: str, **values) -> object:
	values = {"url": url, "enabled": 1, "secret": SECRET, "lead_fields": "company_name\nemail_id", **values}
	known = frappe.db.exists("Nurture Webhook", HOOK)
	doc = frappe.get_doc("Nurture Webhook", HOOK) if known else frappe.new_doc("Nurture Webhook", title=HOOK)
	doc.update(values)
	doc.save(ignore_permissions=True)
	frappe.db.commit()  # nosemgrep: a test site
	return doc


class TestWebhooks(WebhookCase):
	def test_a_call_carries_the_lead_and_a_signature_over_time_and_body(self) -> None:
		self.queue()
		self.assertEqual(self.send().sent, 1)
		(asked,) = self.side.asked
		self.assertEqual((asked.method, asked.path), ("POST", "/hook"))
		self.assertEqual(asked.json["lead"]["company_name"], "Engines Ltd")
		self.assertEqual(asked.json["lead"]["name"], self.lead.name)
		self.assertEqual(asked.json["id"], asked.headers["x-nurture-id"])
		signed = asked.headers["x-nurture-timestamp"].encode() + b"." + asked.body
		expected = "sha256=" + hmac.new(SECRET.encode(), signed, sha256).hexdigest()
		self.assertEqual(asked.headers["x-nurture-signature"], expected)
		self.assertEqual((self.row().status, self.row().response_status), ("Sent", 200))
		self.assertEqual(self.touch_status(), "Sent")

	def test_an_error_of_the_server_is_tried_again_with_the_same_id(self) -> None:
		self.side.answer(500, "broken")
		self.queue()
		self.assertEqual(self.send().again, 1)
		row = self.row()
		self.assertEqual((row.status, row.reason, row.response), ("Queued", "server_error", "broken"))
		self.assertGreater(row.next_try_on, now_datetime())
		self.assertEqual(self.once_more().sent, 1)
		first, second = self.side.asked
		self.assertEqual(first.json["id"], second.json["id"])

	def test_a_server_that_asks_for_patience_gets_it(self) -> None:
		self.side.answer(429, "slow down", Retry_After="7200")
		self.queue()
		self.send()
		self.assertEqual(self.row().reason, "throttled")
		self.assertGreater(self.row().next_try_on, add_to_date(now_datetime(), hours=1))

	def test_a_server_may_name_the_moment_from_which_it_can_be_asked_again(self) -> None:
		later = datetime.now(timezone.utc) + timedelta(hours=2)
		self.side.answer(503, "maintenance", Retry_After=format_datetime(later, usegmt=True))
		self.queue()
		self.send()
		self.assertGreater(self.row().next_try_on, add_to_date(now_datetime(), hours=1))

	def test_a_redirect_is_not_followed_and_fails(self) -> None:
		self.side.answer(302, "", Location=f"{self.side.url}/elsewhere")
		self.queue()
		self.assertEqual(self.send().failed, 1)
		self.assertEqual((self.row().status, self.row().reason), ("Failed", "redirected"))
		self.assertEqual([asked.path for asked in self.side.asked], ["/hook"])
		self.assertEqual(self.touch_status(), "Failed")

	def test_a_refusal_fails_at_once(self) -> None:
		self.side.answer(410, "gone")
		self.queue()
		self.assertEqual(self.send().failed, 1)
		self.assertEqual((self.row().reason, self.row().response), ("refused", "gone"))

	def test_silence_and_a_body_that_never_ends_are_waited_for_briefly(self) -> None:
		for trouble in ("silence", "trickle"):
			with self.subTest(trouble):
				frappe.db.delete("Nurture Outgoing")
				frappe.db.delete("Nurture Enrollment", {"party": self.lead.name})
				self.lead = make_lead(f"hook{frappe.generate_hash(length=8)}")
				self.side.trickles = trouble == "trickle"
				self.side.is_silent.set() if trouble == "silence" else self.side.is_silent.clear()
				self.queue()
				with patch("nurture_app.site.channels.http_calls.TIMEOUT", 0.3):
					self.assertEqual(self.send().again, 1)
				self.assertEqual((self.row().status, self.row().reason), ("Queued", "timed_out"))

	def test_a_server_that_is_not_there_is_tried_again(self) -> None:
		with other_side() as gone:
			frappe.db.set_value("Nurture Webhook", HOOK, "url", gone.url)
			port = gone.port
		frappe.conf.nurture_app_allowed_private_hosts = [f"127.0.0.1:{port}"]
		self.queue()
		self.assertEqual(self.send().again, 1)
		self.assertEqual(self.row().reason, "no_answer")

	def test_an_address_that_turned_private_is_refused_at_the_call(self) -> None:
		self.queue()
		frappe.conf.nurture_app_allowed_private_hosts = []
		self.assertEqual(self.send().failed, 1)
		self.assertEqual((self.row().status, self.row().reason), ("Failed", "address_refused"))
		self.assertFalse(self.side.asked)

	def test_a_private_address_cannot_be_saved(self) -> None:
		for url in (
			"http://127.0.0.1:9/",
			"http://169.254.169.254/latest",
			"ftp://example.com/",
			"http://u:p@example.com/",
		):
			with self.subTest(url), self.assertRaises(frappe.ValidationError):
				make_webhook(url)

	def test_an_unknown_field_cannot_be_saved(self) -> None:
		with self.assertRaisesRegex(frappe.ValidationError, "no_such_field"):
			make_webhook(self.side.url, lead_fields="no_such_field")

	def test_a_webhook_without_a_secret_gets_one(self) -> None:
		doc = make_webhook(self.side.url, secret="")
		self.assertGreater(len(doc.get_password("secret")), 30)

	def test_a_webhook_that_a_running_sequence_calls_stays(self) -> None:
		with self.assertRaises(frappe.LinkExistsError):
			frappe.delete_doc("Nurture Webhook", HOOK)

	def test_replay_by_a_manager_sends_it_once_more(self) -> None:
		from nurture_app.site.api.outgoing_actions import replay

		self.side.answer(400, "no")
		self.queue()
		self.send()
		name = replay(self.row().name)
		frappe.db.commit()  # nosemgrep: a test site
		self.assertEqual(self.send().sent, 1)
		self.assertEqual(self.side.asked[0].json["id"], self.side.asked[1].json["id"])
		self.assertEqual(frappe.db.get_value("Nurture Outgoing", name, "status"), "Sent")

	def test_the_job_sends_what_waits(self) -> None:
		self.queue()
		nurture_jobs.run_outgoing()
		self.assertEqual(len(self.side.asked), 1)
		self.assertEqual(self.row().status, "Sent")
