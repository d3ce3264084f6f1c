"""Our public pages in a real browser: on a phone, in the dark, without script, from right to left."""

from __future__ import annotations

from typing import Any

import frappe

from nurture_app.engine.preferences import Preference, load_preferences
from nurture_app.site.consent.opt_in import ask_or_record
from nurture_app.site.host import site_host
from nurture_app.site.links import signed_url
from nurture_app.site.public import limits
from nurture_app.site.public.human import SECONDS
from nurture_app.site.public.test_form_variants import VARIANTS
from nurture_app.site.public.test_forms import KEY, make_form
from nurture_app.site.testing.browser import BrowserCase
from nurture_app.site.testing.factories import make_lead, make_touch, settle_settings
from nurture_app.site.testing.letters import letters_to, link_in

TOPICS = {
	"Product News": "What is new, and what it is good for.",
	"Customer Stories": "How others do it.",
	"Events": "Webinars and fairs near you.",
}
WORDING = "Yes, send me tips and news by e-mail, about twice a month. I can stop at any time."


class TestPublicPagesInABrowser(BrowserCase):
	def setUp(self) -> None:
		settle_settings(double_opt_in=1, consent_wording=WORDING, track_opens=1)
		for place, (title, description) in enumerate(TOPICS.items()):
			if not frappe.db.exists("Nurture Topic", title):
				frappe.get_doc(
					{
						"doctype": "Nurture Topic",
						"title": title,
						"description": description,
						"sort_order": place,
					}
				).insert()
		frappe.db.commit()  # nosemgrep: the server has its own connections
		for what in ("n/preferences", "n/confirm"):
			limits.forget(what)

	def somebody(self, name: str, **values: Any) -> Any:
		lead = make_lead(name, nurture_email_consent="Given", **values)
		self.link = signed_url("preferences", make_touch(lead))
		return lead

	def chosen(self, lead: Any) -> Preference:
		frappe.db.rollback()
		return load_preferences(site_host(commit=False), [lead.email_id])[lead.email_id]

	def test_somebody_unsubscribes_on_a_phone_without_script(self) -> None:
		lead = self.somebody("leavesonaphone")
		link = site_host(commit=False).links.unsubscribe(make_touch(lead))
		page = self.open(link, phone=True, dark=True, script=False)
		self.assertIn("l•••@s•••.example", page.inner_text("main"))
		self.picture(page, "unsubscribe asks")
		page.get_by_role("button", name="Unsubscribe").click()
		page.get_by_role("heading", name="You are unsubscribed").wait_for()
		self.picture(page, "unsubscribe done")
		frappe.db.rollback()
		self.assertTrue(frappe.db.exists("Nurture Suppression", {"address": lead.email_id}))

	def test_somebody_opts_down_on_a_phone_without_script(self) -> None:
		lead = self.somebody("optsdown")
		page = self.open(self.link, phone=True, script=False)
		self.picture(page, "preferences on a phone")
		page.get_by_label("Customer Stories").uncheck()
		page.get_by_label("At most once a month").check()
		page.get_by_label("For three months").check()
		page.get_by_role("button", name="Save").click()
		page.get_by_text("Saved. This holds from now on.").wait_for()
		self.picture(page, "preferences saved")
		self.assertTrue(page.get_by_label("At most once a month").is_checked())
		self.assertFalse(page.get_by_label("Customer Stories").is_checked())
		chosen = self.chosen(lead)
		self.assertEqual((chosen.frequency, chosen.declined), ("Monthly", frozenset({"Customer Stories"})))
		self.assertIsNotNone(chosen.paused_until)

	def test_everything_fits_a_small_phone_and_can_be_touched(self) -> None:
		self.somebody("smallphone")
		page = self.open(self.link, phone=True, viewport={"width": 320, "height": 568})
		self.assertTrue(self.fits(page))
		for one in page.locator(
			"label.choice:visible, button:visible, select:visible, summary:visible"
		).all():
			self.assertGreaterEqual(one.bounding_box()["height"], 44, one.inner_text())

	def test_it_is_legible_in_the_dark_and_from_right_to_left(self) -> None:
		self.somebody("rightoleft", language="ar")
		page = self.open(self.link, phone=True, dark=True)
		self.picture(page, "preferences dark right to left")
		self.assertTrue(self.fits(page))
		box, label = page.locator("label.choice").first, page.locator("label.choice span").first
		self.assertGreater(
			box.locator("input").bounding_box()["x"], label.bounding_box()["x"], "boxes stand to the right"
		)

	def test_links_are_tall_enough_for_a_finger(self) -> None:
		self.somebody("tapsalink")
		page = self.open(self.link, phone=True)
		for link in page.locator("main a:visible").all():
			self.assertGreaterEqual(link.bounding_box()["height"], 28, link.inner_text())

	def test_the_keyboard_reaches_everything_in_order(self) -> None:
		self.somebody("bykeyboard")
		page = self.open(self.link)
		self.picture(page, "preferences on a desk")
		reached = []
		for _key in range(9):
			page.keyboard.press("Tab")
			reached.append(page.evaluate("document.activeElement.name || document.activeElement.innerText"))
		self.assertEqual(reached[:5], ["topic", "topic", "topic", "frequency", "pause"])

	def test_double_opt_in_from_the_mail_to_the_choice(self) -> None:
		lead = make_lead("doubleoptin")
		ask_or_record(lead.name, lead.email_id, WORDING, "Newsletter form", "203.0.113.7")
		frappe.db.commit()  # nosemgrep: the server has its own connections
		page = self.open(link_in(letters_to(lead.email_id)[-1], "confirm"), phone=True, script=False)
		self.picture(page, "confirm asks")
		self.assertTrue(self.fits(page))
		yes, no = (page.get_by_role("button", name=name).bounding_box() for name in ("Yes", "I did not"))
		self.assertLess(yes["y"], no["y"], "people see yes first")
		self.assertFalse(
			page.locator("input[name=website]").is_visible() and self.is_on_screen(page, "website")
		)
		page.wait_for_timeout(SECONDS * 1000 + 500)  # a person reads
		page.get_by_role("button", name="Yes, I confirm").click()
		page.get_by_role("heading", name="Thank you").wait_for()
		self.picture(page, "confirm done")
		frappe.db.rollback()
		status = frappe.db.get_value("Nurture Consent", {"party": lead.name}, "status")
		self.assertEqual(status, "Given")
		page.get_by_role("link", name="Choose what you get").click()
		page.get_by_role("heading", name="What would you like to get?").wait_for()

	def test_a_scanner_in_a_browser_that_presses_the_first_button_confirms_nothing(self) -> None:
		lead = make_lead("scannedinabrowser")
		ask_or_record(lead.name, lead.email_id, WORDING, "Newsletter form")
		frappe.db.commit()  # nosemgrep: the server has its own connections
		link = link_in(letters_to(lead.email_id)[-1], "confirm")
		at_once = self.open(link)
		at_once.get_by_role("button", name="Yes, I confirm").click()
		at_once.get_by_text("Please press the button once more.").wait_for()
		self.picture(at_once, "confirm too quick")
		patient = self.open(link)
		patient.wait_for_timeout(SECONDS * 1000 + 500)
		patient.locator("button").first.click()
		patient.get_by_role("heading", name="Nothing was changed").wait_for()
		frappe.db.rollback()
		self.assertEqual(frappe.db.get_value("Nurture Consent", {"party": lead.name}, "status"), "Pending")

	def test_a_form_is_filled_in_and_sent_on_a_phone_without_script(self) -> None:
		make_form(variants=VARIANTS)
		frappe.db.commit()  # nosemgrep: the server has its own connections
		limits.forget("n/form")
		address = f"form{frappe.generate_hash(length=8)}@site.example"
		page = self.open(f"/n/form/{KEY}", phone=True, script=False)
		page.get_by_label("E-mail").fill(address)
		page.get_by_label("First name").fill("Ada")
		page.wait_for_timeout(SECONDS * 1000 + 1500)  # a person reads
		self.picture(page, "form filled in")
		self.assertTrue(self.fits(page))
		page.locator("button").click()
		page.get_by_role("heading", name="Thank you").wait_for()
		self.picture(page, "form sent")
		frappe.db.rollback()
		self.assertTrue(frappe.db.exists("Lead", {"email_id": address}))

	def test_a_form_from_right_to_left_fits_a_phone(self) -> None:
		make_form()
		frappe.db.commit()  # nosemgrep: the server has its own connections
		limits.forget("n/form")
		page = self.open(f"/n/form/{KEY}?_lang=ar", phone=True)
		self.assertEqual(page.evaluate("document.documentElement.dir"), "rtl")
		self.assertTrue(self.fits(page))

	def test_fields_and_the_focus_are_seen_with_weak_eyes_in_light_and_dark(self) -> None:
		make_form()
		frappe.db.commit()  # nosemgrep: the server has its own connections
		limits.forget("n/form")
		for dark in (False, True):
			page = self.open(f"/n/form/{KEY}", phone=True, dark=dark)
			email = page.get_by_label("E-mail")
			self.assertEqual(email.get_attribute("type"), "email")
			email.focus()
			page.keyboard.press("Tab")
			for look in ("borderTopColor", "outlineColor"):
				# WCAG 1.4.11 and 2.4.13: 3 to 1
				self.assertGreaterEqual(self.contrast(page.locator(":focus"), look), 3, (look, dark))

	def test_an_answer_of_one_click(self) -> None:
		lead = make_lead("oneclick", nurture_email_consent="Given")
		page = self.open(site_host(commit=False).links.answer(make_touch(lead), "not_yet"), script=False)
		page.get_by_label("For three months").check()
		page.wait_for_timeout(SECONDS * 1000 + 500)  # a person reads
		page.get_by_role("button", name="Not yet").click()
		page.get_by_role("heading", name="Your answer is recorded").wait_for()
		self.picture(page, "answered")
		self.assertIsNotNone(self.chosen(lead).paused_until)

	def is_on_screen(self, page: Any, name: str) -> bool:
		box = page.locator(f"input[name={name}]").locator("xpath=ancestor::div[1]").bounding_box()
		return bool(box and box["width"] > 1 and box["height"] > 1)
