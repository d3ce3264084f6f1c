"""The bounce mailbox over a real IMAP connection, for mails that were really sent; the inbox; what managers repair."""

from __future__ import annotations

from contextlib import contextmanager
from unittest.mock import patch

import frappe
from frappe.email.queue import flush
from frappe.utils import now_datetime

from nurture_app.engine import activities
from nurture_app.engine.activities import ActivityIn
from nurture_app.engine.enrollments.entering import enroll
from nurture_app.engine.runner import tick
from nurture_app.site.api.bounce_actions import lift
from nurture_app.site.channels import delivery
from nurture_app.site.channels.delivery import sync_delivery
from nurture_app.site.channels.test_channels import ChannelCase
from nurture_app.site.deliverability import mailbox
from nurture_app.site.deliverability.watch import review_sequences
from nurture_app.site.host import site_host
from nurture_app.site.testing.factories import in_other_connection, make_rule, make_sequence, settle_settings
from nurture_app.site.testing.imap_server import ImapServer

ACCOUNT = "Nurture Bounce Test"
SENDING = "Nurture Channel Test"
SEQUENCE = "Bounce Test"

DSN = """Return-Path: <>
Date: {date}
From: MAILER-DAEMON@out.company.example (Mail Delivery System)
To: robin@company.example
Subject: Undelivered Mail Returned to Sender
Message-ID: <{own_id}>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain

<{address}>: host mx.site.example said: {diagnostic}

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; out.company.example

Final-Recipient: rfc822; {address}
Action: failed
Status: {status}
Diagnostic-Code: smtp; {diagnostic}

--b1
Content-Type: message/rfc822

{original}
--b1--
"""


class MailboxCase(ChannelCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		frappe.delete_doc("Email Account", ACCOUNT, force=True, ignore_missing=True)
		cls.imap = ImapServer()
		cls.imap.__enter__()
		cls.addClassCleanup(cls.imap.__exit__)
		account = frappe.get_doc(
			{
				"doctype": "Email Account",
				"email_account_name": ACCOUNT,
				"email_id": "bounces@company.example",
				"login_id": "bounces",
				"login_id_is_different": 1,
				"password": "secret",
				"email_server": "127.0.0.1",
				"incoming_port": cls.imap.port,
				"use_imap": 1,
			}
		)
		account.flags.ignore_validate = account.flags.ignore_mandatory = True
		account.insert(ignore_permissions=True)
		make_rule("Bounce Test Rule", "Email Bounced", -25)
		make_sequence(SEQUENCE)
		frappe.db.commit()  # nosemgrep: a test site

	@classmethod
	def tearDownClass(cls) -> None:
		settle_settings(bounce_mailbox=None, email_account=None)
		frappe.delete_doc("Email Account", ACCOUNT, force=True, ignore_missing=True)
		frappe.delete_doc("Lead Scoring Rule", "Bounce Test Rule", force=True, ignore_missing=True)
		super().tearDownClass()

	def setUp(self) -> None:
		super().setUp()
		for doctype in ("Nurture Bounce", "Nurture Suppression", "Nurture Enrollment", "Nurture Activity"):
			frappe.db.delete(doctype)
		settle_settings(email_account=SENDING, bounce_mailbox=ACCOUNT, cap_messages=0)
		frappe.db.delete("DefaultValue", {"defkey": mailbox.MEMORY})
		frappe.clear_cache()
		self.imap.mails.clear()
		self.imap.commands.clear()
		self.imap.drop_after = 0
		frappe.db.commit()  # nosemgrep: a test site

	def sent_mail(self, lead) -> str:
		"""Enroll, send through the real SMTP server, and give back the mail as it arrived there."""
		frappe.db.set_value("Lead", lead.name, "nurture_email_consent", "Given")
		from nurture_app.engine.optout import set_consent

		set_consent(site_host(commit=True), lead.name, lead.email_id, "Given", "test", "test")
		enroll(site_host(commit=True), SEQUENCE, [lead.name])
		tick(site_host(commit=True), "t")
		flush()
		sync_delivery(site_host(commit=True))
		(mail,) = self.server.take()
		return mail.as_string()

	def bounce_of(self, mail: str, address: str, status: str, diagnostic: str, own_id: str = "") -> bytes:
		return DSN.format(
			date="Mon, 2 Mar 2026 09:00:15 +0000",
			own_id=own_id or f"{frappe.generate_hash(length=10)}@out.company.example",
			address=address,
			status=status,
			diagnostic=diagnostic,
			original=mail,
		).encode()

	def touch(self, lead, *columns: str):
		return frappe.db.get_value("Nurture Touch", {"party": lead.name}, columns)


class TestBounceMailbox(MailboxCase):
	def test_a_hard_bounce_of_a_mail_that_was_sent_reaches_touch_enrollment_suppression_activity_and_score(
		self,
	) -> None:
		mail = self.sent_mail(self.lead)
		self.assertEqual(self.touch(self.lead, "status"), "Sent")
		self.imap.put(self.bounce_of(mail, self.lead.email_id, "5.1.1", "550 5.1.1 User unknown"))
		reading = mailbox.read_mailbox()
		self.assertEqual((reading.mails, reading.reports, reading.set_aside), (1, 1, 0))
		self.assertEqual(self.touch(self.lead, "status", "reason"), ("Bounced", "bounced"))
		self.assertEqual(
			frappe.db.get_value("Nurture Enrollment", {"party": self.lead.name}, ["status", "reason"]),
			("Exited", "bounced"),
		)
		self.assertEqual(
			frappe.db.get_value("Nurture Suppression", {"address": self.lead.email_id}, "reason"), "Bounced"
		)
		self.assertTrue(
			frappe.db.exists("Nurture Activity", {"party": self.lead.name, "activity_type": "Email Bounced"})
		)
		self.assertEqual(frappe.db.get_value("Lead", self.lead.name, "nurture_score"), -25)
		row = frappe.get_doc("Nurture Bounce", {"address": self.lead.email_id})
		self.assertEqual(
			(row.kind, row.state, row.enhanced_code, row.sequence, row.step),
			("Hard", "To Repair", "5.1.1", SEQUENCE, "First"),
		)

	def test_each_mail_is_read_once_and_the_mailbox_stays_as_it_is(self) -> None:
		mail = self.sent_mail(self.lead)
		self.imap.put(self.bounce_of(mail, self.lead.email_id, "5.2.2", "552 5.2.2 full"))
		self.assertEqual(mailbox.read_mailbox().mails, 1)
		self.assertEqual(mailbox.read_mailbox().mails, 0)
		self.imap.put(self.bounce_of(mail, self.lead.email_id, "5.2.2", "552 5.2.2 full"))
		self.assertEqual(mailbox.read_mailbox().mails, 1)
		said = " ".join(self.imap.commands).upper()
		self.assertIn("EXAMINE", said)
		for word in ("STORE", "EXPUNGE", "SELECT "):
			self.assertNotIn(word, said)

	def test_nothing_is_lost_and_nothing_repeated_when_the_connection_breaks(self) -> None:
		mail = self.sent_mail(self.lead)
		for _number in range(4):
			self.imap.put(self.bounce_of(mail, self.lead.email_id, "5.2.2", "552 5.2.2 full"))
		self.imap.drop_after = 3
		self.assertEqual(mailbox.read_mailbox().mails, 2)
		self.assertTrue(mailbox.last_position().error)
		self.imap.drop_after = 0
		self.assertEqual(mailbox.read_mailbox().mails, 2)
		self.assertEqual(mailbox.last_position().error, "")
		self.assertEqual(frappe.db.count("Nurture Bounce"), 4)

	def test_a_run_that_dies_after_acting_reads_again_and_knows_what_it_reads(self) -> None:
		mail = self.sent_mail(self.lead)
		self.imap.put(self.bounce_of(mail, self.lead.email_id, "5.1.1", "550 5.1.1 unknown"))
		with (
			patch.object(mailbox, "_remember", side_effect=KeyboardInterrupt),
			self.assertRaises(KeyboardInterrupt),
		):
			mailbox.read_mailbox()
		frappe.db.rollback()
		self.assertEqual(mailbox.read_mailbox().mails, 1)
		self.assertEqual(frappe.db.count("Nurture Bounce"), 1)
		self.assertEqual(frappe.db.count("Nurture Activity", {"activity_type": "Email Bounced"}), 1)

	def test_a_mailbox_numbered_anew_is_read_again_without_consequences(self) -> None:
		mail = self.sent_mail(self.lead)
		self.imap.put(self.bounce_of(mail, self.lead.email_id, "5.2.2", "552 5.2.2 full"))
		mailbox.read_mailbox()
		self.imap.validity += 1
		self.assertEqual(mailbox.read_mailbox().mails, 1)
		self.assertEqual(frappe.db.count("Nurture Bounce"), 1)

	def test_what_is_no_report_is_set_aside_with_a_reason(self) -> None:
		self.imap.put(b"From: Ada <ada@site.example>\nSubject: Hello\nMessage-ID: <a@b>\n\nAre you there?\n")
		self.imap.put(b"\xff\xfe\x00garbage")
		self.assertEqual(mailbox.read_mailbox().set_aside, 2)
		words = frappe.get_all("Nurture Bounce", {"kind": "Not Understood"}, pluck="diagnostic")
		self.assertTrue(any("Hello" in word and "ada@site.example" in word for word in words), words)

	def test_a_mail_that_breaks_us_is_set_aside_and_the_next_one_read(self) -> None:
		mail = self.sent_mail(self.lead)
		real = mailbox.act_on

		def breaks_once(host, report, evidence):
			if report.enhanced_code == "5.2.2":
				raise ZeroDivisionError("odd")
			return real(host, report, evidence)

		self.imap.put(self.bounce_of(mail, self.lead.email_id, "5.2.2", "552 5.2.2 full"))
		self.imap.put(self.bounce_of(mail, self.lead.email_id, "5.1.1", "550 5.1.1 unknown"))
		with patch.object(mailbox, "act_on", breaks_once):
			reading = mailbox.read_mailbox()
		self.assertEqual((reading.mails, reading.set_aside), (2, 1))
		self.assertTrue(frappe.db.exists("Nurture Suppression", {"address": self.lead.email_id}))

	def test_a_forged_bounce_stops_nobody(self) -> None:
		self.sent_mail(self.lead)
		forged = self.bounce_of(
			"Message-ID: <guessed@site>\n", self.lead.email_id, "5.1.1", "550 5.1.1 unknown"
		)
		self.imap.put(forged)
		mailbox.read_mailbox()
		self.assertFalse(frappe.db.exists("Nurture Suppression", {"address": self.lead.email_id}))
		self.assertEqual(
			frappe.db.get_value("Nurture Bounce", {"address": self.lead.email_id}, "state"), "No Proof"
		)

	def test_a_server_that_lets_nobody_in_is_remembered_not_raised(self) -> None:
		frappe.db.set_value("Email Account", ACCOUNT, "incoming_port", 1)
		try:
			self.assertEqual(mailbox.read_mailbox().mails, 0)
			self.assertTrue(mailbox.last_position().error)
		finally:
			frappe.db.set_value("Email Account", ACCOUNT, "incoming_port", self.imap.port)
			frappe.db.commit()  # nosemgrep: a test site

	def test_the_tick_has_it_read_where_one_is_set(self) -> None:
		from nurture_app.site import nurture_jobs

		with patch.object(nurture_jobs, "_enqueue") as queued:
			nurture_jobs.tick()
			settle_settings(email_account=SENDING, bounce_mailbox=None)
			nurture_jobs.tick()
		jobs = [call.args[0] for call in queued.call_args_list]
		self.assertEqual(jobs, ["run_tick", "run_bounce_mailbox", "run_tick"])

	def test_without_a_mailbox_nothing_is_read(self) -> None:
		settle_settings(email_account=SENDING, bounce_mailbox=None)
		self.assertIsNone(mailbox.read_mailbox())

	def test_the_same_bounce_in_mailbox_and_inbox_counts_once(self) -> None:
		from frappe.email.receive import InboundMail

		mail = self.sent_mail(self.lead)
		raw = self.bounce_of(
			mail, self.lead.email_id, "5.1.1", "550 5.1.1 User unknown", "same@out.company.example"
		)
		self.imap.put(raw)
		mailbox.read_mailbox()
		InboundMail(raw, frappe.get_doc("Email Account", SENDING)).process()
		self.assertEqual(frappe.db.count("Nurture Bounce"), 1)

	def test_what_frappe_keeps_of_a_bounce_is_enough(self) -> None:
		"""Frappe's own code reads the mail; the quoted unsubscribe link tells the message."""
		from frappe.email.receive import InboundMail

		mail = self.sent_mail(self.lead)
		raw = self.bounce_of(mail, self.lead.email_id, "5.1.1", "550 5.1.1 User unknown")
		InboundMail(raw, frappe.get_doc("Email Account", SENDING)).process()
		self.assertEqual(self.touch(self.lead, "status", "reason"), ("Bounced", "bounced"))
		self.assertEqual(frappe.db.get_value("Nurture Bounce", {"party": self.lead.name}, "source"), "Inbox")

	# --- repair ----------------------------------------------------------------------------------------------------

	def hard_bounce(self) -> str:
		mail = self.sent_mail(self.lead)
		self.imap.put(self.bounce_of(mail, self.lead.email_id, "5.1.1", "550 5.1.1 User unknown"))
		mailbox.read_mailbox()
		return frappe.db.get_value("Nurture Bounce", {"address": self.lead.email_id})

	def test_a_manager_sends_to_an_address_again_and_says_why(self) -> None:
		name = self.hard_bounce()
		with self.assertRaises(frappe.ValidationError):
			lift(name, "  ")
		lift(name, "The person called: the server was set up wrongly.")
		self.assertFalse(frappe.db.exists("Nurture Suppression", {"address": self.lead.email_id}))
		row = frappe.get_doc("Nurture Bounce", name)
		self.assertEqual((row.state, row.lifted_by), ("Lifted", "Administrator"))
		self.assertIn("called", row.lift_reason)

	def test_a_complaint_cannot_be_lifted_as_a_bounce(self) -> None:
		name = self.hard_bounce()
		frappe.db.set_value("Nurture Suppression", {"address": self.lead.email_id}, "reason", "Complaint")
		with self.assertRaises(frappe.ValidationError):
			lift(name, "because")
		self.assertTrue(frappe.db.exists("Nurture Suppression", {"address": self.lead.email_id}))

	def test_others_may_not_lift(self) -> None:
		name = self.hard_bounce()
		with as_user("Guest"), self.assertRaises(frappe.PermissionError):
			lift(name, "because")

	def test_another_address_on_the_lead_is_the_repair(self) -> None:
		name = self.hard_bounce()
		lead = frappe.get_doc("Lead", self.lead.name)
		lead.email_id = f"mended{frappe.generate_hash(length=5)}@site.example"
		lead.save(ignore_permissions=True)
		frappe.db.commit()  # nosemgrep: what follows a lead's save happens after its commit
		self.assertEqual(frappe.db.get_value("Nurture Bounce", name, "state"), "Repaired")

	def test_old_lines_are_forgotten_but_not_what_waits_to_be_repaired(self) -> None:
		from nurture_app.nurture_app.doctype.nurture_bounce.nurture_bounce import NurtureBounce

		name = self.hard_bounce()
		self.imap.put(b"From: x@site.example\nSubject: Hello\n\nHello\n")
		mailbox.read_mailbox()
		frappe.db.set_value(
			"Nurture Bounce", {"name": ["is", "set"]}, "creation", "2020-01-01", update_modified=False
		)
		NurtureBounce.clear_old_logs(365)
		self.assertEqual(frappe.get_all("Nurture Bounce", pluck="name"), [name])

	# --- the guard -------------------------------------------------------------------------------------------------

	def test_the_guard_holds_the_sequence_tells_the_managers_and_a_resume_starts_a_new_count(self) -> None:
		from nurture_app.site.api.sequence_actions import resume

		settle_settings(email_account=SENDING, bounce_mailbox=ACCOUNT, guard_min_sent=1, cap_messages=0)
		frappe.db.delete("Notification Log", {"document_name": SEQUENCE})
		self.hard_bounce()
		self.assertEqual(review_sequences(site_host(commit=True)), 1)
		status, reason = frappe.db.get_value("Nurture Sequence", SEQUENCE, ["status", "hold_reason"])
		self.assertEqual(status, "Paused")
		self.assertIn("1 of 1", reason)
		self.assertIn("100 %", reason)
		self.assertTrue(frappe.db.exists("Notification Log", {"document_name": SEQUENCE}))
		resume(SEQUENCE)
		frappe.db.commit()  # nosemgrep: a test site
		self.assertEqual(review_sequences(site_host(commit=True)), 0)
		row = frappe.db.get_value(
			"Nurture Sequence", SEQUENCE, ["status", "hold_reason", "guard_from"], as_dict=True
		)
		self.assertEqual((row.status, row.hold_reason), ("Active", None))
		self.assertLessEqual(row.guard_from, now_datetime())


class TestMailServerRefusals(MailboxCase):
	def refused(self, error: str):
		self.sent_mail(self.lead)
		return self.refuse(error)

	def refuse(self, error: str):
		name, queue = frappe.db.get_value("Nurture Touch", {"party": self.lead.name}, ["name", "email_queue"])
		frappe.db.set_value("Nurture Touch", name, "status", "Queued")
		frappe.db.set_value("Email Queue", queue, {"status": "Error", "error": f"Traceback\n{error}"})
		frappe.db.commit()  # nosemgrep: a test site
		sync_delivery(site_host(commit=True))
		return self.touch(self.lead, "status", "reason")

	def test_a_block_is_no_bounce_of_the_person(self) -> None:
		error = "smtplib.SMTPDataError: (554, b'5.7.1 Message rejected as spam')"
		self.assertEqual(self.refused(error), ("Bounced", "blocked"))
		self.assertEqual(frappe.db.get_value("Nurture Bounce", {"party": self.lead.name}, "kind"), "Block")
		self.assertFalse(frappe.db.exists("Nurture Suppression", {"address": self.lead.email_id}))

	def test_an_unknown_mailbox_is_suppressed_at_once(self) -> None:
		error = "smtplib.SMTPRecipientsRefused: {'x@site.example': (550, b'5.1.1 no such user')}"
		self.assertEqual(self.refused(error), ("Bounced", "bounced"))
		self.assertTrue(frappe.db.exists("Nurture Suppression", {"address": self.lead.email_id}))

	def test_points_given_while_a_refusal_is_read_count(self) -> None:
		make_rule("Refusal Test Rule", "Form Submitted", 40)
		self.addCleanup(frappe.delete_doc, "Lead Scoring Rule", "Refusal Test Rule", force=True)
		signs = [ActivityIn(self.lead.name, "Form Submitted", now_datetime())]
		real = delivery._undecided

		def read(*args):
			found = real(*args)
			if found and signs:
				sign = signs.pop()
				in_other_connection(lambda: activities.record(site_host(commit=True), [sign]))
			return found

		self.sent_mail(self.lead)
		with patch.object(delivery, "_undecided", side_effect=read):
			self.refuse("smtplib.SMTPRecipientsRefused: {'x@site.example': (550, b'5.1.1 no such user')}")
		self.assertEqual(self.touch(self.lead, "status"), "Bounced")
		self.assertEqual(frappe.db.get_value("Lead", self.lead.name, "nurture_score"), 40 - 25)

	def test_other_trouble_is_a_failed_send(self) -> None:
		self.assertEqual(self.refused("ConnectionRefusedError: [Errno 111]"), ("Failed", "smtp_error"))


@contextmanager
def as_user(user: str):
	frappe.set_user(user)
	try:
		yield
	finally:
		frappe.set_user("Administrator")


def load_tests(loader, tests, pattern):
	"""Not the cases of the module this one builds on."""
	return loader.suiteClass(
		loader.loadTestsFromTestCase(case) for case in (TestBounceMailbox, TestMailServerRefusals)
	)
