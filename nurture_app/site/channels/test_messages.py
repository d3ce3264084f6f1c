"""SMS and WhatsApp against a real server on this machine that plays the gateway and Meta's Cloud API."""

from __future__ import annotations

import json
from typing import Any
from unittest.mock import patch

import frappe
from cryptography.fernet import Fernet
from frappe.utils import now_datetime

from nurture_app.engine import optout, runner
from nurture_app.engine.enrollments import entering
from nurture_app.engine.outgoing import sender
from nurture_app.site.channels.calls import SiteCaller
from nurture_app.site.host import site_host
from nurture_app.site.testing import known_good
from nurture_app.site.testing.factories import make_lead, make_sequence, request, settle_settings
from nurture_app.site.testing.other_side import other_side
from nurture_app.site.testing.site_case import SiteCase

SECRET = "the app's secret"
ACCEPTED = {
	"messaging_product": "whatsapp",
	"contacts": [{"input": "+16505551234", "wa_id": "16505551234"}],
	"messages": [{"id": "wamid.HBgLMTY1MDU1NTEyMzQVAgARGBI", "message_status": "accepted"}],
}
"""As Meta's documentation shows it."""


def refusal(code: int, message: str) -> dict[str, Any]:
	error = {
		"message": f"(#{code}) {message}",
		"type": "OAuthException",
		"code": code,
		"fbtrace_id": "Az8or2y",
	}
	return {"error": error}


class MessageCase(SiteCase):
	def setUp(self) -> None:
		frappe.db.delete("Nurture Outgoing")
		self.side = self.enterContext(other_side())
		frappe.get_doc("SMS Settings").update(
			{
				"sms_gateway_url": f"{self.side.url}/sms",
				"message_parameter": "text",
				"receiver_parameter": "to",
				"use_post": 1,
				"parameters": [
					{"parameter": "Authorization", "value": "Bearer key", "header": 1},
					{"parameter": "from", "value": "Example", "header": 0},
				],
			}
		).save(ignore_permissions=True)
		self.settle()
		self.number = known_good.new_number()
		self.lead = make_lead(f"mob{frappe.generate_hash(length=8)}", mobile_no=self.number)
		self.host = site_host(commit=True)
		for channel in ("SMS", "WhatsApp"):
			optout.set_consent(self.host, self.lead.name, "", "Given", "test", "tester", channel=channel)

	def tearDown(self) -> None:
		frappe.db.rollback()
		settle_settings(sms_enabled=0, whatsapp_enabled=0, sms_without_plus=0)
		frappe.db.set_single_value("SMS Settings", "sms_gateway_url", "")
		frappe.db.commit()  # nosemgrep: a test site

	def settle(self, **values: Any) -> None:
		settle_settings(
			**{
				"sms_enabled": 1,
				"whatsapp_enabled": 1,
				"whatsapp_phone_number_id": "106540352242922",
				"whatsapp_token": "a token",
				"whatsapp_app_secret": SECRET,
				"whatsapp_base_url": self.side.url,
				**values,
			}
		)
		frappe.db.commit()  # nosemgrep: a test site

	def queue(self, channel: str) -> None:
		content = make_text(channel)
		steps = [
			{"step_label": "Text", "step_type": channel, "content": content, "timing": "On Day", "day": 1}
		]
		sequence = make_sequence(f"Tested {channel}", steps)
		entering.enroll(self.host, sequence, [self.lead.name], by="Administrator")
		while runner.tick(self.host, "test").claimed:
			pass

	def send(self) -> sender.Sent:
		return sender.work(self.host, SiteCaller())

	def row(self) -> Any:
		(row,) = frappe.get_all("Nurture Outgoing", fields=["*"])
		return row

	def touch(self) -> Any:
		return frappe.get_last_doc("Nurture Touch", {"party": self.lead.name})


def make_text(channel: str) -> str:
	title = f"Tested {channel} Text"
	doc = frappe.get_doc("Nurture Content", title) if frappe.db.exists("Nurture Content", title) else None
	if doc is None:
		doc = frappe.new_doc("Nurture Content", title=title, channel=channel)
		if channel == "SMS":
			doc.sms_text = "Grüße, {{ lead.first_name | default('there') }}!"
		else:
			doc.update(
				{
					"whatsapp_template": "seminar_invite",
					"whatsapp_language": "en_US",
					"whatsapp_parameters": "{{ lead.first_name | default('there') }}\nMonday",
				}
			)
		doc.insert(ignore_permissions=True)
	return doc.name


class TestSms(MessageCase):
	def test_the_gateway_gets_what_sms_settings_say(self) -> None:
		self.side.answer(200, {"messages": [{"id": "gw-1", "status": "queued"}]})
		self.queue("SMS")
		self.assertEqual(self.send().sent, 1)
		(asked,) = self.side.asked
		self.assertEqual((asked.method, asked.path), ("POST", "/sms"))
		self.assertEqual(asked.headers["authorization"], "Bearer key")
		text = f"Grüße, {self.lead.first_name}! Reply STOP to opt out."
		self.assertEqual(asked.form, {"from": "Example", "text": text, "to": self.number})
		self.assertEqual((self.row().status, self.row().provider_id), ("Sent", "gw-1"))
		touch = self.touch()
		self.assertEqual((touch.status, touch.address, touch.message_id), ("Sent", self.number, "gw-1"))
		self.assertTrue(
			frappe.db.exists(
				"Communication", {"reference_name": self.lead.name, "communication_medium": "SMS"}
			)
		)

	def test_a_gateway_that_takes_get_and_numbers_without_plus(self) -> None:
		self.settle(sms_without_plus=1)
		frappe.get_doc("SMS Settings").update({"use_post": 0}).save(ignore_permissions=True)
		self.queue("SMS")
		self.send()
		(asked,) = self.side.asked
		self.assertEqual((asked.method, asked.query["to"]), ("GET", self.number.lstrip("+")))
		self.assertIn("Grüße", asked.query["text"])

	def test_silence_leaves_it_unknown_and_it_is_never_sent_again(self) -> None:
		self.side.is_silent.set()
		self.queue("SMS")
		with patch("nurture_app.site.channels.http_calls.TIMEOUT", 0.3):
			self.assertEqual(self.send().unknown, 1)
		self.side.is_silent.clear()
		self.assertEqual((self.row().status, self.row().reason), ("Unknown", "timed_out"))
		self.assertEqual(self.touch().status, "Unknown")
		self.assertEqual(self.send().total, 0)
		self.assertEqual(len(self.side.asked), 1)

	def test_an_error_of_the_gateway_leaves_it_unknown(self) -> None:
		self.side.answer(500, "oops")
		self.queue("SMS")
		self.assertEqual(self.send().unknown, 1)
		self.assertEqual((self.row().reason, self.row().response), ("server_error", "oops"))

	def test_a_gateway_that_says_no_with_a_good_status_has_not_sent_it(self) -> None:
		for said in (
			{"status": "failure", "errors": [{"code": 51, "message": "No valid recipients"}]},
			{"messages": [{"status": "4", "error-text": "Bad Credentials"}]},
			{"success": False, "message": "balance too low"},
			"ERR: 114, Cannot route message",
			"<b>Kein Guthaben</b>",  # told in the settings
		):
			with self.subTest(said):
				frappe.db.delete("Nurture Outgoing")
				frappe.db.delete("Nurture Touch", {"party": self.lead.name})
				self.settle(sms_refused_words="kein guthaben\n")
				self.side.answer(200, said)
				self.queue("SMS")
				self.assertEqual(self.send().failed, 1)
				self.assertEqual((self.row().status, self.row().reason), ("Failed", "refused"))
				self.assertEqual((self.touch().status, self.touch().reason), ("Failed", "refused"))
				self.assertTrue(self.row().response)
		self.settle(sms_refused_words="")

	def test_an_answer_that_names_no_error_was_taken(self) -> None:
		for said in (
			{"sid": "SM1", "status": "queued", "error_code": None, "error_message": None},
			{"errors": [], "data": {"id": "1"}, "error": 0},
			{"messages": [{"message-id": "1", "status": "0"}]},
			"OK 17",
			"",
		):
			with self.subTest(said):
				frappe.db.delete("Nurture Outgoing")
				frappe.db.delete("Nurture Touch", {"party": self.lead.name})
				self.side.answer(200, said)
				self.queue("SMS")
				self.assertEqual(self.send().sent, 1)

	def test_a_busy_gateway_is_asked_again(self) -> None:
		self.side.answer(503, "busy", Retry_After="120")
		self.queue("SMS")
		self.assertEqual(self.send().again, 1)
		frappe.db.set_value("Nurture Outgoing", self.row().name, "next_try_on", now_datetime())
		frappe.db.commit()  # nosemgrep: a test site
		self.assertEqual(self.send().sent, 1)

	def test_a_refusal_and_a_redirect_fail(self) -> None:
		self.side.answer(302, "", Location=f"{self.side.url}/x")
		self.queue("SMS")
		self.assertEqual(self.send().failed, 1)
		self.assertEqual((self.row().reason, len(self.side.asked)), ("redirected", 1))

	def test_a_gateway_in_a_private_network_is_not_called(self) -> None:
		self.queue("SMS")
		frappe.conf.nurture_app_allowed_private_hosts = []
		self.send()
		self.assertFalse(self.side.asked)
		self.assertEqual(self.row().reason, "address_refused")

	def test_a_channel_switched_off_meanwhile_waits(self) -> None:
		self.queue("SMS")
		self.settle(sms_enabled=0)
		self.assertEqual(self.send().again, 1)
		self.assertEqual((self.row().status, self.row().reason), ("Queued", "channel_off"))
		self.assertFalse(self.side.asked)

	def test_stop_to_the_address_for_replies_ends_it(self) -> None:
		self.queue("SMS")
		url = frappe.get_doc("Nurture Settings").sms_reply_url
		path = "/" + url.split("/", 3)[3]
		answer = request("POST", path, data={"from": self.number, "text": " Stop. "})
		self.assertEqual(answer.status_code, 200)
		frappe.db.rollback()
		self.send()
		self.assertFalse(self.side.asked)
		self.assertEqual((self.touch().status, self.touch().reason), ("Skipped", "unsubscribed"))
		self.assertEqual(request("POST", "/n/sms/wrong", data={"from": self.number}).status_code, 404)

	def test_a_site_names_words_of_its_own_that_end_it(self) -> None:
		self.settle(stop_words="Genug\nSchluss jetzt")
		self.queue("SMS")
		key = frappe.db.get_single_value("Nurture Settings", "sms_key")
		request("POST", f"/n/sms/{key}", data={"from": self.number, "text": "schluss jetzt!"})
		frappe.db.rollback()
		self.send()
		self.assertFalse(self.side.asked)
		self.settle(stop_words="")

	def test_a_delivery_report_of_the_gateway_is_no_reply(self) -> None:
		self.side.answer(200, {"sid": "SM1"})
		self.queue("SMS")
		self.send()
		key = frappe.db.get_single_value("Nurture Settings", "sms_key")
		report = {"From": "+15005550006", "To": self.number, "MessageSid": "SM1"}
		for said, shown in (("delivered", "Delivered"), ("undelivered", "Delivered")):
			request("POST", f"/n/sms/{key}", data={**report, "MessageStatus": said})
			frappe.db.rollback()
			self.assertEqual((self.row().status, self.touch().status), (shown, shown))
		self.assertTrue(self.row().delivered_on)
		self.assertFalse(frappe.db.count("Nurture Activity", {"party": self.lead.name}))

	def test_a_message_that_the_network_could_not_deliver_failed(self) -> None:
		self.side.answer(200, {"messages": [{"message-id": "V1", "status": "0"}]})
		self.queue("SMS")
		self.send()
		key = frappe.db.get_single_value("Nurture Settings", "sms_key")
		report = {"msisdn": "1", "messageId": "V1", "status": "undeliv", "err-code": "6"}
		request("POST", f"/n/sms/{key}", json=report)
		frappe.db.rollback()
		touch = self.touch()
		self.assertEqual(
			(touch.status, touch.reason, touch.reason_detail), ("Failed", "undeliverable", "undeliv 6")
		)

	def test_an_answer_is_a_reply(self) -> None:
		self.queue("SMS")
		self.send()
		key = frappe.db.get_single_value("Nurture Settings", "sms_key")
		request("POST", f"/n/sms/{key}", json={"msisdn": self.number.lstrip("+"), "message": "Call me"})
		frappe.db.rollback()
		found = frappe.db.get_value(
			"Nurture Activity", {"party": self.lead.name}, ["activity_type", "channel"]
		)
		self.assertEqual(found, ("Email Reply", "SMS"))


class TestWhatsApp(MessageCase):
	def test_a_template_goes_out_as_meta_expects_it(self) -> None:
		self.side.answer(200, ACCEPTED)
		self.queue("WhatsApp")
		self.assertEqual(self.send().sent, 1)
		(asked,) = self.side.asked
		self.assertEqual(asked.path, "/v21.0/106540352242922/messages")
		self.assertEqual(asked.headers["authorization"], "Bearer a token")
		parameters = [{"type": "text", "text": self.lead.first_name}, {"type": "text", "text": "Monday"}]
		self.assertEqual(
			asked.json,
			{
				"messaging_product": "whatsapp",
				"recipient_type": "individual",
				"to": self.number,
				"type": "template",
				"template": {
					"name": "seminar_invite",
					"language": {"code": "en_US"},
					"components": [{"type": "body", "parameters": parameters}],
				},
			},
		)
		self.assertEqual(self.row().provider_id, ACCEPTED["messages"][0]["id"])

	def test_what_meta_refuses_is_told_apart(self) -> None:
		for status, code, expected in (
			(400, 131026, ("Failed", "undeliverable")),
			(400, 132001, ("Failed", "refused")),
			(429, 130429, ("Queued", "throttled")),
			(400, 131056, ("Queued", "throttled")),
			(401, 190, ("Queued", "credentials_refused")),
			(500, 131000, ("Unknown", "server_error")),
		):
			with self.subTest(code):
				frappe.db.delete("Nurture Outgoing")
				frappe.db.delete("Nurture Touch", {"party": self.lead.name})
				self.side.answer(status, refusal(code, "what Meta says"))
				self.queue("WhatsApp")
				self.send()
				self.assertEqual((self.row().status, self.row().reason), expected)
				self.assertIn("what Meta says", self.row().response)

	def test_a_message_waits_while_the_token_cannot_be_read(self) -> None:
		"""After a backup was restored with another encryption_key."""
		self.queue("WhatsApp")
		with patch.dict(frappe.conf, encryption_key=Fernet.generate_key().decode()):
			self.assertEqual(self.send().again, 1)
		self.assertEqual((self.row().status, self.row().reason), ("Queued", "credentials_refused"))
		self.assertIn("encryption_key", self.row().response)
		self.assertEqual(self.side.asked, [])

	def test_an_answer_that_is_not_metas_leaves_it_unknown(self) -> None:
		self.side.answer(200, "<html>a captive portal</html>")
		self.queue("WhatsApp")
		self.assertEqual(self.send().unknown, 1)
		self.assertEqual(self.row().reason, "not_understood")

	def test_an_error_with_a_good_status_has_not_been_sent(self) -> None:
		self.side.answer(200, refusal(131026, "Message undeliverable"))
		self.queue("WhatsApp")
		self.assertEqual(self.send().failed, 1)
		self.assertEqual(self.row().reason, "undeliverable")

	def test_delivered_read_and_failed_are_told_by_the_signed_webhook(self) -> None:
		self.side.answer(200, ACCEPTED)
		self.queue("WhatsApp")
		self.send()
		wamid = ACCEPTED["messages"][0]["id"]
		for status, shown in (("delivered", "Delivered"), ("read", "Opened")):
			news = {"id": wamid, "status": status, "timestamp": "1700000000", "recipient_id": "1"}
			self.assertEqual(self.told({"statuses": [news]}).json, {"taken": 1})
			self.assertEqual(self.touch().status, shown)
		self.assertEqual(self.row().status, "Read")
		self.assertTrue(self.touch().opened_on)

	def test_a_wrong_signature_changes_nothing(self) -> None:
		self.queue("WhatsApp")
		stop = {"messages": [{"from": self.number.lstrip("+"), "id": "1", "text": {"body": "STOP"}}]}
		self.assertEqual(self.told(stop, "another secret").status_code, 403)
		self.assertFalse(frappe.db.exists("Nurture Suppression", {"address": self.number}))
		self.settle(whatsapp_enabled=0, whatsapp_app_secret="")
		self.assertEqual(self.told(stop, "").status_code, 403, "no secret is no proof")

	def test_stop_by_whatsapp_ends_it(self) -> None:
		self.queue("WhatsApp")
		stop = {"messages": [{"from": self.number.lstrip("+"), "id": "1", "text": {"body": "STOP"}}]}
		self.assertEqual(self.told(stop).status_code, 200)
		self.send()
		self.assertFalse(self.side.asked)

	def test_the_challenge_is_answered_to_whoever_knows_the_token(self) -> None:
		token = frappe.db.get_single_value("Nurture Settings", "whatsapp_verify_token")
		query = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": token}
		answer = request("GET", "/n/whatsapp", query_string=query)
		self.assertEqual((answer.status_code, answer.text), (200, "1158201444"))
		wrong = {**query, "hub.verify_token": "guessed"}
		self.assertEqual(request("GET", "/n/whatsapp", query_string=wrong).status_code, 403)

	def test_a_button_that_says_stop_ends_it(self) -> None:
		chosen = {"type": "button_reply", "button_reply": {"id": "1", "title": "Stop promotions"}}
		for message in (
			{"type": "button", "button": {"payload": "x", "text": "Stop promotions"}},
			{"type": "interactive", "interactive": chosen},
		):
			with self.subTest(message["type"]):
				frappe.db.delete("Nurture Suppression", {"address": self.number})
				frappe.db.commit()  # nosemgrep: a test site
				self.told({"messages": [{"from": self.number.lstrip("+"), "id": "1", **message}]})
				self.assertTrue(frappe.db.exists("Nurture Suppression", {"address": self.number}))

	def test_who_tells_whatsapp_to_stop_our_marketing_gets_no_more(self) -> None:
		self.queue("WhatsApp")
		preference = {
			"wa_id": self.number.lstrip("+"),
			"detail": "User requested to stop marketing messages",
			"category": "marketing_messages",
			"value": "stop",
			"timestamp": 1731705721,
		}
		self.told({"user_preferences": [{**preference, "value": "resume"}]}, field="user_preferences")
		self.assertFalse(frappe.db.exists("Nurture Suppression", {"address": self.number}))
		self.told({"user_preferences": [preference]}, field="user_preferences")
		self.send()
		self.assertFalse(self.side.asked)
		self.assertEqual(self.touch().reason, "unsubscribed")

	def told(self, value: dict[str, Any], secret: str = SECRET, field: str = "messages") -> Any:
		raw = known_good.whatsapp_request(value, secret, field)
		answer = request(
			"POST", "/n/whatsapp", data=raw.body, headers=dict(raw.headers), content_type=raw.content_type
		)
		frappe.db.rollback()
		return answer


class TestSendATest(MessageCase):
	def test_a_test_message_tells_what_came_of_it_and_leaves_no_trace(self) -> None:
		from nurture_app.site.api.channel_actions import send_test

		self.assertTrue(send_test("SMS", "+49 151 12345678")["sent"])
		self.assertEqual(self.side.asked[0].form["to"], "+4915112345678")
		self.side.answer(401, refusal(190, "Session has expired"))
		told = send_test("WhatsApp", "+49 151 12345678")
		self.assertFalse(told["sent"])
		self.assertIn("Session has expired", told["answer"])
		self.assertFalse(frappe.db.count("Nurture Outgoing"))
		with self.assertRaises(frappe.ValidationError):
			send_test("SMS", "twelve")


class TestContents(MessageCase):
	def test_an_sms_tells_its_length_and_needs_no_subject(self) -> None:
		doc = frappe.get_doc("Nurture Content", make_text("SMS"))
		self.assertIn("GSM-7", doc.sms_length)
		self.assertFalse(doc.subject)

	def test_an_asset_in_a_text_message_is_listed_and_cannot_be_deleted(self) -> None:
		for doctype, name in (("Nurture Content", "Text with a Guide"), ("Nurture Asset", "Texted Guide")):
			frappe.delete_doc(doctype, name, force=True, ignore_missing=True)
		asset = frappe.get_doc(
			{"doctype": "Nurture Asset", "title": "Texted Guide", "url": "https://www.example.com/guide"}
		).insert()
		content = {"doctype": "Nurture Content", "title": "Text with a Guide", "channel": "SMS"}
		text = frappe.get_doc({**content, "sms_text": "See {{ assets.texted_guide.url }}"}).insert()
		self.assertEqual([row.asset for row in text.assets], [asset.name])
		with self.assertRaisesRegex(frappe.LinkExistsError, "Text with a Guide"):
			asset.delete()
		text.sms_text = "See {{ assets.no_such_guide.url }}"
		with self.assertRaisesRegex(frappe.ValidationError, "no_such_guide"):
			text.save()

	def test_a_version_goes_by_the_same_channel(self) -> None:
		with self.assertRaisesRegex(frappe.ValidationError, "is for SMS"):
			frappe.get_doc(
				{
					"doctype": "Nurture Content",
					"title": "Eine Mail",
					"subject": "Hallo",
					"body": "<p>Hallo</p>",
					"language": "de",
					"version_of": make_text("SMS"),
				}
			).insert()

	def test_a_mail_still_needs_subject_and_body(self) -> None:
		with self.assertRaises(frappe.MandatoryError):
			frappe.get_doc({"doctype": "Nurture Content", "title": "Nothing in It"}).insert()

	def test_credentials_are_needed_to_switch_whatsapp_on(self) -> None:
		with self.assertRaisesRegex(frappe.ValidationError, "Phone Number ID"):
			settle_settings(whatsapp_enabled=1, whatsapp_phone_number_id="")

	def test_secrets_never_stand_in_the_payload_or_the_log(self) -> None:
		self.side.answer(200, ACCEPTED)
		self.queue("WhatsApp")
		self.send()
		self.assertNotIn("a token", json.dumps(self.row(), default=str))
