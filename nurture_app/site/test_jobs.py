"""The background jobs: what is due is done once, whatever runs at the same time or breaks in between."""

from __future__ import annotations

from contextlib import contextmanager
from unittest.mock import patch

import frappe
from frappe.utils import add_to_date, now_datetime

from nurture_app.engine import recording, runner
from nurture_app.engine.enrollments.entering import enroll
from nurture_app.engine.one_by_one import each
from nurture_app.engine.outcome import TickResult
from nurture_app.site import nurture_jobs, run_log
from nurture_app.site.host import site_host
from nurture_app.site.testing.factories import (
	at_the_same_time,
	in_other_connection,
	make_lead,
	make_sequence,
	settle_settings,
)
from nurture_app.site.testing.site_case import SiteCase

SEQUENCE = "Job Test"
LEADS = 40


class TestJobs(SiteCase):
	def setUp(self) -> None:
		frappe.db.set_value("Nurture Sequence", {"status": "Active"}, "status", "Draft")
		for name in (
			"Nurture Touch",
			"Nurture Enrollment",
			"Nurture Run Log",
			"Email Queue",
			"Email Queue Recipient",
		):
			frappe.db.delete(name)
		frappe.db.delete("Nurture Suppression")
		frappe.db.set_value("Nurture Consent", {"status": "Withdrawn"}, "status", "Given")
		settle_settings(
			email_account=frappe.db.get_value("Email Account", {"enable_outgoing": 1}), batch_size=10
		)
		make_sequence(SEQUENCE)
		self.leads = [self._lead(number) for number in range(LEADS)]
		outcomes = enroll(site_host(commit=False), SEQUENCE, self.leads)
		self.assertEqual([one.reason for one in outcomes if not one.enrollment], [])
		frappe.db.commit()  # nosemgrep: jobs have their own connection

	def _lead(self, number: int) -> str:
		found = frappe.db.get_value("Lead", {"email_id": f"job{number}@site.example"})
		return found or make_lead(f"job{number}", nurture_email_consent="Given").name

	def queued(self) -> list[str]:
		frappe.db.rollback()
		return frappe.get_all("Email Queue Recipient", pluck="recipient", order_by=None)

	def assert_everybody_got_one(self) -> None:
		queued = self.queued()
		self.assertEqual(len(queued), len(set(queued)), "somebody got two")
		self.assertEqual(len(queued), LEADS)

	def test_a_tick_works_through_all_batches_and_says_so(self) -> None:
		nurture_jobs.run_tick()
		self.assert_everybody_got_one()
		log = frappe.get_last_doc("Nurture Run Log")
		self.assertEqual((log.job, log.claimed, log.queued, log.failed), ("Tick", LEADS, LEADS, 0))
		self.assertLess((now_datetime() - run_log.last_tick()).total_seconds(), 60)

	def test_what_others_have_locked_for_a_moment_is_asked_for_again(self) -> None:
		real, calls = runner.tick, []

		def finds_all_locked_at_first(*args):
			calls.append(1)
			return real(*args) if len(calls) > 2 else TickResult()

		with patch.object(runner, "tick", side_effect=finds_all_locked_at_first):
			nurture_jobs.run_tick()
		self.assert_everybody_got_one()

	def test_a_deadlock_is_no_mistake_of_a_step(self) -> None:
		for times in (1, 4):  # so often in a row
			with self.subTest(times), self._deadlocks(times):
				nurture_jobs.run_tick()
			self.assertEqual(frappe.db.count("Nurture Enrollment", {"status": "Held"}), 0)
			if times == 1:
				self.assert_everybody_got_one()
				self.setUp()
		frappe.db.set_value("Nurture Enrollment", {"status": "Active"}, "lease_until", None)
		frappe.db.commit()  # nosemgrep: the leases are over
		nurture_jobs.run_tick()
		self.assert_everybody_got_one()

	@contextmanager
	def _deadlocks(self, times: int):
		real, calls = recording.record, []

		def record(*args):
			calls.append(1)
			if len(calls) <= times:
				raise frappe.QueryDeadlockError
			return real(*args)

		with patch.object(recording, "record", side_effect=record):
			yield

	def test_a_daily_limit_holds_however_much_is_due(self) -> None:
		settle_settings(email_daily_limit=5)
		self.addCleanup(settle_settings, email_daily_limit=0)
		nurture_jobs.run_tick()
		self.assertEqual(len(self.queued()), 5)

	def test_a_cleared_cache_does_not_make_the_scheduler_seem_asleep(self) -> None:
		nurture_jobs.run_tick()
		frappe.db.delete("Nurture Run Log")
		frappe.clear_cache()
		self.assertLess((now_datetime() - run_log.last_tick()).total_seconds(), 60)

	def test_a_tick_with_nothing_to_do_writes_no_log_but_beats(self) -> None:
		nurture_jobs.run_tick()
		frappe.db.delete("Nurture Run Log")
		run_log.beat(add_to_date(None, hours=-5, as_datetime=True))
		nurture_jobs.run_tick()
		self.assertEqual(frappe.db.count("Nurture Run Log"), 0)
		self.assertLess((now_datetime() - run_log.last_tick()).total_seconds(), 60)

	def test_many_ticks_at_once_send_each_mail_once(self) -> None:
		at_the_same_time(*[nurture_jobs.run_tick] * 4)
		nurture_jobs.run_tick()
		self.assert_everybody_got_one()

	def test_a_worker_that_dies_before_the_commit_leaves_nothing_and_loses_nothing(self) -> None:
		class Killed(BaseException):
			pass

		def dies(*args, **kwargs):
			raise Killed

		def work() -> None:
			with patch.object(recording, "_write_enrollments", side_effect=dies):
				try:
					nurture_jobs.run_tick()
				except Killed:
					frappe.db.rollback()

		in_other_connection(work)
		self.assertEqual(self.queued(), [])
		frappe.db.set_value(
			"Nurture Enrollment", {"sequence": SEQUENCE}, "lease_until", add_to_date(None, minutes=-1)
		)
		frappe.db.commit()  # nosemgrep: the lease has run out
		nurture_jobs.run_tick()
		self.assert_everybody_got_one()

	def test_a_deadlock_repeats_the_batch(self) -> None:
		real, calls = recording.record, []

		def sometimes(*args, **kwargs):
			calls.append(1)
			if len(calls) == 1:
				raise frappe.QueryDeadlockError("1213")
			return real(*args, **kwargs)

		with patch.object(recording, "record", side_effect=sometimes), patch("time.sleep"):
			nurture_jobs.run_tick()
		frappe.db.set_value(
			"Nurture Enrollment", {"sequence": SEQUENCE}, "lease_until", add_to_date(None, minutes=-1)
		)
		frappe.db.commit()  # nosemgrep: the lease of the repeated batch has run out
		nurture_jobs.run_tick()
		self.assert_everybody_got_one()

	def test_an_error_is_logged_and_the_rest_of_the_job_goes_on(self) -> None:
		with (
			patch.object(runner, "tick", side_effect=ZeroDivisionError("oops")),
			patch("nurture_app.site.channels.delivery.sync_delivery", return_value=0) as sync,
		):
			nurture_jobs.run_tick()
		sync.assert_called_once()
		log = frappe.get_last_doc("Nurture Run Log")
		self.assertIn("oops", log.message)
		self.assertEqual(log.failed, 1)

	def test_an_opt_out_while_the_batch_is_being_written_wins(self) -> None:
		"""The person unsubscribes after the batch was claimed and read, before it is recorded."""
		from nurture_app.engine.optout import unsubscribe

		leaves, real = "job7@site.example", recording.record

		def late(host, batch, *args):
			if any(batch.recipient(one).address == leaves for one in batch.claimed):
				in_other_connection(lambda: unsubscribe(site_host(commit=True), leaves, "test"))
			return real(host, batch, *args)

		with patch.object(recording, "record", side_effect=late):
			nurture_jobs.run_tick()
		self.assertNotIn(leaves, self.queued())
		self.assertEqual(len(self.queued()), LEADS - 1)

	def test_an_opt_out_takes_back_what_is_queued(self) -> None:
		from nurture_app.engine.optout import unsubscribe

		nurture_jobs.run_tick()
		unsubscribe(site_host(commit=True), "job3@site.example", "test")
		row = frappe.get_all(
			"Email Queue", {"reference_name": self.leads[3]}, ["status", "error"], order_by=None
		)[0]
		self.assertEqual(row.status, "Error")
		touch = frappe.db.get_value("Nurture Touch", {"party": self.leads[3]}, ["status", "reason"])
		self.assertEqual(touch, ("Skipped", "unsubscribed"))

	def test_nightly_runs_and_is_logged(self) -> None:
		nurture_jobs.run_nightly()
		self.assertEqual(frappe.get_last_doc("Nurture Run Log").message or "", "")
		self.assertEqual(frappe.db.get_value("Nurture Run Log", {"job": "Nightly"}, "failed"), 0)

	def test_jobs_are_queued_once_and_on_the_long_queue(self) -> None:
		with patch("frappe.enqueue") as enqueue:
			nurture_jobs.tick()
			nurture_jobs.nightly()
			nurture_jobs.enqueue_rescore("some rule")
			nurture_jobs.enqueue_segment_refresh("some segment")
			frappe.db.commit()  # nosemgrep: what waits for the commit of a request
		self.assertEqual(len(enqueue.call_args_list), 4)
		for call in enqueue.call_args_list:
			self.assertEqual((call.kwargs["queue"], call.kwargs["deduplicate"]), ("long", True))
			self.assertTrue(call.kwargs["job_id"].startswith("nurture_"))
			self.assertTrue(callable(frappe.get_attr(call.args[0])))

	def test_a_change_is_not_lost_however_many_jobs_run_with_what_was_there_before(self) -> None:
		running = {"nurture_rescore", "nurture_rescore::again1"}
		with self._jobs(running) as queued:
			nurture_jobs.enqueue_rescore()
			frappe.db.commit()  # nosemgrep: the request that saved the third rule
		self.assertEqual(queued, ["nurture_rescore::again2"])
		with self._jobs({"nurture_tick", "nurture_tick::again1"}) as queued:
			nurture_jobs.tick()
			frappe.db.commit()  # nosemgrep: end of the scheduled job
		self.assertEqual([name for name in queued if "tick" in name], [], "two ticks are enough")

	def test_whether_a_job_waits_is_asked_after_the_commit(self) -> None:
		"""One that waits before it may begin before it, and reads what was there before."""
		with self._jobs(set()) as queued:
			nurture_jobs.enqueue_segment_refresh("some segment")
			self.assertEqual(queued, [])
			frappe.db.rollback()
			frappe.db.commit()  # nosemgrep: of another transaction
			self.assertEqual(queued, [], "nothing was saved")
			nurture_jobs.enqueue_segment_refresh("some segment")
			frappe.db.commit()  # nosemgrep: the request that saved the segment
		self.assertEqual(queued, ["nurture_segment::some segment"])

	@contextmanager
	def _jobs(self, running: set[str]):
		"""The ids of jobs that are queued while those of `running` run."""
		queued: list[str] = []
		with (
			patch(
				"frappe.utils.background_jobs.get_job_status",
				lambda name: "started" if name in running else None,
			),
			patch("frappe.enqueue", lambda method, job_id, **more: queued.append(job_id)),
		):
			yield queued

	def test_what_fails_of_several_documents_is_logged_by_its_name(self) -> None:
		title = "Job Test Topic Beside a Broken One"

		def does() -> None:
			def work(name: str) -> None:
				if name == "broken":
					raise ZeroDivisionError("oops")
				frappe.get_doc({"doctype": "Nurture Topic", "title": title}).insert()

			each("Nurture Sequence", {"broken": "broken", SEQUENCE: SEQUENCE}, work)

		frappe.db.delete("Error Log")
		with patch("nurture_app.site.social_posts.remind_of_posts", does):
			nurture_jobs.run_nightly()
		self.assertTrue(frappe.db.exists("Nurture Topic", title))
		log = frappe.get_last_doc("Nurture Run Log", {"job": "Nightly"})
		self.assertEqual(log.message, "social posts: Nurture Sequence broken: ZeroDivisionError: oops")
		logged = {"reference_doctype": "Nurture Sequence", "reference_name": "broken"}
		self.assertIn("ZeroDivisionError: oops", frappe.get_last_doc("Error Log", logged).error)

	def test_what_a_part_of_the_night_did_stands_when_the_next_part_fails(self) -> None:
		title = "Job Test Topic"

		def does() -> None:
			frappe.get_doc({"doctype": "Nurture Topic", "title": title}).insert()

		with (
			patch("nurture_app.site.library_reviews.remind_of_reviews", does),
			patch("nurture_app.site.social_posts.remind_of_posts", side_effect=ZeroDivisionError("oops")),
		):
			nurture_jobs.run_nightly()
		self.assertTrue(frappe.db.exists("Nurture Topic", title))
		self.assertIn("social posts", frappe.get_last_doc("Nurture Run Log", {"job": "Nightly"}).message)

	def test_the_scheduler_knows_the_jobs(self) -> None:
		jobs = dict(
			frappe.get_all(
				"Scheduled Job Type",
				{"method": ["like", "nurture_app.%"]},
				["method", "frequency"],
				as_list=True,
			)
		)
		ours = "nurture_app.site.nurture_jobs"
		self.assertEqual(jobs, {f"{ours}.tick": "Cron", f"{ours}.nightly": "Daily Long"})
