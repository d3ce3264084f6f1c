"""Payloads of other systems over HTTP: mapped, signed, refused with a reason, tried again."""

from __future__ import annotations

import json
import time
from typing import Any

import frappe

from nurture_app.site import nurture_jobs
from nurture_app.site.api import source_actions
from nurture_app.site.public import limits
from nurture_app.site.testing.factories import make_lead
from nurture_app.site.testing.senders import count_rows, make_source, post_payload
from nurture_app.site.testing.site_case import SiteCase
from nurture_app.site.website import signatures, sources

TABLES = ("Nurture Incoming Event", "Nurture Activity", "Nurture Refused Event", "Lead")
WEBINAR: dict[str, Any] = {
	"type_path": "event",
	"types": [
		{"payload_value": "attended", "action": "Record Activity", "activity_type": "Webinar Attended"},
		{"payload_value": "no_show", "action": "Record Activity", "activity_type": "Webinar No-show"},
		{"payload_value": "registered", "action": "Capture Lead", "activity_type": "Webinar Registered"},
		{"payload_value": "pinged", "action": "Ignore"},
	],
	"mappings": [
		{"target": "E-mail", "path": "person.email"},
		{"target": "First Name", "path": "person.name"},
		{"target": "Campaign", "path": "webinar.title"},
		{"target": "Detail", "path": "webinar.title"},
		{"target": "Event Id", "path": "id"},
		{"target": "Occurred On", "path": "at"},
	],
}


def payload(kind: str, address: str = "hook-lead@site.example", **values: Any) -> dict[str, Any]:
	return {
		"event": kind,
		"person": {"email": address, "name": "Hanna"},
		"webinar": {"title": "How to"},
		**values,
	}


class TestInboundHook(SiteCase):
	def setUp(self) -> None:
		frappe.set_user("Administrator")
		for table in ("Nurture Incoming Event", "Nurture Activity", "Nurture Refused Event"):
			frappe.db.delete(table)
		frappe.db.delete("Lead", {"email_id": "hook-new@site.example"})
		found = frappe.db.get_value("Lead", {"email_id": "hook-lead@site.example"})
		self.lead = found or make_lead("hook-lead").name
		self.source = make_source("Hook Test", "Webhook", **WEBINAR)
		limits.forget(sources.MISSES)
		limits.forget("event source")

	def kinds(self) -> list[str]:
		nurture_jobs.run_incoming()
		return frappe.get_all(
			"Nurture Activity", {"party": self.lead}, pluck="activity_type", order_by="activity_type asc"
		)

	def test_a_payload_becomes_an_activity_of_its_kind(self) -> None:
		answer = post_payload(self.source, payload("attended", id="w1"))
		self.assertEqual((answer.status_code, answer.json["accepted"]), (200, 1))
		self.assertEqual(post_payload(self.source, payload("no_show", id="w2")).status_code, 200)
		self.assertEqual(self.kinds(), ["Webinar Attended", "Webinar No-show"])
		campaign = frappe.db.get_value("Nurture Activity", {"activity_type": "Webinar Attended"}, "campaign")
		self.assertEqual(campaign, "How to")

	def test_the_same_payload_again_records_nothing(self) -> None:
		for _ in range(3):
			answer = post_payload(self.source, payload("attended"))
			self.assertEqual(answer.status_code, 200)
		self.assertEqual(answer.json["results"][0]["status"], "duplicate")
		self.assertEqual(self.kinds(), ["Webinar Attended"])

	def test_new_people_become_leads_where_the_mapping_says_so(self) -> None:
		for _ in range(2):
			answer = post_payload(self.source, payload("registered", "hook-new@site.example", id="r1"))
			self.assertEqual(answer.status_code, 200, answer.json)
		lead = frappe.get_last_doc("Lead", {"email_id": "hook-new@site.example"})
		self.assertEqual(lead.first_name, "Hanna")
		self.assertEqual(frappe.db.count("Nurture Activity", {"party": lead.name}), 1)

	def test_what_does_not_matter_is_ignored(self) -> None:
		answer = post_payload(self.source, payload("pinged"))
		self.assertEqual((answer.status_code, answer.json["results"][0]["status"]), (200, "ignored"))
		self.assertEqual((self.kinds(), frappe.db.count("Nurture Refused Event")), ([], 0))

	def test_what_was_refused_is_kept_with_its_reason_and_can_be_tried_again(self) -> None:
		answer = post_payload(self.source, payload("left_early", id="x1"))
		self.assertEqual(answer.status_code, 422)
		self.assertIn("left_early", answer.json["results"][0]["reason"])
		post_payload(self.source, payload("left_early", id="x1"))
		(refused,) = frappe.get_all("Nurture Refused Event", fields=["name", "code", "times", "payload"])
		self.assertEqual((refused.code, refused.times), ("mapping_kind_unknown", 2))
		self.assertEqual(json.loads(refused.payload)["id"], "x1")
		self.assertEqual(source_actions.try_again([refused.name]), {"accepted": 0, "refused": 1})
		self.source.append(
			"types",
			{"payload_value": "left_early", "activity_type": "Webinar Attended", "action": "Record Activity"},
		)
		self.source.save()
		self.assertEqual(source_actions.try_again([refused.name]), {"accepted": 1, "refused": 0})
		self.assertEqual(source_actions.try_again([refused.name]), {"accepted": 0, "refused": 1})
		frappe.db.commit()  # nosemgrep: the job has its own transactions
		self.assertEqual(self.kinds(), ["Webinar Attended"])
		self.assertEqual(
			frappe.db.get_value("Nurture Refused Event", refused.name, "status"), "Accepted Later"
		)

	def test_of_a_list_the_good_ones_are_taken(self) -> None:
		items = [
			payload("attended", id="1"),
			payload("nonsense", id="2"),
			payload("attended", "nobody@site.example", id="3"),
			5,
		]
		answer = post_payload(self.source, items)
		self.assertEqual(answer.status_code, 207)
		codes = [one.get("code", "") for one in answer.json["results"]]
		self.assertEqual(codes, ["", "mapping_kind_unknown", "event_person_unknown", "event_malformed"])
		self.assertEqual(self.kinds(), ["Webinar Attended"])

	def test_a_secret_asks_for_a_signature_of_these_very_bytes(self) -> None:
		self.source.update({"secret": "s3cret", "signature_prefix": "sha256="}).save()
		frappe.db.commit()  # nosemgrep: requests see committed data only
		before = count_rows(TABLES)
		body = json.dumps(payload("attended", id="s1")).encode()
		good = "sha256=" + signatures.signature(body, "s3cret", "sha256", "hex")
		for forged in ("", good[:-1] + ("0" if good[-1] != "0" else "1"), good[7:], "sha256=", "é" * 20,
			"sha256=" + signatures.signature(body, "other", "sha256", "hex")):  # fmt: skip
			self.assertEqual(post_payload(self.source, body, X_Signature=forged).status_code, 401, forged)
		self.assertEqual(post_payload(self.source, body + b" ", X_Signature=good).status_code, 401)
		self.assertEqual(count_rows(TABLES), before)
		self.assertEqual(post_payload(self.source, body, X_Signature=good).status_code, 200)
		self.assertEqual(
			post_payload(self.source, body, X_Signature=good).json["results"][0]["status"], "duplicate"
		)

	def test_a_signed_timestamp_ends_a_replay(self) -> None:
		values = {"secret": "s3cret", "signed_text": "Timestamp.Body", "signature_encoding": "base64"}
		self.source.update(values).save()
		frappe.db.commit()  # nosemgrep: requests see committed data only
		body = json.dumps(payload("attended", id="t1")).encode()

		def sent(stamp: str) -> int:
			signed = signatures.signature(stamp.encode() + b"." + body, "s3cret", "sha256", "base64")
			return post_payload(self.source, body, X_Signature=signed, X_Timestamp=stamp).status_code

		now = int(time.time())
		for stamp in (str(now - 3600), str(now + 3600), "", "yesterday", "9" * 14):
			self.assertEqual(sent(stamp), 401, stamp)
		self.assertEqual(sent(str(now)), 200)
		self.assertEqual(sent(str(now * 1000)), 200)

	def test_strangers_and_bad_bodies_change_nothing(self) -> None:
		before = count_rows(TABLES)
		for body in (b"", b"{", b"\xff", b'"\\ud800"', b"[" * 60 + b"]" * 60, b"NaN"):
			self.assertEqual(post_payload(self.source, body).status_code, 400, body[:9])
		self.assertEqual(post_payload(self.source, b'{"a": "' + b"x" * 600_000 + b'"}').status_code, 413)
		server = make_source("Hook Test Server", "Server")
		server.public_key = "a" * 22
		for key in ("a" * 22, "x", "", self.source.public_key.swapcase(), self.source.public_key + "/more"):
			server.public_key = key
			self.assertEqual(post_payload(server, payload("attended")).status_code, 404, key)
		self.assertEqual(count_rows(TABLES), before)

	def test_a_payload_may_not_fill_what_sales_decides(self) -> None:
		for field in ("status", "email_id", "nurture_score", "no_such_field"):
			self.source.mappings = []
			self.source.append("mappings", {"target": "Lead Field", "target_name": field, "path": "x"})
			self.assertRaises(frappe.ValidationError, self.source.save)

	def test_the_log_holds_no_more_than_it_should(self) -> None:
		post_payload(self.source, payload("nonsense", filler="x" * 50_000))
		(row,) = frappe.get_all("Nurture Refused Event", fields=["payload", "is_cut", "name"])
		self.assertEqual((len(row.payload), row.is_cut), (20_000, 1))
		self.assertEqual(source_actions.try_again([row.name])["accepted"], 0)

	def test_a_mapping_can_be_tried_on_a_payload_without_recording_anything(self) -> None:
		before = count_rows(TABLES)
		(tried,) = source_actions.try_mapping("Hook Test", json.dumps(payload("attended")))
		self.assertEqual(
			(tried["activity_type"], tried["values"]["Campaign"]), ("Webinar Attended", "How to")
		)
		(failed,) = source_actions.try_mapping("Hook Test", json.dumps(payload("nonsense")))
		self.assertIn("nonsense", failed["error"])
		self.assertEqual(count_rows(TABLES), before)

	def test_the_form_says_what_to_paste_where_and_who_may(self) -> None:
		self.assertIn(f"/n/inbound/{self.source.public_key}", source_actions.get_usage("Hook Test")["text"])
		website = make_source("Hook Test Site", "Browser")
		self.assertIn(
			f"/n/script/{website.public_key}.js", source_actions.get_usage("Hook Test Site")["text"]
		)
		server = make_source("Hook Test Server", "Server")
		usage = source_actions.get_usage("Hook Test Server")["text"]
		self.assertIn(server.flags.key[-4:], usage)
		self.assertNotIn(server.flags.key, usage)
		old = website.public_key
		new = source_actions.new_key("Hook Test Site")["key"]
		self.assertNotEqual(old, new)
		frappe.set_user("Guest")
		for action in (source_actions.get_usage, source_actions.new_key):
			self.assertRaises(frappe.PermissionError, action, "Hook Test")
		self.assertRaises(frappe.PermissionError, source_actions.try_again, ["x"])
		frappe.set_user("Administrator")
