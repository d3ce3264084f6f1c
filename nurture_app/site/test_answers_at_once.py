"""Somebody fills in a form at night and has an answer within five minutes (CD-10)."""

from __future__ import annotations

from datetime import datetime
from unittest.mock import patch

import frappe

from nurture_app.engine.activities import ActivityIn, record
from nurture_app.site import nurture_jobs
from nurture_app.site.host import site_host
from nurture_app.site.testing.factories import make_content, make_lead, make_sequence, settle_settings
from nurture_app.site.testing.site_case import SiteCase

NIGHT = datetime(2026, 3, 2, 23, 0)
BY_DAY = {"window_start": "09:00:00", "window_end": "17:00:00"}
REQUEST = {"trigger_type": "Activity", "trigger_activity": "Form Submitted"}
TITLE = "Answer at Once Test"


class TestAnswersAtOnce(SiteCase):
	def setUp(self) -> None:
		settle_settings(email_account=frappe.db.get_value("Email Account", {"enable_outgoing": 1}))
		self.content = make_content("Answer at Once Text")
		step = {"step_label": "Answer", "step_type": "Email", "content": self.content, "at_once": 1}
		with self.at(datetime(2026, 3, 2, 10, 0)):
			make_sequence(TITLE, [step | {"delay": 0}], **BY_DAY, **REQUEST)
			self.lead = make_lead(frappe.generate_hash(length=10), nurture_email_consent="Given").name
		frappe.db.commit()  # nosemgrep: jobs have their own connection

	def tearDown(self) -> None:
		frappe.db.rollback()
		frappe.db.set_value("Nurture Sequence", TITLE, "status", "Draft")
		frappe.db.commit()  # nosemgrep: a test site

	def test_a_request_at_night_is_answered_by_the_job_it_starts(self) -> None:
		with self.at(NIGHT), patch("frappe.enqueue") as enqueue:
			record(site_host(commit=True), [ActivityIn(self.lead, "Form Submitted", NIGHT, detail="Contact")])
		(call,) = [one for one in enqueue.call_args_list if "run_answers" in one.args[0]]
		self.assertEqual(call.kwargs["queue"], "default")
		with self.at(NIGHT), patch.object(nurture_jobs, "flush_mails") as flush:
			frappe.get_attr(call.args[0])()
		flush.assert_called_once()
		(row,) = frappe.get_all("Email Queue", {"reference_name": self.lead}, ["priority", "status"])
		self.assertEqual((row.priority, row.status), (1, "Not Sent"))

	def test_the_queue_being_away_keeps_nobody_out(self) -> None:
		with self.at(NIGHT), patch("frappe.enqueue", side_effect=ConnectionError("no Redis")):
			record(site_host(commit=True), [ActivityIn(self.lead, "Form Submitted", NIGHT, detail="Contact")])
		self.assertTrue(frappe.db.exists("Nurture Enrollment", {"party": self.lead, "status": "Active"}))

	def test_the_flush_is_frappes_own_job(self) -> None:
		with patch("frappe.core.doctype.scheduled_job_type.scheduled_job_type.enqueue") as enqueue:
			nurture_jobs.flush_mails()
		told = enqueue.call_args.kwargs
		self.assertEqual(told["job_type"], "frappe.email.queue.flush")
		job = frappe.db.get_value("Scheduled Job Type", {"method": "frappe.email.queue.flush"})
		self.assertTrue(told["job_id"].endswith(job), told["job_id"])

	def test_its_text_is_not_made_to_sell(self) -> None:
		content = frappe.get_doc("Nurture Content", self.content)
		content.cta_strength = "Hard"
		with self.assertRaisesRegex(frappe.ValidationError, "asks for a sale"):
			content.save()
		frappe.db.rollback()
