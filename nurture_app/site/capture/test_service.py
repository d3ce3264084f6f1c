"""Submissions become leads: once each, filling what is empty, keeping what came first."""

from __future__ import annotations

import json
from datetime import timedelta
from unittest.mock import patch

import frappe
from frappe.utils import now_datetime

from nurture_app.engine.codes import NurtureError
from nurture_app.site.capture.service import Submission, capture
from nurture_app.site.testing.factories import at_the_same_time, make_lead, make_rule, settle_settings
from nurture_app.site.testing.site_case import SiteCase
from nurture_app.site.transactions import retrying


def activity(name: str) -> frappe._dict:
	return frappe.db.get_value(
		"Nurture Activity",
		name,
		[
			"party",
			"activity_type",
			"detail",
			"channel",
			"campaign",
			"properties",
			"occurred_on",
			"classification",
		],
		as_dict=True,
	)


class TestCapture(SiteCase):
	def setUp(self) -> None:
		frappe.db.rollback()
		settle_settings(block_disposable=0, capture_owner=None)
		self.address = f"ada{frappe.generate_hash(length=8)}@site.example"

	def test_a_stranger_becomes_a_lead_with_all_there_is_to_know(self) -> None:
		done = capture(
			Submission(
				f"  {self.address.upper()} ",
				first_name="Ada",
				last_name="Lovelace",
				company_name="Engines Ltd",
				phone="+44 20 7946 0000",
				job_title="Analyst",
				country="gb",
				language="fr-XX",
				time_zone="Europe/London",
				fields={"city": "London", "no_of_employees": "11-50"},
				form="Contact",
				interest="Pricing",
				utm={"source": "newsletter", "medium": "email", "campaign": "spring"},
				page_url="https://www.example.com/contact?x=1",
			)
		)
		lead = frappe.get_doc("Lead", done.lead)
		self.assertTrue(done.is_new)
		self.assertEqual(lead.email_id, self.address)
		self.assertEqual(
			(lead.first_name, lead.last_name, lead.company_name, lead.job_title, lead.city, lead.country),
			("Ada", "Lovelace", "Engines Ltd", "Analyst", "London", "United Kingdom"),
		)
		self.assertEqual((lead.language, lead.nurture_time_zone), ("fr", "Europe/London"))
		self.assertEqual(
			(lead.nurture_first_source, lead.nurture_first_form, lead.nurture_first_interest),
			("Website Form", "Contact", "Pricing"),
		)
		self.assertEqual((lead.nurture_utm_source, lead.nurture_utm_campaign), ("newsletter", "spring"))
		self.assertEqual(lead.nurture_landing_page, "https://www.example.com/contact?x=1")
		self.assertTrue(lead.nurture_first_contact_on)
		self.assertFalse(lead.lead_owner)
		contact = frappe.get_doc("Contact", {"email_id": self.address})
		self.assertEqual(
			(lead.phone, contact.phone, contact.links[0].link_name),
			("+44 20 7946 0000", "+44 20 7946 0000", lead.name),
		)
		kept = activity(done.activity)
		self.assertEqual(
			(kept.party, kept.activity_type, kept.detail, kept.channel, kept.campaign, kept.classification),
			(lead.name, "Form Submitted", "Contact", "Website", "spring", "human"),
		)
		self.assertEqual(json.loads(kept.properties)["page"], "https://www.example.com/contact?x=1")

	def test_a_known_lead_keeps_what_it_has_and_gets_what_is_missing(self) -> None:
		lead = make_lead(self.address.partition("@")[0], first_name="Ada", company_name="Engines Ltd")
		done = capture(
			Submission(self.address, first_name="Adelaide", last_name="King", company_name="engines ltd")
		)
		self.assertEqual((done.lead, done.is_new), (lead.name, False))
		lead.reload()
		self.assertEqual((lead.first_name, lead.last_name, lead.company_name), ("Ada", "King", "Engines Ltd"))
		self.assertEqual(json.loads(activity(done.activity).properties)["said"], {"first_name": "Adelaide"})

	def test_what_came_first_is_never_overwritten(self) -> None:
		first = capture(
			Submission(
				self.address,
				form="Contact",
				source="Referral",
				interest="Pricing",
				utm={"source": "a"},
				page_url="/first",
			)
		)
		capture(
			Submission(
				self.address,
				form="Demo",
				source="Event",
				interest="Security",
				utm={"source": "b", "term": "x"},
				page_url="/second",
			)
		)
		lead = frappe.get_doc("Lead", first.lead)
		contact_on = lead.nurture_first_contact_on
		self.assertEqual(
			(lead.nurture_first_form, lead.nurture_first_source, lead.nurture_first_interest),
			("Contact", "Referral", "Pricing"),
		)
		self.assertEqual((lead.nurture_utm_source, lead.nurture_utm_term or ""), ("a", ""))
		lead.nurture_first_source, lead.nurture_first_contact_on = "Event", now_datetime() - timedelta(days=9)
		lead.save()
		lead.reload()
		self.assertEqual((lead.nurture_first_source, lead.nurture_first_contact_on), ("Referral", contact_on))

	def test_nothing_is_committed_before_the_caller_does(self) -> None:
		with patch.object(frappe.db, "commit") as commit:
			capture(Submission(self.address, first_name="Ada", phone="+44 20 7946 0000"))
		commit.assert_not_called()

	def test_two_submissions_at_the_same_moment_make_one_lead(self) -> None:
		frappe.db.commit()  # nosemgrep: other connections
		submission = Submission(self.address, form="Contact")
		done = at_the_same_time(*[lambda: retrying(lambda: capture(submission))] * 4)
		frappe.db.rollback()
		self.assertEqual(len({one.lead for one in done}), 1)
		self.assertEqual(sum(one.is_new for one in done), 1)
		self.assertEqual(frappe.db.count("Lead", {"email_id": self.address}), 1)
		self.assertEqual(frappe.db.count("Nurture Activity", {"party": done[0].lead}), 4)

	def test_the_same_event_counts_once(self) -> None:
		event = frappe.generate_hash(length=10)
		first = capture(Submission(self.address, event_id=event, activity_type="Demo Request"))
		again = capture(Submission(self.address, event_id=event, activity_type="Demo Request"))
		self.assertEqual((again.lead, again.activity, again.is_new), (first.lead, first.activity, False))
		self.assertEqual(frappe.db.count("Nurture Activity", {"party": first.lead}), 1)

	def test_what_was_done_scores_at_once(self) -> None:
		make_rule("Capture Test", "Demo Request", 30)
		done = capture(Submission(self.address, activity_type="Demo Request"))
		self.assertEqual(frappe.db.get_value("Lead", done.lead, "nurture_score"), 30)

	def test_without_a_ticked_box_nothing_is_known_about_consent(self) -> None:
		done = capture(
			Submission(self.address, activity_type="Content Download", asset="Guide", topics=("News",))
		)
		self.assertFalse(frappe.db.exists("Nurture Consent", {"party": done.lead}))
		self.assertFalse(frappe.db.get_value("Lead", done.lead, "nurture_email_consent"))

	def test_a_ticked_box_is_evidence_with_its_words(self) -> None:
		settle_settings(double_opt_in=0)
		done = capture(Submission(self.address, form="News", consent=True, wording="Yes, write to me."))
		consent = frappe.get_doc("Nurture Consent", {"party": done.lead, "channel": "Email"})
		self.assertEqual(
			(consent.status, consent.wording, consent.source), ("Given", "Yes, write to me.", "News")
		)

	def test_what_is_wrong_is_named_and_nothing_is_written(self) -> None:
		before = frappe.db.count("Lead"), frappe.db.count("Nurture Activity")
		for code, values in {
			"address_invalid": {"address": "ada at home"},
			"capture_too_long": {"first_name": "x" * 141},
			"capture_field_unknown": {"fields": {"shoe_size": "44"}},
			"capture_bad_phone": {"phone": "call me"},
			"activity_type_unknown": {"activity_type": "Sneezed"},
			"capture_not_a_text": {"fields": {"city": ["London"]}},
		}.items():
			with self.subTest(code), self.assertRaises(NurtureError) as caught:
				capture(Submission(**{"address": self.address, **values}))
			self.assertEqual(caught.exception.code, code)
		self.assertEqual((frappe.db.count("Lead"), frappe.db.count("Nurture Activity")), before)

	def test_nobody_outside_sets_status_owner_or_score(self) -> None:
		for field in ("status", "lead_owner", "nurture_score", "unsubscribed", "name", "nurture_stage"):
			with self.subTest(field), self.assertRaises(NurtureError) as caught:
				capture(Submission(self.address, fields={field: "1"}))
			self.assertEqual(caught.exception.code, "capture_field_unknown")

	def test_a_country_is_known_however_people_write_it(self) -> None:
		for said in ("Deutschland", "DEU", "allemagne", "Germany (EU)"):
			with self.subTest(said):
				address = f"x{frappe.generate_hash(length=8)}@site.example"
				done = capture(Submission(address, country=said))
				self.assertEqual(frappe.db.get_value("Lead", done.lead, "country"), "Germany")

	def test_what_does_not_fit_this_site_is_kept_aside(self) -> None:
		done = capture(
			Submission(
				self.address, country="Atlantis", fields={"no_of_employees": "many", "industry": "Alchemy"}
			)
		)
		lead = frappe.get_doc("Lead", done.lead)
		self.assertFalse(lead.country or lead.industry)
		self.assertEqual(
			json.loads(activity(done.activity).properties)["said"],
			{"country": "Atlantis", "no_of_employees": "many", "industry": "Alchemy"},
		)

	def test_throw_away_addresses_are_refused_where_that_is_wanted(self) -> None:
		address = f"x{frappe.generate_hash(length=6)}@mailinator.com"
		settle_settings(block_disposable=1)
		with self.assertRaises(NurtureError) as caught:
			capture(Submission(address))
		self.assertEqual(caught.exception.code, "address_disposable")
		settle_settings(block_disposable=0)
		lead = frappe.get_doc("Lead", capture(Submission(address)).lead)
		self.assertEqual(lead.nurture_address_kind, "Disposable")
		frappe.db.rollback()

	def test_the_chosen_owner_gets_the_lead_unless_a_rule_distributes_them(self) -> None:
		settle_settings(capture_owner="Administrator")
		self.assertEqual(
			frappe.db.get_value("Lead", capture(Submission(self.address)).lead, "lead_owner"), "Administrator"
		)
		rule = {
			"document_type": "Lead",
			"rule": "Round Robin",
			"assign_condition": "False",
			"description": "x",
		}
		frappe.get_doc(
			{
				"doctype": "Assignment Rule",
				"name": "Capture Test",
				"users": [{"user": "Administrator"}],
				"assignment_days": [{"day": "Monday"}],
				**rule,
			}
		).insert()
		other = capture(Submission(f"b{self.address}")).lead
		self.assertFalse(frappe.db.get_value("Lead", other, "lead_owner"))
		frappe.delete_doc("Assignment Rule", "Capture Test")

	def test_markup_and_formulas_of_strangers_are_harmless_text(self) -> None:
		done = capture(
			Submission(
				self.address,
				first_name="=HYPERLINK(1)",
				last_name="<img src=x onerror=alert(1)>Smith",
				company_name="@SUM(A1)\r\nBcc: x@y.example",
				form="<script>alert(1)</script>Form",
			)
		)
		lead = frappe.get_doc("Lead", done.lead)
		self.assertEqual(lead.first_name, "HYPERLINK(1)")
		self.assertEqual(lead.last_name, "Smith")
		self.assertEqual(lead.company_name, "SUM(A1) Bcc: x@y.example")
		self.assertNotIn("<script", activity(done.activity).detail)

	def test_a_lead_that_breaks_a_rule_of_the_site_still_gets_the_submission(self) -> None:
		lead = make_lead(self.address.partition("@")[0])
		frappe.db.set_value("Lead", lead.name, "mobile_no", "not a number")
		done = capture(Submission(self.address, last_name="Byron", form="Contact"))
		self.assertEqual(done.lead, lead.name)
		self.assertEqual(frappe.db.get_value("Lead", lead.name, "last_name"), "Byron")

	def test_no_lead_belongs_to_the_future(self) -> None:
		done = capture(Submission(self.address, occurred_on=now_datetime() + timedelta(days=400)))
		self.assertLessEqual(activity(done.activity).occurred_on, now_datetime())


class TestOrigin(SiteCase):
	def test_leads_of_other_ways_know_when_and_where_they_came_from(self) -> None:
		lead = make_lead("entered by hand".replace(" ", ""))
		self.assertTrue(lead.nurture_first_contact_on)
		self.assertFalse(lead.nurture_first_source, "somebody may still say it")
		self.assertEqual(lead.nurture_address_kind, "Business")

	def test_a_mail_to_the_inbox_that_makes_a_lead_is_its_source(self) -> None:
		new, old = (
			make_lead(f"inbox{frappe.generate_hash(length=6)}"),
			make_lead(f"old{frappe.generate_hash(length=6)}"),
		)
		frappe.db.set_value("Lead", old.name, "creation", now_datetime() - timedelta(days=3))
		for lead in (new, old):
			frappe.get_doc(
				{
					"doctype": "Communication",
					"communication_medium": "Email",
					"sent_or_received": "Received",
					"sender": lead.email_id,
					"subject": "Hello",
					"content": "Prices?",
					"reference_doctype": "Lead",
					"reference_name": lead.name,
				}
			).insert(ignore_permissions=True)
		source = {
			lead: frappe.db.get_value("Lead", lead.name, "nurture_first_source") or "" for lead in (new, old)
		}
		self.assertEqual((source[new], source[old]), ("Email", ""))

	def test_a_new_address_is_looked_at_again(self) -> None:
		lead = make_lead("moves", email_id=f"moves{frappe.generate_hash(length=6)}@uni.ac.uk")
		self.assertEqual(lead.nurture_address_kind, "Student")
		lead.email_id = f"moves{frappe.generate_hash(length=6)}@gmail.com"
		lead.save()
		self.assertEqual(lead.nurture_address_kind, "Free")
		frappe.db.rollback()
