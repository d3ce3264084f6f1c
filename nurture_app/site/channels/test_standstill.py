"""Mails that wait in the queue while sending, their sequence or the person in it stands still."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import frappe
from frappe.email.doctype.email_queue.email_queue import EmailQueue
from frappe.email.queue import flush
from frappe.utils import get_system_timezone, now_datetime

from nurture_app.engine import optout
from nurture_app.engine.bounces import guard
from nurture_app.engine.enrollments.entering import enroll
from nurture_app.engine.lifecycle import hold
from nurture_app.site import home, nurture_jobs
from nurture_app.site.api import enrollment_actions, sequence_actions
from nurture_app.site.api.lead_panel import get_panel
from nurture_app.site.channels import standstill
from nurture_app.site.channels.email import NEVER
from nurture_app.site.channels.leaving import StaysHere
from nurture_app.site.channels.test_channels import ChannelCase
from nurture_app.site.database import FrappeDatabase
from nurture_app.site.deliverability import watch
from nurture_app.site.host import site_host
from nurture_app.site.testing.factories import make_lead, make_sequence

SEQUENCE, OTHER = "Standstill Test", "Standstill Test Too"


class TestStandstill(ChannelCase):
	def setUp(self) -> None:
		super().setUp()
		frappe.db.set_value("Nurture Sequence", {"status": "Active"}, "status", "Draft")
		home.go_on()
		make_sequence(SEQUENCE)
		self.server.take()
		self.addCleanup(self.hold_all, 0)
		self.first, self.second = self.person("first"), self.person("second")
		nurture_jobs.run_tick()

	def person(self, name: str, sequence: str = SEQUENCE) -> Any:
		lead = make_lead(f"standstill-{name}{frappe.generate_hash(length=6)}", nurture_email_consent="Given")
		((outcome),) = enroll(site_host(commit=True), sequence, [lead.name])
		lead.enrollment = outcome.enrollment
		return lead

	def hold_all(self, value: int) -> None:
		settings = frappe.get_doc("Nurture Settings")
		settings.hold_all_sending = value
		settings.save()
		frappe.db.commit()  # nosemgrep: a test site

	def assert_left(self, expected: set[str]) -> None:
		flush()
		left = {mail["To"] for mail in self.server.take()}
		queue = frappe.get_all("Email Queue", fields=["status", "send_after", "error", "retry"])
		self.assertEqual(left, expected, f"{now_datetime()}: {queue}")

	def both(self) -> set[str]:
		return {self.first.email_id, self.second.email_id}

	def queue(self) -> set[tuple]:
		rows = frappe.get_all("Email Queue", fields=["status", "send_after"])
		return {(row.status, row.send_after) for row in rows}

	def test_nothing_leaves_while_all_sending_is_held_and_all_of_it_afterwards(self) -> None:
		self.hold_all(1)
		self.assertEqual(self.queue(), {("Not Sent", standstill.WAITS)})
		nurture_jobs.run_tick()
		self.assert_left(set())
		errors = frappe.db.count("Error Log")
		self.hold_all(0)
		self.assertEqual(self.queue(), {("Not Sent", None)})
		self.assert_left(self.both())
		self.assertEqual(frappe.db.count("Error Log"), errors)
		nurture_jobs.run_tick()
		self.assert_left(set())

	def test_a_paused_sequence_keeps_its_mails_until_it_goes_on(self) -> None:
		sequence_actions.pause(SEQUENCE)
		frappe.db.commit()  # nosemgrep: a test site
		self.assert_left(set())
		sequence_actions.resume(SEQUENCE)
		frappe.db.commit()  # nosemgrep: a test site
		self.assert_left(self.both())

	def test_pausing_one_person_keeps_their_mail_and_no_other(self) -> None:
		enrollment_actions.pause([self.first.enrollment])
		frappe.db.commit()  # nosemgrep: a test site
		self.assert_left({self.second.email_id})
		enrollment_actions.resume([self.first.enrollment])
		frappe.db.commit()  # nosemgrep: a test site
		self.assert_left({self.first.email_id})

	def test_a_flush_that_comes_before_anybody_put_it_off_is_stopped_at_the_door(self) -> None:
		"""The guard holds a sequence in a job of its own, and a reply pauses a person."""
		self.assertTrue(hold(site_host(commit=True), SEQUENCE, "too many bounces"))
		self.assertEqual(self.queue(), {("Not Sent", None)})
		self.assert_left(set())
		self.assertEqual(self.queue(), {("Not Sent", standstill.WAITS)})
		self.assert_left(set())
		sequence_actions.resume(SEQUENCE)
		frappe.db.commit()  # nosemgrep: a test site
		self.assert_left(self.both())

	def test_a_flush_that_gives_up_loses_no_mail(self) -> None:
		"""Frappe's does where too many mails are stopped, and undoes what was written of the last of them."""
		everybody = self.both() | {self.person(f"more{number}").email_id for number in range(10)}
		nurture_jobs.run_tick()
		hold(site_host(commit=True), SEQUENCE, "too many bounces")
		with self.assertRaisesRegex(frappe.ValidationError, "too many failures"):
			flush()
		frappe.db.rollback()
		frappe.db.commit()  # nosemgrep: a test site
		self.assertEqual(self.queue(), {("Not Sent", standstill.WAITS), ("Not Sent", None)})
		sequence_actions.resume(SEQUENCE)
		frappe.db.commit()  # nosemgrep: a test site
		self.assert_left(everybody)

	def test_what_somebody_sends_by_hand_meanwhile_is_not_lost(self) -> None:
		"""The request ends with an error, and undoes what it wrote."""
		self.hold_all(1)
		row = frappe.db.get_value("Email Queue", {"reference_name": self.first.name})
		with self.assertRaises(StaysHere):
			EmailQueue.find(row).send()
		frappe.db.rollback()
		frappe.db.rollback()
		self.assertEqual(self.queue(), {("Not Sent", standstill.WAITS)})
		self.hold_all(0)
		self.assert_left(self.both())

	def test_what_the_guard_holds_is_put_off_before_a_flush_stumbles_over_it(self) -> None:
		host = site_host(commit=True)
		held = [guard.Verdict(SEQUENCE, "guard_hard_bounces", 9, 100, 5.0, now_datetime())]
		with patch.object(
			guard, "review", lambda *_: [one for one in held if hold(host, SEQUENCE, "bounces")]
		):
			self.assertEqual(watch.review_sequences(host), 1)
		self.assertEqual(self.queue(), {("Not Sent", standstill.WAITS)})

	def test_who_opts_out_while_it_waits_gets_nothing_afterwards(self) -> None:
		self.hold_all(1)
		optout.unsubscribe(site_host(commit=True), self.first.email_id, "Unsubscribe link")
		self.hold_all(0)
		self.assertIn(("Not Sent", None), self.queue())
		self.assert_left({self.second.email_id})

	def test_who_opts_out_while_a_flush_has_the_mail_in_hand_gets_nothing_afterwards(self) -> None:
		def opted_out_meanwhile(host: Any, queue_row: str) -> bool:
			mine = frappe.db.exists("Email Queue", {"name": queue_row, "reference_name": self.first.name})
			if mine:
				optout.unsubscribe(host, self.first.email_id, "Unsubscribe link")
			return bool(mine)

		with patch.object(standstill, "holds", opted_out_meanwhile):
			self.assert_left({self.second.email_id})
		nurture_jobs.run_tick()
		self.assert_left(set())

	def test_what_is_taken_back_while_it_is_put_off_stays_so(self) -> None:
		test, found_already = self, []

		class Meanwhile(FrappeDatabase):
			def rows(self, query: Any) -> list[tuple]:
				found = super().rows(query)
				if not found_already and "tabEmail Queue" in str(query):
					found_already.extend(found)
					frappe.db.set_value(
						"Email Queue", {"reference_name": test.first.name}, "status", "Sending"
					)
					optout.unsubscribe(site_host(commit=False), test.first.email_id, "Unsubscribe link")
				return found

		frappe.db.set_value("Nurture Sequence", SEQUENCE, "status", "Paused")
		standstill.settle(replace(site_host(commit=False), db=Meanwhile(commit=False)))
		self.assertEqual(self.queue(), {("Sending", NEVER), ("Not Sent", standstill.WAITS)})

	def test_what_an_administrator_sends_anew_leaves_after_the_hold_too(self) -> None:
		frappe.db.sql("UPDATE `tabEmail Queue` SET status = 'Error', error = 'no route to host'")
		nurture_jobs.run_tick()
		self.hold_all(1)
		frappe.db.sql("UPDATE `tabEmail Queue` SET status = 'Not Sent', retry = 0")
		self.assert_left(set())
		self.hold_all(0)
		self.assert_left(self.both())

	def test_a_window_that_never_opens_keeps_its_own_mails_and_no_others(self) -> None:
		make_sequence(OTHER)
		third = self.person("third", OTHER)
		nurture_jobs.run_tick()
		self.hold_all(1)
		self.version(window={"start": "09:00", "end": "17:00", "weekdays": []})
		self.hold_all(0)
		sequence_actions.pause(OTHER)
		sequence_actions.resume(OTHER)
		self.assert_left({third.email_id})
		self.assertEqual(
			self.told(self.first), ["The send window never opens within a year. Check days and holidays."]
		)

	def test_what_waits_for_months_is_not_cleaned_away(self) -> None:
		self.hold_all(1)
		for table in ("Email Queue", "Email Queue Recipient"):
			frappe.db.sql(f"UPDATE `tab{table}` SET modified = modified - INTERVAL 40 DAY")
		nurture_jobs.run_nightly()
		EmailQueue.clear_old_logs(30)
		self.hold_all(0)
		self.assert_left(self.both())

	def told(self, lead: Any) -> list[str]:
		"""What the lead's form says of its mail."""
		return [touch.reason_sentence for touch in get_panel(lead.name)["touches"]]

	def test_the_leads_form_says_why_a_mail_waits(self) -> None:
		self.assertEqual(self.told(self.first), [""])
		enrollment_actions.pause([self.first.enrollment])
		self.assertEqual(self.told(self.first), ["It waits until the person's sequence goes on."])
		self.assertEqual(self.told(self.second), [""])
		sequence_actions.pause(SEQUENCE)
		self.assertEqual(self.told(self.second), ["The sequence is paused."])
		self.hold_all(1)
		self.assertEqual(self.told(self.second), ["All sending is on hold in Nurture Settings."])
		sequence_actions.resume(SEQUENCE)
		self.hold_all(0)
		self.assertEqual(self.told(self.second), [""])

	def version(self, **values: Any) -> None:
		"""Change the pinned version."""
		name = frappe.db.get_value("Nurture Sequence", SEQUENCE, "current_version")
		text = frappe.db.get_value("Nurture Sequence Version", name, "definition")
		changed = frappe.as_json(frappe.parse_json(text) | values)
		frappe.db.set_value("Nurture Sequence Version", name, "definition", changed)

	def test_what_goes_on_outside_the_send_window_leaves_when_it_opens(self) -> None:
		self.hold_all(1)
		opens = self.opens_later()
		self.hold_all(0)
		self.assert_left(set())
		self.assertEqual(self.queue(), {("Not Sent", opens)})

	def test_it_counts_for_the_limit_of_the_day_on_which_it_leaves(self) -> None:
		self.hold_all(1)
		mine, long_ago = {"sequence": SEQUENCE}, now_datetime() - timedelta(days=3)
		frappe.db.set_value("Nurture Touch", mine, "queued_on", long_ago)
		settings = frappe.get_doc("Nurture Settings")
		settings.email_daily_limit = 3
		settings.save()
		self.addCleanup(frappe.db.set_single_value, "Nurture Settings", "email_daily_limit", 0)
		make_sequence(OTHER)
		third, fourth = self.person("third", OTHER), self.person("fourth", OTHER)
		self.hold_all(0)
		for moment in frappe.get_all("Nurture Touch", mine, pluck="queued_on"):
			self.assertLess(now_datetime() - moment, timedelta(minutes=5))
		nurture_jobs.run_tick()
		one = frappe.get_all("Nurture Touch", {"sequence": OTHER, "status": "Queued"}, pluck="address")
		self.assertEqual(len(one), 1)
		self.assertLess(set(one), {third.email_id, fourth.email_id})
		self.assert_left({*self.both(), *one})

	def test_what_waits_for_its_window_counts_for_the_day_on_which_that_opens(self) -> None:
		self.hold_all(1)
		opens = self.opens_later()
		self.hold_all(0)
		self.assertEqual(
			frappe.get_all("Nurture Touch", {"sequence": SEQUENCE}, pluck="queued_on"), [opens, opens]
		)

	def opens_later(self) -> datetime:
		"""When the send window opens from now on."""
		opens = (now_datetime() + timedelta(hours=3)).replace(minute=0, second=0, microsecond=0)
		ends = opens + timedelta(minutes=30)
		window = {"start": str(opens.time()), "end": str(ends.time()), "weekdays": list(range(7))}
		self.version(window=window)
		for lead in (self.first, self.second):
			frappe.db.set_value("Lead", lead.name, "nurture_time_zone", get_system_timezone())
		return opens

	def test_an_answer_at_once_leaves_outside_the_window_only_while_it_is_one(self) -> None:
		self.hold_all(1)
		opens = self.opens_later()
		name = frappe.db.get_value("Nurture Sequence", SEQUENCE, "current_version")
		text = frappe.db.get_value("Nurture Sequence Version", name, "definition")
		first, *others = frappe.parse_json(text)["steps"]
		self.version(steps=[first | {"at_once": 1}, *others])
		mine = {"party": self.first.name, "channel": "Email"}
		frappe.db.set_value("Nurture Touch", mine, "creation", now_datetime() - timedelta(hours=2))
		self.hold_all(0)
		self.assert_left({self.second.email_id})
		self.assertIn(("Not Sent", opens), self.queue())

	def test_the_next_step_keeps_a_day_from_a_mail_that_waited_for_long(self) -> None:
		now = now_datetime()
		mine = {"sequence": SEQUENCE}
		for days, keeps in ((3, True), (0, False)):
			self.hold_all(1)
			frappe.db.set_value("Nurture Touch", mine, "queued_on", now - timedelta(days=days))
			frappe.db.set_value("Nurture Enrollment", mine, "due_on", now + timedelta(hours=1))
			self.hold_all(0)
			for due_on in frappe.get_all("Nurture Enrollment", mine, pluck="due_on"):
				self.assertEqual(due_on > now + timedelta(hours=23), keeps)
