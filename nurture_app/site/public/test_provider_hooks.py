"""Mail providers' webhooks through the whole web application, as providers and as strangers call them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from datetime import datetime
from typing import Any
from unittest.mock import patch

import frappe
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID
from frappe.utils import now_datetime

from nurture_app.engine.bounces.providers import PROVIDERS, ses
from nurture_app.engine.enrollments.entering import enroll
from nurture_app.site.deliverability import amazon
from nurture_app.site.host import site_host
from nurture_app.site.public import limits
from nurture_app.site.public.provider_hooks import MISSES, NOTES
from nurture_app.site.testing.factories import make_lead, make_sequence, request, settle_settings
from nurture_app.site.testing.site_case import SiteCase

SECRET = "a secret that is long enough"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:mail"
CERTIFICATE_URL = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-00112233445566778899aabb.pem"
CONFIRM_URL = (
	f"https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=2336412f37fb"
)
SENDGRID_KEY = ec.generate_private_key(ec.SECP256R1())
AMAZON_KEY = rsa.generate_private_key(65537, 2048)
WATCHED = (
	"Nurture Bounce",
	"Nurture Suppression",
	"Nurture Activity",
	"Nurture Consent",
	"Nurture Score Entry",
)


def certificate() -> bytes:
	name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
	builder = (
		x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(AMAZON_KEY.public_key())
	)
	builder = (
		builder.serial_number(1).not_valid_before(datetime(2020, 1, 1)).not_valid_after(datetime(2060, 1, 1))
	)
	return builder.sign(AMAZON_KEY, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def sendgrid_public() -> str:
	kind = serialization.PublicFormat.SubjectPublicKeyInfo
	return base64.b64encode(SENDGRID_KEY.public_key().public_bytes(serialization.Encoding.DER, kind)).decode()


class HookCase(SiteCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		settle_settings()
		make_sequence("Hook Test")
		cls.keys = {}
		for provider in PROVIDERS:
			doc = frappe.get_doc(
				{"doctype": "Nurture Mail Provider", "title": provider.title, "provider": provider.title}
			)
			doc.secret = sendgrid_public() if provider.slug == "sendgrid" else SECRET
			doc.enabled = 1
			doc.insert(ignore_permissions=True)
			cls.keys[provider.slug] = doc.key
		frappe.db.commit()  # nosemgrep: a test site

	def setUp(self) -> None:
		for doctype in (*WATCHED, "Nurture Enrollment", "Nurture Touch"):
			frappe.db.delete(doctype)
		frappe.db.sql("update `tabNurture Mail Provider` set enabled = 1, event_count = 0, topic = %s", TOPIC)
		self.lead = make_lead(f"hook{frappe.generate_hash(length=8)}", nurture_email_consent="Given")
		enroll(site_host(commit=False), "Hook Test", [self.lead.name])
		self.enrollment = frappe.db.get_value("Nurture Enrollment", {"party": self.lead.name})
		self.message_id = f"{frappe.generate_hash(length=22)}@{frappe.local.site}"
		self.touch = frappe.get_doc(
			{
				"doctype": "Nurture Touch",
				"party": self.lead.name,
				"address": self.lead.email_id,
				"enrollment": self.enrollment,
				"sequence": "Hook Test",
				"step": "First",
				"channel": "Email",
				"status": "Sent",
				"queued_on": now_datetime(),
				"sent_on": now_datetime(),
				"message_id": self.message_id,
				"token": frappe.generate_hash(length=22),
				"touch_key": frappe.generate_hash(length=20),
			}
		).insert(ignore_permissions=True)
		frappe.db.commit()  # nosemgrep: requests have their own connection
		for what in (MISSES, NOTES, "n/hook"):
			limits.forget(what)
		frappe.cache.delete_value(f"nurture_sns_certificate::{CERTIFICATE_URL}")

	# --- payloads --------------------------------------------------------------------------------------------------

	def payload(self, slug: str, kind: str = "hard", **more: Any) -> Any:
		return getattr(self, f"_{slug}")(kind, **more)

	def _ses(self, kind: str) -> dict:
		mail = {"commonHeaders": {"messageId": f"<{self.message_id}>"}}
		one = {
			"emailAddress": self.lead.email_id,
			"status": "5.1.1",
			"diagnosticCode": "smtp; 550 5.1.1 unknown",
		}
		message = {
			"hard": {"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": [one]},
			"complaint": {"complainedRecipients": [one], "complaintFeedbackType": "abuse"},
		}[kind]
		name = "bounce" if kind == "hard" else "complaint"
		return self.sns(json.dumps({"notificationType": name.capitalize(), name: message, "mail": mail}))

	def sns(self, message: str, **more: str) -> dict:
		envelope = {
			"Type": "Notification",
			"MessageId": frappe.generate_hash(length=20),
			"TopicArn": TOPIC,
			"Message": message,
			"Timestamp": "2026-03-02T09:00:20.000Z",
			"SignatureVersion": "2",
			"SigningCertURL": CERTIFICATE_URL,
			**more,
		}
		signature = AMAZON_KEY.sign(ses.signed_text(envelope), padding.PKCS1v15(), hashes.SHA256())
		return {**envelope, "Signature": base64.b64encode(signature).decode()}

	def _sendgrid(self, kind: str) -> list:
		event = {
			"email": self.lead.email_id,
			"timestamp": int(time.time()),
			"smtp-id": f"<{self.message_id}>",
		}
		event["sg_event_id"] = frappe.generate_hash(length=12)
		if kind == "hard":
			return [
				{
					**event,
					"event": "bounce",
					"type": "bounce",
					"status": "5.1.1",
					"reason": "550 5.1.1 unknown",
				}
			]
		return [{**event, "event": "spamreport"}]

	def _postmark(self, kind: str) -> dict:
		types = {"hard": "HardBounce", "complaint": "SpamComplaint"}
		event = {
			"RecordType": "Bounce",
			"ID": int(time.time() * 1000),
			"Type": types[kind],
			"Details": "550 5.1.1 unknown",
		}
		return {**event, "Email": self.lead.email_id, "Metadata": {"nurture": self.message_id}}

	def _mailgun(self, kind: str) -> dict:
		stamp, token = str(int(time.time())), frappe.generate_hash(length=50)
		signature = hmac.new(SECRET.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
		event = {"id": token[:20], "timestamp": time.time(), "recipient": self.lead.email_id}
		event["message"] = {"headers": {"message-id": self.message_id}}
		if kind == "hard":
			event |= {"event": "failed", "severity": "permanent", "reason": "generic"}
			event["delivery-status"] = {"code": 550, "message": "5.1.1 unknown"}
		else:
			event["event"] = "complained"
		return {
			"signature": {"timestamp": stamp, "token": token, "signature": signature},
			"event-data": event,
		}

	def _brevo(self, kind: str) -> dict:
		names = {"hard": "hard_bounce", "complaint": "spam"}
		event = {
			"event": names[kind],
			"email": self.lead.email_id,
			"reason": "550 5.1.1 unknown",
			"ts_event": int(time.time()),
		}
		return {**event, "message-id": "<x@smtp-relay>", "X-Mailin-custom": self.message_id}

	# --- calling ---------------------------------------------------------------------------------------------------

	def headers(self, slug: str, body: bytes) -> dict[str, str]:
		if slug == "sendgrid":
			stamp = str(int(time.time()))
			signature = SENDGRID_KEY.sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))
			return {
				"X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
				"X-Twilio-Email-Event-Webhook-Timestamp": stamp,
			}
		return {"X-Nurture-Secret": SECRET} if slug in ("postmark", "brevo") else {}

	def post(self, slug: str, value: Any, headers: dict | None = None, key: str = "", **more: Any) -> Any:
		body = value if isinstance(value, bytes) else json.dumps(value).encode()
		given = self.headers(slug, body) if headers is None else headers
		kind = "text/plain; charset=UTF-8" if slug == "ses" else "application/json"
		path = f"/n/hook/{slug}/{key or self.keys[slug]}"
		more = {"content_type": kind, **more}
		with patch.object(amazon, "get", return_value=certificate()) as self.asked_amazon:
			answer = request("POST", path, data=body, headers=given, **more)
		frappe.db.rollback()
		return answer

	def state(self) -> dict:
		frappe.db.rollback()
		counts = {doctype: frappe.db.count(doctype) for doctype in WATCHED}
		touch = frappe.db.get_value("Nurture Touch", self.touch.name, ["status", "reason", "modified"])
		return {
			**counts,
			"touch": touch,
			"enrollment": frappe.db.get_value("Nurture Enrollment", self.enrollment, "status"),
		}

	def account(self, slug: str) -> Any:
		frappe.db.rollback()
		return frappe.get_doc("Nurture Mail Provider", {"key": self.keys[slug]})


class TestProviderHooks(HookCase):
	def test_a_bounce_told_by_each_provider_stops_the_address(self) -> None:
		for provider in PROVIDERS:
			with self.subTest(provider.title):
				self.setUp()
				answer = self.post(provider.slug, self.payload(provider.slug))
				self.assertEqual((answer.status_code, answer.json), (200, {"taken": 1}), answer.data)
				reason = frappe.db.get_value("Nurture Suppression", {"address": self.lead.email_id}, "reason")
				self.assertEqual(reason, "Bounced")
				touch = frappe.db.get_value("Nurture Touch", self.touch.name, ["status", "reason"])
				self.assertEqual(touch, ("Bounced", "bounced"))
				self.assertEqual(
					frappe.db.get_value("Nurture Enrollment", self.enrollment, "status"), "Exited"
				)
				row = frappe.get_doc("Nurture Bounce", {"address": self.lead.email_id})
				self.assertEqual(
					(row.source, row.enhanced_code, row.touch), (provider.title, "5.1.1", self.touch.name)
				)
				self.assertEqual(self.account(provider.slug).event_count, 1)

	def test_a_complaint_told_by_each_provider_withdraws_consent(self) -> None:
		for provider in PROVIDERS:
			with self.subTest(provider.title):
				self.setUp()
				self.assertEqual(
					self.post(provider.slug, self.payload(provider.slug, "complaint")).status_code, 200
				)
				reason = frappe.db.get_value("Nurture Suppression", {"address": self.lead.email_id}, "reason")
				self.assertEqual(reason, "Complaint")
				self.assertEqual(
					frappe.db.get_value("Lead", self.lead.name, "nurture_email_consent"), "Withdrawn"
				)

	def test_a_repetition_changes_nothing(self) -> None:
		for provider in PROVIDERS:
			with self.subTest(provider.title):
				self.setUp()
				payload = self.payload(provider.slug)
				self.post(provider.slug, payload)
				before = self.state()
				answer = self.post(provider.slug, payload)
				self.assertEqual((answer.status_code, answer.json), (200, {"taken": 0}))
				self.assertEqual(self.state(), before)

	def test_what_proves_nothing_changes_nothing_and_is_noted(self) -> None:
		for provider in PROVIDERS:
			with self.subTest(provider.title):
				self.setUp()
				before = self.state()
				answer = self.post(
					provider.slug, self.forged(provider.slug), headers=self.forged_headers(provider.slug)
				)
				self.assertEqual(answer.status_code, 403, answer.data)
				self.assertEqual(self.state(), before)
				account = self.account(provider.slug)
				self.assertTrue(account.last_refusal and account.last_refusal_on)

	def forged(self, slug: str) -> Any:
		payload = self.payload(slug)
		if slug == "ses":
			payload["Message"] = payload["Message"].replace("General", "NoEmail")
		if slug == "mailgun":
			payload["signature"]["signature"] = "0" * 64
		return payload

	def forged_headers(self, slug: str) -> dict[str, str]:
		if slug == "sendgrid":
			return self.headers("sendgrid", b"[]")
		return {"X-Nurture-Secret": "wrong"} if slug in ("postmark", "brevo") else {}

	def test_refusals_are_written_once_a_minute(self) -> None:
		frappe.db.set_value("Nurture Mail Provider", "Brevo", "refusal_count", 0)
		frappe.db.commit()  # nosemgrep: a test site
		for _number in range(4):
			self.post("brevo", self.payload("brevo"), headers={})
		self.assertLessEqual(self.account("brevo").refusal_count, 2, "a minute may end in between")

	def test_unknown_keys_other_providers_keys_and_odd_addresses_find_nothing(self) -> None:
		before = self.state()
		for slug, key in (
			("brevo", "A" * 32),
			("brevo", self.keys["brevo"].swapcase()),
			("brevo", self.keys["postmark"]),
			("nobody", self.keys["brevo"]),
			("brevo", "short"),
			("brevo", "x" * 5000),
			("brevo", "%00%ff"),
			("brevo", "' or 1=1 --"),
		):
			self.assertEqual(self.post("brevo", {}, key=f"../{slug}/{key}").status_code // 100, 4)
			self.assertIn(
				request("POST", f"/n/hook/{slug}/{key}", data=b"{}").status_code, (400, 404, 429), key[:20]
			)
		self.assertEqual(self.state(), before)

	def test_who_guesses_keys_has_to_wait(self) -> None:
		codes = {
			request("POST", f"/n/hook/brevo/{'B' * 32}", data=b"{}").status_code for _number in range(40)
		}
		self.assertEqual(codes, {404, 429})
		self.assertEqual(self.post("brevo", self.payload("brevo")).status_code, 200)

	def test_switched_off_means_refused(self) -> None:
		for provider in PROVIDERS:
			with self.subTest(provider.title):
				self.setUp()
				frappe.db.set_value("Nurture Mail Provider", provider.title, "enabled", 0)
				frappe.db.commit()  # nosemgrep: a test site
				before = self.state()
				self.assertEqual(self.post(provider.slug, self.payload(provider.slug)).status_code, 403)
				self.assertEqual(self.state(), before)
				self.asked_amazon.assert_not_called()

	def test_looking_at_the_address_is_not_allowed(self) -> None:
		for method in ("GET", "HEAD", "PUT", "DELETE"):
			status = request(method, f"/n/hook/brevo/{self.keys['brevo']}").status_code
			self.assertEqual(status // 100, 4, method)

	def test_odd_bodies_are_refused_and_change_nothing(self) -> None:
		before = self.state()
		bodies = (
			b"",
			b"{",
			b"\xff\xfe",
			b"null",
			b"[]",
			b'"text"',
			b"[1, 2]",
			b"[" * 50_000,
			b'{"event": {}}' * 2,
		)
		for provider in PROVIDERS:
			for body in bodies:
				for content_type in (
					"application/json",
					"text/plain",
					"application/x-www-form-urlencoded",
					"multipart/form-data",
					"x/y",
				):
					with self.subTest(provider=provider.slug, body=body[:10], content_type=content_type):
						status = self.post(provider.slug, body, content_type=content_type).status_code
						self.assertIn(status, (400, 403))
		self.assertEqual(self.state(), before)

	def test_oversized_bodies_and_batches_are_refused(self) -> None:
		before = self.state()
		self.assertEqual(self.post("brevo", b"[" + b" " * 3_000_001 + b"]").status_code, 413)
		many = [self.payload("brevo")] * 2001
		self.assertEqual(self.post("brevo", many).status_code, 400)
		self.assertEqual(self.state(), before)

	def test_a_batch_of_many_kinds(self) -> None:
		hard = self.payload("sendgrid")[0]
		batch = [
			{**hard, "event": "processed", "sg_event_id": "a"},
			{**hard, "event": "open", "sg_event_id": "b"},
			{**hard, "event": "delivered", "sg_event_id": "c"},
			{
				**hard,
				"event": "bounce",
				"type": "blocked",
				"status": "5.7.1",
				"reason": "550 5.7.1 spam",
				"sg_event_id": "d",
			},
			{**hard, "email": "stranger@elsewhere.example", "smtp-id": "<x@y>", "sg_event_id": "e"},
		]
		self.assertEqual(self.post("sendgrid", batch).json, {"taken": 2})
		self.assertEqual(
			frappe.db.get_value("Nurture Touch", self.touch.name, ["status", "reason"]),
			("Bounced", "blocked"),
		)
		self.assertEqual(frappe.db.count("Nurture Bounce"), 1, "nothing is kept of strangers")
		self.assertFalse(frappe.db.exists("Nurture Suppression", {"address": self.lead.email_id}))

	def test_a_delivery_shows_on_the_message(self) -> None:
		event = {**self.payload("brevo"), "event": "delivered"}
		self.assertEqual(self.post("brevo", event).json, {"taken": 1})
		self.assertEqual(frappe.db.get_value("Nurture Touch", self.touch.name, "status"), "Delivered")

	def test_an_unsubscribe_is_an_opt_out(self) -> None:
		self.post("brevo", {**self.payload("brevo"), "event": "unsubscribed"})
		reason = frappe.db.get_value("Nurture Suppression", {"address": self.lead.email_id}, "reason")
		self.assertEqual(reason, "Unsubscribed")

	def test_without_our_id_the_address_and_the_time_tell_the_message(self) -> None:
		event = {**self.payload("brevo"), "X-Mailin-custom": ""}
		self.post("brevo", event)
		self.assertEqual(frappe.db.get_value("Nurture Touch", self.touch.name, "status"), "Bounced")


class TestAmazon(HookCase):
	def confirmation(self, url: str = CONFIRM_URL, topic: str = TOPIC) -> dict:
		return self.sns(
			"Please confirm", Type="SubscriptionConfirmation", SubscribeURL=url, Token="t", TopicArn=topic
		)

	def asked(self) -> list[str]:
		return [call.args[0] for call in self.asked_amazon.call_args_list]

	def test_a_subscription_is_confirmed_at_amazon_alone(self) -> None:
		self.assertEqual(self.post("ses", self.confirmation()).json, {"confirmed": True})
		self.assertEqual(self.asked(), [CERTIFICATE_URL, CONFIRM_URL])
		for url in (
			"https://evil.example/?Action=ConfirmSubscription",
			"http://169.254.169.254/",
			"file:///etc/passwd",
		):
			self.post("ses", self.confirmation(url))
			self.assertNotIn(url, self.asked())

	def test_nothing_is_confirmed_while_it_is_switched_off_or_for_another_topic(self) -> None:
		self.assertEqual(
			self.post("ses", self.confirmation(topic="arn:aws:sns:eu-west-1:999:other")).status_code, 403
		)
		self.assertEqual(self.asked(), [])
		frappe.db.set_value("Nurture Mail Provider", "Amazon SES", "enabled", 0)
		frappe.db.commit()  # nosemgrep: a test site
		self.assertEqual(self.post("ses", self.confirmation()).status_code, 403)
		self.assertEqual(self.asked(), [])

	def test_the_first_topic_that_asks_is_kept_where_none_is_named(self) -> None:
		frappe.db.set_value("Nurture Mail Provider", "Amazon SES", "topic", "")
		frappe.db.commit()  # nosemgrep: a test site
		self.post("ses", self.confirmation())
		self.assertEqual(self.account("ses").topic, TOPIC)

	def test_a_form_opened_before_takes_neither_the_topic_nor_the_counters_away(self) -> None:
		frappe.db.set_value("Nurture Mail Provider", "Amazon SES", "topic", "")
		frappe.db.commit()  # nosemgrep: a test site
		form = self.account("ses")
		self.post("ses", self.confirmation())
		form.title_of_nothing = 1
		with self.assertRaises(frappe.TimestampMismatchError):
			form.save()
		form = self.account("ses")
		self.assertEqual(self.post("ses", self.payload("ses")).status_code, 200)
		frappe.db.rollback()  # sees what the request did
		form.save()
		self.assertEqual((form.topic, form.event_count), (TOPIC, 1))

	def test_while_amazon_cannot_be_asked_it_is_told_to_try_again(self) -> None:
		before = self.state()
		with patch.object(amazon, "get", side_effect=requests.ConnectionError):
			path = f"/n/hook/ses/{self.keys['ses']}"
			answer = request("POST", path, data=json.dumps(self.payload("ses")), content_type="text/plain")
		self.assertEqual(answer.status_code, 429)
		self.assertEqual(self.state(), before)

	def test_a_certificate_from_elsewhere_is_not_fetched(self) -> None:
		before = self.state()
		for url in (
			"https://evil.example/SimpleNotificationService-00.pem",
			"https://sns.x.amazonaws.com.evil.example/a.pem",
		):
			payload = {**self.payload("ses"), "SigningCertURL": url}
			self.assertEqual(self.post("ses", payload).status_code, 403)
			self.assertEqual(self.asked(), [])
		self.assertEqual(self.state(), before)


class TestSwitchingOn(SiteCase):
	def test_a_provider_that_signs_needs_its_key(self) -> None:
		doc = frappe.get_doc(
			{"doctype": "Nurture Mail Provider", "title": "New", "provider": "Mailgun", "enabled": 1}
		)
		with self.assertRaises(frappe.ValidationError):
			doc.insert(ignore_permissions=True)

	def test_the_form_shows_address_and_steps(self) -> None:
		doc = frappe.get_doc({"doctype": "Nurture Mail Provider", "title": "New", "provider": "Postmark"})
		doc.insert(ignore_permissions=True)
		doc.run_method("onload")
		shown = doc.get("__onload")
		self.assertRegex(shown["url"], r"^https?://[^/]+/n/hook/postmark/[A-Za-z0-9_-]{32}$")
		self.assertGreaterEqual(len(shown["steps"]), 2)
		self.assertEqual(doc.enabled, 0)

	def test_mails_carry_the_id_for_providers_that_replace_it(self) -> None:
		from nurture_app.site.deliverability.echo import echo_headers, echoing_providers

		self.assertEqual(echo_headers(echoing_providers(), "id@site"), "")
		for title in ("Postmark", "Brevo"):
			values = {
				"doctype": "Nurture Mail Provider",
				"title": f"{title} on",
				"provider": title,
				"enabled": 1,
			}
			frappe.get_doc(values).insert(ignore_permissions=True)
		lines = echo_headers(echoing_providers(), "id@site")
		self.assertEqual(lines, "X-Mailin-custom: id@site\r\nX-PM-Metadata-nurture: id@site\r\n")
