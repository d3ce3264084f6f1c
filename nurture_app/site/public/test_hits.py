"""The tracking script and what browsers report to it, over HTTP."""

from __future__ import annotations

import frappe

from nurture_app.engine.config import Settings
from nurture_app.site.host import site_host
from nurture_app.site.public import limits
from nurture_app.site.testing.factories import make_lead, request, settle_settings
from nurture_app.site.testing.senders import SHOP, make_source, post_hits
from nurture_app.site.testing.site_case import SiteCase
from nurture_app.site.website import inbox, script, sources
from nurture_app.site.website.identify import identify

VISITOR = "a1b2c3d4e5f6a7b8c9d0"
TABLES = (
	"Nurture Visitor",
	"Nurture Visit",
	"Nurture Page View",
	"Nurture Activity",
	"Nurture Refused Event",
)


def view(number: int = 1, path: str = "/pricing", **values: object) -> dict[str, object]:
	return {"t": "view", "i": f"view-{number:014}", "p": path, "n": "Prices", **values}


def report(*entries: object, **values: object) -> dict[str, object]:
	return {"v": VISITOR, "c": 1, "e": list(entries), **values}


class HitsCase(SiteCase):
	def setUp(self) -> None:
		for table in TABLES:
			frappe.db.delete(table)
		settle_settings(track_website=1, require_tracking_consent=1, honour_signals=1)
		self.source = make_source("Hits Test", "Browser", types=[{"activity_type": "Chat Asked"}])
		frappe.cache.delete_value(inbox.HITS.key)
		for what in ("n/hit", "n/script", sources.MISSES, "event source"):
			limits.forget(what)

	def tearDown(self) -> None:
		settle_settings(track_website=0)
		frappe.db.commit()  # nosemgrep: a test site

	def stored(self) -> list[str]:
		"""Paths of the page views after the next job."""
		inbox.work_off(site_host(commit=True))
		return frappe.get_all("Nurture Page View", pluck="path", order_by="path asc")


class TestScript(HitsCase):
	def test_the_script_is_small_and_says_where_to_report_to(self) -> None:
		answer = request("GET", f"/n/script/{self.source.public_key}.js")
		text = answer.get_data(as_text=True)
		self.assertEqual((answer.status_code, answer.mimetype), (200, "text/javascript"))
		self.assertIn(f"/n/hit/{self.source.public_key}", text)
		self.assertIn('"ask":1', text)
		self.assertLess(len(text.encode()), script.LARGEST)

	def test_neither_the_script_nor_a_report_leaves_a_cookie(self) -> None:
		for answer in (
			request("GET", f"/n/script/{self.source.public_key}.js"),
			post_hits(self.source, report(view())),
			post_hits(self.source, b"{"),
		):
			self.assertNotIn("Set-Cookie", answer.headers)

	def test_switched_off_it_does_nothing(self) -> None:
		settle_settings(track_website=0)
		frappe.db.commit()  # nosemgrep: requests see committed data only
		text = request("GET", f"/n/script/{self.source.public_key}.js").get_data(as_text=True)
		self.assertEqual(text, script.OFF)
		self.assertEqual(post_hits(self.source, report(view())).status_code, 403)

	def test_unknown_keys_are_not_found_and_guessing_is_slowed_down(self) -> None:
		for path in ("x.js", "a" * 22 + ".js", self.source.public_key, "", "a/b.js"):
			self.assertEqual(request("GET", f"/n/script/{path}").status_code, 404, path)
		answers = [request("GET", f"/n/script/{'b' * 22}.js").status_code for _ in range(70)]
		self.assertIn(429, answers)


class TestHits(HitsCase):
	def test_page_views_are_stored_by_the_next_job(self) -> None:
		answer = post_hits(
			self.source, report(view(1), view(2, "/blog/one"), {"t": "time", "i": view()["i"], "s": 40})
		)
		self.assertEqual((answer.status_code, answer.headers["Access-Control-Allow-Origin"]), (204, SHOP))
		self.assertEqual(frappe.db.count("Nurture Page View"), 0)
		self.assertEqual(self.stored(), ["/blog/one", "/pricing"])
		self.assertEqual(frappe.db.get_value("Nurture Visit", {}, ["pages", "seconds"]), (2, 40))
		self.assertEqual(frappe.db.get_value("Nurture Event Source", "Hits Test", "accepted"), 3)

	def test_what_is_wrong_is_refused_and_changes_nothing(self) -> None:
		before = {table: frappe.db.count(table) for table in TABLES}
		refused = {
			400: [b"", b"{", b"[]", b"\xff", b'"\\ud800"', report(), report(view(i="x")), report(view(p="x")),
				report({"t": "event", "i": "e" * 16, "p": "/", "n": "Demo Request"}), report(view(n="\x00"), v=None)],
			403: [report(view(), c=0)],
			413: [b"x" * 30_000],
		}  # fmt: skip
		for status, payloads in refused.items():
			for payload in payloads:
				answer = post_hits(self.source, payload)
				self.assertEqual(answer.status_code, status, payload)
		self.assertEqual(self.stored(), [])
		self.assertEqual({table: frappe.db.count(table) for table in TABLES}, before)

	def test_half_a_character_is_refused(self) -> None:
		self.assertEqual(post_hits(self.source, b'{"v": "\\ud800"}').status_code, 400)

	def test_only_pages_of_the_website_may_report(self) -> None:
		for origin in (
			None,
			"null",
			"https://evil.example",
			SHOP + ".evil.example",
			SHOP.replace("https", "http"),
		):
			self.assertEqual(post_hits(self.source, report(view()), origin=origin).status_code, 403, origin)
		self.assertEqual(request("GET", f"/n/hit/{self.source.public_key}").status_code, 405)

	def test_a_disabled_source_takes_nothing(self) -> None:
		frappe.get_doc("Nurture Event Source", "Hits Test").update({"enabled": 0}).save()
		frappe.db.commit()  # nosemgrep: requests see committed data only
		self.assertEqual(post_hits(self.source, report(view())).status_code, 403)

	def test_a_key_of_another_kind_opens_nothing(self) -> None:
		hook = make_source("Hits Test Hook", "Webhook", types=[{"activity_type": "Chat Asked"}])
		self.assertEqual(post_hits(hook, report(view())).status_code, 404)

	def test_signals_and_bots_are_answered_and_not_stored(self) -> None:
		for headers in (
			{"DNT": "1"},
			{"Sec_GPC": "1"},
			{"User_Agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
			{"User_Agent": "curl/8.5.0"},
			{"User_Agent": ""},
		):
			self.assertEqual(post_hits(self.source, report(view()), **headers).status_code, 204, headers)
		self.assertEqual(self.stored(), [])

	def test_more_than_the_source_may_send_waits(self) -> None:
		frappe.db.set_value("Nurture Event Source", "Hits Test", "per_minute", 2)
		frappe.db.commit()  # nosemgrep: requests see committed data only
		answers = [post_hits(self.source, report(view(number))).status_code for number in range(6)]
		self.assertIn(429, answers)

	def test_a_browser_cannot_name_a_lead(self) -> None:
		lead = make_lead("hits-victim")
		frappe.db.commit()  # nosemgrep: requests see committed data only
		sent = report(
			view(lead=lead.name, party=lead.name, email=lead.email_id), lead=lead.name, email=lead.email_id
		)
		self.assertEqual(post_hits(self.source, sent).status_code, 204)
		self.assertEqual(self.stored(), ["/pricing"])
		self.assertFalse(frappe.db.count("Nurture Activity", {"party": lead.name}))

	def test_earlier_visits_join_the_lead_once_it_is_known(self) -> None:
		lead = make_lead("hits-joins")
		post_hits(
			self.source,
			report(view(1, u={"source": "spring", "campaign": "Prices"}, r="https://news.example/a")),
		)
		post_hits(
			self.source,
			report({"t": "event", "i": "e" * 16, "p": "/pricing", "n": "Chat Asked", "d": "Teams?"}),
		)
		self.stored()
		self.assertEqual(identify(VISITOR, lead.name), 2)
		self.assertEqual(identify(VISITOR, lead.name), 0)
		found = frappe.get_all(
			"Nurture Activity",
			{"party": lead.name},
			["activity_type", "detail", "campaign"],
			order_by="activity_type asc",
		)
		self.assertEqual(
			[tuple(row.values()) for row in found],
			[("Chat Asked", "Teams?", "Prices"), ("Page View", "/pricing", "Prices")],
		)
		self.assertEqual(
			frappe.db.get_value("Lead", lead.name, ["nurture_utm_source", "nurture_landing_page"]),
			("spring", "/pricing"),
		)

	def test_a_visitor_who_takes_consent_back_is_forgotten(self) -> None:
		post_hits(self.source, report(view()))
		self.stored()
		self.assertEqual(post_hits(self.source, report({"t": "forget"}), DNT="1").status_code, 204)
		self.assertEqual(self.stored(), [])
		self.assertEqual(frappe.db.count("Nurture Visitor"), 0)

	def test_two_workers_at_once_count_nothing_twice(self) -> None:
		from nurture_app.site.testing.factories import at_the_same_time

		post_hits(self.source, report(*[view(number) for number in range(40)]))
		at_the_same_time(*[lambda: inbox.work_off(site_host(commit=True))] * 3)
		frappe.db.rollback()
		self.assertEqual(frappe.db.get_value("Nurture Visit", {}, "pages"), 40)

	def test_a_website_that_is_given_up_can_be_deleted_while_its_visits_stay(self) -> None:
		post_hits(self.source, report(view()))
		self.assertEqual(self.stored(), ["/pricing"])
		frappe.delete_doc("Nurture Event Source", "Hits Test")
		self.assertEqual(frappe.db.count("Nurture Visit"), 1)

	def test_defaults_ask_for_consent(self) -> None:
		self.assertEqual((Settings().track_website, Settings().require_tracking_consent), (False, True))
