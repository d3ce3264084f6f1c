"""Blocks that other websites show, over HTTP: who may ask, who is known, and what an answer never holds."""

from __future__ import annotations

import json
from typing import Any

import frappe
from frappe.utils import now_datetime

from nurture_app.nurture_app.doctype.nurture_content_block.test_nurture_content_block import make_block
from nurture_app.site.public import limits
from nurture_app.site.testing.factories import make_lead, request, settle_settings
from nurture_app.site.testing.senders import BROWSER, SHOP, make_source
from nurture_app.site.testing.site_case import SiteCase
from nurture_app.site.website import sources

VISITOR = "b1b2c3d4e5f6a7b8c9d0"
CITY = json.dumps([["city", "=", "Bonn"]])


class TestBlocks(SiteCase):
	def setUp(self) -> None:
		settle_settings(track_website=1, require_tracking_consent=1, honour_signals=1)
		self.source = make_source("Blocks Test", "Browser")
		self.lead = make_lead(
			f"blockvisitor{frappe.generate_hash(length=8)}", city="Bonn", first_name="Adalbert"
		)
		make_block(
			"Web Block",
			[{"label": "Rhine", "condition": CITY, "text": "<p>By the Rhine.</p>"}],
			on_websites=1,
		)
		frappe.db.delete("Nurture Visitor", {"visitor_id": VISITOR})
		row = {
			"visitor_id": VISITOR,
			"party_type": "Lead",
			"party": self.lead.name,
			"website": self.source.name,
		}
		frappe.get_doc({"doctype": "Nurture Visitor", "consented_on": now_datetime(), **row}).insert()
		frappe.db.commit()  # nosemgrep: requests see committed data only
		for what in ("n/block", sources.MISSES, "event source"):
			limits.forget(what)

	def tearDown(self) -> None:
		settle_settings(track_website=0)
		frappe.db.delete("Nurture Visitor", {"visitor_id": VISITOR})
		frappe.db.commit()  # nosemgrep: a test site

	def ask(self, asked: Any, origin: str = SHOP, key: str = "", **headers: str) -> Any:
		body = asked if isinstance(asked, bytes) else json.dumps(asked).encode()
		sent = {"Origin": origin, "User-Agent": BROWSER}
		sent |= {name.replace("_", "-"): value for name, value in headers.items()}
		path = f"/n/block/{key or self.source.public_key}"
		return request("POST", path, data=body, content_type="text/plain", headers=sent)

	def text(self, visitor: Any = VISITOR, **more: str) -> str:
		answer = self.ask({"v": visitor, "b": ["web_block"]}, **more)
		self.assertEqual(answer.status_code, 200)
		return answer.get_json()["blocks"]["web_block"]

	def test_a_known_visitor_gets_their_variant_and_the_page_may_read_it(self) -> None:
		answer = self.ask({"v": VISITOR, "b": ["web_block"]})
		self.assertEqual(answer.get_json(), {"blocks": {"web_block": "<p>By the Rhine.</p>"}})
		self.assertEqual(answer.headers["Access-Control-Allow-Origin"], SHOP)
		self.assertNotIn("Access-Control-Allow-Credentials", answer.headers)
		self.assertNotIn("Set-Cookie", answer.headers)
		self.assertEqual(answer.headers["Cache-Control"], "no-store")
		for known in (self.lead.name, self.lead.email_id, "Adalbert", "Bonn", "Rhine</b>", "label"):
			self.assertNotIn(known, answer.get_data(as_text=True))

	def test_everybody_else_gets_the_default(self) -> None:
		for visitor in ("c" * 20, VISITOR.upper(), None, 7, "", {"a": 1}, "' OR 1=1 --"):
			self.assertEqual(self.text(visitor), "<p>For all.</p>")
		self.assertEqual(self.text(DNT="1"), "<p>For all.</p>")
		self.assertEqual(self.text(User_Agent="Googlebot/2.1"), "<p>For all.</p>")
		frappe.db.set_value("Nurture Visitor", {"visitor_id": VISITOR}, "consented_on", None)
		frappe.db.commit()  # nosemgrep: requests see committed data only
		self.assertEqual(self.text(), "<p>For all.</p>")

	def test_other_websites_and_unknown_keys_are_refused(self) -> None:
		asked = {"v": VISITOR, "b": ["web_block"]}
		for origin in ("https://evil.example", "null", "", f"{SHOP}.evil.example"):
			answer = self.ask(asked, origin)
			self.assertEqual(answer.status_code, 403)
			self.assertNotIn("Access-Control-Allow-Origin", answer.headers)
		self.assertEqual(self.ask(asked, key="a" * 22).status_code, 404)
		other = make_source("Blocks Other", "Browser")
		self.assertIn("For all.", self.ask(asked, key=other.public_key).get_data(as_text=True))
		self.assertEqual(request("GET", f"/n/block/{self.source.public_key}").status_code, 405)

	def test_what_is_no_question_is_refused(self) -> None:
		for asked in (
			b"{",
			[],
			{},
			{"b": []},
			{"b": "web_block"},
			{"b": ["x"] * 6},
			{"b": [7]},
			{"b": ["y" * 61]},
		):
			self.assertEqual(self.ask(asked).status_code, 400, asked)
		self.assertEqual(self.ask(b"x" * 3000).status_code, 413)

	def test_a_source_that_asks_too_often_is_told_to_wait(self) -> None:
		frappe.db.set_value("Nurture Event Source", self.source.name, "per_minute", 3)
		frappe.clear_document_cache("Nurture Event Source", self.source.name)
		frappe.db.commit()  # nosemgrep: requests see committed data only
		answers = [self.ask({"v": VISITOR, "b": ["web_block"]}).status_code for _ in range(5)]
		self.assertEqual(answers, [200, 200, 200, 429, 429])

	def test_a_block_that_names_the_person_cannot_be_put_on_websites(self) -> None:
		text = "<p>Hello {{ lead.first_name | default('you') }}</p>"
		with self.assertRaisesRegex(frappe.ValidationError, "A block for websites may not"):
			make_block("Web Personal", [], default_text=text, on_websites=1)
		frappe.db.rollback()
