"""Many leads at once: who would enter and who not, whom the user may see, and the same afterwards."""

from __future__ import annotations

import json
from unittest.mock import patch

import frappe

from nurture_app.engine import segments
from nurture_app.site.api import (
	activity_actions,
	enroll_preview,
	enrollment_actions,
	lead_panel,
	segment_overview,
)
from nurture_app.site.host import site_host
from nurture_app.site.nurture_jobs import run_enroll_segment
from nurture_app.site.testing.desk import make_user
from nurture_app.site.testing.factories import as_json, make_lead, make_sequence, settle_settings
from nurture_app.site.testing.site_case import SiteCase

SEQUENCE, SEGMENT, SELLER = "Preview Test", "Preview Test Segment", "previewer@site.example"


class TestEnrollPreview(SiteCase):
	def setUp(self) -> None:
		settle_settings()
		make_user(SELLER, "Sales User")
		condition = '[["status", "=", "Interested"], ["city", "=", "Springfield"]]'
		make_sequence(SEQUENCE, condition=condition)
		fits = {"status": "Interested", "city": "Springfield", "nurture_email_consent": "Given"}
		# one test commits: addresses of its own for each
		own = frappe.generate_hash(length=8)
		self.enters = make_lead(f"enters{own}", first_name="Enters", **fits).name
		self.no_consent = make_lead(f"noconsent{own}", **(fits | {"nurture_email_consent": ""})).name
		self.no_fit = make_lead(f"nofit{own}", **(fits | {"city": "Ulm"})).name
		self.leads = [self.enters, self.no_consent, self.no_fit]
		frappe.delete_doc("Nurture Segment", SEGMENT, force=True, ignore_missing=True)
		frappe.get_doc(
			{"doctype": "Nurture Segment", "title": SEGMENT, "segment_type": "Static", "enabled": 1}
		).insert(ignore_permissions=True)
		segments.add_members(site_host(commit=False), SEGMENT, self.leads)

	def tearDown(self) -> None:
		frappe.set_user("Administrator")
		frappe.db.rollback()

	def reasons(self, found: dict) -> dict[str, list[str]]:
		return {one["reason"]: [row["lead"] for row in one["some"]] for one in found["refused"]}

	def test_who_and_why_not_in_the_shape_the_dialog_reads(self) -> None:
		found = json.loads(as_json(enroll_preview.preview(SEQUENCE, leads=self.leads)))
		self.assertEqual((found["asked"], found["looked_at"], found["entering"]), (3, 3, 1))
		self.assertEqual(found["entering_some"], [{"lead": self.enters, "title": "Enters"}])
		self.assertEqual(
			self.reasons(found), {"no_consent": [self.no_consent], "not_matching": [self.no_fit]}
		)
		(unfit,) = (one for one in found["refused"] if one["reason"] == "not_matching")
		self.assertEqual(unfit["some"][0]["unmet"], ["City is Springfield"])
		self.assertFalse(frappe.db.exists("Nurture Enrollment", {"sequence": SEQUENCE}))
		self.assertFalse(frappe.db.exists("Nurture Trigger Log", {"party": ["in", self.leads]}))

	def test_the_members_of_a_segment_enter_as_the_preview_said_and_the_panel_says_why_not(self) -> None:
		found = enroll_preview.preview(SEQUENCE, segment=SEGMENT)
		self.assertEqual((found["entering"], found["in_background"]), (1, False))
		result = enroll_preview.enroll_segment(SEQUENCE, SEGMENT)
		self.assertEqual(result, {"queued": False, "entered": 1, "refused": 2})
		self.assertEqual(
			frappe.get_all("Nurture Enrollment", {"sequence": SEQUENCE}, pluck="party"), [self.enters]
		)
		(told,) = lead_panel.get_panel(self.no_consent)["starts"]
		self.assertEqual((told.sequence, told.outcome, told.reason), (SEQUENCE, "Refused", "no_consent"))
		self.assertIn("consent", told.sentence)

	def test_a_large_segment_is_enrolled_in_the_background_and_the_user_is_told(self) -> None:
		with (
			patch.object(enroll_preview, "MOST_AT_ONCE", 2),
			patch.object(enroll_preview, "enqueue_enroll_segment") as enqueue,
		):
			self.assertTrue(enroll_preview.preview(SEQUENCE, segment=SEGMENT)["in_background"])
			self.assertTrue(enroll_preview.enroll_segment(SEQUENCE, SEGMENT)["queued"])
		enqueue.assert_called_once_with(SEQUENCE, SEGMENT)
		frappe.db.commit()  # nosemgrep: the job has a transaction of its own
		run_enroll_segment(*enqueue.call_args.args)
		note = frappe.get_last_doc("Notification Log", {"document_name": SEQUENCE})
		self.assertEqual(note.subject, f"{SEQUENCE}: 1 leads of the segment {SEGMENT} entered, 2 did not.")

	def test_the_form_of_a_segment_says_who_may_be_mailed_and_what_became_of_its_people(self) -> None:
		found = json.loads(as_json(segment_overview.overview(SEGMENT)))
		self.assertEqual((found["members"], found["looked_at"], found["mailable"]), (3, 3, 2))
		(refused,) = found["refused"]
		self.assertEqual(refused["count"], 1)
		self.assertIn("consent", refused["sentence"])
		self.assertEqual({one["lead"] for one in found["newest"]}, set(self.leads))
		self.assertEqual(
			found["outcomes"],
			["0 of 3 had an opportunity afterwards.", "0 of 3 became a customer afterwards."],
		)

	def test_the_members_one_may_see_are_one_question_however_many_they_are(self) -> None:
		frappe.set_user(SELLER)
		enroll_preview.readable_members(SEGMENT)  # what is known of users and DocTypes is kept from now on
		with patch.object(frappe.db, "sql", wraps=frappe.db.sql) as asked:
			self.assertEqual(enroll_preview.readable_members(SEGMENT), sorted(self.leads))
		of_members = [call for call in asked.call_args_list if "Segment Member" in str(call.args[0])]
		self.assertEqual((len(of_members), asked.call_count < 10), (1, True))

	def test_leads_the_user_may_not_see_are_neither_shown_nor_enrolled(self) -> None:
		from frappe.permissions import add_user_permission, clear_user_permissions_for_doctype

		for lead in self.leads:
			frappe.db.set_value(
				"Lead", lead, "lead_owner", SELLER if lead == self.no_fit else "Administrator"
			)
		add_user_permission("User", SELLER, SELLER, ignore_permissions=True, applicable_for="Lead")
		self.addCleanup(clear_user_permissions_for_doctype, "User", SELLER)
		frappe.set_user(SELLER)
		seen = segment_overview.overview(SEGMENT)
		self.assertEqual((seen["members"], [one["lead"] for one in seen["newest"]]), (1, [self.no_fit]))
		self.assertEqual(seen["outcomes"][0], "0 of 1 had an opportunity afterwards.")
		frappe.set_user("Administrator")
		frappe.set_user(SELLER)
		for found in (
			enroll_preview.preview(SEQUENCE, leads=self.leads),
			enroll_preview.preview(SEQUENCE, segment=SEGMENT),
		):
			self.assertEqual(found["entering"], 0)
			self.assertEqual(self.reasons(found), {"not_matching": [self.no_fit]})
			self.assertNotIn(self.enters, str(found))
		self.assertEqual(enroll_preview.enroll_segment(SEQUENCE, SEGMENT)["entered"], 0)

	def test_strangers_get_nothing(self) -> None:
		make_user("stranger@site.example")
		frappe.set_user("stranger@site.example")
		with self.assertRaises(frappe.PermissionError):
			enroll_preview.preview(SEQUENCE, leads=self.leads)
		with self.assertRaises(frappe.PermissionError):
			enroll_preview.enroll_segment(SEQUENCE, SEGMENT)

	def test_nonsense_is_refused_with_a_message(self) -> None:
		for arguments in ({}, {"leads": "no json"}, {"leads": "[1]"}):
			with self.assertRaises(frappe.ValidationError):
				enroll_preview.preview(SEQUENCE, **arguments)

	def test_the_form_says_which_part_of_the_condition_is_missing(self) -> None:
		(found,) = (one for one in enrollment_actions.sequences_for(self.no_fit) if one.name == SEQUENCE)
		self.assertIn("City is Springfield", found.refusal)


class TestQuickLog(SiteCase):
	def setUp(self) -> None:
		settle_settings()
		make_user(SELLER, "Sales User")
		self.lead = make_lead(f"logged{frappe.generate_hash(length=8)}", nurture_email_consent="Given").name

	def tearDown(self) -> None:
		frappe.set_user("Administrator")
		frappe.db.rollback()

	def test_what_a_colleague_logs_starts_sequences(self) -> None:
		make_sequence(SEQUENCE, trigger_type="Activity", trigger_activity="Appointment Missed")
		frappe.set_user(SELLER)
		result = activity_actions.log(self.lead, "Appointment Missed", detail=" Demo ")
		self.assertEqual(result["enrolled"], 1)
		row = frappe.get_doc("Nurture Activity", {"party": self.lead})
		self.assertEqual(
			(row.activity_type, row.detail, row.source_name), ("Appointment Missed", "Demo", SELLER)
		)

	def test_only_what_people_do_and_only_what_has_happened(self) -> None:
		for arguments in (
			{"activity_type": "Opportunity Won"},
			{"activity_type": "No Such Thing"},
			{"activity_type": "Call", "occurred_on": "2199-01-01 10:00:00"},
		):
			with self.assertRaises(frappe.ValidationError):
				activity_actions.log(self.lead, **arguments)
		self.assertNotIn("Opportunity Won", [kind.name for kind in activity_actions.kinds()])

	def test_strangers_log_nothing(self) -> None:
		make_user("stranger@site.example")
		frappe.set_user("stranger@site.example")
		with self.assertRaises(frappe.PermissionError):
			activity_actions.log(self.lead, "Call")
