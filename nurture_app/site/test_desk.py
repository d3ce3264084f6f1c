"""The Desk as marketers and salespeople use it, in a real browser."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import frappe
from frappe.utils import now_datetime

from nurture_app.engine import activities, optout
from nurture_app.engine.activities import ActivityIn
from nurture_app.engine.enrollments.entering import enroll
from nurture_app.site import mail_hits
from nurture_app.site.host import site_host
from nurture_app.site.links import SiteLinks
from nurture_app.site.testing.desk import DeskCase, make_user
from nurture_app.site.testing.factories import make_lead, make_rule, make_sequence, settle_settings

MARKETER = "marketer@site.example"
SELLER = "seller@site.example"
SEGMENT = "Desk Test Segment"
SEQUENCE = "Desk Test Sequence"


class TestDesk(DeskCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		make_user(MARKETER, "Nurture Manager", "Sales User")
		make_user(SELLER, "Sales User")
		settle_settings()
		make_rule("Desk Test Demo", "Demo Request", 40, decay="Expire", decay_days=30)
		make_sequence(SEQUENCE)
		cls.lead = make_lead("desk", nurture_email_consent="Given", lead_owner=SELLER)
		host = site_host(commit=False)
		activities.record(host, [ActivityIn(cls.lead.name, "Demo Request", now_datetime(), "Website")])
		enroll(host, SEQUENCE, [cls.lead.name])
		frappe.delete_doc("Nurture Segment", SEGMENT, force=True, ignore_missing=True)
		frappe.db.commit()  # nosemgrep: the server has its own connections

	@classmethod
	def tearDownClass(cls) -> None:
		frappe.db.rollback()
		frappe.delete_doc("Nurture Segment", SEGMENT, force=True, ignore_missing=True)
		super().tearDownClass()

	def test_the_history_of_a_consent_is_told_line_by_line(self) -> None:
		lead = make_lead("toldlinebyline", lead_owner=SELLER)
		host = site_host(commit=False)
		for status, wording in (("Given", "I <b>agree</b>."), ("Withdrawn", ""), ("Given", "Yes, again.")):
			optout.set_consent(
				host, lead.name, lead.email_id, status, "A form", "somebody", wording, proof="Line 1\nLine 2"
			)
		name = frappe.db.get_value("Nurture Consent", {"party": lead.name})
		frappe.db.commit()  # nosemgrep: the server has its own connections
		page = self.desk(SELLER, f"nurture-consent/{name}")
		history = page.locator("[data-fieldname=history_html] li")
		history.nth(2).wait_for()
		told = history.all_inner_texts()
		self.assertIn("“I <b>agree</b>.”", told[2])
		self.assertEqual([one.split()[0] for one in told], ["Given", "Withdrawn", "Given"])
		self.picture(page, "history of a consent")

	def test_a_message_shows_its_hits_with_the_reason_and_does_not_count_the_colleague_who_looks(
		self,
	) -> None:
		touch = make_touch(self.lead)
		link = frappe.get_doc({"doctype": "Nurture Link", "url": "https://shop.example/<b>guide</b>"})
		link.insert(ignore_permissions=True)
		for kind, verdict, reason, agent in (
			(
				"Open",
				"human",
				"person",
				"Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0",
			),
			("Click", "machine", "robot", "curl/8 <script>alert(1)</script>"),
		):
			hit = {"kind": kind, "verdict": verdict, "reason": reason, "user_agent": agent, "settled": 1}
			hit |= {
				"touch": touch.name,
				"party_type": "Lead",
				"party": self.lead.name,
				"hit_on": now_datetime(),
			}
			hit["link"] = link.name if kind == "Click" else None
			frappe.get_doc({"doctype": "Nurture Mail Hit", **hit}).insert(ignore_permissions=True)
		frappe.cache.delete_value(mail_hits.HITS.key)
		frappe.db.commit()  # nosemgrep: the server has its own connections
		page = self.desk(MARKETER, f"nurture-touch/{touch.name}")
		table = page.locator("[data-fieldname=hits_html]")
		table.get_by_text("Calls itself a robot or a mail scanner.").wait_for()
		told = table.inner_text()
		for words in ("1 human", "1 machine", "https://shop.example/<b>guide</b>", "Browser"):
			self.assertIn(words, told)
		self.picture(page, "hits of a message")
		opening = urlsplit(SiteLinks().opening(touch.tracking_token)).path
		self.assertEqual(page.evaluate("async (path) => (await fetch(path)).status", opening), 200)
		self.assertEqual(frappe.cache.llen(mail_hits.HITS.key), 0)
		stranger = self.open("/login")
		self.assertEqual(stranger.evaluate("async (path) => (await fetch(path)).status", opening), 200)
		self.assertEqual(frappe.cache.llen(mail_hits.HITS.key), 1)

	def test_a_salesperson_sees_score_reasons_and_next_step_of_a_lead(self) -> None:
		page = self.desk(SELLER, f"lead/{self.lead.name}")
		self.open_nurture_tab(page)
		panel = page.locator(".nurture-panel")
		panel.get_by_text("Desk Test Demo").wait_for()
		panel.get_by_text(SEQUENCE).first.wait_for()
		self.assertIn("40", panel.inner_text())
		self.assertIn("counts until", panel.inner_text())
		self.assertTrue(panel.get_by_role("link", name="Desk Test Demo").get_attribute("href"))
		self.picture(page, "lead panel")

	def test_the_scale_of_the_score_reads_the_same_in_languages_from_right_to_left(self) -> None:
		frappe.db.set_value("User", SELLER, "language", "ar")
		frappe.clear_cache(user=SELLER)
		frappe.db.commit()  # nosemgrep: the server has its own connections
		try:
			page = self.desk(SELLER, f"lead/{self.lead.name}")
			self.open_nurture_tab(page)
			page.locator(".np-mark").first.wait_for()
			self.assertEqual(page.evaluate("document.documentElement.dir"), "rtl")
			marks = page.evaluate(
				"""[...document.querySelectorAll(".np-mark")].map((mark) => {
					const label = mark.querySelector("span").getBoundingClientRect();
					return [mark.getBoundingClientRect().left, (label.left + label.right) / 2];
				})"""
			)
			self.assertEqual(marks, sorted(marks))
			for mark, label in marks:
				self.assertAlmostEqual(mark, label, delta=3)
			number = "getComputedStyle(document.querySelector('.np-number')).direction"
			self.assertEqual(page.evaluate(number), "ltr")
			self.picture(page, "score from right to left")
		finally:
			frappe.db.set_value("User", SELLER, "language", None)
			frappe.clear_cache(user=SELLER)
			frappe.db.commit()  # nosemgrep: the server has its own connections

	def test_what_pauses_and_what_ends_a_sequence_do_not_look_the_same_in_german(self) -> None:
		frappe.db.set_value("User", SELLER, "language", "de")
		frappe.clear_cache(user=SELLER)
		frappe.db.commit()  # nosemgrep: the server has its own connections
		try:
			page = self.desk(SELLER, f"lead/{self.lead.name}")
			self.open_nurture_tab(page)
			buttons = page.locator(".np-enrollment .np-buttons button")
			buttons.first.wait_for()
			self.assertEqual(buttons.all_inner_texts(), ["Pausieren", "Beenden"])
		finally:
			frappe.db.set_value("User", SELLER, "language", None)
			frappe.clear_cache(user=SELLER)
			frappe.db.commit()  # nosemgrep: the server has its own connections

	def test_the_address_of_a_page_stays_within_its_card_on_a_phone(self) -> None:
		lead = make_lead("longdetail", lead_owner=SELLER, nurture_email_consent="Given")
		address = f"/pricing?<b>campaign</b>={'spring' * 12}"
		done = ActivityIn(lead.name, "Demo Request", now_datetime(), "Website", detail=address)
		activities.record(site_host(commit=False), [done])
		enroll(site_host(commit=False), SEQUENCE, [lead.name])
		frappe.db.commit()  # nosemgrep: the server has its own connections
		page = self.desk(SELLER, f"lead/{lead.name}", viewport={"width": 390, "height": 844})
		self.open_nurture_tab(page)
		panel = page.locator(".nurture-panel")
		panel.get_by_text("To Come").wait_for()
		# no markup, whoever wrote it
		self.assertIn(address.replace("<", "< "), panel.inner_text())
		self.picture(page, "lead panel on a phone")
		self.assertTrue(self.fits(page))

	def test_what_the_panel_names_opens_and_is_told_from_words_by_more_than_its_colour(self) -> None:
		page = self.desk(SELLER, f"lead/{self.lead.name}")
		self.open_nurture_tab(page)
		rule = page.locator(".nurture-panel").get_by_role("link", name="Desk Test Demo")
		rule.wait_for()
		self.assertIn("underline", rule.evaluate("(link) => getComputedStyle(link).textDecorationLine"))
		rule.click()
		page.locator("[data-fieldname=activity_type]:visible", has_text="Demo Request").first.wait_for()

	def test_the_cards_of_the_panel_take_all_its_width(self) -> None:
		lead = make_lead("wholewidth", lead_owner=SELLER, nurture_email_consent="Given")
		frappe.db.commit()  # nosemgrep: the server has its own connections
		page = self.desk(SELLER, f"lead/{lead.name}")
		self.open_nurture_tab(page)
		panel = page.locator(".nurture-panel")
		panel.locator(".np-next").wait_for()
		boxes = [panel.locator(f"> {one}").bounding_box() for one in (".np-next", ".np-score", ".np-column")]
		top, score, others = boxes
		self.assertGreater(others["x"], score["x"] + score["width"], "beside each other")
		self.assertAlmostEqual(others["x"] + others["width"], top["x"] + top["width"], delta=2)
		self.assertAlmostEqual(score["width"], others["width"], delta=2)

	def test_why_no_mail_may_go_out_stays_within_a_phone_and_what_to_do_stands_first(self) -> None:
		lead = make_lead("bounced", lead_owner=SELLER, nurture_email_consent="Given")
		optout.suppress(site_host(commit=False), lead.email_id, "A test", "Bounced")
		task = {"reference_type": "Lead", "reference_name": lead.name, "allocated_to": SELLER}
		task |= {"description": "Find another address", "nurture_kind": "Call", "date": "2026-01-01"}
		frappe.get_doc({"doctype": "ToDo", **task}).insert(ignore_permissions=True)
		frappe.db.commit()  # nosemgrep: the server has its own connections
		page = self.desk(SELLER, f"lead/{lead.name}", phone=True)
		summary = page.locator(".nurture-summary")
		summary.get_by_text("Correct the address on the lead.").wait_for()
		self.assertTrue(self.fits(page))
		summary.click()
		panel = page.locator(".nurture-panel")
		panel.get_by_text("overdue since").wait_for()  # not only in red
		first = panel.locator(".np-card").first
		self.assertIn("Do what is open for you", first.inner_text())
		self.picture(page, "what to do stands first")

	def test_the_list_of_leads_shows_scores(self) -> None:
		page = self.desk(SELLER, "lead/view/list")
		row = page.locator(".list-row", has_text=self.lead.lead_name).first
		row.wait_for()
		self.assertIn("40", row.inner_text())

	def test_a_marketer_builds_a_condition_without_json(self) -> None:
		page = self.desk(MARKETER, "nurture-segment/new")
		page.locator("input[data-fieldname=title]").fill(SEGMENT)
		page.get_by_role("button", name="Activity, Segment, Score").first.click()
		dialog = page.locator(".modal.show")
		dialog.locator("[data-fieldname=activities] input").first.fill("Demo Request")
		dialog.locator(".tb-selected-value", has_text="Demo Request").wait_for()  # a name that fits is taken
		dialog.locator("input[data-fieldname=within_days]").fill("30")
		dialog.get_by_text("Demo Request").first.wait_for()
		dialog.get_by_role("button", name="Add", exact=True).click()
		page.locator(".nc-sentence", has_text="Demo Request").wait_for()
		self.assertIn("1 lead matches now.", page.locator(".nc-sentence").inner_text())
		page.locator(".nc-pill", has_text="30 days").wait_for()  # in words, not as JSON
		page.locator(".modal-backdrop").wait_for(state="detached")
		self.picture(page, "segment with a condition")
		page.get_by_role("button", name="Save").first.click()
		page.wait_for_url("**/nurture-segment/Desk%20Test%20Segment")
		frappe.db.rollback()
		stored = json.loads(frappe.db.get_value("Nurture Segment", SEGMENT, "condition"))
		self.assertEqual(stored, [{"activity": "Demo Request", "within_days": 30}])

	def test_the_dark_theme_shows_what_the_light_one_shows(self) -> None:
		self.addCleanup(frappe.db.commit)
		self.addCleanup(frappe.db.set_value, "User", MARKETER, "desk_theme", "Light")
		for theme in ("Light", "Dark"):
			frappe.db.set_value("User", MARKETER, "desk_theme", theme)
			frappe.db.commit()  # nosemgrep: the server has its own connections
			page = self.desk(MARKETER, f"nurture-sequence/{SEQUENCE}")
			icon = ".no-step[data-type=mail] .no-icon svg"
			page.locator(icon).first.wait_for()
			self.assertEqual(page.evaluate("document.documentElement.dataset.theme"), theme.lower())
			# found and looked at in one go: the outline is drawn again once the server has put conditions into words
			shades = page.evaluate(
				"""(icon) => {
					const { borderTopColor, color, backgroundColor } = getComputedStyle(document.querySelector(icon));
					return [borderTopColor, color, backgroundColor].map((rgb) => rgb.match(/[0-9.]+/g)[0] / 255);
				}""",
				icon,
			)
			self.assertGreater(min(abs(shade - shades[2]) for shade in shades[:2]), 0.3, (theme, shades))

	def test_enter_in_a_row_of_a_condition_adds_no_other_row(self) -> None:
		page = self.desk(MARKETER, "nurture-segment/new")
		page.get_by_role("button", name="Field of the Lead").first.click()
		page.locator(".nc-rows .filter-field input").first.press("Enter")
		page.get_by_role("button", name="Field of the Lead").first.click()
		page.locator(".nc-rows .filter-box").nth(1).wait_for()
		self.assertEqual(page.locator(".nc-rows .filter-box").count(), 2)

	def test_a_sequence_is_drawn_with_days_and_texts(self) -> None:
		page = self.desk(MARKETER, f"nurture-sequence/{SEQUENCE}")
		outline = page.locator(".nurture-outline")
		outline.get_by_text("Second").first.wait_for()
		text = outline.inner_text()
		for expected in ("First", "Day 1", "1 day later", f"{SEQUENCE} text"):
			self.assertIn(expected, text)
		self.picture(page, "sequence")


def make_touch(lead: Any) -> Any:
	"""A tracked mail that was sent."""
	token = SiteLinks().new_token()
	values = {"party_type": "Lead", "party": lead.name, "address": lead.email_id, "channel": "Email"}
	values |= {
		"status": "Sent",
		"sent_on": now_datetime(),
		"tracking_token": token,
		"touch_key": token,
		"token": token,
	}
	return frappe.get_doc({"doctype": "Nurture Touch", **values}).insert(ignore_permissions=True)
