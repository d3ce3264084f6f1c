"""A survey of several questions, opened from a mail: who answers is known, and each answer lands on the lead (CH-12)."""

from __future__ import annotations

from urllib.parse import urlsplit

import frappe
from bs4 import BeautifulSoup

from nurture_app.site.host import site_host
from nurture_app.site.public import limits
from nurture_app.site.testing.factories import make_lead, make_touch, request, settle_settings
from nurture_app.site.testing.site_case import SiteCase

FORM, CONTENT = "Survey Test", "Survey Test Mail"
BODY = '<p>Three <a href="{{ links.survey }}">questions</a> for you.</p>'
QUESTIONS = [
	{"fieldname": "rating", "label": "How content are you?", "reqd": 1, "choices": "1\n2\n3\n4\n5"},
	{"fieldname": "obstacle", "label": "What keeps you from starting?"},
	{"fieldname": "city", "label": "Where are you?"},
	{"fieldname": "message", "label": "Anything else?"},
]


class TestSurvey(SiteCase):
	def setUp(self) -> None:
		frappe.db.rollback()
		settle_settings(double_opt_in=0)
		for doctype, name in (("Nurture Content", CONTENT), ("Nurture Form", FORM)):
			frappe.delete_doc(doctype, name, force=True, ignore_missing=True)
		self.form = frappe.get_doc(
			{
				"doctype": "Nurture Form",
				"title": FORM,
				"enabled": 1,
				"activity_type": "Survey Answered",
				"ask_consent": 1,
				"value_exchange": "Your answers decide what we improve next.",
				"questions": QUESTIONS,
				"thank_you_text": "We read every answer.",
			}
		).insert()
		self.content().insert()
		self.lead = make_lead(f"survey{frappe.generate_hash(length=6)}")
		self.token = make_touch(self.lead, content=CONTENT, sequence="", step="Ask")
		self.touch = frappe.db.get_value("Nurture Touch", {"token": self.token})
		frappe.db.commit()  # nosemgrep: the request has its own connection
		limits.forget("n/answer")

	def content(self, **values: object) -> object:
		doc = {"doctype": "Nurture Content", "title": CONTENT, "subject": "Three questions", "body": BODY}
		return frappe.get_doc({**doc, "survey_form": FORM, **values})

	def path(self) -> str:
		return urlsplit(site_host(commit=False).links.answer(self.token, "survey")).path

	def post(self, status: int = 200, **values: str) -> BeautifulSoup:
		answer = request("POST", self.path(), data=values)
		self.assertEqual(answer.status_code, status, answer.get_data(as_text=True)[-500:])
		frappe.db.rollback()
		return BeautifulSoup(answer.get_data(as_text=True), "html.parser")

	def recorded(self) -> set[tuple[str, str]]:
		rows = frappe.get_all(
			"Nurture Activity", {"party": self.lead.name}, ["activity_type", "detail"], as_list=True
		)
		return set(rows)

	def test_looking_changes_nothing_and_asks_neither_who_they_are_nor_for_consent(self) -> None:
		answer = request("GET", self.path()).get_data(as_text=True)
		names = {
			one.get("name") for one in BeautifulSoup(answer, "html.parser").select("select,input,textarea")
		}
		self.assertLessEqual({"rating", "obstacle", "city", "message"}, names)
		self.assertFalse({"email_id", "consent", "topics"} & names)
		self.assertNotIn(self.lead.email_id, answer)
		self.assertEqual(self.recorded(), set())

	def test_every_answer_lands_on_the_lead_of_the_mail(self) -> None:
		page = self.post(rating="4", obstacle="No time", city="Bonn", message="Keep going")
		self.assertIn("We read every answer", page.text)
		self.assertEqual(
			self.recorded(),
			{
				("Survey Answered", "How content are you?: 4; What keeps you from starting?: No time"),
				("Survey Answer", "rating: 4"),
				("Survey Answer", "obstacle: No time"),
				("Survey Answer", "city: Bonn"),
			},
		)
		self.assertEqual(frappe.db.get_value("Lead", self.lead.name, "city"), "Bonn")
		whole = frappe.get_all("Nurture Activity", {"party": self.lead.name}, ["touch", "properties"])
		self.assertEqual({row.touch for row in whole}, {self.touch})
		self.assertTrue(any("Keep going" in (row.properties or "") for row in whole))
		row = frappe.get_last_doc("Nurture Form Submission", {"party": self.lead.name})
		self.assertEqual((row.form, row.status, row.address), (FORM, "Accepted", self.lead.email_id))

	def test_the_first_answers_count(self) -> None:
		self.post(rating="4")
		before = self.recorded()
		self.assertIn("answered already", self.post(rating="1").text)
		self.assertIn("answered already", request("GET", self.path()).get_data(as_text=True))
		self.assertEqual(self.recorded(), before)

	def test_what_is_missing_is_named_and_nothing_is_lost(self) -> None:
		page = self.post(422, obstacle="No <b>time</b>")
		self.assertIn("How content are you?", page.select_one("[role=alert]").text)
		self.assertIn("time", page.select_one("input[name=obstacle]")["value"])
		self.post(422, rating="11")
		self.assertEqual(self.recorded(), set())

	def test_a_long_answer_in_any_script_is_taken(self) -> None:
		long = "ж" * 4_900
		self.post(rating="4", message=long)
		self.assertEqual(
			frappe.db.get_value("Nurture Form Submission", {"party": self.lead.name}, "message"), long
		)
		self.assertEqual(request("POST", self.path(), data={"message": "ж" * 20_000}).status_code, 413)

	def test_nobody_answers_or_agrees_in_another_name(self) -> None:
		self.post(rating="2", email_id="somebody@else.example", consent="1")
		self.assertFalse(frappe.db.exists("Lead", {"email_id": "somebody@else.example"}))
		self.assertFalse(frappe.db.exists("Nurture Consent", {"party": self.lead.name}))
		self.assertIn(("Survey Answer", "rating: 2"), self.recorded())

	def test_a_lead_whose_address_has_changed_since_is_still_the_one(self) -> None:
		new = f"new{frappe.generate_hash(length=6)}@site.example"
		frappe.db.set_value("Lead", self.lead.name, "email_id", new)
		frappe.db.commit()  # nosemgrep: the request has its own connection
		self.post(rating="3")
		self.assertIn(("Survey Answer", "rating: 3"), self.recorded())
		self.assertFalse(frappe.db.exists("Lead", {"email_id": self.lead.email_id}))

	def test_a_survey_that_was_switched_off_says_so(self) -> None:
		self.form.reload()
		self.form.update({"enabled": 0}).save()
		frappe.db.commit()  # nosemgrep: the request has its own connection
		self.assertIn("This survey is over", self.post(rating="3").text)
		self.assertEqual(self.recorded(), set())

	def test_a_content_says_at_once_what_its_survey_lacks(self) -> None:
		other = frappe.db.get_value("Nurture Form", {"activity_type": "Form Submitted"})
		for form, said in ((None, "needs a form"), (other, "must count as")):
			with self.assertRaisesRegex(frappe.ValidationError, said):
				self.content(title="Another", survey_form=form).insert()

	# --- by text message ---------------------------------------------------------------------------------------------

	def asked_by_sms(self, lead: object) -> None:
		self.token = make_touch(lead, content=CONTENT, channel="SMS", address="+4915112345678", step="Ask")
		frappe.db.commit()  # nosemgrep: the request has its own connection

	def test_whoever_got_it_by_text_message_answers_as_that_lead(self) -> None:
		self.asked_by_sms(self.lead)
		page = request("GET", self.path()).get_data(as_text=True)
		self.assertIn("•••678", page)
		self.assertNotIn("12345678", page)
		self.post(rating="4")
		self.assertIn(("Survey Answer", "rating: 4"), self.recorded())
		self.assertIn("answered already", self.post(rating="1").text)

	def test_a_lead_without_an_address_can_answer_too(self) -> None:
		frappe.db.set_value("Lead", self.lead.name, "email_id", None)
		self.asked_by_sms(self.lead)
		leads = frappe.db.count("Lead")
		self.post(rating="5", city="Bonn")
		self.assertIn(("Survey Answer", "rating: 5"), self.recorded())
		self.assertEqual(frappe.db.get_value("Lead", self.lead.name, ["city", "email_id"]), ("Bonn", None))
		self.assertEqual(frappe.db.count("Lead"), leads)

	def test_a_content_for_sms_says_at_once_what_its_survey_lacks(self) -> None:
		text = {"channel": "SMS", "sms_text": "Two questions: {{ links.survey }}", "subject": "", "body": ""}
		with self.assertRaisesRegex(frappe.ValidationError, "needs a form"):
			self.content(title="By SMS", survey_form=None, **text).insert()
		saved = self.content(title="By SMS", **text).insert()
		self.assertIn("1 message", saved.sms_length)
