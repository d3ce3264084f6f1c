"""Mail from the bulk insert through Frappe's own queue to an SMTP server, and what becomes of it."""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import patch

import frappe
from frappe.email.queue import flush
from frappe.utils import add_to_date, now_datetime

from nurture_app.engine.mail_layout import make_layout
from nurture_app.engine.ports import Message, Task
from nurture_app.site.channels.delivery import sync_delivery
from nurture_app.site.channels.email import CANCELLED, timeline_html
from nurture_app.site.host import site_host
from nurture_app.site.testing.desk import make_user
from nurture_app.site.testing.factories import make_lead, make_mail_account, settle_settings
from nurture_app.site.testing.mail_server import MailServer
from nurture_app.site.testing.site_case import SiteCase

ACCOUNT = "Nurture Channel Test"


def make_message(lead, number: int = 0, **values) -> Message:
	token = site_host(commit=False).links.new_token()
	links = site_host(commit=False).links
	given = {
		"touch": f"chtest-touch-{number}",
		"channel": "Email",
		"party": lead.name,
		"address": lead.email_id,
		"subject": f"Grüße Nummer {number} — " + "a subject that is longer than one header line may be " * 2,
		"html": f"<html><head><style>p {{ color: red }}</style></head><body><p>Number {number} ümlaut</p>"
		f'<a href="{links.unsubscribe(token)}">Unsubscribe</a></body></html>',
		"text": f"Number {number} ümlaut\n{links.unsubscribe(token)}",
		"sender_name": "Robin Example, Ltd.",
		"sender_address": "robin@company.example",
		"reply_to": "robin@company.example",
		"message_id": links.message_id(token),
		"unsubscribe_url": links.unsubscribe(token),
	}
	return Message(**{**given, **values})


class ChannelCase(SiteCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		cls.server = MailServer()
		cls.server.__enter__()
		cls.addClassCleanup(cls.server.__exit__)
		make_mail_account(ACCOUNT, "robin@company.example", cls.server.port)
		settle_settings(email_account=ACCOUNT)
		frappe.db.commit()  # nosemgrep: a test site

	@classmethod
	def tearDownClass(cls) -> None:
		settle_settings(email_account=None)
		frappe.delete_doc("Email Account", ACCOUNT, force=True, ignore_missing=True)
		frappe.db.commit()  # nosemgrep: a test site
		super().tearDownClass()

	def setUp(self) -> None:
		flags = frappe.flags.testing_email, frappe.conf.get("mute_emails")
		frappe.flags.testing_email, frappe.conf.mute_emails = True, 0
		self.addCleanup(self._restore, flags)
		frappe.db.delete("Email Queue")
		frappe.db.delete("Email Queue Recipient")
		frappe.db.delete("Nurture Touch")
		self.lead = make_lead(f"channel{frappe.generate_hash(length=6)}")
		self.host = site_host(commit=True)

	@staticmethod
	def _restore(flags: tuple) -> None:
		frappe.db.rollback()
		frappe.flags.testing_email, frappe.conf.mute_emails = flags

	def touch(self, number: int, delivery) -> str:
		frappe.get_doc(
			{
				"doctype": "Nurture Touch",
				"party": self.lead.name,
				"address": self.lead.email_id,
				"channel": "Email",
				"status": delivery.status,
				"queued_on": now_datetime(),
				"email_queue": delivery.queue_row,
				"token": frappe.generate_hash(length=22),
				"touch_key": frappe.generate_hash(),
			}
		).insert(set_name=f"chtest-touch-{number}", ignore_permissions=True)
		return f"chtest-touch-{number}"


class TestEmail(ChannelCase):
	def test_a_batch_leaves_through_frappes_queue_with_headers_whole(self) -> None:
		messages = [make_message(self.lead, number) for number in range(30)]
		with self.host.db.transaction():
			deliveries = self.host.channels["Email"].deliver(messages)
		self.assertEqual([one.touch for one in deliveries], [one.touch for one in messages])
		flush()
		arrived = {mail["Message-ID"]: mail for mail in self.server.take()}
		self.assertEqual(len(arrived), 30)
		for number, message in enumerate(messages):
			mail = arrived[f"<{message.message_id}>"]
			# the URL stands alone on a folded line; the blank that begins it belongs to the folding
			self.assertEqual(mail["List-Unsubscribe"].lstrip(), f"<{message.unsubscribe_url}>")
			self.assertEqual(mail["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click")
			self.assertEqual(mail["To"], self.lead.email_id)
			self.assertEqual(mail["From"].addresses[0].display_name, "Robin Example, Ltd.")
			self.assertTrue(mail["Subject"].startswith(f"Grüße Nummer {number} —"))
			self.assertIn(f"Number {number} ümlaut", mail.get_body(("plain",)).get_content())
			self.assertIn(f"Number {number} ümlaut", mail.get_body(("html",)).get_content())

	def test_two_statements_per_five_hundred_messages(self) -> None:
		messages = [make_message(self.lead, number) for number in range(400)]
		with patch.object(frappe.db, "sql", wraps=frappe.db.sql) as sql:
			self.host.channels["Email"].deliver(messages)
		self.assertLess(sql.call_count, 8)
		self.assertEqual(frappe.db.count("Email Queue", {"reference_name": self.lead.name}), 400)

	def test_a_message_that_cannot_be_sent_fails_alone(self) -> None:
		bad = make_message(self.lead, 1, subject="two\nlines")
		deliveries = self.host.channels["Email"].deliver(
			[make_message(self.lead, 0), bad, make_message(self.lead, 2)]
		)
		self.assertEqual([one.status for one in deliveries], ["Queued", "Failed", "Queued"])
		self.assertEqual(deliveries[1].reason, "header_injection")

	def test_the_mail_stands_on_the_timeline_and_a_reply_comes_to_the_lead(self) -> None:
		from email.message import EmailMessage

		from frappe.desk.form.load import get_communication_data
		from frappe.email.receive import InboundMail

		message = make_message(self.lead)
		(delivery,) = self.host.channels["Email"].deliver([message])
		(shown,) = get_communication_data("Lead", self.lead.name)
		self.assertEqual((shown.name, shown.subject), (delivery.communication, message.subject))
		self.assertNotIn("<style", shown.content)
		self.assertNotIn(message.unsubscribe_url, shown.content)
		reply = EmailMessage()
		reply["From"], reply["To"], reply["Subject"] = self.lead.email_id, "robin@company.example", "Re: x"
		reply["In-Reply-To"], reply["Message-ID"] = f"<{message.message_id}>", "<answer@mail.example>"
		reply.set_content("Yes")
		communication = InboundMail(reply.as_bytes(), frappe.get_doc("Email Account", ACCOUNT), "1").process()
		self.assertEqual(
			(communication.reference_doctype, communication.reference_name, communication.in_reply_to),
			("Lead", self.lead.name, delivery.communication),
		)

	def test_columns_are_what_frappe_writes_itself(self) -> None:
		"""A row of ours and a row of frappe.sendmail are alike where Frappe looks."""
		frappe.sendmail(
			recipients=[self.lead.email_id],
			sender="robin@company.example",
			subject="x",
			message="x",
			reference_doctype="Lead",
			reference_name=self.lead.name,
		)
		theirs = frappe.get_last_doc("Email Queue")
		(delivery,) = self.host.channels["Email"].deliver([make_message(self.lead)])
		ours = frappe.get_doc("Email Queue", delivery.queue_row)
		for field in ("status", "reference_doctype", "reference_name", "retry", "send_after", "docstatus"):
			self.assertEqual(ours.get(field), theirs.get(field), field)
		self.assertEqual(
			[(row.recipient, row.status) for row in ours.recipients],
			[(row.recipient, row.status) for row in theirs.recipients],
		)
		self.assertLess(ours.priority, theirs.priority)
		self.assertEqual(ours.email_account, ACCOUNT)

	def test_only_what_has_not_left_is_taken_back(self) -> None:
		channel = self.host.channels["Email"]
		first, second = channel.deliver([make_message(self.lead, 0), make_message(self.lead, 1)])
		frappe.db.set_value("Email Queue", first.queue_row, "status", "Sending")
		self.assertEqual(channel.cancel([first.queue_row, second.queue_row, "unknown"]), [second.queue_row])
		row = frappe.get_doc("Email Queue", second.queue_row)
		self.assertEqual((row.status, row.error), ("Error", CANCELLED))
		flush()
		self.assertEqual(self.server.take(), [])

	def test_timeline_html_keeps_a_body_without_html_frame(self) -> None:
		self.assertEqual(timeline_html("<p>Hi</p>", ""), "<p>Hi</p>")

	def test_the_timeline_shows_the_message_without_frame_footer_and_own_links(self) -> None:
		layout = make_layout("Inbox preview", "en")
		own = "https://site.example/u/token"
		html = f"{layout.html_head}<p>Hi <a href='{own}'>there</a></p>{layout.html_foot}"
		self.assertEqual(timeline_html(html, own), "\n<p>Hi <a href='#'>there</a></p>\n")


class TestDelivery(ChannelCase):
	def queued(self, count: int) -> list:
		deliveries = self.host.channels["Email"].deliver(
			[make_message(self.lead, number) for number in range(count)]
		)
		for number, delivery in enumerate(deliveries):
			self.touch(number, delivery)
		frappe.db.commit()  # nosemgrep: a test site
		return deliveries

	def state(self, number: int) -> tuple:
		return frappe.db.get_value("Nurture Touch", f"chtest-touch-{number}", ["status", "reason"])

	def test_sent_failed_stuck_and_gone(self) -> None:
		sent, failed, stuck, gone, waiting, sending = self.queued(6)
		frappe.db.set_value("Email Queue", sent.queue_row, "status", "Sent")
		frappe.db.set_value(
			"Email Queue",
			failed.queue_row,
			{"status": "Error", "error": "Traceback\nsmtplib.SMTPException: no"},
		)
		frappe.db.set_value("Email Queue", stuck.queue_row, "status", "Sending")
		frappe.db.set_value(
			"Email Queue", stuck.queue_row, "modified", add_to_date(None, minutes=-16), update_modified=False
		)
		frappe.db.set_value("Email Queue", sending.queue_row, "status", "Sending")
		frappe.db.delete("Email Queue", {"name": gone.queue_row})
		frappe.db.commit()  # nosemgrep: a test site
		self.assertEqual(sync_delivery(self.host), 4)
		self.assertEqual(self.state(0), ("Sent", ""))
		self.assertTrue(frappe.db.get_value("Nurture Touch", "chtest-touch-0", "sent_on"))
		self.assertEqual(self.state(1), ("Failed", "smtp_error"))
		self.assertIn(
			"SMTPException", frappe.db.get_value("Nurture Touch", "chtest-touch-1", "reason_detail")
		)
		self.assertEqual(self.state(2), ("Unknown", "stuck_in_sending"))
		self.assertEqual(self.state(3), ("Unknown", "queue_row_gone"))
		self.assertEqual(self.state(4)[0], "Queued")
		self.assertEqual(self.state(5)[0], "Queued")
		self.assertEqual(sync_delivery(self.host), 0, "once is enough")
		self.assertTrue(waiting)

	def test_an_unknown_mail_that_did_leave_becomes_sent(self) -> None:
		(stuck,) = self.queued(1)
		frappe.db.set_value(
			"Nurture Touch", "chtest-touch-0", {"status": "Unknown", "reason": "stuck_in_sending"}
		)
		frappe.db.set_value("Email Queue", stuck.queue_row, "status", "Sent")
		frappe.db.commit()  # nosemgrep: a test site
		sync_delivery(self.host)
		self.assertEqual(self.state(0), ("Sent", ""))

	def test_a_mailbox_the_server_does_not_know_gets_nothing_more(self) -> None:
		(refused,) = self.queued(1)
		error = f"smtplib.SMTPRecipientsRefused: {{'{self.lead.email_id}': (550, b'5.1.1 User unknown')}}"
		frappe.db.set_value(
			"Email Queue", refused.queue_row, {"status": "Error", "error": f"Traceback\n{error}"}
		)
		frappe.db.commit()  # nosemgrep: a test site
		sync_delivery(self.host)
		self.assertEqual(self.state(0), ("Bounced", "bounced"))
		self.assertEqual(
			frappe.db.get_value("Nurture Suppression", {"address": self.lead.email_id}, "reason"), "Bounced"
		)


class TestTask(ChannelCase):
	def test_a_task_becomes_a_todo_of_an_enabled_user(self) -> None:
		task = Task(
			"t1", self.lead.name, "Call <b>them</b>\nsoon", "nobody@gone.example", now_datetime().date()
		)
		(delivery,) = self.host.channels["Task"].deliver([task])
		todo = frappe.get_doc("ToDo", delivery.queue_row)
		self.assertEqual(delivery.status, "Given")
		self.assertEqual((todo.reference_name, todo.allocated_to), (self.lead.name, self.lead.lead_owner))
		self.assertIn("Call &lt;b&gt;them&lt;/b&gt;<br>soon", todo.description)

	def test_a_task_of_colleagues_who_have_left_goes_to_a_manager(self) -> None:
		left, manager = "left@company.example", "manager@company.example"
		make_user(left, "Sales User")
		make_user(manager, "Nurture Manager")
		frappe.db.set_value("User", left, "enabled", 0)
		frappe.db.set_value("Lead", self.lead.name, "lead_owner", left)
		day = now_datetime().date()
		# in tests Frappe sends the mail about a notification at once, and commits
		with patch("nurture_app.site.channels.colleagues.tell_of_assignment") as told:
			(delivery,) = self.host.channels["Task"].deliver([Task("t1", self.lead.name, "Call", left, day)])
		told.assert_called_once()
		taker = frappe.db.get_value("ToDo", delivery.queue_row, "allocated_to")
		self.assertTrue(taker)
		self.assertIn("Nurture Manager", frappe.get_roles(taker))
		frappe.db.set_value("Lead", self.lead.name, "lead_owner", "")
		(delivery,) = self.host.channels["Task"].deliver([Task("t2", self.lead.name, "Call", "", day)])
		self.assertIsNone(frappe.db.get_value("ToDo", delivery.queue_row, "allocated_to"), "nobody was named")

	def test_a_task_about_a_lead_that_is_gone_fails_alone(self) -> None:
		day = (now_datetime() + timedelta(days=1)).date()
		tasks = [Task("t1", "No Such Lead", "Call", "", day), Task("t2", self.lead.name, "Call", "", day)]
		self.assertEqual(
			[one.status for one in self.host.channels["Task"].deliver(tasks)], ["Failed", "Given"]
		)
