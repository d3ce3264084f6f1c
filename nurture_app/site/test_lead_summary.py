"""What a salesperson sees of the nurturing on an Opportunity or a Customer made from a lead."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.permissions import add_user_permission
from frappe.utils import add_days, now_datetime

from nurture_app.engine.activities import ActivityIn, record
from nurture_app.engine.enrollments.entering import enroll
from nurture_app.site.api import enrollment_actions
from nurture_app.site.api.lead_summary import get_summary
from nurture_app.site.host import site_host
from nurture_app.site.testing.desk import DeskCase, delete_users, make_user
from nurture_app.site.testing.factories import make_lead, make_rule, make_sequence, settle_settings
from nurture_app.site.testing.site_case import SiteCase

SELLER, BLIND = "seller@summary.example", "blind@summary.example"
SEQUENCE = "Summary Test"
CUSTOMER = "Summary Test Company"


def make_opportunity(party_type: str, party: str) -> Any:
	values = {"doctype": "Opportunity", "opportunity_from": party_type, "party_name": party}
	return frappe.get_doc(values).insert(ignore_permissions=True, ignore_mandatory=True)


def make_customer(name: str, **values: Any) -> Any:
	given = {"doctype": "Customer", "customer_name": name, "customer_type": "Company", **values}
	return frappe.get_doc(given).insert(ignore_permissions=True, ignore_mandatory=True)


class TestLeadSummary(SiteCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		make_user(SELLER, "Sales User")
		make_user(BLIND, "Sales User")
		frappe.db.commit()  # nosemgrep: a test site

	@classmethod
	def tearDownClass(cls) -> None:
		delete_users(SELLER, BLIND)
		super().tearDownClass()

	def setUp(self) -> None:
		settle_settings()
		self.host = site_host(commit=False)
		self.lead = make_lead(
			"summed", nurture_email_consent="Given", lead_owner=SELLER, nurture_time_zone="Asia/Tokyo"
		)
		self.opportunity = make_opportunity("Lead", self.lead.name)

	def tearDown(self) -> None:
		frappe.set_user("Administrator")
		frappe.db.rollback()

	def enroll(self, sequence: str = SEQUENCE) -> str:
		make_sequence(sequence)
		((outcome),) = enroll(self.host, sequence, [self.lead.name])
		self.assertTrue(outcome.enrollment, outcome.reason)
		return outcome.enrollment

	def summary(self, doc: Any = None, user: str = SELLER) -> dict[str, Any] | None:
		doc = doc or self.opportunity
		frappe.set_user(user)
		try:
			return get_summary(doc.doctype, doc.name)
		finally:
			frappe.set_user("Administrator")

	def test_score_stage_and_what_the_person_did_last(self) -> None:
		make_rule("Summary Test: demo", "Demo Request", 55)
		moment = now_datetime()
		record(self.host, [ActivityIn(self.lead.name, "Demo Request", moment, detail="/demo")])
		summary = self.summary()
		self.assertEqual((summary["lead"], summary["score"], summary["stage"]), (self.lead.name, 55, "MQL"))
		last = summary["last"]
		self.assertEqual((last.activity_type, last.detail), ("Demo Request", "/demo"))
		self.assertEqual(summary["enrollments"], [])

	def test_a_message_that_still_goes_out_is_named_with_its_moment_on_the_clock_of_the_lead(self) -> None:
		self.enroll()
		summary = self.summary()
		((row),) = summary["enrollments"]
		self.assertEqual((row["sequence"], row["status"], row["reason"]), (SEQUENCE, "Active", ""))
		self.assertEqual((row["next"]["step"], row["next"]["kind"]), ("First", "Email"))
		self.assertEqual(row["next"]["zone"], "Asia/Tokyo")
		self.assertTrue(summary["has_open_opportunity"] and summary["can_change"])
		frappe.db.set_value("Opportunity", self.opportunity.name, "status", "Lost")
		self.assertFalse(self.summary()["has_open_opportunity"])

	def test_why_no_message_goes_out_is_said(self) -> None:
		name = self.enroll()
		frappe.set_user(SELLER)
		enrollment_actions.pause([name])
		((row),) = self.summary()["enrollments"]
		self.assertEqual((row["status"], row["next"]), ("Paused", None))
		self.assertIn("Paused by hand", row["reason"])
		enrollment_actions.resume([name])
		for doctype, record_name, field, value, undone, told in (
			("Nurture Settings", None, "hold_all_sending", 1, 0, "on hold"),
			("Nurture Sequence", SEQUENCE, "status", "Paused", "Active", "paused"),
			("Lead", self.lead.name, "status", "Do Not Contact", "Lead", "Do Not Contact"),
		):
			with self.subTest(field=field, value=value):
				frappe.db.set_value(doctype, record_name, field, value)
				((row),) = self.summary()["enrollments"]
				self.assertIsNone(row["next"])
				self.assertIn(told, row["reason"])
				frappe.db.set_value(doctype, record_name, field, undone)

	def test_what_still_goes_out_stands_first(self) -> None:
		self.enroll()
		held = self.enroll(f"{SEQUENCE} held")
		frappe.db.set_value("Nurture Enrollment", held, {"enrolled_on": add_days(now_datetime(), 1)})
		enrollment_actions.pause([held])
		rows = self.summary()["enrollments"]
		self.assertEqual([bool(row["next"]) for row in rows], [True, False])

	def test_the_customer_made_from_a_lead_and_its_opportunity_show_the_same(self) -> None:
		customer = make_customer(CUSTOMER, lead_name=self.lead.name)
		frappe.db.set_value("Opportunity", self.opportunity.name, "status", "Lost")
		self.assertEqual(self.summary(customer)["lead"], self.lead.name)
		self.assertFalse(self.summary(customer)["has_open_opportunity"])
		again = make_opportunity("Customer", customer.name)
		for doc in (customer, again):
			summary = self.summary(doc)
			self.assertEqual((summary["lead"], summary["has_open_opportunity"]), (self.lead.name, True))

	def test_without_a_lead_and_without_the_right_to_read_it_nothing_is_said(self) -> None:
		stranger = make_customer(f"{CUSTOMER} without a lead")
		self.assertIsNone(self.summary(stranger))
		self.assertIsNone(self.summary(make_opportunity("Customer", stranger.name)))
		gone = frappe._dict(doctype="Opportunity", name="no such opportunity")
		self.assertIsNone(self.summary(gone))
		self.assertIsNone(self.summary(frappe._dict(doctype="Lead", name=self.lead.name)))
		add_user_permission("User", BLIND, BLIND, applicable_for="Lead", ignore_permissions=True)
		self.assertTrue(frappe.has_permission("Opportunity", "read", doc=self.opportunity.name, user=BLIND))
		frappe.clear_messages()
		self.assertIsNone(self.summary(user=BLIND))
		self.assertEqual(frappe.get_message_log(), [])

	def test_the_number_of_queries_does_not_grow(self) -> None:
		self.enroll()
		self.summary()
		few = self.queries()
		for number in range(3):
			self.enroll(f"{SEQUENCE} {number}")
		kinds = ("Demo Request", "Form Submitted", "Call")
		record(self.host, [ActivityIn(self.lead.name, kind, now_datetime()) for kind in kinds])
		self.assertEqual(len(self.summary()["enrollments"]), 4)
		self.assertEqual(self.queries(), few)
		self.assertLess(few, 50)

	def queries(self) -> int:
		"""How many one summary takes."""
		asked: list[Any] = []
		sql = frappe.db.sql
		self.addCleanup(setattr, frappe.db, "sql", sql)
		frappe.db.sql = lambda *args, **kwargs: asked.append(args) or sql(*args, **kwargs)
		try:
			self.summary()
		finally:
			frappe.db.sql = sql
		return len(asked)


class TestLeadSummaryInTheDesk(DeskCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		make_user(SELLER, "Sales User", "Sales Manager")
		make_user(BLIND, "Sales User", "Sales Manager")
		add_user_permission("User", BLIND, BLIND, applicable_for="Lead", ignore_permissions=True)
		settle_settings()
		make_sequence(SEQUENCE)
		cls.lead = make_lead("summedup", nurture_email_consent="Given", lead_owner=SELLER)
		cls.opportunity = make_opportunity("Lead", cls.lead.name)
		cls.stranger = make_customer(f"{CUSTOMER} {frappe.generate_hash(length=6)}")
		cls.other = make_opportunity("Customer", cls.stranger.name)
		cls.customer = make_customer(f"{CUSTOMER} {frappe.generate_hash(length=6)}", lead_name=cls.lead.name)
		host = site_host(commit=False)
		record(host, [ActivityIn(cls.lead.name, "Demo Request", now_datetime(), detail="/demo")])
		((outcome),) = enroll(host, SEQUENCE, [cls.lead.name])
		cls.enrollment = outcome.enrollment
		frappe.db.commit()  # nosemgrep: the server has its own connections

	@classmethod
	def tearDownClass(cls) -> None:
		frappe.db.rollback()
		for doc in (cls.other, cls.opportunity, cls.customer, cls.stranger):
			frappe.delete_doc(doc.doctype, doc.name, force=True, ignore_missing=True)
		frappe.db.commit()  # nosemgrep: a test site
		delete_users(SELLER, BLIND)
		super().tearDownClass()

	def setUp(self) -> None:
		frappe.db.set_value("Nurture Enrollment", self.enrollment, {"status": "Active", "reason": ""})
		frappe.db.commit()  # nosemgrep: the server has its own connections

	def test_a_seller_sees_that_a_message_is_about_to_go_out_and_stops_it(self) -> None:
		page = self.desk(SELLER, f"opportunity/{self.opportunity.name}")
		box = page.locator(".nurture-origin")
		box.get_by_text("a message is still about to go out").wait_for()
		self.assertIn("Next message: First", box.inner_text())
		self.assertIn("Demo Request · /demo", box.inner_text())
		self.assertIn(self.lead.name, box.get_by_role("link", name="Summedup").get_attribute("href"))
		self.picture(page, "an opportunity with a message to come")
		box.get_by_role("button", name="Pause").click()
		box.get_by_text("Paused by hand").wait_for()
		self.assertEqual(box.get_by_role("button").all_inner_texts(), ["Note What You Heard…"])
		self.picture(page, "an opportunity whose sequence stands still")
		frappe.db.rollback()
		self.assertEqual(frappe.db.get_value("Nurture Enrollment", self.enrollment, "status"), "Paused")

	def test_what_was_heard_is_noted_with_the_record_and_its_lead(self) -> None:
		self.addCleanup(self.forget_notes)
		page = self.desk(SELLER, f"customer/{self.customer.name}")
		page.locator(".nurture-origin").get_by_role("button", name="Note What You Heard…").click()
		dialog = page.locator(".modal.show", has_text="What You Heard")
		dialog.locator("select[data-fieldname=kind]:focus").wait_for()  # it has opened
		dialog.locator("select[data-fieldname=kind]").select_option("Why They Bought")
		dialog.locator("textarea[data-fieldname=said]").fill("It saved us a day a week")
		dialog.get_by_role("button", name="Note", exact=True).click()
		page.locator(".desk-alert", has_text="Noted.").wait_for()
		frappe.db.rollback()  # ends the snapshot
		noted = frappe.get_all("Nurture Insight", {"customer": self.customer.name}, ["lead", "kind", "said"])
		self.assertEqual(
			[tuple(row.values()) for row in noted],
			[(self.lead.name, "Why They Bought", "It saved us a day a week")],
		)

	def forget_notes(self) -> None:
		frappe.db.rollback()
		frappe.db.delete("Nurture Insight", {"customer": self.customer.name})
		frappe.db.commit()  # nosemgrep: a test site

	def test_it_fits_a_phone_and_can_be_read_in_the_dark(self) -> None:
		frappe.db.set_value("User", SELLER, "desk_theme", "Dark")
		frappe.db.commit()  # nosemgrep: the server has its own connections
		page = self.desk(SELLER, f"opportunity/{self.opportunity.name}", phone=True, dark=True)
		page.locator(".nurture-origin .nurture-note").wait_for()
		self.assertTrue(self.fits(page))
		self.picture(page, "an opportunity on a phone in the dark")
		page.goto(f"http://{frappe.local.site}/app/customer/{self.customer.name}")
		page.locator(".nurture-origin .nurture-note").wait_for()
		self.assertTrue(self.fits(page))
		self.picture(page, "a customer on a phone in the dark")

	def test_going_on_to_a_record_without_a_lead_takes_it_away(self) -> None:
		page = self.desk(SELLER, f"opportunity/{self.opportunity.name}")
		page.locator(".nurture-origin").wait_for()
		page.evaluate("(name) => frappe.set_route('Form', 'Opportunity', name)", self.other.name)
		page.wait_for_function("(name) => cur_frm.docname === name", arg=self.other.name)
		page.locator(".nurture-origin").wait_for(state="detached")
		asked: list[str] = []
		page.on("request", lambda request: asked.append(request.url))
		page.goto(f"http://{frappe.local.site}/app/customer/{self.stranger.name}")
		page.wait_for_function("(name) => window.cur_frm && cur_frm.docname === name", arg=self.stranger.name)
		page.wait_for_timeout(1500)
		self.assertTrue(asked)
		ours = ("nurture.bundle", "nurture_app.site")
		self.assertEqual([url for url in asked if any(part in url for part in ours)], [])

	def test_whoever_may_not_read_the_lead_sees_nothing_and_no_message(self) -> None:
		page = self.log_in(BLIND)
		with page.expect_response("**/*lead_summary.get_summary") as answered:
			page.goto(f"http://{frappe.local.site}/app/opportunity/{self.opportunity.name}")
		self.assertEqual(answered.value.status, 200)
		page.wait_for_timeout(500)
		self.assertEqual(page.locator(".nurture-origin, .modal.show, .desk-alert").count(), 0)

	def test_a_form_goes_on_where_our_script_or_its_answer_does_not_come(self) -> None:
		script = "**/nurture.bundle.*.js"
		for asked_for, answer in (
			(script, lambda route: route.abort()),
			(script, lambda route: route.fulfill(body="nurture.of_before_an_update = true;")),
			("**/*lead_summary.get_summary", lambda route: route.abort()),
		):
			with self.subTest(asked_for=asked_for):
				page = self.log_in(SELLER)
				page.route(asked_for, answer)
				page.goto(f"http://{frappe.local.site}/app/opportunity/{self.opportunity.name}")
				page.wait_for_function("() => window.cur_frm && cur_frm.doc")
				page.wait_for_timeout(1500)
				page.locator("#freeze").wait_for(state="detached")
				self.assertEqual(page.locator(".modal.show").count(), 0)
				self.assertEqual(page.locator(".nurture-origin").count(), 0)
