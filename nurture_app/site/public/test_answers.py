"""Answers of one click through the whole web application: looking changes nothing, the button does."""

from __future__ import annotations

from urllib.parse import urlsplit

import frappe
from bs4 import BeautifulSoup
from werkzeug.test import TestResponse

from nurture_app.engine import optout
from nurture_app.engine.preferences import EVERYTHING, Preference, load_preferences
from nurture_app.site.host import site_host
from nurture_app.site.public import limits
from nurture_app.site.public.answers import MISSES
from nurture_app.site.testing.desk import make_user
from nurture_app.site.testing.factories import make_lead, make_touch, request, settle_settings
from nurture_app.site.testing.known_good import read_by_a_person
from nurture_app.site.testing.letters import letters_to
from nurture_app.site.testing.site_case import SiteCase

TOPICS = ("Answer News", "Answer Tips")
OWNER = "owner@answers.example"


class TestAnswers(SiteCase):
	def setUp(self) -> None:
		settle_settings(consent_wording="Yes, send me tips.")
		make_user(OWNER, "Sales User")
		for title in TOPICS:
			if not frappe.db.exists("Nurture Topic", title):
				frappe.get_doc({"doctype": "Nurture Topic", "title": title}).insert()
		self.lead = make_lead(f"answer{frappe.generate_hash(length=6)}", nurture_email_consent="Given")
		frappe.db.set_value("Lead", self.lead.name, "lead_owner", OWNER)
		self.token = make_touch(self.lead)
		frappe.db.commit()  # nosemgrep: the request has its own connection
		for what in (MISSES, "n/answer"):
			limits.forget(what)

	def path(self, key: str) -> str:
		return urlsplit(site_host(commit=False).links.answer(self.token, key)).path

	def send(self, key: str, **values: str) -> TestResponse:
		about = self.path(key).removeprefix("/n/").rpartition("/")[0]
		return request("POST", self.path(key), data={**read_by_a_person(about), **values})

	def post(self, key: str, **values: str) -> BeautifulSoup:
		answer = self.send(key, **values)
		self.assertEqual(answer.status_code, 200)
		return BeautifulSoup(answer.get_data(as_text=True), "html.parser")

	def recorded(self) -> set[tuple[str, str]]:
		rows = frappe.get_all(
			"Nurture Activity", {"party": self.lead.name}, ["activity_type", "detail"], as_list=True
		)
		return set(rows)

	def chosen(self) -> Preference:
		address = self.lead.email_id
		return load_preferences(site_host(commit=False), [address]).get(address, EVERYTHING)

	def test_looking_changes_nothing_and_shows_only_a_masked_address(self) -> None:
		for key in ("yes", "not_yet", "stay"):
			answer = request("GET", self.path(key))
			self.assertEqual(answer.status_code, 200)
			self.assertNotIn(self.lead.email_id, answer.get_data(as_text=True))
		self.assertEqual(self.recorded(), set())

	def test_yes_is_recorded_and_the_owner_hears_of_it(self) -> None:
		page = self.post("yes")
		self.assertIn("We will contact you", page.text)
		self.assertEqual(self.recorded(), {("Survey Answered", "Yes"), ("Email Reply", "Yes")})
		told = frappe.get_all(
			"Notification Log", {"for_user": OWNER, "document_name": self.lead.name}, pluck="subject"
		)
		self.assertEqual(len(told), 1)
		self.post("yes")
		self.assertEqual(len(self.recorded()), 2)

	def test_a_scanner_that_sends_the_form_at_once_or_fills_in_everything_answers_nothing(self) -> None:
		page = BeautifulSoup(request("GET", self.path("yes")).get_data(as_text=True), "html.parser")
		found = {one["name"]: one.get("value", "") for one in page.select("input")}
		at_once = request("POST", self.path("yes"), data=found)
		self.assertIn("press the button once more", at_once.get_data(as_text=True))
		kept = BeautifulSoup(at_once.get_data(as_text=True), "html.parser").select_one("input[name=shown]")
		self.assertEqual(kept["value"], found["shown"])
		for wrong in ({}, {"shown": "1.abc"}, {**found, "website": "x"}):
			self.assertEqual(request("POST", self.path("yes"), data=wrong).status_code, 400)
		other = self.path("stay").removeprefix("/n/").rpartition("/")[0]
		self.assertEqual(request("POST", self.path("yes"), data=read_by_a_person(other)).status_code, 400)
		self.assertEqual(self.recorded(), set())

	def test_the_owner_hears_of_it_in_their_own_language(self) -> None:
		frappe.db.set_value("Lead", self.lead.name, "language", "fr")
		frappe.db.set_value("User", OWNER, "language", "de")
		frappe.cache.hdel("lang", OWNER)
		frappe.db.commit()  # nosemgrep: the request has its own connection
		self.assertIn("Merci", self.post("yes").text)
		told = frappe.get_all("Notification Log", {"document_name": self.lead.name}, pluck="subject")
		self.assertEqual(told, [f"{self.lead.lead_name} hat Ihre E-Mail beantwortet: Ja"])
		frappe.db.set_value("User", OWNER, "language", None)
		frappe.cache.hdel("lang", OWNER)
		frappe.db.commit()  # nosemgrep: or the next test rolls it back

	def test_a_site_without_topics_asks_for_none(self) -> None:
		shown = frappe.get_all("Nurture Topic", {"public": 1}, pluck="name")
		frappe.db.set_value("Nurture Topic", {"name": ["in", shown]}, "public", 0)
		frappe.db.commit()  # nosemgrep: the request has its own connection
		try:
			self.assertNotIn("Choose", request("GET", self.path("stay")).get_data(as_text=True))
			self.post("stay")
			self.assertIn(("Survey Answered", "Stay"), self.recorded())
		finally:
			frappe.db.set_value("Nurture Topic", {"name": ["in", shown]}, "public", 1)
			frappe.db.commit()  # nosemgrep: as it was

	def test_not_yet_gives_peace_for_as_long_as_they_say(self) -> None:
		self.post("not_yet", pause="3")
		self.assertIn(("Survey Answered", "Not yet"), self.recorded())
		self.assertTrue(self.chosen().paused_until)

	def test_staying_for_one_topic_ends_all_others(self) -> None:
		page = BeautifulSoup(request("GET", self.path("stay")).get_data(as_text=True), "html.parser")
		offered = {one["value"] for one in page.select("input[name=topic]")}
		self.assertLessEqual(set(TOPICS), offered)
		self.post("stay", topic=TOPICS[1])
		self.assertIn(("Survey Answered", f"Stay: {TOPICS[1]}"), self.recorded())
		self.assertIn(TOPICS[0], self.chosen().declined)
		self.assertNotIn(TOPICS[1], self.chosen().declined)

	def test_who_said_no_comes_back_by_a_confirmation_alone(self) -> None:
		optout.unsubscribe(site_host(commit=True), self.lead.email_id, "test", party=self.lead.name)
		page = self.post("stay", topic=TOPICS[0])
		self.assertIn("look into your mailbox", page.text)
		self.assertEqual(len(letters_to(self.lead.email_id)), 1)
		self.assertTrue(frappe.db.exists("Nurture Suppression", {"address": self.lead.email_id}))

	def test_a_link_is_good_for_its_own_answer_alone(self) -> None:
		self.assertNotIn(
			"<form", request("GET", self.path("yes").replace("/yes", "/stay")).get_data(as_text=True)
		)
		for path in (self.path("yes")[:-4], self.path("yes") + "/x", "/n/answer/x/yes"):
			self.assertLess(request("POST", path).status_code, 500)
		self.assertEqual(self.recorded(), set())

	def test_what_no_form_of_ours_sends_is_refused(self) -> None:
		for key, values in (
			("stay", {"topic": "No Such"}),
			("not_yet", {"pause": "99"}),
			("not_yet", {"pause": "end"}),
		):
			self.assertEqual(self.send(key, **values).status_code, 400)
		self.assertEqual(self.recorded(), set())
