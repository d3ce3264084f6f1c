"""Merging leads on a site: nothing of either is lost, nothing refused is allowed, and nobody does it by mistake (DH-01)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from unittest.mock import patch

import frappe
from frappe.custom.doctype.property_setter.property_setter import make_property_setter
from frappe.permissions import add_user_permission
from frappe.utils import now_datetime

from nurture_app.engine import opt_down, optout
from nurture_app.engine.activities import ActivityIn, record
from nurture_app.engine.enrollments.entering import enroll
from nurture_app.engine.preferences import Preference, load_preferences
from nurture_app.nurture_app.report.nurture_duplicates import nurture_duplicates as report
from nurture_app.site.api import duplicates
from nurture_app.site.channels.test_channels import make_message
from nurture_app.site.host import site_host
from nurture_app.site.testing.desk import make_user
from nurture_app.site.testing.factories import (
	make_lead,
	make_rule,
	make_sequence,
	make_touch,
	settle_settings,
)
from nurture_app.site.testing.site_case import SiteCase

SELLER = "mergeseller@site.example"
SEQUENCE = "Merge Test"


class TestMergedLeads(SiteCase):
	def setUp(self) -> None:
		settle_settings()
		make_user(SELLER, "Sales User")
		stamp = frappe.generate_hash(length=6)
		self.company = f"Engines {stamp} Ltd"
		person = {"first_name": "Ada", "last_name": "King"}
		self.kept = make_lead(f"kept{stamp}", company_name=self.company, **person)
		self.gone = make_lead(f"gone{stamp}", company_name=f"Engines {stamp}", **person)

	def tearDown(self) -> None:
		frappe.set_user("Administrator")
		frappe.db.rollback()

	def merge(self, **seen: str) -> None:
		now = {
			name: str(frappe.db.get_value("Lead", name, "modified"))
			for name in (self.kept.name, self.gone.name)
		}
		duplicates.merge(self.kept.name, [self.gone.name], {**now, **seen})
		self.kept = frappe.get_doc("Lead", self.kept.name)

	def comments(self) -> str:
		found = frappe.get_all(
			"Comment",
			{"reference_doctype": "Lead", "reference_name": self.kept.name},
			pluck="content",
		)
		return " ".join(found)

	def test_they_are_found_compared_and_merged(self) -> None:
		_columns, rows, *_ = report.execute({"evidence": "Name and Company"})
		group = next(row["leads"] for row in rows if self.kept.name in row.get("leads", ()))
		self.assertEqual(set(group), {self.kept.name, self.gone.name})
		self.gone.reload()
		self.gone.update({"job_title": "Countess", "phone": "+49 30 1234567"})
		self.gone.save()
		found = duplicates.compare(group)
		self.assertTrue(found["merge"])
		shown = {row["label"]: row["values"] for row in found["rows"]}
		self.assertEqual(set(shown["Job Title"]), {"", "Countess"})
		self.merge()
		self.assertFalse(frappe.db.exists("Lead", self.gone.name))
		self.assertEqual((self.kept.job_title, self.kept.company_name), ("Countess", self.company))
		self.assertIn(self.gone.email_id, self.comments())
		noted = frappe.get_all("Nurture Audit Entry", {"lead": self.kept.name}, ["action", "detail"])
		self.assertEqual([(one.action, one.detail) for one in noted], [("Lead Merged", self.gone.name)])

	def test_what_hangs_on_the_one_hangs_on_the_other(self) -> None:
		make_rule("Merge Test Demo", "Demo Request", 40)
		host = site_host(commit=False)
		record(host, [ActivityIn(self.gone.name, "Demo Request", host.clock.now())])
		self.gone.reload()
		self.gone.append("notes", {"note": "Likes tea."})
		self.gone.save()
		self.gone.add_tag("Merge Tag")
		task = frappe.get_doc(
			{
				"doctype": "ToDo",
				"description": "Call",
				"reference_type": "Lead",
				"reference_name": self.gone.name,
				"allocated_to": SELLER,
			}
		).insert(ignore_permissions=True)
		mail = frappe.get_doc(
			{
				"doctype": "Communication",
				"communication_type": "Communication",
				"subject": "Hello",
				"content": "Hello",
				"reference_doctype": "Lead",
				"reference_name": self.gone.name,
			}
		).insert(ignore_permissions=True)
		frappe.get_doc(
			{
				"doctype": "File",
				"file_name": "offer.txt",
				"content": "offer",
				"attached_to_doctype": "Lead",
				"attached_to_name": self.gone.name,
			}
		).insert(ignore_permissions=True)
		self.merge()
		name = self.kept.name
		self.assertEqual(frappe.db.get_value("ToDo", task.name, "reference_name"), name)
		self.assertEqual(frappe.db.get_value("Communication", mail.name, "reference_name"), name)
		self.assertTrue(frappe.db.exists("File", {"attached_to_doctype": "Lead", "attached_to_name": name}))
		self.assertIn("Likes tea.", [row.note for row in self.kept.notes])
		self.assertIn("Merge Tag", self.kept.get_tags())
		self.assertEqual(self.kept.nurture_score, 40)
		self.assertEqual(
			frappe.db.count("Nurture Activity", {"party": name, "activity_type": "Demo Request"}), 1
		)

	def test_it_stays_in_each_sequence_once(self) -> None:
		make_sequence(SEQUENCE)
		self.addCleanup(frappe.db.set_value, "Nurture Sequence", SEQUENCE, "status", "Draft")
		host = site_host(commit=False)
		for lead in (self.kept, self.gone):
			optout.set_consent(host, lead.name, lead.email_id, "Given", "test", "tester")
		enroll(host, SEQUENCE, [self.kept.name, self.gone.name])
		self.merge()
		live = {"party": self.kept.name, "status": ["in", ["Active", "Paused", "Held"]]}
		self.assertEqual(frappe.db.count("Nurture Enrollment", live), 1)

	def test_a_no_of_either_is_a_no_of_both(self) -> None:
		host = site_host(commit=False)
		refusals: dict[str, Any] = {
			"unsubscribed": lambda: frappe.db.set_value("Lead", self.gone.name, "unsubscribed", 1),
			"not to be contacted": lambda: frappe.db.set_value(
				"Lead", self.gone.name, "status", "Do Not Contact"
			),
			"withdrawn": lambda: optout.set_consent(
				host, self.gone.name, self.gone.email_id, "Withdrawn", "test", "tester"
			),
			"suppressed by a manager": lambda: optout.unsubscribe(
				host, self.gone.email_id, "test", "Manual", self.gone.name
			),
			"unsubscribed in Frappe": lambda: frappe.get_doc(
				{"doctype": "Email Unsubscribe", "email": self.gone.email_id, "global_unsubscribe": 1}
			).insert(ignore_permissions=True),
		}
		for what, refuse in refusals.items():
			with self.subTest(what):
				self.setUp()
				optout.set_consent(host, self.kept.name, self.kept.email_id, "Given", "test", "tester")
				refuse()
				self.merge()
				self.assertTrue(self.kept.unsubscribed, "the lead")
				self.assertTrue(may_not_be_written_to(self.kept.name))

	def test_nothing_more_runs_or_waits_for_whoever_of_them_refused(self) -> None:
		make_sequence(SEQUENCE)
		self.addCleanup(frappe.db.set_value, "Nurture Sequence", SEQUENCE, "status", "Draft")
		host = site_host(commit=False)
		for of in ("kept", "gone"):
			for by in ("gone", "kept"):
				with self.subTest(running=of, refused=by):
					self.setUp()
					lead, refusing = getattr(self, of), getattr(self, by)
					for one in (self.kept, self.gone):
						optout.set_consent(host, one.name, one.email_id, "Given", "test", "tester")
					enroll(host, SEQUENCE, [lead.name])
					(sent,) = host.channels["Email"].deliver([make_message(lead)])
					values = {"email_queue": sent.queue_row, "status": "Queued"}
					touch = frappe.db.get_value("Nurture Touch", {"token": make_touch(lead, **values)})
					if of == by:  # noted on the lead before there was anybody who ended anything
						frappe.db.set_value("Lead", refusing.name, "unsubscribed", 1)
					else:
						optout.unsubscribe(host, refusing.email_id, "test", party=refusing.name)
					self.merge()
					live = {"party": self.kept.name, "status": ["in", ["Active", "Paused", "Held"]]}
					self.assertFalse(frappe.db.exists("Nurture Enrollment", live))
					self.assertEqual(frappe.db.get_value("Nurture Touch", touch, "status"), "Skipped")

	def test_of_two_choices_what_either_keeps_back_is_kept_back(self) -> None:
		host, until = site_host(commit=False), now_datetime().replace(microsecond=0) + timedelta(days=30)
		topics = (("Merge News", True), ("Merge Tips", False))
		opt_down.choose(host, self.kept.email_id, Preference("Weekly", None, topics), "test")
		topics = (("Merge News", False), ("Merge Tips", True))
		opt_down.choose(host, self.gone.email_id, Preference("Monthly", until, topics), "test")
		self.merge()
		found = load_preferences(host, [self.kept.email_id])[self.kept.email_id]
		self.assertEqual((found.frequency, found.paused_until), ("Monthly", until))
		self.assertEqual(found.declined, {"Merge News", "Merge Tips"})
		old = load_preferences(host, [self.gone.email_id])[self.gone.email_id]
		self.assertEqual(old.declined, {"Merge News", "Merge Tips"}, "what waits in a queue goes there")

	def test_who_left_the_mails_of_a_lead_before_there_was_the_app_has_left(self) -> None:
		optout.set_consent(
			site_host(commit=False), self.kept.name, self.kept.email_id, "Given", "test", "tester"
		)
		about = {"reference_doctype": "Lead", "reference_name": self.gone.name}
		doc = frappe.get_doc({"doctype": "Email Unsubscribe", "email": self.gone.email_id, **about})
		doc.name = frappe.generate_hash(length=10)
		doc.db_insert()  # without the hook
		self.merge()
		self.assertTrue(may_not_be_written_to(self.kept.name))

	def test_frappes_own_merge_keeps_a_no_too(self) -> None:
		host = site_host(commit=False)
		optout.set_consent(host, self.kept.name, self.kept.email_id, "Given", "test", "tester")
		frappe.db.set_value("Lead", self.gone.name, "unsubscribed", 1)
		frappe.rename_doc("Lead", self.gone.name, self.kept.name, merge=True, show_alert=False)
		self.assertTrue(may_not_be_written_to(self.kept.name))

	def test_a_no_that_cannot_be_carried_over_stops_the_merge(self) -> None:
		frappe.db.set_value("Lead", self.gone.name, "unsubscribed", 1)
		frappe.db.commit()  # nosemgrep: what is thrown rolls back to here
		with patch.object(optout, "suppress", side_effect=RuntimeError):
			self.assertRaisesRegex(frappe.ValidationError, "Nothing was merged", self.merge)
		frappe.db.rollback()
		self.assertTrue(frappe.db.exists("Lead", self.gone.name))
		for lead in (self.kept, self.gone):
			frappe.delete_doc("Lead", lead.name, force=True)
		frappe.db.commit()  # nosemgrep: a test site

	def test_a_mailbox_that_does_not_exist_is_not_held_against_another(self) -> None:
		host = site_host(commit=False)
		optout.set_consent(host, self.kept.name, self.kept.email_id, "Given", "test", "tester")
		optout.unsubscribe(host, self.gone.email_id, "test", "Bounced", self.gone.name)
		self.merge()
		self.assertFalse(may_not_be_written_to(self.kept.name))

	def test_a_number_that_does_not_exist_is_held_against_itself_alone(self) -> None:
		frappe.db.set_value(
			"Lead", self.gone.name, {"mobile_no": "+49 151 00000000", "nurture_mobile_invalid": 1}
		)
		frappe.db.set_value("Lead", self.kept.name, "mobile_no", "+49 151 12345678")
		self.merge()
		self.assertFalse(self.kept.nurture_mobile_invalid)
		self.setUp()
		frappe.db.set_value(
			"Lead", self.gone.name, {"mobile_no": "+49 151 00000000", "nurture_mobile_invalid": 1}
		)
		self.merge()
		self.assertEqual((self.kept.mobile_no, self.kept.nurture_mobile_invalid), ("+49 151 00000000", 1))

	def test_a_yes_of_the_one_is_the_persons(self) -> None:
		host = site_host(commit=False)
		optout.set_consent(host, self.gone.name, self.gone.email_id, "Given", "test", "tester")
		self.merge()
		self.assertEqual(self.kept.nurture_email_consent, "Given")

	def test_where_the_person_came_from_first_stays(self) -> None:
		early, late = "2026-01-01 10:00:00", "2026-06-01 10:00:00"
		for lead, moment, source in ((self.kept, late, "E-mail"), (self.gone, early, "Event")):
			values = {"nurture_first_contact_on": moment, "nurture_first_source": source}
			frappe.db.set_value("Lead", lead.name, values)
		frappe.db.set_value("Lead", self.kept.name, "nurture_utm_source", "late")
		frappe.db.set_value("Lead", self.gone.name, "nurture_utm_medium", "early")
		self.merge()
		self.assertEqual(str(self.kept.nurture_first_contact_on), early)
		self.assertEqual(self.kept.nurture_first_source, "Event")
		self.assertEqual(
			(self.kept.nurture_utm_source or "", self.kept.nurture_utm_medium), ("", "early"), "one visit"
		)

	def test_what_has_changed_since_is_not_merged(self) -> None:
		with self.assertRaisesRegex(frappe.ValidationError, "has been changed"):
			self.merge(**{self.gone.name: "2020-01-01 00:00:00"})
		with self.assertRaisesRegex(frappe.ValidationError, "not there any more"):
			duplicates.merge(self.kept.name, ["No Such Lead"], {})
		self.assertTrue(frappe.db.exists("Lead", self.gone.name))

	def test_who_may_not_delete_leads_merges_none(self) -> None:
		frappe.set_user(SELLER)
		self.assertFalse(duplicates.compare([self.kept.name, self.gone.name])["merge"])
		self.assertRaises(frappe.PermissionError, self.merge)
		frappe.set_user("Administrator")
		self.assertTrue(frappe.db.exists("Lead", self.gone.name))

	def test_what_is_above_the_users_level_is_kept_and_not_told(self) -> None:
		for field in ("phone", "website"):
			make_property_setter("Lead", field, "permlevel", 2, "Int", validate_fields_for_doctype=False)
		self.addCleanup(frappe.clear_cache, doctype="Lead")
		frappe.db.set_value(
			"Lead", self.gone.name, {"phone": "+49 30 1234567", "website": "https://one.example"}
		)
		frappe.db.set_value("Lead", self.kept.name, "website", "https://two.example")
		frappe.get_doc("User", SELLER).add_roles("Sales Manager")  # who may delete
		frappe.clear_cache(user=SELLER)
		frappe.set_user(SELLER)
		labels = [row["label"] for row in duplicates.compare([self.kept.name, self.gone.name])["rows"]]
		self.assertNotIn("Website", labels)
		self.merge()
		frappe.set_user("Administrator")
		self.assertEqual(frappe.db.get_value("Lead", self.kept.name, "phone"), "+49 30 1234567")
		self.assertNotIn("one.example", self.comments())

	def test_leads_of_others_are_neither_shown_nor_merged(self) -> None:
		add_user_permission("User", SELLER, SELLER, applicable_for="Lead", ignore_permissions=True)
		frappe.get_doc("User", SELLER).add_roles("Sales Manager")  # who may delete
		frappe.db.set_value("Lead", self.kept.name, "lead_owner", SELLER)
		frappe.set_user(SELLER)
		_columns, rows, *_ = report.execute({})
		self.assertFalse([row for row in rows if self.kept.name in row.get("leads", ())])
		pair = [self.kept.name, self.gone.name]
		self.assertRaises(frappe.PermissionError, duplicates.compare, pair)
		self.assertRaises(frappe.PermissionError, duplicates.note_apart, pair)
		self.assertRaises(frappe.PermissionError, self.merge)

	def test_nonsense_is_answered_with_a_sentence(self) -> None:
		for seen in ("not json", "[]", "3"):
			self.assertRaises(
				frappe.ValidationError, duplicates.merge, self.kept.name, [self.gone.name], seen
			)
		self.assertRaises(frappe.ValidationError, duplicates.merge, self.kept.name, [self.kept.name], {})
		self.assertRaises(frappe.ValidationError, duplicates.compare, [self.kept.name])
		_columns, rows, said = report.execute({"evidence": "Nose"})
		self.assertEqual(rows, [])
		self.assertIn("no evidence “Nose”", said)

	def test_different_people_are_not_shown_again_until_one_is_merged_away(self) -> None:
		third = make_lead(f"third{frappe.generate_hash(length=6)}")
		pair = [self.kept.name, self.gone.name]
		self.assertEqual(duplicates.note_apart(pair), 1)
		self.assertEqual(duplicates.note_apart(pair), 0)
		_columns, rows, *_ = report.execute({"evidence": "Name and Company"})
		self.assertFalse([row for row in rows if self.kept.name in row.get("leads", ())])
		duplicates.note_apart([third.name, self.gone.name])
		self.merge()
		left = frappe.get_all(
			"Nurture Not Duplicate",
			{"pair_key": ["like", f"%{self.kept.name}%"]},
			["party", "other", "pair_key"],
		)
		self.assertEqual([{row.party, row.other} for row in left], [{self.kept.name, third.name}])
		self.assertEqual(left[0].pair_key, "|".join(sorted((self.kept.name, third.name))))
		frappe.delete_doc("Lead", third.name)
		self.assertFalse(frappe.db.exists("Nurture Not Duplicate", {"pair_key": left[0].pair_key}))


def may_not_be_written_to(lead: str) -> bool:
	from nurture_app.engine.config import load_settings
	from nurture_app.engine.consent import Never, load_facts, may_ever_send
	from nurture_app.engine.people import load_leads, recipient_of

	host = site_host(commit=False)
	recipient = recipient_of(load_leads(host, [lead], ("status", "unsubscribed"))[lead])
	facts = load_facts(host, [recipient], load_settings(host.db))
	return isinstance(may_ever_send(recipient, facts), Never)
