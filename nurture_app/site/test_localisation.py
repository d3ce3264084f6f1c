"""A lead's own clock, language and customs on a real site, through the tick and the web."""

from __future__ import annotations

from datetime import datetime, timedelta
from email import message_from_string
from email.policy import default
from zoneinfo import ZoneInfo

import frappe
from frappe import _
from frappe.translate import get_translations_from_apps

from nurture_app.engine.enrollments.entering import enroll
from nurture_app.engine.timing import to_aware, to_naive
from nurture_app.site import nurture_jobs
from nurture_app.site.host import site_host
from nurture_app.site.language import in_language, translated
from nurture_app.site.testing.factories import (
	make_lead,
	make_sequence,
	make_touch,
	request,
	settle_settings,
)
from nurture_app.site.testing.site_case import SiteCase
from nurture_app.site.testing.translatable import LANGUAGES, texts_for_people_outside

SEQUENCE = "Localisation Test"
NINE_TO_FIVE = {"window_start": "09:00:00", "window_end": "17:00:00"}

CHANGES = (
	# (country, state, the zone that follows, two days before their clocks change)
	("United States", "NY", "America/New_York", datetime(2027, 3, 12)),
	("United States", "NY", "America/New_York", datetime(2027, 11, 5)),
	("Germany", "", "Europe/Berlin", datetime(2027, 3, 26)),
	("Germany", "", "Europe/Berlin", datetime(2027, 10, 29)),
	("Australia", "NSW", "Australia/Sydney", datetime(2027, 4, 2)),
	("Australia", "NSW", "Australia/Sydney", datetime(2027, 10, 1)),
)


class TestClock(SiteCase):
	def setUp(self) -> None:
		settle_settings(
			email_account=frappe.db.get_value("Email Account", {"enable_outgoing": 1}), cap_messages=0
		)

	def tearDown(self) -> None:
		frappe.set_user("Administrator")

	def test_daily_mails_leave_at_nine_across_both_changes_in_three_places(self) -> None:
		content = make_german_content()
		steps = [
			{
				"step_label": f"Day {day}",
				"step_type": "Email",
				"content": content,
				"timing": "On Day",
				"day": day,
			}
			for day in (1, 2, 3, 4)
		]
		make_sequence(SEQUENCE, steps, **NINE_TO_FIVE)
		frappe.db.commit()  # nosemgrep: a test site
		for number, (country, state, zone, day) in enumerate(CHANGES):
			with self.subTest(zone=zone, day=day):
				site = site_host(commit=False).clock.zone
				start = to_naive((day + timedelta(hours=5)).replace(tzinfo=ZoneInfo(zone)), site)
				with self.at(start):
					lead = make_lead(
						f"clock{number}", country=country, state=state, nurture_email_consent="Given"
					)
					self.assertEqual(lead.nurture_time_zone, zone)
					enroll(site_host(commit=False), SEQUENCE, [lead.name])
					frappe.db.commit()  # nosemgrep: a test site
				for hour in range(4 * 24):
					moment = start + timedelta(hours=hour)
					if to_aware(moment, site).astimezone(ZoneInfo(zone)).hour in (0, 7, 8, 9, 10):
						with self.at(moment):
							nurture_jobs.run_tick()
				rows = frappe.get_all(
					"Nurture Touch", {"party": lead.name}, pluck="queued_on", order_by="queued_on"
				)
				there = [to_aware(row, site).astimezone(ZoneInfo(zone)) for row in rows]
				expected = [f"{day + timedelta(days=number):%Y-%m-%d} 09:00" for number in range(4)]
				self.assertEqual([f"{moment:%Y-%m-%d %H:%M}" for moment in there], expected)


def make_german_content() -> str:
	frappe.delete_doc("Nurture Content", SEQUENCE, force=True, ignore_missing=True)
	frappe.get_doc(
		{
			"doctype": "Nurture Content",
			"title": SEQUENCE,
			"subject": "Hallo",
			"language": "de",
			"body": "<p>Am {{ lead.nurture_first_contact_on | date | default('ersten Tag') }}</p>",
		}
	).insert()
	return SEQUENCE


class TestWords(SiteCase):
	def tearDown(self) -> None:
		frappe.set_user("Administrator")
		frappe.local.lang = "en"

	def test_what_people_outside_read_is_there_in_all_languages_we_ship(self) -> None:
		for language in LANGUAGES:
			known = get_translations_from_apps(language)
			self.assertEqual(sorted(texts_for_people_outside() - set(known)), [], language)

	def test_no_word_of_frappe_or_erpnext_is_translated_otherwise_because_of_us(self) -> None:
		for language in LANGUAGES:
			ours = get_translations_from_apps(language, ["nurture_app"])
			theirs = get_translations_from_apps(language, ["frappe", "erpnext"])
			self.assertTrue(ours)
			otherwise = [word for word in set(ours) & set(theirs) if ours[word] != theirs[word]]
			self.assertEqual(otherwise, [], language)

	def test_a_variety_of_a_language_has_its_words(self) -> None:
		self.assertEqual(translated("Change what you get", "de-AT"), "Auswahl ändern")
		self.assertEqual(translated("Change what you get", "xx"), "Change what you get")

	def test_a_german_lead_gets_a_german_frame_and_dates(self) -> None:
		settle_settings(
			email_account=frappe.db.get_value("Email Account", {"enable_outgoing": 1}), cap_messages=0
		)
		make_sequence(
			SEQUENCE,
			[{"step_label": "One", "step_type": "Email", "content": make_german_content()}],
		)
		lead = make_lead("deutsch", language="de", nurture_email_consent="Given")
		lead.db_set("nurture_first_contact_on", "2026-03-02 10:00:00")
		enroll(site_host(commit=False), SEQUENCE, [lead.name])
		frappe.db.commit()  # nosemgrep: a test site
		nurture_jobs.run_tick()
		queued = frappe.get_last_doc("Email Queue", {"reference_name": lead.name})
		mail = message_from_string(queued.message, policy=default)
		html, text = (mail.get_body((kind,)).get_content() for kind in ("html", "plain"))
		self.assertIn("02.03.2026", html)
		self.assertIn('lang="de" dir="ltr"', html)
		self.assertIn("Auswahl ändern: http", text)
		self.assertIn("Sie erhalten diese E-Mail, weil Sie ", text)

	def test_the_page_behind_the_link_speaks_german_to_them(self) -> None:
		settle_settings()
		lead = make_lead("seite", language="de", nurture_email_consent="Given")
		token = make_touch(lead)
		links = site_host(commit=False).links
		for path, words in (
			(links.unsubscribe(token), "Keine E-Mails mehr von uns?"),
			(links.preferences(token), "Was möchten Sie erhalten?"),
		):
			shown = request("GET", "/" + path.split("/", 3)[3]).get_data(as_text=True)
			self.assertIn(words, shown)
			self.assertIn('<html lang="de"', shown)

	def test_pages_translate_into_the_language_asked_for(self) -> None:
		with in_language("fr"):
			self.assertEqual(_("Unsubscribe from everything"), "Me désinscrire de tout")
