"""Double opt-in through the whole web application: what a person, a link scanner and a stranger can do with the link."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import frappe
from bs4 import BeautifulSoup
from frappe.utils import add_days, now_datetime
from werkzeug.test import TestResponse

from nurture_app.engine import optout
from nurture_app.engine.capture.submission import Submission
from nurture_app.engine.enrollments.entering import enroll
from nurture_app.engine.preferences import load_preferences
from nurture_app.site.capture.service import capture
from nurture_app.site.consent import letters
from nurture_app.site.consent.opt_in import ask_or_record
from nurture_app.site.host import site_host
from nurture_app.site.public import limits
from nurture_app.site.public.links import make_link
from nurture_app.site.testing.factories import (
	at_the_same_time,
	make_lead,
	make_sequence,
	request,
	settle_settings,
)
from nurture_app.site.testing.letters import body, letters_to, link_in
from nurture_app.site.testing.site_case import SiteCase

WORDING = "Yes, send me tips by e-mail. I can stop at any time."
SOURCE = "newsletter form"


def fields_of(response: TestResponse) -> dict[str, str]:
	"""What a program that sends the form of a page as it stands would send, without any button."""
	found = BeautifulSoup(response.get_data(as_text=True), "html.parser").select("form input")
	return {one["name"]: one.get("value", "") for one in found}


class TestConfirm(SiteCase):
	def setUp(self) -> None:
		settle_settings(
			double_opt_in=1, double_opt_in_countries="", confirmation_days=7, consent_wording=WORDING
		)
		self.lead = make_lead(f"optin{frappe.generate_hash(length=6)}")
		self.address = self.lead.email_id
		self.now = now_datetime().replace(microsecond=0)
		limits.forget("n/confirm")

	def ask(self, **values: Any) -> str:
		"""The path of the link in the mail that the form brought."""
		given = {"wording": WORDING, "source": SOURCE, "ip": "203.0.113.7", **values}
		self.assertEqual(ask_or_record(self.lead.name, self.address, **given), "Pending")
		frappe.db.commit()  # nosemgrep: the request has its own connection
		return link_in(letters_to(self.address)[-1], "confirm")

	def press(self, path: str, answer: str = "yes", after: float = 5, **values: str) -> TestResponse:
		"""What a person does: open, read for some seconds, press."""
		with self.at(self.now):
			fields = fields_of(request("GET", path))
		with self.at(self.now + timedelta(seconds=after)):
			return request("POST", path, data={**fields, "answer": answer, **values})

	def status(self) -> str:
		frappe.db.rollback()
		return (
			frappe.db.get_value("Nurture Consent", {"party": self.lead.name, "channel": "Email"}, "status")
			or ""
		)

	def history(self, *fields: str) -> list[tuple]:
		frappe.db.rollback()
		return list(
			frappe.get_all(
				"Nurture Consent Entry",
				filters={"party": self.lead.name},
				fields=list(fields),
				order_by="occurred_on, name",
				as_list=True,
			)
		)

	# --- the mail ------------------------------------------------------------------------------------------------

	def test_the_mail_is_complete_and_in_the_persons_language(self) -> None:
		frappe.db.set_value("Lead", self.lead.name, "language", "de")
		frappe.get_doc(
			{
				"doctype": "Translation",
				"language": "de",
				"source_text": "Please confirm: e-mail from {0}",
				"translated_text": "Bitte bestätigen: Post von {0}",
			}
		).insert()
		frappe.clear_cache()
		path = self.ask()
		(letter,) = letters_to(self.address)
		self.assertEqual(letter["Subject"], "Bitte bestätigen: Post von Example Company")
		self.assertIn("Robin Example", letter["From"])
		self.assertIsNone(letter["List-Unsubscribe"])
		for kind in ("plain", "html"):
			self.assertIn(path, body(letter, kind))
			self.assertIn(WORDING, body(letter, kind))
			self.assertNotIn("{{", body(letter, kind))
		self.assertIn("<html", body(letter, "html"))

	def test_what_a_stranger_types_into_a_form_cannot_write_html_into_the_mail(self) -> None:
		self.ask(wording="<script>alert(1)</script> {{ 7 * 7 }}")
		html = body(letters_to(self.address)[-1], "html")
		self.assertNotIn("<script>alert", html)
		self.assertIn("{{ 7 * 7 }}", html)

	def test_an_address_gets_only_a_few_a_day(self) -> None:
		for _attempt in range(letters.A_DAY + 3):
			ask_or_record(self.lead.name, self.address, WORDING, SOURCE)
		self.assertEqual(len(letters_to(self.address)), letters.A_DAY)

	def test_no_mail_goes_to_an_address_that_bounced_complained_or_was_shut_out(self) -> None:
		for reason in ("Bounced", "Complaint", "Manual"):
			lead = make_lead(f"{reason.lower()}{frappe.generate_hash(length=6)}")
			optout.unsubscribe(site_host(commit=False), lead.email_id, "test", reason)
			self.assertEqual(ask_or_record(lead.name, lead.email_id, WORDING, SOURCE), "Pending")
			self.assertEqual(letters_to(lead.email_id), [], reason)

	def test_without_double_opt_in_a_yes_counts_at_once_unless_there_was_a_no(self) -> None:
		settle_settings(double_opt_in=0)
		self.assertEqual(ask_or_record(self.lead.name, self.address, WORDING, SOURCE, "203.0.113.7"), "Given")
		self.assertEqual(letters_to(self.address), [])
		frappe.db.commit()  # nosemgrep: status() looks with a fresh snapshot
		self.assertEqual(self.status(), "Given")
		((proof,),) = self.history("proof")
		self.assertIn("Given in a form: ", proof)
		self.assertNotIn("203.0.113.7", proof)
		optout.unsubscribe(site_host(commit=False), self.address, "link")
		self.assertEqual(ask_or_record(self.lead.name, self.address, WORDING, SOURCE), "Pending")
		self.assertEqual(len(letters_to(self.address)), 1)

	def test_only_people_of_chosen_countries_and_of_none_have_to_confirm(self) -> None:
		settle_settings(double_opt_in=0, double_opt_in_countries="DACH\nFrance")
		for country, expected in (
			("Germany", "Pending"),
			("France", "Pending"),
			("United States", "Given"),
			("", "Pending"),
		):
			frappe.db.set_value("Lead", self.lead.name, "country", country)
			found = ask_or_record(self.lead.name, self.address, WORDING, SOURCE)
			self.assertEqual(found, expected, country)
			frappe.db.delete("Nurture Consent", {"party": self.lead.name})
		with self.assertRaisesRegex(frappe.ValidationError, "Atlantis.+is no country"):
			settle_settings(double_opt_in_countries="Atlantis")

	# --- the person ----------------------------------------------------------------------------------------------

	def test_confirming_gives_consent_with_proof_and_starts_what_waits(self) -> None:
		sequence = make_sequence("Waits For Consent")
		lead = self.lead.name
		optout.set_consent(site_host(commit=False), lead, self.address, "Given", "form", "")
		(outcome,) = enroll(site_host(commit=False), sequence, [lead])
		optout.set_consent(site_host(commit=False), lead, self.address, "Pending", "Lead form", "")
		frappe.db.set_value(
			"Nurture Enrollment", outcome.enrollment, {"status": "Held", "reason": "no_consent"}
		)
		path = self.ask()
		shown = request("GET", path).get_data(as_text=True)
		self.assertIn(WORDING, shown)
		self.assertNotIn(self.address, shown)
		answer = self.press(path)
		self.assertEqual(answer.status_code, 200)
		self.assertIn("Thank you", answer.get_data(as_text=True))
		self.assertEqual(self.status(), "Given")
		status, source, wording, proof = self.history("status", "source", "wording", "proof")[-1]
		self.assertEqual((status, source, wording), ("Given", SOURCE, WORDING))
		self.assertRegex(
			proof, r"Asked: \S+ \S+, network address \(hashed\) [0-9a-f]{16}\nConfirmed by mail: \S+ \S+"
		)
		self.assertEqual(frappe.db.get_value("Nurture Enrollment", outcome.enrollment, "status"), "Active")
		self.assertTrue(
			frappe.db.exists("Nurture Activity", {"party": lead, "activity_type": "Opt-in Confirmed"})
		)

	def test_a_link_works_once_and_tells_the_same_afterwards(self) -> None:
		path = self.ask()
		self.press(path)
		entries = len(self.history("name"))
		self.assertIn("Thank you", request("GET", path).get_data(as_text=True))
		self.assertIn("Thank you", request("POST", path, data={"answer": "yes"}).get_data(as_text=True))
		self.assertEqual(len(self.history("name")), entries)

	def test_two_presses_at_the_same_moment_confirm_once(self) -> None:
		path = self.ask()
		with self.at(self.now):
			fields = fields_of(request("GET", path))
		with self.at(self.now + timedelta(seconds=5)):
			answers = at_the_same_time(
				*[lambda: request("POST", path, data={**fields, "answer": "yes"}).status_code] * 2
			)
		self.assertEqual(answers, [200, 200])
		self.assertEqual([one[0] for one in self.history("status")], ["Pending", "Given"])

	def test_no_means_no_and_can_be_thought_over(self) -> None:
		path = self.ask()
		self.assertIn("Nothing was changed", self.press(path, "no").get_data(as_text=True))
		self.assertEqual(self.status(), "Pending")
		self.press(path)
		self.assertEqual(self.status(), "Given")

	def test_whoever_unsubscribed_comes_back_only_this_way(self) -> None:
		optout.unsubscribe(site_host(commit=False), self.address, "link", party=self.lead.name)
		path = self.ask()
		self.assertEqual(self.status(), "Withdrawn")
		self.assertIn("You unsubscribed before", request("GET", path).get_data(as_text=True))
		self.press(path)
		self.assertEqual(self.status(), "Given")
		self.assertFalse(frappe.db.exists("Nurture Suppression", {"address": self.address}))
		self.assertIn("Lifts: Unsubscribed", self.history("proof")[-1][0])

	def test_an_old_link_offers_a_new_one(self) -> None:
		path = self.ask()
		name = frappe.db.get_value("Nurture Public Link", {"address": self.address})
		frappe.db.set_value("Nurture Public Link", name, "expires_on", add_days(now_datetime(), -1))
		frappe.db.commit()  # nosemgrep: the request has its own connection
		self.assertIn("too old", request("GET", path).get_data(as_text=True))
		self.assertEqual(request("POST", path, data={"answer": "yes"}).status_code, 200)
		self.assertEqual(self.status(), "Pending")
		self.assertEqual(len(letters_to(self.address)), 1)
		request("POST", path, data={"ask": "new"})
		frappe.db.rollback()
		fresh = link_in(letters_to(self.address)[-1], "confirm")
		self.assertNotEqual(fresh, path)
		self.press(fresh)
		self.assertEqual(self.status(), "Given")

	def test_from_a_form_on_a_page_to_the_first_mail(self) -> None:
		if not frappe.db.exists("Nurture Topic", "Opt-in News"):
			frappe.get_doc({"doctype": "Nurture Topic", "title": "Opt-in News"}).insert()
		address = f"form{frappe.generate_hash(length=6)}@site.example"
		captured = capture(
			Submission(
				address=address,
				first_name="Ada",
				form="Newsletter",
				source="Website",
				consent=True,
				wording=WORDING,
				topics=("Opt-in News", "No Such Topic"),
				ip="203.0.113.7",
			)
		)
		frappe.db.commit()  # nosemgrep: the request has its own connection
		self.lead = frappe.get_doc("Lead", captured.lead)
		self.assertEqual(self.status(), "Pending")
		sequence = make_sequence("After Opt-in", trigger_type="Activity", trigger_activity="Opt-in Confirmed")
		frappe.db.commit()  # nosemgrep: the request has its own connection
		self.press(link_in(letters_to(address)[-1], "confirm"))
		self.assertEqual(self.status(), "Given")
		self.assertTrue(
			frappe.db.exists("Nurture Enrollment", {"party": captured.lead, "sequence": sequence})
		)
		preference = load_preferences(site_host(commit=False), [address])[address]
		self.assertEqual(preference.topics, (("Opt-in News", True),))

	def test_a_demonstration_asked_for_in_a_form_starts_its_sequence_once_confirmed(self) -> None:
		sequence = make_sequence("Asked For A Demo", trigger_type="Activity", trigger_activity="Demo Request")
		address = f"demo{frappe.generate_hash(length=6)}@site.example"
		captured = capture(
			Submission(
				address=address,
				first_name="Ada",
				form="Demo",
				source="Website",
				activity_type="Demo Request",
				consent=True,
				wording=WORDING,
			)
		)
		frappe.db.commit()  # nosemgrep: the request has its own connection
		one = {"party": captured.lead, "sequence": sequence}
		self.assertFalse(frappe.db.exists("Nurture Enrollment", one))
		self.press(link_in(letters_to(address)[-1], "confirm"))
		frappe.db.rollback()
		self.assertEqual(frappe.db.get_value("Nurture Enrollment", one, "status"), "Active")
		self.assertEqual(
			frappe.get_all("Nurture Trigger Log", one, ["outcome", "activity"], as_list=True),
			((("Started", captured.activity)),),
		)

	# --- scanners and strangers ----------------------------------------------------------------------------------

	def test_a_scanner_that_follows_links_and_sends_forms_confirms_nothing(self) -> None:
		path = self.ask()
		shown = request("GET", path)
		fields = fields_of(shown)
		first_button = {
			"answer": BeautifulSoup(shown.get_data(as_text=True), "html.parser").select_one("button")["value"]
		}
		filled = {name: value or "x" for name, value in fields.items()}
		for seconds in (0, 1, 30, 3000):
			for data in (fields, {**fields, **first_button}, {**filled, "answer": "yes"}, {}):
				with self.at(datetime.now() + timedelta(seconds=seconds)):
					answer = request("POST", path, data=data)
				self.assertLess(answer.status_code, 500)
				self.assertEqual(self.status(), "Pending", (seconds, data))
		with self.at(self.now):
			at_once = fields_of(request("GET", path))
			answer = request("POST", path, data={**at_once, "answer": "yes"})
			self.assertIn("once more", answer.get_data(as_text=True))
			self.assertEqual(
				fields_of(answer)["shown"], at_once["shown"], "waiting begins when the page was first shown"
			)
		self.assertEqual(self.status(), "Pending")

	def test_looking_changes_nothing(self) -> None:
		path = self.ask()
		before = frappe.get_all(
			"Nurture Public Link", {"address": self.address}, ["name", "modified", "used_on"]
		)
		for method in ("GET", "HEAD", "OPTIONS"):
			for suffix in ("", "?answer=yes", "?answer=yes&shown=1", "/", "/yes"):
				self.assertLess(request(method, path + suffix).status_code, 500)
		frappe.db.rollback()
		self.assertEqual(self.status(), "Pending")
		self.assertEqual(
			frappe.get_all("Nurture Public Link", {"address": self.address}, ["name", "modified", "used_on"]),
			before,
		)

	def test_links_that_are_not_ours_all_get_the_same_page(self) -> None:
		path = self.ask()
		other = make_link("download", address=self.address, party=self.lead.name)
		frappe.db.commit()  # nosemgrep: the request has its own connection
		swapped = path[:-1] + ("A" if path[-1] != "A" else "B")
		pages = {}
		for bad in (
			swapped,
			path[:-4],
			"/n/confirm/" + path.rpartition("/")[2].swapcase(),
			"/n/confirm/" + re.search(r"/n/download/([\w-]+)", other)[1],
			"/n/confirm/" + "x" * 38,
			"/n/confirm",
			"/n/confirm/" + "é" * 38,
			path + "/more",
		):
			for method in ("GET", "POST"):
				answer = request(method, bad, data={"answer": "yes"} if method == "POST" else None)
				self.assertEqual(answer.status_code, 404, (method, bad))
				pages[answer.get_data(as_text=True)] = (method, bad)
		self.assertEqual(len(pages), 1, pages.values())
		self.assertEqual(self.status(), "Pending")

	def test_a_forged_moment_is_refused(self) -> None:
		path, foreign = self.ask(), self.ask()
		with self.at(self.now):
			stamp = fields_of(request("GET", foreign))["shown"]
		for shown in (stamp, "1.abc", "", "9" * 40 + ".x", "-5." + "0" * 16, "²." + "0" * 16):
			with self.at(self.now + timedelta(seconds=5)):
				answer = request("POST", path, data={"shown": shown, "answer": "yes", "website": ""})
			self.assertEqual(answer.status_code, 400, shown)
		self.assertEqual(self.status(), "Pending")
