"""Wrong configuration is refused when it is saved, with a message that names the thing; wrong data holds one step."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import frappe

from nurture_app.engine import lifecycle, runner
from nurture_app.engine.enrollments.entering import enroll
from nurture_app.engine.enrollments.pausing import release_held
from nurture_app.site import active
from nurture_app.site.host import site_host
from nurture_app.site.testing.a_goal import A_GOAL
from nurture_app.site.testing.site_case import SiteCase

NOW = datetime(2026, 3, 3, 10, 0)
"""A Tuesday, inside the default window."""


def step(label: str, **values: Any) -> dict[str, Any]:
	return {
		"step_label": label,
		"step_type": "Wait",
		"timing": "After Previous Step",
		"delay": 1,
		"delay_unit": "Days",
	} | values


class TestBadInput(SiteCase):
	"""One row per mistake: what is saved, and the words the message must contain."""

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		for doctype in ("Nurture Sequence", "Nurture Content", "Nurture Segment", "Lead Scoring Rule"):
			for name in frappe.get_all(doctype, {"title": ["like", "Bad %"]}, pluck="name"):
				frappe.delete_doc(doctype, name, force=True, ignore_permissions=True)
		frappe.db.commit()  # nosemgrep: a test site

	def tearDown(self) -> None:
		frappe.db.rollback()
		super().tearDown()

	def refuse(self, values: dict[str, Any], *words: str) -> None:
		with self.assertRaises(frappe.ValidationError) as caught:
			frappe.get_doc(values).insert()
		for word in words:
			self.assertIn(word, str(caught.exception))
		frappe.db.rollback()

	def test_conditions_that_name_what_does_not_exist(self) -> None:
		for condition, words in (
			('[["colour", "=", "red"]]', ("colour",)),
			('[["industry", "resembles", "Software"]]', ("resembles", "like")),
			('[{"activity": "Moon Landing"}]', ("Moon Landing",)),
			('[{"segment": "Nobody Knows"}]', ("Nobody Knows",)),
			('[["status", "=", "Purple"]]', ("Purple", "Replied")),
			('{"all": []}', ("all",)),
			('{"any": [["industry"', ("JSON",)),
			('[{"touches": "opened"}]', ("branch",)),
		):
			with self.subTest(condition):
				self.refuse(
					{"doctype": "Nurture Segment", "title": "Bad Segment", "condition": condition}, *words
				)
				rule = {
					"doctype": "Lead Scoring Rule",
					"title": "Bad Rule",
					"rule_type": "Profile",
					"points": 5,
				}
				self.refuse({**rule, "score_part": "Fit", "condition": condition}, *words)

	def test_segments_in_a_circle(self) -> None:
		first = {"doctype": "Nurture Segment", "title": "Bad One", "condition": '[["industry", "is", "set"]]'}
		document = frappe.get_doc(first).insert()
		frappe.get_doc(
			{"doctype": "Nurture Segment", "title": "Bad Two", "condition": '[{"segment": "Bad One"}]'}
		).insert()
		document.condition = '[{"segment": "Bad Two"}]'
		with self.assertRaises(frappe.ValidationError) as caught:
			document.save()
		self.assertIn("Bad Two", str(caught.exception))

	def test_texts_that_cannot_be_filled_in(self) -> None:
		for body, words in (
			("<p>Hello {{ lead.first_nam }}</p>", ("first_nam", "first_name")),
			("<p>Hello {{ lead.first_name </p>", ("body",)),
			("<p>{% for x in lead %}x{% endfor %}</p>", ("for",)),
			("<p>{{ frappe.db.commit() }}</p>", ("()",)),
		):
			with self.subTest(body):
				self.refuse(
					{"doctype": "Nurture Content", "title": "Bad Content", "subject": "Hello", "body": body},
					*words,
				)

	def test_sequences_that_cannot_run(self) -> None:
		for steps, words in (
			([step("A", go_to="Nowhere")], ("A", "Nowhere")),
			([step("A", delay=0), step("B", delay=0, go_to="A")], ("circle", "A", "B")),
			([step("A", delay=-1)], ("A", "-1")),
			([step("A"), step("A")], ("A",)),
			([step("A", timing="On Day", day=0)], ("A", "Day 1")),
			(
				[step("A", step_type="Branch", condition='[["colour", "=", "x"]]', on_true="A")],
				("A", "colour"),
			),
			([step("A", step_type="Set Field", field_name="colour", field_value="red")], ("A", "colour")),
			([step("A", step_type="Task", task_description="Call {{ lead.colour }}")], ("A", "colour")),
		):
			with self.subTest(str(steps)):
				self.refuse({"doctype": "Nurture Sequence", "title": "Bad Sequence", "steps": steps}, *words)

	def test_a_window_without_length(self) -> None:
		values = {"use_default_window": 0, "window_start": "09:00:00", "window_end": "09:00:00"}
		self.refuse(
			{"doctype": "Nurture Sequence", "title": "Bad Sequence", "steps": [step("A")], **values}, "09:00"
		)
		settings = frappe.get_doc("Nurture Settings")
		settings.window_end = settings.window_start
		with self.assertRaises(frappe.ValidationError):
			settings.save()

	def test_a_lead_whose_data_is_wrong_holds_alone(self) -> None:
		"""Three leads in one batch: an empty name, an address gone, and one that is right."""
		with self.at(NOW):
			self._prepare()
			leads = {name: self._lead(name) for name in ("nameless", "lost", "right")}
			outcomes = enroll(site_host(commit=True), "Bad But Honest", list(leads.values()))
			self.assertEqual([one.reason for one in outcomes], ["", "", ""])
			frappe.db.set_value("Lead", leads["lost"], "email_id", "", update_modified=False)
			frappe.db.set_value("Lead", leads["nameless"], "first_name", "", update_modified=False)
			frappe.db.commit()  # nosemgrep: a test site
			result = runner.tick(site_host(commit=True), "test")
			self.assertEqual((result.queued, result.held), (1, 2))
			self.assertEqual(self._state(leads["right"]), ("Completed", "finished"))
			self.assertEqual(self._state(leads["lost"]), ("Held", "no_address"))
			self.assertEqual(self._state(leads["nameless"]), ("Held", "template_error"))
			detail = frappe.db.get_value("Nurture Enrollment", {"party": leads["nameless"]}, "reason_detail")
			self.assertIn("lead.first_name", detail)
			frappe.db.set_value(
				"Lead", leads["lost"], "email_id", "lost@acceptance.example", update_modified=False
			)
			frappe.db.commit()  # nosemgrep: a test site
		with self.at(NOW + timedelta(days=1)):
			release_held(site_host(commit=True))
			runner.tick(site_host(commit=True), "test")
			self.assertEqual(self._state(leads["lost"])[0], "Completed")
			self.assertEqual(self._state(leads["nameless"])[0], "Held")

	def test_two_leads_with_one_address(self) -> None:
		with self.at(NOW):
			self._prepare()
			frappe.db.set_single_value("CRM Settings", "allow_lead_duplication_based_on_emails", 1)
			first, second = self._lead("twin"), self._lead("twin")
			outcomes = enroll(site_host(commit=True), "Bad But Honest", [first, second])
		self.assertEqual([one.reason for one in outcomes], ["", "address_enrolled"])

	def test_no_address_no_consent_no_enrollment(self) -> None:
		with self.at(NOW):
			self._prepare()
			without = frappe.get_doc(
				{"doctype": "Lead", "first_name": "No", "company_name": "Address"}
			).insert()
			silent = self._lead("silent", consent="")
			frappe.db.commit()  # nosemgrep: a test site
			outcomes = enroll(site_host(commit=True), "Bad But Honest", [without.name, silent, "LEAD-GONE"])
		frappe.delete_doc("Lead", without.name, force=True)
		self.assertEqual([one.reason for one in outcomes], ["no_address", "no_consent", "party_missing"])

	def _prepare(self) -> None:
		frappe.get_doc("Nurture Settings").update(
			{"postal_address": "1 Street", "hold_all_sending": 0}
		).save()
		if not frappe.db.exists("Nurture Content", "Bad Content Plain"):
			text = {"subject": "Hello", "body": "<p>Hello {{ lead.first_name }}</p>"}
			frappe.get_doc({"doctype": "Nurture Content", "title": "Bad Content Plain", **text}).insert()
		if not frappe.db.exists("Nurture Sequence", "Bad But Honest"):
			mail = step("Mail", step_type="Email", content="Bad Content Plain", delay=0)
			frappe.get_doc(
				{"doctype": "Nurture Sequence", "title": "Bad But Honest", "steps": [mail], **A_GOAL}
			).insert()
		frappe.db.commit()  # nosemgrep: a test site
		if frappe.db.get_value("Nurture Sequence", "Bad But Honest", "status") != "Active":
			lifecycle.activate(site_host(commit=True), "Bad But Honest")
		active.forget()

	def _lead(self, name: str, consent: str = "Given") -> str:
		values = {
			"first_name": name.title(),
			"email_id": f"{name}@acceptance.example",
			"nurture_email_consent": consent,
		}
		lead = frappe.get_doc({"doctype": "Lead", **values}).insert()
		frappe.db.commit()  # nosemgrep: a test site
		return lead.name

	def _state(self, lead: str) -> tuple[str, str]:
		return frappe.db.get_value("Nurture Enrollment", {"party": lead}, ["status", "reason"])
