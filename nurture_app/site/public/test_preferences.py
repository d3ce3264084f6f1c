"""The preference centre through the whole web application, as the person, a scanner and a stranger use it."""

from __future__ import annotations

import re
from datetime import timedelta
from unittest.mock import patch

import frappe
from bs4 import BeautifulSoup
from frappe.utils import add_days, add_months, getdate, now_datetime
from werkzeug.test import TestResponse

from nurture_app.engine import optout
from nurture_app.engine.enrollments.entering import enroll
from nurture_app.engine.preferences import EVERYTHING, Preference, load_preferences
from nurture_app.site import nurture_jobs
from nurture_app.site.consent import centre
from nurture_app.site.host import site_host
from nurture_app.site.links import signed_url
from nurture_app.site.public import limits, person_requests
from nurture_app.site.public.links import make_link
from nurture_app.site.public.preferences import MISSES, MISSES_PER_MINUTE
from nurture_app.site.testing.factories import (
	at_the_same_time,
	make_lead,
	make_sequence,
	make_touch,
	request,
	settle_settings,
)
from nurture_app.site.testing.letters import body, letters_to, link_in
from nurture_app.site.testing.site_case import SiteCase

TOPICS = ("Centre News", "Centre Tips")


def path_of(url: str) -> str:
	return re.search(r"(/n/.*)", url)[1]


class TestWhoseAddressItIs(SiteCase):
	def tearDown(self) -> None:
		frappe.db.rollback()

	def test_without_a_lead_in_the_link_it_is_the_oldest_with_the_address(self) -> None:
		frappe.db.set_single_value("CRM Settings", "allow_lead_duplication_based_on_emails", 1)
		leads = [make_lead(f"twice{number}").name for number in range(3)]
		for days, lead in zip((5, 9, 1), leads, strict=True):
			values = {"email_id": "twice@site.example", "creation": add_days(now_datetime(), -days)}
			frappe.db.set_value("Lead", lead, values)
		self.assertEqual(centre.person_of("Twice@site.example", None).lead, leads[1])


class PageCase(SiteCase):
	"""A lead with consent, and the link in the footer of a mail to them."""

	def setUp(self) -> None:
		settle_settings(double_opt_in=0, track_opens=1, consent_wording="Yes, send me tips.")
		for place, title in enumerate(TOPICS):
			if not frappe.db.exists("Nurture Topic", title):
				frappe.get_doc(
					{
						"doctype": "Nurture Topic",
						"title": title,
						"sort_order": place,
						"description": f"All about {title}",
					}
				).insert()
		self.lead = make_lead(f"centre{frappe.generate_hash(length=6)}", nurture_email_consent="Given")
		self.address = self.lead.email_id
		self.path = path_of(signed_url("preferences", make_touch(self.lead)))
		for what in (MISSES, "n/preferences", "n/confirm", "n/download", "n/erase"):
			limits.forget(what)

	def post(self, action: str = "save", **values: object) -> TestResponse:
		return request("POST", self.path, data={"action": action, **values})

	def save(self, **values: object) -> TestResponse:
		given = {"topic": list(TOPICS), "frequency": "As It Comes", "pause": "keep", "channel": ["Tracking"]}
		return self.post(**{**given, **values})

	def page(self) -> BeautifulSoup:
		answer = request("GET", self.path)
		self.assertEqual(answer.status_code, 200)
		return BeautifulSoup(answer.get_data(as_text=True), "html.parser")

	def chosen(self) -> Preference:
		frappe.db.rollback()
		return load_preferences(site_host(commit=False), [self.address]).get(self.address, EVERYTHING)

	def consent(self, channel: str = "Email") -> str:
		frappe.db.rollback()
		return (
			frappe.db.get_value("Nurture Consent", {"party": self.lead.name, "channel": channel}, "status")
			or ""
		)


class TestPreferences(PageCase):
	# --- choosing ------------------------------------------------------------------------------------------------

	def test_the_page_shows_the_present_choice_and_only_a_masked_address(self) -> None:
		page = self.page()
		self.assertNotIn(self.address, str(page))
		self.assertIn("c•••@s•••.example", page.text)
		ticked = [one["value"] for one in page.select("input[checked]")]
		self.assertEqual(ticked, [*TOPICS, "As It Comes", "keep", "Tracking"])
		self.assertNotIn("script", str(page).lower())

	def test_a_choice_is_saved_shown_and_noted_as_an_activity(self) -> None:
		answer = self.save(topic=[TOPICS[1]], frequency="Monthly")
		self.assertIn("Saved", answer.get_data(as_text=True))
		self.assertEqual(self.chosen(), Preference("Monthly", None, ((TOPICS[0], False),)))
		ticked = [one["value"] for one in self.page().select("input[checked]")]
		self.assertEqual(ticked, [TOPICS[1], "Monthly", "keep", "Tracking"])
		(detail,) = frappe.get_all(
			"Nurture Activity",
			{"party": self.lead.name, "activity_type": "Preferences Changed"},
			pluck="detail",
		)
		self.assertEqual(detail, f"Less: Monthly; without {TOPICS[0]}")
		self.save(frequency="Monthly")
		self.assertEqual(self.chosen().topics, ((TOPICS[0], True),))

	def test_a_pause_lasts_as_long_as_chosen_and_can_be_ended(self) -> None:
		for months in (1, 3, 6):
			self.save(pause=str(months))
			self.assertEqual(self.chosen().paused_until.date(), getdate(add_months(now_datetime(), months)))
		until = self.chosen().paused_until
		self.save(pause="keep", frequency="Weekly")
		self.assertEqual(self.chosen().paused_until, until)
		self.assertIn("Paused until", self.page().text)
		self.save(pause="end")
		self.assertIsNone(self.chosen().paused_until)

	def test_opting_down_ends_sequences_of_the_topic_on_a_real_site(self) -> None:
		make_sequence("Centre Test", topic=TOPICS[0])
		(outcome,) = enroll(site_host(commit=False), "Centre Test", [self.lead.name])
		frappe.db.commit()  # nosemgrep: the request has its own connection
		self.save(topic=[TOPICS[1]])
		frappe.db.rollback()
		self.assertEqual(
			frappe.db.get_value("Nurture Enrollment", outcome.enrollment, ["status", "reason"]),
			("Exited", "topic_unwanted"),
		)

	def test_channels_are_shown_where_there_is_something_to_say_and_kept_as_evidence(self) -> None:
		self.assertFalse(self.page().select("input[value=SMS]"))
		optout.set_consent(
			site_host(commit=False), self.lead.name, self.address, "Given", "form", "", "SMS too", "SMS"
		)
		frappe.db.commit()  # nosemgrep: the request has its own connection
		self.save(channel=[])
		self.assertEqual((self.consent("SMS"), self.consent("Tracking")), ("Withdrawn", "Withdrawn"))
		self.assertEqual(self.consent(), "Given")
		self.save(channel=["SMS", "WhatsApp"])
		self.assertEqual((self.consent("SMS"), self.consent("WhatsApp")), ("Given", ""))
		said = frappe.get_all(
			"Nurture Consent Entry",
			{"party": self.lead.name, "channel": "SMS"},
			["status", "source"],
			order_by="creation",
			as_list=True,
		)
		self.assertEqual(
			said, (("Given", "form"), ("Withdrawn", "Preference centre"), ("Given", "Preference centre"))
		)

	def test_the_page_speaks_the_persons_language_and_lets_them_change_it(self) -> None:
		frappe.db.set_value("Lead", self.lead.name, "language", "ar")
		frappe.db.commit()  # nosemgrep: the request has its own connection
		page = self.page()
		self.assertEqual((page.html["lang"], page.html["dir"]), ("ar", "rtl"))
		self.assertEqual(page.select_one("option[selected]")["value"], "ar")
		self.save(language="en")
		self.assertEqual(self.page().html["lang"], "en")
		self.save(language="xx-nonsense")
		self.assertEqual(frappe.db.get_value("Lead", self.lead.name, "language"), "en")

	def test_two_choices_at_the_same_moment_leave_one_of_them(self) -> None:
		works = [
			lambda f=frequency: self.save(frequency=f).status_code for frequency in ("Weekly", "Monthly")
		]
		self.assertEqual(at_the_same_time(*works), [200, 200])
		self.assertIn(self.chosen().frequency, ("Weekly", "Monthly"))
		self.assertEqual(frappe.db.count("Nurture Preference", {"address": self.address}), 1)

	# --- leaving and coming back ---------------------------------------------------------------------------------

	def test_unsubscribing_from_everything_covers_all_channels(self) -> None:
		for channel in ("SMS", "Phone"):
			optout.set_consent(
				site_host(commit=False), self.lead.name, self.address, "Given", "form", "", channel=channel
			)
		frappe.db.commit()  # nosemgrep: the request has its own connection
		self.assertIn("unsubscribed", self.post("unsubscribe").get_data(as_text=True))
		self.assertEqual([self.consent(one) for one in ("Email", "SMS", "Phone")], ["Withdrawn"] * 3)
		self.assertTrue(frappe.db.exists("Nurture Suppression", {"address": self.address}))

	def test_coming_back_takes_a_confirmation_from_the_mailbox(self) -> None:
		self.post("unsubscribe")
		self.assertIn("Subscribe again", self.page().text)
		self.assertIn("mailbox", self.post("subscribe").get_data(as_text=True))
		self.assertEqual(self.consent(), "Withdrawn")
		path = link_in(letters_to(self.address)[-1], "confirm")
		now = now_datetime()
		with self.at(now):
			page = BeautifulSoup(request("GET", path).get_data(as_text=True), "html.parser")
		fields = {one["name"]: one.get("value", "") for one in page.select("input")}
		with self.at(now + timedelta(seconds=5)):
			request("POST", path, data={**fields, "answer": "yes"})
		self.assertEqual(self.consent(), "Given")
		self.assertIn("How often", self.page().text)

	def test_after_a_complaint_nobody_comes_back_by_themselves(self) -> None:
		optout.unsubscribe(site_host(commit=False), self.address, "test", "Complaint")
		frappe.db.commit()  # nosemgrep: the request has its own connection
		self.assertNotIn("Subscribe again", self.page().text)
		self.post("subscribe")
		self.assertEqual(letters_to(self.address), [])

	def test_the_unsubscribe_page_offers_less_instead_of_nothing(self) -> None:
		token = make_touch(self.lead)
		before = request("GET", f"/u/{token}").get_data(as_text=True)
		after = request("POST", f"/u/{token}", data={"List-Unsubscribe": "One-Click"})
		self.assertEqual((after.status_code, self.consent()), (200, "Withdrawn"))
		for text in (before, after.get_data(as_text=True)):
			link = path_of(BeautifulSoup(text, "html.parser").select_one("a")["href"])
			self.assertIn("What would you like to get?", request("GET", link).get_data(as_text=True))

	# --- data ----------------------------------------------------------------------------------------------------

	def test_data_and_their_deletion_need_a_link_from_the_mailbox_and_work_once(self) -> None:
		asked: list[tuple] = []
		acts = {
			"exporter": lambda: lambda address: asked.append(("export", address)) or b"PK-data",
			"eraser": lambda: lambda address, reason: asked.append(("erase", address)),
		}
		for purpose, action in (("download", "export"), ("erase", "erase")):
			with self.subTest(purpose), patch.multiple(person_requests, **acts):
				self.assertIn("mailbox", self.post(purpose).get_data(as_text=True))
				self.assertEqual(asked, [])
				path = self.link_in_mailbox(purpose)
				now = now_datetime()
				with self.at(now):
					shown = request("GET", path).get_data(as_text=True)
				fields = {
					one["name"]: one.get("value", "")
					for one in BeautifulSoup(shown, "html.parser").select("input")
				}
				self.assertNotIn(self.address, shown)
				with self.at(now + timedelta(seconds=5)):
					request("POST", path, data=fields)
					request("POST", path, data={**fields, "answer": "no"})
					self.assertEqual(asked, [])
					answer = request("POST", path, data={**fields, "answer": "yes"})
					self.assertEqual((answer.status_code, asked), (200, [(action, self.address)]))
					again = request("POST", path, data={**fields, "answer": "yes"})
				self.assertEqual((again.status_code, len(asked)), (410, 1))
				if purpose == "download":
					self.assertEqual(answer.get_data(), b"PK-data")
					self.assertIn("attachment", answer.headers["Content-Disposition"])
					self.assertEqual(answer.headers["Cache-Control"], "no-store")
				asked.clear()

	def link_in_mailbox(self, purpose: str) -> str:
		frappe.db.rollback()
		found = [letter for letter in letters_to(self.address) if f"/n/{purpose}/" in body(letter, "plain")]
		return link_in(found[-1], purpose)

	def test_data_are_really_handed_over_and_really_deleted(self) -> None:
		self.save(frequency="Weekly")
		answer = self.go_through("download")
		self.assertEqual((answer.status_code, answer.get_data()[:2]), (200, b"PK"))
		answer = self.go_through("erase")
		self.assertIn("deleted", answer.get_data(as_text=True))
		frappe.db.rollback()
		for doctype in (
			"Nurture Consent",
			"Nurture Consent Entry",
			"Nurture Preference",
			"Nurture Public Link",
		):
			self.assertFalse(frappe.db.exists(doctype, {"address": self.address}), doctype)
		self.assertFalse(frappe.db.exists("Lead", self.lead.name))
		self.assertEqual(optout.suppression_of(site_host(commit=False), self.address), "Erased")
		self.assertEqual(request("GET", self.path).status_code, 404)

	def go_through(self, purpose: str) -> TestResponse:
		"""Ask on the page, open the link from the mailbox, read, press."""
		self.post(purpose)
		path = self.link_in_mailbox(purpose)
		now = now_datetime()
		with self.at(now):
			page = BeautifulSoup(request("GET", path).get_data(as_text=True), "html.parser")
		fields = {one["name"]: one.get("value", "") for one in page.select("input")}
		with self.at(now + timedelta(seconds=5)):
			return request("POST", path, data={**fields, "answer": "yes"})

	def test_what_the_app_cannot_do_is_said(self) -> None:
		with patch.multiple(person_requests, exporter=lambda: None, eraser=lambda: None):
			for action in ("download", "erase"):
				answer = self.post(action)
				self.assertEqual(answer.status_code, 404)
				self.assertIn("Not available", answer.get_data(as_text=True))
		self.assertEqual(letters_to(self.address), [])

	# --- scanners and strangers ----------------------------------------------------------------------------------

	def test_looking_changes_nothing(self) -> None:
		self.save(frequency="Weekly")
		before = frappe.get_all("Nurture Preference", fields=["name", "modified", "frequency"])
		for method in ("GET", "HEAD", "OPTIONS"):
			for suffix in ("", "?action=unsubscribe", "?action=save&frequency=Monthly", "?action=erase"):
				self.assertLess(request(method, self.path + suffix).status_code, 500)
		frappe.db.rollback()
		self.assertEqual(
			frappe.get_all("Nurture Preference", fields=["name", "modified", "frequency"]), before
		)
		self.assertEqual((self.consent(), letters_to(self.address)), ("Given", []))

	def test_what_no_form_of_ours_sends_is_refused_and_changes_nothing(self) -> None:
		for data in (
			{},
			{"action": "nonsense"},
			{"action": "save", "frequency": "Hourly"},
			{"action": "save", "pause": "9999999999"},
			{"action": "save", "pause": "-1"},
			{"List-Unsubscribe": "One-Click"},
		):
			self.assertEqual(request("POST", self.path, data=data).status_code, 400, data)
		self.assertEqual(
			request("POST", self.path, data={"action": "save", "x": "y" * 30_000}).status_code, 413
		)
		self.save(
			topic=["No Such Topic", "'; drop table", "x" * 5000], channel=["Nonsense"], language="y" * 500
		)
		self.assertEqual({topic for topic, _ in self.chosen().topics}, set(TOPICS))

	def test_links_that_are_not_ours_all_get_the_same_page(self) -> None:
		signed = self.path.rpartition("/")[2]
		unknown = path_of(signed_url("preferences", "A" * 22))
		foreign = path_of(signed_url("confirm", signed[:22]))
		expired = path_of(make_link("preferences", address=self.address, party=self.lead.name))
		frappe.db.set_value(
			"Nurture Public Link", {"address": self.address}, "expires_on", add_days(now_datetime(), -1)
		)
		frappe.db.commit()  # nosemgrep: the request has its own connection
		pages = set()
		for bad in (
			unknown,
			foreign.replace("confirm", "preferences"),
			expired,
			self.path[:-1],
			"/n/preferences/" + signed[:22],
			"/n/preferences/" + signed.swapcase(),
			"/n/preferences",
			self.path + "/more",
		):
			for method in ("GET", "POST"):
				data = {"action": "unsubscribe"} if method == "POST" else None
				answer = request(method, bad, data=data)
				self.assertEqual(answer.status_code, 404, (method, bad))
				pages.add(answer.get_data(as_text=True))
		self.assertEqual((len(pages), self.consent()), (1, "Given"))

	def test_guessing_is_slowed_down(self) -> None:
		codes = {
			request("GET", "/n/preferences/" + "x" * 38).status_code for _ in range(MISSES_PER_MINUTE + 2)
		}
		self.assertEqual(codes, {404, 429})

	def test_the_link_in_the_footer_of_a_real_mail_leads_here(self) -> None:
		make_sequence("Footer Test")
		enroll(site_host(commit=False), "Footer Test", [self.lead.name])
		frappe.db.commit()  # nosemgrep: the tick commits, too
		nurture_jobs.run_tick()
		(mail,) = letters_to(self.address)
		for kind in ("plain", "html"):
			self.assertIn("Change what you get", body(mail, kind))
		self.path = link_in(mail, "preferences")
		self.assertIn(self.path, body(mail, "html"), "not counted, not rewritten")
		self.save(frequency="Weekly")
		self.assertEqual(self.chosen().frequency, "Weekly")

	def test_a_pause_takes_back_a_real_mail_that_waits(self) -> None:
		make_sequence("Pause Test")
		(outcome,) = enroll(site_host(commit=False), "Pause Test", [self.lead.name])
		frappe.db.commit()  # nosemgrep: the tick commits, too
		nurture_jobs.run_tick()
		touch = frappe.db.get_value(
			"Nurture Touch", {"enrollment": outcome.enrollment}, ["name", "email_queue"]
		)
		self.save(pause="1")
		frappe.db.rollback()
		self.assertEqual(frappe.db.get_value("Email Queue", touch[1], "status"), "Error")
		self.assertEqual(frappe.db.get_value("Nurture Touch", touch[0], "status"), "Planned")
		nurture_jobs.run_tick()
		self.assertEqual(
			frappe.db.get_value("Nurture Enrollment", outcome.enrollment, ["status", "reason"]),
			("Active", "person_paused"),
		)
		self.save(pause="end")
		nurture_jobs.run_tick()
		frappe.db.rollback()
		status, queue_row = frappe.db.get_value("Nurture Touch", touch[0], ["status", "email_queue"])
		self.assertEqual((status, queue_row != touch[1]), ("Queued", True))
		self.assertEqual(frappe.db.get_value("Email Queue", queue_row, "status"), "Not Sent")

	def test_a_link_made_for_the_page_works_without_a_mail(self) -> None:
		self.path = path_of(make_link("preferences", address=self.address, party=self.lead.name))
		frappe.db.commit()  # nosemgrep: the request has its own connection
		self.save(frequency="Quarterly")
		self.save(frequency="Quarterly")
		self.assertEqual(self.chosen().frequency, "Quarterly")
