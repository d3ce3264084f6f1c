"""The tracking script in a real browser, on the pages of another website."""

from __future__ import annotations

import time
from typing import Any
from unittest.mock import patch

import frappe

from nurture_app.site.host import site_host
from nurture_app.site.public import limits
from nurture_app.site.testing import browser
from nurture_app.site.testing.browser import BrowserCase
from nurture_app.site.testing.factories import make_lead, settle_settings
from nurture_app.site.testing.senders import BROWSER, make_source
from nurture_app.site.website import inbox, script
from nurture_app.site.website.identify import identify

SHOP = "http://shop.example"
PAGE = """<!DOCTYPE html><html><head><title>{title}</title>{snippet}</head><body><h1>{title}</h1>
<form><input name="email"><input type="hidden" name="nurture_visitor"></form></body></html>"""
STORED = "JSON.stringify([Object.keys(localStorage), document.cookie])"


class TestScriptInABrowser(BrowserCase):
	@classmethod
	def setUpClass(cls) -> None:
		# Not by the context: what a page sends while it is left would still say HeadlessChrome, and be taken for a bot.
		flags = patch.object(browser, "FLAGS", (*browser.FLAGS, f"--user-agent={BROWSER}"))
		flags.start()
		cls.addClassCleanup(flags.stop)
		super().setUpClass()
		frappe.db.delete("Nurture Page Category", {"title": "Browser Test Prices"})
		frappe.get_doc(
			{
				"doctype": "Nurture Page Category",
				"title": "Browser Test Prices",
				"enabled": 1,
				"position": 1,
				"pattern": "/pricing*",
				"activity_type": "Pricing Page View",
			}
		).insert()
		cls.source = make_source(
			"Browser Test", "Browser", allowed_origins=SHOP, types=[{"activity_type": "Chat Asked"}]
		)
		snippet = script.snippet(cls.source.public_key)
		titles = {"/": "Home", "/pricing": "Prices", "/blog": "Blog"}
		cls.serve_pages(
			"shop.example",
			{path: PAGE.format(title=title, snippet=snippet) for path, title in titles.items()}
			| {"/empty": "<p>"},
		)
		cls.addClassCleanup(cls._tidy)

	@classmethod
	def _tidy(cls) -> None:
		settle_settings(track_website=0)
		frappe.delete_doc("Nurture Page Category", "Browser Test Prices", force=True)
		frappe.db.commit()  # nosemgrep: a test site

	def setUp(self) -> None:
		for table in ("Nurture Visitor", "Nurture Visit", "Nurture Page View", "Nurture Activity"):
			frappe.db.delete(table)
		settle_settings(track_website=1, require_tracking_consent=1, honour_signals=1)
		frappe.db.commit()  # nosemgrep: the server has its own connections
		frappe.cache.delete_value(inbox.HITS.key)
		limits.forget("n/hit")
		limits.forget("n/script")
		self.requested.clear()

	def visit(self, path: str, **options: Any) -> Any:
		page = self.open(SHOP + path, **options)
		page.wait_for_function("window.nurture && !window.nurture.q")
		return page

	def reports(self) -> int:
		return sum(1 for path in self.requested if path.startswith("/n/hit"))

	def wait_for_reports(self, number: int) -> None:
		"""Until that many have come in and lie in the inbox."""
		ends = time.monotonic() + 15
		while (
			self.reports() < number or frappe.cache.llen(inbox.HITS.key) < number
		) and time.monotonic() < ends:
			with self._asked:
				self._asked.wait(0.02)
		self.assertEqual((self.reports(), frappe.cache.llen(inbox.HITS.key)), (number, number))

	def views(self) -> list[tuple[str, str]]:
		"""(path, what it counts as) of what arrived, after the next job."""
		inbox.work_off(site_host(commit=True))
		rows = frappe.get_all(
			"Nurture Page View", fields=["path", "activity_type"], order_by="occurred_on asc"
		)
		return [(row.path, row.activity_type) for row in rows]

	def test_nothing_is_stored_or_sent_before_consent(self) -> None:
		page = self.visit("/pricing?utm_source=spring")
		page.evaluate("nurture('event', 'Chat Asked', 'before'); nurture('page')")
		page.goto(SHOP + "/blog")
		self.assertEqual(page.evaluate(STORED), '[[],""]')
		self.assertEqual(page.evaluate("nurture('id')"), "")
		page.context.close()
		self.assertEqual((self.reports(), self.views()), (0, []))

	def test_after_consent_page_views_time_and_campaign_arrive_and_join_the_lead(self) -> None:
		page = self.visit("/pricing?utm_source=spring&utm_campaign=Prices&email=secret@site.example")
		page.evaluate("nurture('consent', true)")
		self.wait_for_reports(1)
		self.assertEqual(page.evaluate(STORED), '[["nurture"],""]')
		page.evaluate("nurture('event', 'Chat Asked', 'Teams?')")
		self.wait_for_reports(2)
		page.fill("input[name=email]", "typed@site.example")
		page.wait_for_timeout(1100)  # what is measured is time on the page
		page.goto(SHOP + "/blog")
		page.wait_for_function("window.nurture && !window.nurture.q")
		self.wait_for_reports(4)  # the time on the page that was left, and the new page
		visitor = page.evaluate("nurture('id')")
		self.assertEqual(page.input_value("input[name=nurture_visitor]"), visitor)
		self.assertEqual(
			self.views(),
			[("/pricing", "Pricing Page View"), ("/pricing", "Chat Asked"), ("/blog", "Page View")],
		)
		visit = frappe.get_last_doc("Nurture Visit")
		self.assertEqual((visit.pages, visit.utm_campaign, visit.landing_page), (2, "Prices", "/pricing"))
		self.assertGreaterEqual(visit.seconds, 1)
		self.assertFalse(any("secret" in str(row) or "typed" in str(row) for row in self.everything()))
		lead = make_lead("browserjoins")
		self.assertEqual(identify(visitor, lead.name), 3)
		kinds = frappe.get_all(
			"Nurture Activity", {"party": lead.name}, pluck="activity_type", order_by="activity_type asc"
		)
		self.assertEqual(kinds, ["Chat Asked", "Page View", "Pricing Page View"])

	def test_do_not_track_and_global_privacy_control_silence_it_even_with_consent(self) -> None:
		for signal in ("doNotTrack', {get: () => '1'}", "globalPrivacyControl', {get: () => true}"):
			page = self.open(SHOP + "/empty")
			page.context.add_init_script(f"Object.defineProperty(Navigator.prototype, '{signal})")
			page.goto(SHOP + "/pricing")
			page.wait_for_function("window.nurture && !window.nurture.q")
			page.evaluate("nurture('consent', true); nurture('page')")
			self.assertEqual(page.evaluate(STORED), '[[],""]', signal)
			page.context.close()
		self.assertEqual((self.reports(), self.views()), (0, []))

	def test_consent_taken_back_leaves_nothing_behind(self) -> None:
		page = self.visit("/pricing")
		page.evaluate("nurture('consent', true)")
		self.wait_for_reports(1)
		page.evaluate("nurture('consent', false)")
		self.wait_for_reports(2)
		page.goto(SHOP + "/blog")
		page.wait_for_function("window.nurture && !window.nurture.q")
		self.assertEqual(page.evaluate(STORED), '[[],""]')
		self.assertEqual((self.reports(), self.views()), (2, []))

	def test_without_the_need_of_consent_it_begins_at_once_and_remembers_a_no(self) -> None:
		settle_settings(track_website=1, require_tracking_consent=0)
		frappe.db.commit()  # nosemgrep: the server has its own connections
		page = self.visit("/pricing")
		self.wait_for_reports(1)
		page.evaluate("nurture('consent', false)")
		self.wait_for_reports(2)
		page.goto(SHOP + "/blog")
		page.wait_for_function("window.nurture && !window.nurture.q")
		self.assertEqual((self.reports(), self.views()), (2, []))

	def everything(self) -> list[Any]:
		return [
			row
			for table in ("Nurture Visitor", "Nurture Visit", "Nurture Page View")
			for row in frappe.get_all(table, fields=["*"])
		]
