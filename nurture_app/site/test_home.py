"""A copy of a site, and a site put back to an old backup, write to nobody until an administrator says so."""

from __future__ import annotations

import json
from typing import Any
from unittest.mock import patch

import frappe
from frappe.email.queue import flush
from frappe.utils import add_to_date

from nurture_app.engine.enrollments.entering import enroll
from nurture_app.site import active, home, nurture_jobs
from nurture_app.site.api import home_actions
from nurture_app.site.channels.test_channels import ChannelCase
from nurture_app.site.health import problems
from nurture_app.site.host import site_host
from nurture_app.site.testing.desk import make_user
from nurture_app.site.testing.factories import make_lead, make_sequence

SEQUENCE = "Home Test"
JOBS = ("run_tick", "run_answers", "run_outgoing", "run_nightly", "run_link_check", "run_bounce_mailbox")


class TestHome(ChannelCase):
	def setUp(self) -> None:
		super().setUp()
		frappe.db.set_value("Nurture Sequence", {"status": "Active"}, "status", "Draft")
		frappe.db.delete("Nurture Run Log")
		home.go_on()
		make_sequence(SEQUENCE)
		self.server.take()
		self.addCleanup(home.go_on)

	def due(self, name: str) -> str:
		lead = make_lead(f"{name}{frappe.generate_hash(length=6)}", nurture_email_consent="Given")
		enroll(site_host(commit=True), SEQUENCE, [lead.name])
		return lead.email_id

	def sent(self) -> list[str]:
		nurture_jobs.run_tick()
		flush()
		return [mail["To"] for mail in self.server.take()]

	def copied(self, **elsewhere: str) -> None:
		"""The database as it came from another site; `elsewhere` is what that was called."""
		known = json.loads(frappe.db.get_global(home.MEMORY))
		frappe.db.set_global(home.MEMORY, json.dumps({**known, **elsewhere}))
		frappe.db.commit()  # nosemgrep: a test site
		frappe.local.nurture_keeps_still = False, 0.0

	def problem(self) -> Any:
		return next((one for one in problems() if one.code == "not_at_home"), None)

	def test_where_the_app_was_installed_its_sequences_run(self) -> None:
		address = self.due("at-home")
		self.assertEqual((self.sent(), self.problem()), ([address], None))

	def test_a_copy_does_nothing_and_says_so(self) -> None:
		self.due("copied")
		self.copied(site="erp.live.example")
		with patch("nurture_app.site.home.tell_managers") as told:
			self.assertEqual(self.sent(), [])
			for job in JOBS:
				getattr(nurture_jobs, job)()
			self.assertEqual(frappe.db.count("Nurture Touch"), 0)
			self.assertEqual(frappe.db.count("Nurture Run Log"), 0)
			told.assert_called_once()
			self.assertIn("erp.live.example", self.problem().text)
			self.assertNotIn("tick_late", [one.code for one in problems()])

	def test_mails_that_waited_when_the_backup_was_made_stay_on_the_copy_and_leave_at_the_word(self) -> None:
		address = self.due("waiting")
		nurture_jobs.run_tick()
		frappe.sendmail("colleague@company.example", "robin@company.example", "Invoice", "Invoice")
		self.copied(site="erp.live.example")
		flush()  # may come before the first tick
		flush()
		self.assertEqual([mail["To"] for mail in self.server.take()], ["colleague@company.example"])
		self.assertEqual(self.sent(), [])
		self.assertIn("1 mails", home.would_leave())
		home_actions.go_on()
		self.assertEqual((self.sent(), self.problem()), ([address], None))

	def test_another_address_or_key_is_another_site(self) -> None:
		with patch.dict(frappe.conf, host_name="https://erp.live.example"):
			home.go_on()
			self.assertIsNone(home.strange())
			frappe.conf.host_name = "http://ERP.live.example:8080/"
			self.assertIsNone(home.strange(), "another protocol is no other site")
			frappe.conf.host_name = "https://staging.example"
			self.assertIn("staging.example", home.strange().sentence)
		self.copied(key="that of another site")
		self.assertIn("take the key over", home.strange().remedy)

	def test_a_first_public_address_is_no_move(self) -> None:
		with patch.dict(frappe.conf, host_name=""):
			frappe.conf.pop("hostname", None)
			home.go_on()
		with patch.dict(frappe.conf, host_name="https://erp.live.example"):
			address = self.due("first-address")
			self.assertEqual(self.sent(), [address])
			self.assertIn("erp.live.example", frappe.db.get_global(home.MEMORY))

	def test_a_copy_of_a_site_that_never_used_the_app_is_at_home_at_once(self) -> None:
		frappe.db.set_value("Nurture Sequence", SEQUENCE, "status", "Draft")
		active.forget()
		self.copied(site="a.template")
		nurture_jobs.run_tick()
		self.assertIsNone(self.problem())

	def test_a_site_put_back_to_an_old_backup_repeats_nothing(self) -> None:
		self.due("before")
		self.sent()
		log = frappe.get_last_doc("Nurture Run Log")
		earlier = add_to_date(log.started_on, hours=-12)
		# as it stood twelve hours ago
		frappe.db.set_value("Nurture Run Log", log.name, "started_on", earlier)
		frappe.db.commit()  # nosemgrep: a test site
		self.due("after")
		self.assertEqual(self.sent(), [])
		self.assertIn("restored from a backup", self.problem().text)
		home_actions.go_on()
		self.assertEqual(len(self.sent()), 1)

	def test_lines_of_the_log_that_are_cleared_are_no_old_backup(self) -> None:
		self.due("logged")
		self.sent()
		frappe.db.delete("Nurture Run Log")
		self.assertIsNone(home.strange())

	def test_only_an_administrator_says_so(self) -> None:
		user = "home-manager@company.example"
		make_user(user, "Nurture Manager")
		self.copied(site="erp.live.example")
		frappe.set_user(user)
		self.addCleanup(frappe.set_user, "Administrator")
		self.assertRaises(frappe.PermissionError, home_actions.go_on)
		frappe.set_user("Administrator")
		settings = frappe.get_doc("Nurture Settings")
		settings.run_method("onload")
		self.assertIn("real people", settings.get("__onload").would_leave)

	def test_a_migrate_of_a_copy_does_not_make_it_at_home(self) -> None:
		self.copied(site="erp.live.example")
		home.remember_first()
		self.assertIsNotNone(home.strange())
		frappe.db.delete("DefaultValue", {"defkey": home.MEMORY})
		self.assertIsNone(home.strange(), "a site of an earlier version goes on")
		home.remember_first()
		self.assertIn(frappe.local.site, frappe.db.get_global(home.MEMORY))
