"""In a real browser: the Desk on a phone, as a salesperson uses it between two appointments."""

from __future__ import annotations

import frappe
from frappe.utils import now_datetime

from nurture_app.engine import activities
from nurture_app.engine.activities import ActivityIn
from nurture_app.engine.enrollments.entering import enroll
from nurture_app.site.host import site_host
from nurture_app.site.testing.desk import DeskCase, delete_users, make_user
from nurture_app.site.testing.factories import make_lead, make_rule, make_sequence, settle_settings

SELLER = "seller@phone.example"
SEQUENCE, RULE = "Phone Test Sequence", "Phone Test Demo"
FINGER = 40
"""Pixels that what one taps is high at least."""


class TestDeskOnAPhone(DeskCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		make_user(SELLER, "Sales User")
		settle_settings()
		make_rule(RULE, "Demo Request", 55)
		make_sequence(SEQUENCE)
		cls.lead = make_lead(
			"onaphone", nurture_email_consent="Given", lead_owner=SELLER, company_name="Phone Test Company"
		)
		host = site_host(commit=False)
		activities.record(host, [ActivityIn(cls.lead.name, "Demo Request", now_datetime(), "Website")])
		enroll(host, SEQUENCE, [cls.lead.name])
		frappe.db.commit()  # nosemgrep: the server has its own connections

	@classmethod
	def tearDownClass(cls) -> None:
		delete_users(SELLER)
		super().tearDownClass()

	def test_the_list_of_leads_shows_the_score(self) -> None:
		page = self.desk(SELLER, f"lead?name={self.lead.name}", phone=True)
		row = page.locator(".list-row-container", has_text="Phone Test Company")
		score = row.locator(".nurture-list-score")
		score.wait_for()
		self.assertEqual(score.inner_text().strip(), "55")
		self.assertGreater(row.locator(".list-subject").bounding_box()["width"], 180, "the title is squeezed")
		status = row.locator(".level-right .indicator-pill:visible").bounding_box()
		self.assertLess(status["x"] + status["width"], 390, "the status is pushed out")
		self.assertEqual(row.get_by_text("55").count(), 1, "said once is enough")
		self.assertTrue(self.fits(page))
		self.picture(page, "list of leads on a phone")
		page.set_viewport_size({"width": 1000, "height": 800})
		score.get_by_text("· MQL").wait_for()

	def test_the_panel_is_made_for_fingers_and_its_links_are_seen_without_a_mouse(self) -> None:
		page = self.desk(SELLER, f"lead/{self.lead.name}", phone=True)
		page.locator(".nurture-summary").click()
		panel = page.locator(".nurture-panel")
		panel.get_by_role("button", name="Pause").wait_for()
		self.picture(page, "lead panel on a phone")
		for button in panel.locator("button:visible").all():
			self.assertGreaterEqual(button.bounding_box()["height"], FINGER, button.inner_text())
		for link in panel.locator("a:visible").all():
			line = link.evaluate("(one) => getComputedStyle(one).textDecorationLine")
			self.assertEqual(line, "underline", link.inner_text())
			self.assertGreaterEqual(link.bounding_box()["height"], 24, link.inner_text())
		self.assertTrue(self.fits(page))

	def test_numbers_on_the_workspace_are_written_in_the_colour_of_text(self) -> None:
		"""A colour for light and dark alike is hard to read in one of them, and a red 0 warns of nothing."""
		cards = frappe.get_all("Number Card", {"module": "Nurture App"}, ["name", "color"])
		self.assertTrue(cards)
		self.assertEqual([card.name for card in cards if card.color], [])
