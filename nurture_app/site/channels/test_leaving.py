"""Somebody opts out, or another flush sends, at the very moment at which Frappe's flush has the mail in hand."""

from __future__ import annotations

import smtplib
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import frappe
from frappe.email.doctype.email_queue.email_queue import EmailQueue
from frappe.email.queue import flush

from nurture_app.engine import optout
from nurture_app.site.channels.delivery import sync_delivery
from nurture_app.site.channels.email import CANCELLED
from nurture_app.site.channels.leaving import StaysHere
from nurture_app.site.channels.test_channels import ChannelCase, make_message
from nurture_app.site.host import site_host
from nurture_app.site.testing.factories import in_other_connection


class TestLeaving(ChannelCase):
	def setUp(self) -> None:
		super().setUp()
		self.deliveries = self.host.channels["Email"].deliver([make_message(self.lead, n) for n in (0, 1)])
		for number, delivery in enumerate(self.deliveries):
			self.touch(number, delivery)
		frappe.db.commit()  # nosemgrep: a test site
		self.server.take()

	def opt_out(self) -> None:
		address = self.lead.email_id
		in_other_connection(lambda: optout.unsubscribe(site_host(commit=True), address, "Unsubscribe link"))

	def first_opting_out(self, method: Callable[..., Any]) -> Callable[..., Any]:
		"""`method`, but the person opts out right before it is called for the first time."""
		opted_out: list[bool] = []

		def run(*args: Any, **kwargs: Any) -> Any:
			if not opted_out:
				opted_out.append(True)
				self.opt_out()
			return method(*args, **kwargs)

		return run

	def rows(self) -> list[tuple]:
		names = [one.queue_row for one in self.deliveries]
		found = frappe.get_all("Email Queue", {"name": ["in", names]}, ["status", "error"])
		return [(row.status, row.error) for row in found]

	def touches(self) -> list[tuple]:
		found = frappe.get_all("Nurture Touch", {"party": self.lead.name}, ["status", "reason"])
		return sorted((row.status, row.reason) for row in found)

	def test_an_opt_out_after_the_flush_has_read_the_mail_keeps_it_from_leaving(self) -> None:
		update = EmailQueue.update_status
		racing = self.first_opting_out(lambda doc, *args, **kwargs: update(doc, *args, **kwargs))
		with patch.object(EmailQueue, "update_status", racing):
			flush()
		self.assertEqual(self.server.take(), [])
		self.assertEqual(self.rows(), [("Error", CANCELLED)] * 2)
		self.assertEqual(self.touches(), [("Skipped", "unsubscribed")] * 2)
		shown = frappe.get_all("Communication", {"reference_name": self.lead.name}, pluck="delivery_status")
		self.assertEqual(set(shown), {"Error"})

	def test_a_mail_turned_away_while_the_person_opted_out_is_not_tried_again(self) -> None:
		def turned_away(*_args: Any, **_kwargs: Any) -> None:
			raise smtplib.SMTPDataError(451, b"4.7.1 try again later")

		with patch("smtplib.SMTP.sendmail", self.first_opting_out(turned_away)):
			flush()
		for _again in range(2):
			flush()
		self.assertEqual(self.server.take(), [])
		sync_delivery(self.host)
		self.assertEqual(self.rows(), [("Error", CANCELLED)] * 2)
		self.assertEqual(self.touches(), [("Skipped", "cancelled"), ("Skipped", "unsubscribed")])

	def test_a_mail_that_the_server_took_while_the_person_opted_out_is_told_as_sent(self) -> None:
		sendmail = smtplib.SMTP.sendmail
		racing = self.first_opting_out(lambda server, *args, **kwargs: sendmail(server, *args, **kwargs))
		with patch("smtplib.SMTP.sendmail", racing):
			flush()
		flush()
		self.assertEqual(len(self.server.take()), 1)
		sync_delivery(self.host)
		self.assertEqual([status for status, _ in self.touches()], ["Sent", "Skipped"])

	def test_a_mail_turned_away_is_tried_again_where_nobody_opted_out(self) -> None:
		refusal = smtplib.SMTPDataError(451, b"4.7.1 try again later")
		with patch("smtplib.SMTP.sendmail", side_effect=refusal):
			flush()
		flush()
		self.assertEqual(len(self.server.take()), 2)

	def test_what_was_taken_back_does_not_leave_when_somebody_sends_it_again_by_hand(self) -> None:
		self.opt_out()
		frappe.db.rollback()
		frappe.get_doc("Email Queue", self.deliveries[0].queue_row).retry_sending()
		flush()
		self.assertEqual(self.server.take(), [])

	def test_what_had_failed_does_not_leave_when_somebody_sends_it_again_after_an_opt_out(self) -> None:
		self.lead.nurture_email_consent = "Given"
		self.lead.save()
		rows = [one.queue_row for one in self.deliveries]
		for row in rows:
			frappe.db.set_value("Email Queue", row, {"status": "Error", "error": "no route to host"})
		sync_delivery(self.host)
		self.assertEqual(self.touches(), [("Failed", "smtp_error")] * 2)
		for row, left in zip(rows, (1, 0), strict=True):
			frappe.get_doc("Email Queue", row).retry_sending()
			flush()
			self.assertEqual(len(self.server.take()), left)
			self.opt_out()
			frappe.db.rollback()

	def test_a_deleted_lead_gets_nothing_that_waits_of_a_sequence_that_is_over(self) -> None:
		self.lead.delete()
		frappe.db.commit()  # nosemgrep: a test site
		flush()
		self.assertEqual(self.server.take(), [])
		self.assertEqual([status for status, _ in self.rows()], ["Error", "Error"])

	def read_by_another_flush(self) -> EmailQueue:
		return frappe.get_doc("Email Queue", self.deliveries[0].queue_row)

	def test_a_flush_that_read_a_mail_before_another_one_sent_it_does_not_send_it_again(self) -> None:
		late = self.read_by_another_flush()
		flush()
		self.assertEqual(len(self.server.take()), 2)
		with self.assertRaises(StaysHere):
			late.send()
		self.assertEqual(self.server.take(), [])
		self.assertEqual([status for status, _ in self.rows()], ["Sent", "Sent"])

	def test_a_flush_that_read_a_mail_before_another_one_began_to_send_it_leaves_it_alone(self) -> None:
		sendmail, late, refused = smtplib.SMTP.sendmail, self.read_by_another_flush(), []

		def while_another_tries(server: smtplib.SMTP, *args: Any, **kwargs: Any) -> Any:
			if not refused:
				with self.assertRaises(StaysHere):
					in_other_connection(late.send)
				refused.append(True)
			return sendmail(server, *args, **kwargs)

		with patch("smtplib.SMTP.sendmail", while_another_tries):
			self.read_by_another_flush().send()
		self.assertEqual(refused, [True])
		self.assertEqual(len(self.server.take()), 1)
		self.assertEqual(sorted(status for status, _ in self.rows()), ["Not Sent", "Sent"])

	def test_mails_of_others_leave_as_before(self) -> None:
		frappe.sendmail(
			recipients=["someone@site.example"],
			sender="robin@company.example",
			subject="Theirs",
			message="x",
			reference_doctype="Lead",
			reference_name=self.lead.name,
			communication=self.deliveries[0].communication,
		)
		frappe.db.set_value("Email Queue", self.deliveries[0].queue_row, "communication", None)
		flush()
		self.assertEqual(len(self.server.take()), 3)
