"""Texts of consent, tracking and retention where countries differ (CP-10, LO-05), as visitors and readers meet them."""

from __future__ import annotations

import re

import frappe
from bs4 import BeautifulSoup
from frappe.utils import add_months, now_datetime

from nurture_app.site.api import privacy_actions
from nurture_app.site.host import site_host
from nurture_app.site.mail_hits import Hit, _rows
from nurture_app.site.privacy.retention import erase_silent
from nurture_app.site.public.test_forms import KEY, FormCase, make_form
from nurture_app.site.public.test_preferences import PageCase
from nurture_app.site.public.test_widget import KEY as CHAT
from nurture_app.site.public.test_widget import SHOP, make_playbook
from nurture_app.site.testing.factories import make_lead, make_touch, request, settle_settings
from nurture_app.site.testing.site_case import SiteCase, clear_site

USUAL, GERMAN, SWISS = "Yes, write to me.", "Ja, schreibt mir. Widerruf jederzeit.", "Ja, gern."
ROWS = [
	{
		"countries": "Germany",
		"consent_wording": GERMAN,
		"privacy_url": "https://www.example.com/datenschutz",
		"tracking_wording": "Ja, messt, was ich öffne",
		"mail_tracking": "Only with Consent",
	},
	{"countries": "DACH", "consent_wording": SWISS},
]
QUESTIONS = [
	{"fieldname": "first_name", "label": "First name", "reqd": 1},
	{"fieldname": "country", "label": "Country"},
]


def settle_rules(rows=ROWS, **values) -> None:
	settle_settings(
		country_privacy=rows,
		consent_wording=USUAL,
		privacy_url="https://www.example.com/privacy",
		**{"double_opt_in": 0, **values},
	)
	frappe.db.commit()  # nosemgrep: requests have their own connection


def forget_rules() -> None:
	frappe.db.rollback()
	settle_settings(country_privacy=[], consent_wording="", privacy_url="", retention_months=0)
	frappe.db.commit()  # nosemgrep: or what follows rolls it back


class TestForms(FormCase):
	def setUp(self) -> None:
		super().setUp()
		make_form(wording="", questions=QUESTIONS)
		settle_rules()
		self.addCleanup(forget_rules)

	def fields(self, answer) -> tuple[BeautifulSoup, dict[str, str]]:
		"""The page, and what its form would post as it stands."""
		page = BeautifulSoup(answer.get_data(as_text=True), "html.parser")
		return page, {
			one["name"]: one.get("value", "")
			for one in page.select("form input")
			if one.get("type") != "checkbox" or one.has_attr("checked")
		}

	def wording(self) -> str | None:
		frappe.db.rollback()
		leads = self.leads()
		return leads and frappe.db.get_value("Nurture Consent Entry", {"party": leads[0]}, "wording")

	def test_a_link_that_names_the_country_shows_its_words_and_its_notice(self) -> None:
		page, _ = self.fields(request("GET", f"/n/form/{KEY}?country=Deutschland"))
		self.assertIn(GERMAN, page.text)
		self.assertTrue(page.select('a[href="https://www.example.com/datenschutz"]'))
		page, _ = self.fields(request("GET", f"/n/form/{KEY}"))
		self.assertIn(USUAL, page.text)

	def test_nobody_agrees_to_words_of_another_country_than_the_one_they_name(self) -> None:
		_, form = self.fields(request("GET", f"/n/form/{KEY}"))
		form |= {"email_id": self.address, "first_name": "Ada", "country": "Germany", "consent": "1"}
		form.pop("stamp")  # or the form was filled in too fast
		answer = request("POST", f"/n/form/{KEY}", data=form)
		page, again = self.fields(answer)
		self.assertEqual(answer.status_code, 422)
		self.assertEqual(self.leads(), [])
		self.assertIn(GERMAN, page.text)
		self.assertNotIn("consent", again)
		self.assertEqual(again["email_id"], self.address)
		again.pop("stamp")
		answer = request("POST", f"/n/form/{KEY}", data={**again, "consent": "1"})
		self.assertEqual(answer.status_code, 200, answer.get_data(as_text=True)[-900:])
		self.assertEqual(self.wording(), GERMAN)

	def test_a_mistake_elsewhere_leaves_the_words_that_were_shown(self) -> None:
		_, form = self.fields(request("GET", f"/n/form/{KEY}?country=DE"))
		form |= {"email_id": self.address, "first_name": "", "country": "", "consent": "1"}
		form.pop("stamp")
		page, again = self.fields(request("POST", f"/n/form/{KEY}", data=form))
		self.assertIn(GERMAN, page.text)
		again |= {"first_name": "Ada"}
		again.pop("stamp")
		self.assertEqual(request("POST", f"/n/form/{KEY}", data=again).status_code, 200)
		self.assertEqual(self.wording(), GERMAN)

	def test_who_agrees_to_nothing_is_not_asked_again(self) -> None:
		answer = self.post(country="Germany", words_for="-")
		self.assertEqual(answer.status_code, 200)
		self.assertEqual(len(self.leads()), 1)

	def test_a_program_is_told_the_words_to_show(self) -> None:
		data = {"email_id": self.address, "first_name": "A", "country": "Germany", "consent": True}
		answer = request("POST", f"/n/form/{KEY}", json={**data, "words_for": "-"})
		self.assertEqual((answer.status_code, answer.json["wording"]), (422, GERMAN))
		answer = request("POST", f"/n/form/{KEY}", json={**data, "words_for": answer.json["words_for"]})
		self.assertEqual(answer.status_code, 200)
		self.assertEqual(self.wording(), GERMAN)

	def test_a_form_with_words_of_its_own_keeps_them(self) -> None:
		make_form(questions=QUESTIONS)
		frappe.db.commit()  # nosemgrep: the request has its own connection
		answer = self.post(country="Germany", consent="1", words_for="-")
		self.assertEqual(answer.status_code, 200)
		self.assertEqual(self.wording(), "Yes, write to me.")

	def test_the_notice_and_the_chat_follow_the_country(self) -> None:
		for query, url in (("", "privacy"), ("?country=DE", "datenschutz"), ("?country=Japan", "privacy")):
			answer = request("GET", f"/n/privacy{query}")
			self.assertEqual(answer.headers["Location"], f"https://www.example.com/{url}")
		make_playbook(wording="")
		frappe.db.commit()  # nosemgrep: the request has its own connection
		script = request("GET", f"/n/widget/{CHAT}.js?country=CH").get_data(as_text=True)
		self.assertIn(SWISS, script)
		(path,) = re.findall(rf"/n/chat/{CHAT}\?country=CH", script)
		said = [["Menu", "Prices"], ["Address", self.address], ["Name", "Ada"], ["Box", "yes"]]
		answer = request("POST", path, json={"answers": said}, headers={"Origin": SHOP})
		self.assertEqual(answer.status_code, 200, answer.get_data(as_text=True)[:500])
		self.assertEqual(self.wording(), SWISS)


class TestPreferences(PageCase):
	def setUp(self) -> None:
		super().setUp()
		settle_rules(track_opens=1)
		self.addCleanup(forget_rules)

	def live_in(self, country: str) -> None:
		frappe.db.set_value("Lead", self.lead.name, "country", country)
		frappe.db.commit()  # nosemgrep: the request has its own connection

	def test_tracking_is_asked_for_in_the_words_of_the_country(self) -> None:
		self.live_in("Germany")
		page = self.page()
		self.assertIn("Ja, messt, was ich öffne", page.text)
		self.assertFalse(page.select('input[value="Tracking"][checked]'))
		self.assertTrue(page.select('a[href="/n/privacy?country=DE"]'))
		self.save(channel=["Tracking"])
		self.assertEqual(self.consent("Tracking"), "Given")
		(wording,) = frappe.get_all(
			"Nurture Consent Entry", {"party": self.lead.name, "channel": "Tracking"}, pluck="wording"
		)
		self.assertEqual(wording, "Ja, messt, was ich öffne")
		self.assertTrue(self.page().select('input[value="Tracking"][checked]'))

	def test_saving_something_else_agrees_to_nothing(self) -> None:
		self.live_in("Germany")
		self.save(frequency="Monthly", channel=[])
		self.assertEqual(self.consent("Tracking"), "")

	def test_elsewhere_it_is_on_until_refused(self) -> None:
		self.live_in("Japan")
		self.assertTrue(self.page().select('input[value="Tracking"][checked]'))

	def test_openings_are_kept_only_where_the_country_allows(self) -> None:
		touch = make_touch(self.lead)
		token = frappe.generate_hash(length=32)
		frappe.db.set_value("Nurture Touch", {"token": touch}, {"tracking_token": token})
		hit = Hit("h", "Open", token, "", now_datetime().isoformat(), "x", "", "GET", "")
		for country, kept in (("Japan", 1), ("Germany", 0), ("", 0)):
			frappe.db.set_value("Lead", self.lead.name, "country", country)
			self.assertEqual(len(_rows(site_host(commit=False), [hit])), kept, country)


class TestSettings(SiteCase):
	def setUp(self) -> None:
		self.addCleanup(forget_rules)

	def test_what_is_no_country_and_two_rows_for_the_unknown_are_refused_by_row(self) -> None:
		with self.assertRaisesRegex(frappe.ValidationError, "Atlantis.+is no country"):
			settle_rules([{"countries": "Germany"}, {"countries": "Atlantis"}])
		frappe.db.rollback()
		with self.assertRaisesRegex(frappe.ValidationError, "rows 1 and 3"):
			rows = [{"countries": one, "for_unknown": one != "EU"} for one in ("Germany", "EU", "Japan")]
			settle_rules(rows)

	def test_the_silent_go_after_the_months_of_their_country_and_the_unknown_after_the_fewest(self) -> None:
		clear_site()
		settle_rules(
			[
				{"countries": "Germany", "retention_months": 200},
				{"countries": "Japan", "retention_months": 400},
			],
			retention_months=300,
		)
		gone, stays = [], []
		for country, months, is_gone in (
			("Germany", 201, True),
			("Germany", 199, False),
			("Japan", 399, False),
			("Japan", 401, True),
			("France", 299, False),
			("France", 301, True),
			(None, 201, True),
		):
			lead = make_lead(f"old{frappe.generate_hash(length=6)}").name
			ago = add_months(now_datetime(), -months)
			frappe.db.set_value(
				"Lead",
				lead,
				{"creation": ago, "modified": ago, "country": country, "nurture_last_activity_on": None},
				update_modified=False,
			)
			(gone if is_gone else stays).append(lead)
		frappe.db.commit()  # nosemgrep: a test site
		rows = frappe.as_json([row.as_dict() for row in frappe.get_doc("Nurture Settings").country_privacy])
		self.assertEqual(privacy_actions.preview_retention(300, rows), {"leads": 4})
		self.assertEqual(erase_silent(), 4)
		self.assertFalse(frappe.get_all("Lead", {"name": ["in", gone]}))
		self.assertEqual(len(frappe.get_all("Lead", {"name": ["in", stays]})), 3)
